"""What is wrong with a mapping for a file with certain headings, or missing from it; each as a sentence that says what to do."""

from collections import Counter
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from imports.mapping import targets
from imports.mapping.headings import Columns, heading_key
from imports.mapping.parsed import ERROR, REVIEW, Problem
from imports.mapping.spec import Mapping
from imports.mapping.targets import Reads


def absent(mapping: Mapping, headings: Sequence[str]) -> list[Problem]:
    """The columns that the mapping speaks of and the file does not have."""
    columns = Columns(headings)
    wanted = [(rule.named, name) for rule in mapping.columns for name in columns.needed(rule)]
    wanted += [("group_by", name) for name in mapping.group_by] + [("identity", name) for name in mapping.identity]
    wanted += [("flags", flag.column) for flag in mapping.flags]
    if aggregates := mapping.aggregates:
        names = (aggregates.column, *aggregates.keys, aggregates.people, aggregates.cost)
        wanted += [("aggregates", name) for name in names if name]
    return [
        Problem(0, place, name, _("The file has no column “%(name)s”.") % {"name": name})
        for place, name in dict.fromkeys(wanted)
        if name not in columns
    ]


def problems(mapping: Mapping, headings: Sequence[str]) -> list[Problem]:
    """All of it; an ERROR has to be put right before the file can be checked, the others are worth a look."""
    from imports.mapping.lines import compile_mapping

    found = absent(mapping, headings)
    if not found:
        try:
            compile_mapping(mapping, headings)
        except ValidationError as error:
            found += [Problem(0, "", "", sentence) for sentence in error.messages]
    said = {rule.to for rule in mapping.columns} | set(mapping.constants)
    return found + _doubled(mapping, headings) + _incomplete(mapping, said) + _not_read(mapping, headings, said)


def _doubled(mapping: Mapping, headings: Sequence[str]) -> list[Problem]:
    """Two columns for one field that holds one value."""
    registry = targets.by_name()
    counts = Counter(
        (rule.to, rule.role, rule.personnel_type)
        for rule in mapping.columns
        if not (rule.is_partial or rule.gather or rule.is_family)
        and not registry[rule.to].joins
        and registry[rule.to].reads is not Reads.NOTHING
        and rule.to not in {"participant", "external_id", "funding.planned", "funding.actual"}
    )
    return [
        Problem(0, "", str(registry[name].label), _("Two columns are “%(name)s”. Choose one of them.") % {"name": registry[name].label})
        for (name, _role, _kind), count in counts.items()
        if count > 1
    ]


def _incomplete(mapping: Mapping, said: set[str]) -> list[Problem]:
    found = []

    def lacks(value: str, sentence: str, severity: str = ERROR) -> None:
        found.append(Problem(0, "", value, sentence, severity))

    registry = targets.by_name()
    names_parties = "participant" in said or any(rule.gather and "participant" in rule.heading for rule in mapping.columns)
    if not mapping.columns:
        lacks("", _("Say what at least one column means."))
    if "reference" not in said:
        # A file of our own may change records that are there already, with nothing but a reference and a field.
        if "type" not in said:
            lacks("type", _("Say the type: a column, or one type for all lines."))
        if "strategies" not in said:
            lacks("strategies", _("Say which strategies it serves: a column, or the same for all lines."))
        if not {"title", "starts", "starts.year"} & said:
            lacks("title", _("No column is the title and none is the start: the records could not be told apart."), REVIEW)
    for rule in mapping.columns:
        target = registry[rule.to]
        base, _dot, part = rule.to.rpartition(".")
        if target.reads is Reads.DATE_PART and part != "year" and f"{base}.year" not in said:
            found.append(Problem(0, rule.named, "", _("Say which column is the year of this date.")))
        if rule.to == "external_id" and not rule.system:
            found.append(Problem(0, rule.named, "", _("Say which system this number is of.")))
        if rule.to in {"funding.planned", "funding.actual"}:
            if "funding.source" not in said:
                found.append(Problem(0, rule.named, "", _("Say where the money comes from: a column, or one source for all lines.")))
            if not rule.currency and "funding.currency" not in said:
                found.append(Problem(0, rule.named, "", _("Say the currency of the amounts.")))
        needs_party = target.group in {"participant", "strength"} and rule.to != "participant"
        # The day and the type of a figure go for those below the names in the headings too.
        has_party = names_parties if target.field in {"as_of", "personnel_type"} else "participant" in said
        has_party = has_party or (rule.gather and "participant" in rule.heading) or (rule.role and mapping.participants)
        if needs_party and not has_party:
            found.append(Problem(0, rule.named, "", _("Say which column names the party that this belongs to.")))
    return found


def _not_read(mapping: Mapping, headings: Sequence[str], said: set[str]) -> list[Problem]:
    """Columns that no rule speaks of: nothing is lost, they stay with the line; but one may have been forgotten."""
    columns = Columns(headings)
    used = set()
    for rule in mapping.columns:
        if all(name in columns for name in columns.needed(rule)):
            used |= {columns.headings[at] for at in columns.of_rule(rule)}
            used |= {columns.headings[columns.at(name)] for name in columns.needed(rule)}
    others = [*mapping.group_by, *mapping.identity, *(flag.column for flag in mapping.flags)]
    if mapping.aggregates:
        others += [mapping.aggregates.column, *mapping.aggregates.keys, mapping.aggregates.people, mapping.aggregates.cost]
    keys = {heading_key(name) for name in others if name}
    left = [heading for heading in columns.headings if heading not in used and heading_key(heading) not in keys]
    if not left:
        return []
    shown = ", ".join(left[:8]) + ("…" if len(left) > 8 else "")
    return [Problem(0, "", shown, _("Not used, but kept with each line: %(columns)s.") % {"columns": shown}, REVIEW)]
