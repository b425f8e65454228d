"""Mappings kept under a name: save, rename, share, delete. Those that ship with the program stay as they are."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from catalog.canonical import tidy
from imports.mapping.ready import ready_mappings
from imports.mapping.spec import Mapping
from imports.models import SavedMapping

LONGEST = 120


def save_as(name: str, document: dict, *, owner, is_shared: bool = False) -> SavedMapping:
    """Keep ``document`` as ``name``; one's own mapping of that name becomes this one."""
    name = _name(name)
    document = Mapping.from_dict(document | {"name": name}).to_dict()
    own = SavedMapping.objects.filter(owner=owner, name__iexact=name).first()
    if own is not None:
        own.document, own.name, own.is_shared = document, name, is_shared
        own.save(update_fields=["document", "name", "is_shared"])
        return own
    for code in _codes(name):
        if code in ready_mappings():
            continue
        try:
            with transaction.atomic():
                return SavedMapping.objects.create(code=code, name=name, document=document, owner=owner, is_shared=is_shared)
        except IntegrityError:
            continue
    raise ValidationError(_("There are too many mappings of this name. Take another one."))


def rename(mapping: SavedMapping, name: str, *, actor) -> None:
    _own(mapping, actor)
    name = _name(name)
    if SavedMapping.objects.filter(owner=actor, name__iexact=name).exclude(pk=mapping.pk).exists():
        raise ValidationError(_("You have a mapping of this name already."))
    mapping.name, mapping.document = name, mapping.document | {"name": name}
    mapping.save(update_fields=["name", "document"])


def share(mapping: SavedMapping, *, actor, shared: bool) -> None:
    _own(mapping, actor)
    mapping.is_shared = shared
    mapping.save(update_fields=["is_shared"])


def delete(mapping: SavedMapping, *, actor) -> None:
    _own(mapping, actor)
    mapping.delete()


def _own(mapping: SavedMapping, actor) -> None:
    if mapping.owner_id != actor.pk:
        raise PermissionDenied(_("Only its owner changes a mapping."))


def _name(text: str) -> str:
    name = tidy(text.replace("\0", ""))
    if not name:
        raise ValidationError(_("Give the mapping a name."))
    if len(name) > LONGEST:
        raise ValidationError(_("A name has at most %(most)s letters.") % {"most": LONGEST})
    return name


def _codes(name: str):
    stem = slugify(name)[:50] or "mapping"
    yield stem
    yield from (f"{stem}-{number}" for number in range(2, 100))
