"""Names of a batch to entries, each asked once."""

import datetime as dt
from typing import Any

from catalog.canonical import canonical
from imports.mapping.parsed import Named
from imports.models import Batch
from imports.resolving import Answers, Leave, Unsettled

OPEN, DATED = object(), object()
LEFT_OUT, LEFT_OUT_LINES = Leave.NAME, Leave.LINES


KEPT = 20_000  # answers: a file has few different names, but the same name on many days


class Names:
    """``names(named, day)``: an entry of the catalog, a value of a closed list, or one of OPEN, LEFT_OUT and LEFT_OUT_LINES."""

    def __init__(self, batch: Batch):
        self.answers = Answers(batch)
        self.timeless: dict[Named, Any] = {}  # what each name means on whatever day; DATED where it depends on the day
        self.dated: dict[tuple[Named, dt.date | None], Any] = {}
        self.questions: dict[Named, Unsettled] = {}  # those that nobody answered yet

    def __call__(self, named: Named, on: dt.date | None) -> Any:
        found = self.timeless.get(named)
        if found is None:
            found = self.timeless[named] = DATED if self._is_dated(named) else self._found(named, on)
        if found is not DATED:
            return found
        if (named, on) not in self.dated:
            if len(self.dated) >= KEPT:
                self.dated.clear()
            self.dated[named, on] = self._found(named, on)
        return self.dated[named, on]

    def _found(self, named: Named, on: dt.date | None) -> Any:
        settled = self.answers.resolve(named, on)
        if not isinstance(settled, Unsettled):
            return settled
        self.questions.setdefault(named, settled)
        return OPEN

    def to_ask(self) -> dict[Named, Unsettled]:
        """The questions, one for each name: what it is as a participant answers what it is as a country, too."""
        as_party = {canonical(named.text) for named in self.questions if named.kind == "party"}
        return {
            named: open_
            for named, open_ in self.questions.items()
            if named.kind not in {"country", "organization"} or canonical(named.text) not in as_party
        }

    def _is_dated(self, named: Named) -> bool:
        """Whether a name was in use only for a time, or names a state that has ended. A code counts on any day."""
        if named.kind not in {"party", "country"}:
            return False
        uses = self.answers._resolver(named.kind).by_name.get(canonical(named.text), ())
        return any(starts or ends or getattr(entry, "ends_on", None) for entry, starts, ends in uses)
