"""Rows and columns of cross tables: engagements by country, region, list entry, kind, scope or year."""

from collections.abc import Callable, Iterable

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import FrozenBitMap

from catalog.models import Country, RegionScheme
from catalog.options import Options
from catalog.trees import spread
from engagements.choices import Kind, Scope
from engagements.countable import Ids
from engagements.facts import Facts
from engagements.filter_fields import UNKNOWN_YEAR
from engagements.sets import NOTHING, union
from reports.tables import Clause, Group

YEARS_SHOWN = 10


def scheme_field() -> forms.Field:
    schemes = dict(RegionScheme.objects.in_use().values_list("code", "name"))
    first = "m49" if "m49" in schemes else next(iter(schemes), "")
    return forms.ChoiceField(label=gettext_lazy("Region scheme"), choices=[*schemes.items()], initial=first, required=bool(schemes))


def years_field() -> forms.Field:
    choices = [("calendar", gettext_lazy("Calendar years")), ("fiscal", gettext_lazy("Fiscal years"))]
    return forms.ChoiceField(label=gettext_lazy("Years"), choices=choices, initial="calendar")


def labels() -> dict[str, str]:
    """The words of every cross table."""
    return {"all": _("All"), "total": _("Distinct total"), "share": _("Share")}


def by_kind(facts: Facts) -> list[Group]:
    ids = facts.kinds
    return [Group(str(kind.label), kind.value, (("kind", kind.value),), ids.get(kind.value, NOTHING), kind=kind.value) for kind in Kind]


def by_scope(facts: Facts) -> list[Group]:
    ids = facts.scopes
    order = [Scope.BILATERAL, Scope.MULTILATERAL, Scope.INCOMPLETE]
    return [Group(str(scope.label), scope.value, (("scope", scope.value),), ids.get(scope.value, NOTHING)) for scope in order]


def by_year(facts: Facts, which: str, *, most: int | None = YEARS_SHOWN, until: int | None = None) -> list[Group]:
    """The last ``most`` years with engagements (all of them where None), those before them together, and the starts not known.

    Years after ``until``, where one is said, stand together as well: in a picture a year that was mistyped hides the others.
    """
    name = "fiscal_year" if which == "fiscal" else "year"
    ids = facts.years(which)
    unknown = ids.pop(None, NOTHING)
    if not ids:
        found: list[Group] = []
    else:
        last = max((one for one in ids if until is None or one <= until), default=until or 0)
        first = min(min(ids), last) if most is None else max(min(min(ids), last), last - most + 1)
        found = [Group(str(one), str(one), ((name, str(one)),), ids.get(one, NOTHING)) for one in range(first, last + 1)]
        earlier = sorted(one for one in ids if one < first)
        if earlier:
            together = union(ids[one] for one in earlier)
            found.insert(0, Group(_("before %(year)s") % {"year": first}, f"before_{first}", ((name, f"..{first - 1}"),), together))
        later = sorted(one for one in ids if one > last)
        if later:
            together = union(ids[one] for one in later)
            found.append(Group(_("after %(year)s") % {"year": last}, f"after_{last}", ((name, f"{last + 1}.."),), together))
    if unknown:
        found.append(Group(_("start not known"), UNKNOWN_YEAR, ((name, UNKNOWN_YEAR),), unknown))
    return found


def by_country(facts: Facts) -> list[Group]:
    """The countries that took part, the one in most engagements first."""
    return _countries(facts.took_part, lambda code: (("country", code),))


def by_place(facts: Facts) -> list[Group]:
    """The countries in which it was held, the one with most engagements first."""
    return _countries(facts.held, lambda code: (("held_in", code),))


def _countries(ids: Ids, clause: Callable[[str], Clause]) -> list[Group]:
    countries = Country.objects.filter(pk__in=ids).only("pk", "code", "name")
    found = [Group(one.name, one.code, clause(one.code), ids[one.pk], href=one.get_absolute_url()) for one in countries]
    return sorted(found, key=lambda group: (-len(group.ids), group.label))


def former_states() -> set[str]:
    """The codes of countries that exist no more: they have no shape on a map of today."""
    return set(Country.objects.filter(ends_on__isnull=False).values_list("code", flat=True))


def by_entry(facts: Facts, options: Options, name: str, relation: str, filter_name: str | None = None) -> list[Group]:
    """Entries of a short list with engagements, a larger one with those of its parts, as the filter counts them."""
    listed = options[name]
    ids = spread(facts.linked(relation), {option.pk: option.parent for option in listed})
    return [
        Group(option.name, option.code, ((filter_name or name, option.code),), ids[option.pk], level=option.depth)
        for option in listed
        if option.pk in ids
    ]


def by_region(facts: Facts, options: Options, scheme: str, mode: str) -> list[Group]:
    """The regions of a scheme, smaller ones below the larger; as on the first known day of each engagement."""
    regions = [option for option in options["region"] if option.code.startswith(f"{scheme}:")]
    ids = facts.in_regions(scheme, mode)
    conditions = (("region_mode", mode),)
    return [
        Group(option.name, option.code, (("region", option.code), *conditions), ids.get(option.pk, NOTHING), level=option.depth)
        for option in regions
        if option.in_use or option.pk in ids
    ]


def covered(groups: Iterable[Group]) -> FrozenBitMap:
    """All engagements that are in at least one group."""
    return union(group.ids for group in groups)
