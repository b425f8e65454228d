"""Names to entries: what a person or a file wrote becomes a country, an organization or another entry.

A name is matched whole and never guessed: by code, by "Name (CODE)" as the combobox writes it, by name,
official name, abbreviation or another spelling. Anything else is refused with a sentence that names the nearest.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from catalog.canonical import canonical, tidy
from catalog.models import Country, Organization
from catalog.models.base import CatalogEntry

NAME_AND_CODE = re.compile(r"(?P<name>.+?)\s*\((?P<code>[^()]+)\)")
SAID_AS = ("name", "official_name", "abbreviation")
NEAR = 72  # of 100; below this a suggestion is noise


def label(entry: CatalogEntry) -> str:
    """How a form shows an entry, so that it reads back as the same one: "Niger (NER)"."""
    return f"{entry.name} ({entry.code})"


def resolve_country(text: str, on: dt.date | None = None) -> Country:
    """The country that ``text`` names; a name that was in use only for a time counts by the day ``on``."""
    return _by_exact_code(Country, text) or Resolver(Country)(text, on)


def resolve_organization(text: str) -> Organization:
    """The organization that ``text`` names."""
    return resolve_entry(Organization, text)


def resolve_party(text: str, on: dt.date | None = None) -> Country | Organization:
    """The country or organization that ``text`` names."""
    return PartyResolver()(text, on)


def resolve_entry(model: type[CatalogEntry], text: str) -> Any:
    """The entry of the list ``model`` that ``text`` names."""
    return _by_exact_code(model, text) or Resolver(model)(text)


def _by_exact_code(model: type[CatalogEntry], text: str) -> Any:
    """The usual case in one query: an address or a file that gives the code as it is."""
    return model.objects.filter(code=text, merged_into=None).first() if text and len(text) <= 60 else None


class Resolver:
    """Reads its lists once (two queries each) and then resolves any number of names without a query.

    A retired entry is no longer found by its name. Its code still finds it, so that a filter and a record
    that holds it go on working. A merged one leads to the entry that stayed.
    """

    def __init__(self, *models: type[CatalogEntry]):
        self.by_code: dict[str, list[CatalogEntry]] = defaultdict(list)
        self.by_name: dict[str, list[tuple[CatalogEntry, dt.date | None, dt.date | None]]] = defaultdict(list)
        for model in models:
            self._read(model)

    def _read(self, model: type[Any]) -> None:
        entries = {entry.pk: entry for entry in model.objects.order_by()}

        def stays(entry):
            while entry.merged_into_id:
                entry = entries[entry.merged_into_id]
            return entry

        for entry in entries.values():
            found = stays(entry)
            for code in {entry.code, getattr(entry, "iso2", None) or entry.code}:
                self.by_code[code.casefold()].append(found)
            for text in {canonical(getattr(entry, name, "")) for name in SAID_AS} - {""}:
                self.by_name[text].append((found, None, None))
        if hasattr(model, "aliases"):
            aliases = model.aliases.rel.related_model.objects.order_by()
            dates = ("starts_on", "ends_on") if model is Country else ()
            for key, pk, *used in aliases.values_list("key", "entry", *dates):
                self.by_name[key].append((stays(entries[pk]), *(used or (None, None))))

    def __call__(self, text: str, on: dt.date | None = None) -> Any:
        text = tidy(text or "")
        if not text:
            raise ValidationError(_("Write a name or a code."), code="required")
        found = self._coded(text)
        if not found:
            named = self._named(text, on)
            found = [entry for entry in named if entry.is_in_use]
            if named and not found:
                raise ValidationError(_("%(name)s is retired and no longer offered."), code="retired", params={"name": label(named[0])})
        if not found:
            raise self._unknown(text)
        if len(found) > 1:
            raise ValidationError(
                _("“%(text)s” can mean %(names)s. Write the one you mean with its code."),
                code="ambiguous",
                params={"text": _short(text), "names": _either(label(entry) for entry in found)},
            )
        return found[0]

    def _coded(self, text: str) -> list[CatalogEntry]:
        match = NAME_AND_CODE.fullmatch(text)
        if match:
            # Both have to fit: "Georgia (USA)" is a slip, not the United States.
            named = {entry for entry, *_dates in self.by_name.get(canonical(match["name"]), ())}
            found = [entry for entry in self.by_code.get(match["code"].strip().casefold(), ()) if entry in named]
            if found:
                return _once(found)
        return _once(self.by_code.get(text.casefold(), ()))

    def _named(self, text: str, on: dt.date | None) -> list[CatalogEntry]:
        """By name; a name of another time is still the name of one entry, but a state that has ended is not meant."""
        named = self.by_name.get(canonical(text), [])
        if on is None:
            return _once(entry for entry, *_dates in named)
        then = [found for found in named if (found[1] is None or found[1] <= on) and (found[2] is None or on <= found[2])]
        entries = _once(entry for entry, *_dates in then or named)
        existing = [entry for entry in entries if not (isinstance(entry, Country) and entry.ends_on and entry.ends_on < on)]
        if entries and not existing:
            raise self._ended(entries[0], on)
        return existing

    def _ended(self, state: Country, on: dt.date) -> ValidationError:
        later = [label(successor) for successor in state.successors.all()]
        return ValidationError(
            _("%(name)s existed until %(end)s, this is about %(day)s. %(instead)s"),
            code="ended",
            params={
                "name": label(state),
                "end": state.ends,
                "day": formats.date_format(on, "j M Y"),
                "instead": f"{_either(later)}?" if 0 < len(later) <= 4 else _("Name the state of that day."),
            },
        )

    def nearest(self, text: str) -> list[CatalogEntry]:
        """Up to three entries in use whose names are most like ``text``, the nearest first."""
        offered = {name: found for name, found in self.by_name.items() if any(entry.is_in_use for entry, *_dates in found)}
        near = process.extract(canonical(text), offered.keys(), scorer=fuzz.ratio, limit=6, score_cutoff=NEAR)
        near += process.extract(canonical(text), offered.keys(), scorer=fuzz.WRatio, limit=6, score_cutoff=85)
        return _once(entry for name, *_score in near for entry, *_dates in offered[name] if entry.is_in_use)[:3]

    def _unknown(self, text: str) -> ValidationError:
        entries = self.nearest(text)
        if not entries:
            return ValidationError(_("“%(text)s” is not known."), code="unknown", params={"text": _short(text)})
        return ValidationError(
            _("“%(text)s” is not known. %(names)s?"),
            code="unknown",
            params={"text": _short(text), "names": _either(label(entry) for entry in entries)},
        )


class PartyResolver(Resolver):
    """Countries and organizations together."""

    def __init__(self):
        super().__init__(Country, Organization)


def _once(entries: Iterable[CatalogEntry]) -> list[CatalogEntry]:
    return list(dict.fromkeys(entries))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _either(names: Iterable[str]) -> str:
    """ "A", "A or B", "A, B or C"."""
    *first, last = names
    return _("%(first)s or %(last)s") % {"first": ", ".join(first), "last": last} if first else last
