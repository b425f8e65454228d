"""Which lines tell of one engagement, and which record it is when the same source comes again.

A record that its reader may not see is never matched, and nothing tells that it is there.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, Lookup, OuterRef

from catalog.canonical import canonical
from engagements.domain.merging import kept_instead
from engagements.models import Engagement, ExternalId
from imports.mapping.parsed import ParsedLine
from imports.models import Batch, Imported
from imports.planning import Plan

ALONE = 24  # letters of a group's name that say what its line says, where each line is an engagement of its own


class OneOf(Lookup):
    """A column is one of many texts: on PostgreSQL one parameter, not one for each, which takes longer to say than to find."""

    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} IN ({', '.join(['%s'] * len(self.rhs))})", [*params, *self.rhs]

    def as_postgresql(self, compiler, connection):
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(%s)", [*params, self.rhs]


def _hash(parts: Iterable[str], size: int = 16) -> str:
    # The length goes before each part, so that no cell runs into the next.
    text = "".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()


def _is_alone(parsed: ParsedLine) -> bool:
    """Whether nothing holds the line together with others."""
    return not parsed.group or parsed.group == (f"#{parsed.line}",)


def group_of(parsed: ParsedLine) -> str:
    """The name of the group that a line belongs to. Lines that say the same lie beside each other."""
    if not _is_alone(parsed):
        return _hash(parsed.group)
    return _hash(parsed.identity or parsed.cells, ALONE // 2) + f"{parsed.line:08x}"


class Identities:
    """Names engagements of one source, as long as its columns have the same headings."""

    def __init__(self, headings: Sequence[str]):
        self.source = _hash(sorted(canonical(heading) for heading in headings))
        self.before, self.times = "", 0

    def of(self, group: str, parsed: ParsedLine) -> str:
        """To be asked in the order of the groups: of lines that say the same, each is an engagement of its own."""
        if not _is_alone(parsed):
            return _hash([self.source, *(parsed.identity or parsed.group)])
        self.times = self.times + 1 if group[:ALONE] == self.before else 0
        self.before = group[:ALONE]
        return _hash([self.source, group[:ALONE], str(self.times)])


@dataclass(frozen=True, slots=True)
class Match:
    """The record that a plan is about. ``imported`` is what an earlier batch wrote of it, where one did.

    ``merged``: the lines name another record, which was merged into this one.
    """

    engagement: int
    imported: Imported | None
    merged: bool = False


def find(plans: Sequence[Plan], batch: Batch) -> dict[int, Match]:
    """For the plans that are about a record on file which the owner of ``batch`` sees: by the number of the plan."""
    visible = Engagement.objects.visible_to(batch.owner)
    found: dict[int, Match] = {}
    references = {plan.reference for plan in plans if plan.reference}
    by_reference = dict(visible.filter(reference__in=references).values_list("reference", "pk")) if references else {}
    identities = [plan.gathered.identity for plan in plans if not plan.reference]
    by_identity: dict[str, Imported] = {}
    # Asked of each row that was found: SQLite would gather all records that the person sees first, and look for rows of these.
    seen = Exists(visible.filter(pk=OuterRef("engagement")))
    if identities:
        rows = Imported.objects.filter(seen, OneOf(F("identity"), identities), is_undone=False)
        by_identity = {row.identity: row for row in rows.exclude(batch=batch).order_by("pk")}
    by_name = _by_name([name for plan in plans for name in plan.names], visible)
    for number, plan in enumerate(plans):
        imported = by_identity.get(plan.gathered.identity)
        if plan.reference:
            if plan.reference in by_reference:
                found[number] = Match(by_reference[plan.reference], None)
        elif imported is not None:
            found[number] = Match(imported.engagement_id, imported)
        else:
            named = {by_name[name] for name in plan.names if name in by_name}
            if len(named) == 1:
                found[number] = Match(named.pop(), None)
    kept = kept_instead({match.engagement for match in found.values()}, visible)
    return {
        number: Match(kept[match.engagement], match.imported, merged=True) if match.engagement in kept else match
        for number, match in found.items()
    }


def _by_name(names: list[tuple[str, str]], visible) -> dict[tuple[str, str], int]:
    """The record that a name in another system leads to."""
    if not names:
        return {}
    rows = ExternalId.objects.filter(
        engagement__in=visible, system__in={system for system, _value in names}, value__in=[value for _system, value in names]
    )
    return {(system, value): pk for system, value, pk in rows.order_by("-pk").values_list("system", "value", "engagement")}
