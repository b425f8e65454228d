"""What is measured on which register, for how long at most, and what comes first when the time is short.

The largest register comes first with everything that is asked of each size, because the targets are about it; then the smallest,
which says how the costs grow; then those between, one of which has the other programs on the same rows; then SQLite, and what takes
long at the largest and says little more. Migrations come last: they change the database for good.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PEERS_AT = 100_000  # Datasette and the other importers: at the largest size up to this
# Seconds that a group may take.
AT_ALL_SIZES = {"lists": 170, "facets": 180, "search": 150, "reports": 180, "records": 60, "writes": 60, "files": 300}
AT_THE_LARGEST = {"profiles": 150, "crowd": 300, "imports": 180}
AT_THE_SMALLEST = {"imports": 600}  # a long file too, for its memory
AT_PEERS_SIZE = {"usual": 120, "datasette": 180, "imports": 300}
OF_SQLITE = {"team": 150, "lists": 90, "facets": 40, "search": 40, "reports": 60, "writes": 40, "files": 60, "imports": 200}
LATE = {"usual": 240}  # at the largest
LAST = {"migrations": 300}  # at the largest
WRITING = {"writes", "imports", "crowd", "migrations"}  # crowd: the server prepares its database when it starts
BUDGETS = {"largest": "0.6", "smaller": "0.4"}  # seconds for one question
IMPORTED = 10_000
OF_SQLITES_FILE = 20_000


@dataclass(frozen=True)
class Place:
    """One register: its size, the address of its database (SQLite has none) and its data folder."""

    size: int
    url: str
    data: Path

    @property
    def kind(self) -> str:
        return "PostgreSQL" if self.url else "SQLite"

    def __str__(self) -> str:
        return f"{self.size:,} on {self.kind}"


@dataclass(frozen=True)
class Task:
    group: str
    place: Place
    seconds: float
    more: dict[str, str] = field(default_factory=dict)  # environment
    is_last: bool = False  # its time is kept free


def tasks(places: Sequence[Place]) -> Iterator[Task]:
    served = sorted((place for place in places if place.url), key=lambda place: place.size)
    on_sqlite = [place for place in places if not place.url]
    largest = served[-1] if served else None
    with_peers = max((place for place in served if place.size <= PEERS_AT), key=lambda place: place.size, default=largest)
    for place in served[-1:] + served[:-1]:
        groups = AT_ALL_SIZES | (AT_THE_LARGEST if place is largest else {}) | (AT_PEERS_SIZE if place is with_peers else {})
        groups |= AT_THE_SMALLEST if place is served[0] else {}
        # A file that is brought in comes last: one that is stopped half-way leaves its records.
        for group, seconds in sorted(groups.items(), key=lambda item: item[0] == "imports"):
            yield Task(group, place, seconds, environment(group, place, is_largest=place is largest, has_peers=place is with_peers))
    for place in on_sqlite:
        for group, seconds in OF_SQLITE.items():
            yield Task(group, place, seconds, environment(group, place))
    if largest:
        for group, seconds in LATE.items():
            if largest is not with_peers:
                yield Task(group, largest, seconds, environment(group, largest, is_largest=True))
        for group, seconds in LAST.items():
            yield Task(group, largest, seconds, is_last=True)


def environment(group: str, place: Place, *, is_largest: bool = False, has_peers: bool = False) -> dict[str, str]:
    said = {"BENCH_BUDGET": BUDGETS["largest" if is_largest else "smaller"]}
    if group == "imports":
        said |= {"BENCH_IMPORTED": str(min(IMPORTED, place.size)), **({"BENCH_PEERS": "1"} if has_peers else {})}
    if group == "files" and not place.url:
        said["BENCH_ROWS"] = str(OF_SQLITES_FILE)
    return said
