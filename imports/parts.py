"""A corrected file is a part of the one that it was taken out of: its lines join those that came in before."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from imports.mapping.parsed import ParsedLine
from imports.models import Batch, Imported


def files_of(rows: Sequence[Imported]) -> dict[int, list[Imported]]:
    """For each of ``rows``, by its key: what was imported of its record, from the last whole file on to ``row``, the first of it first."""
    batches = Batch.objects.filter(pk__in={row.batch_id for row in rows}, counts__is_part=True)
    parts = set(batches.values_list("pk", flat=True))
    if not parts:
        return {row.pk: [row] for row in rows}
    before: dict[tuple[int, str], list[Imported]] = defaultdict(list)
    records = {row.engagement_id for row in rows if row.batch_id in parts}
    for row in Imported.objects.filter(engagement__in=records, is_undone=False).select_related("batch").order_by("-pk"):
        before[row.engagement_id, row.identity].append(row)
    found = {}
    for row in rows:
        found[row.pk] = [row]
        if row.batch_id in parts:
            for earlier in (one for one in before[row.engagement_id, row.identity] if one.pk < row.pk):
                found[row.pk].insert(0, earlier)
                if not earlier.batch.counts.get("is_part"):
                    break
    return found


def joined(files: Iterable[Sequence[ParsedLine]]) -> list[ParsedLine]:
    """The lines of all files. A line that stands in an earlier one is there already; in one file each counts."""
    found: list[ParsedLine] = []
    for lines in files:
        there = Counter(line.cells for line in found)
        for line in lines:
            if there[line.cells]:
                there[line.cells] -= 1
            else:
                found.append(line)
    return found
