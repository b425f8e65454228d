"""Three states of one form compared: what two people started from, what the one saved, what the other typed.

A state holds the parts of a form by name: the record itself ("main"), its one-to-one facts ("detail"), each of
its rows ("participants/12" for a row that is stored, "participants/+0" for one that is not). A part holds its fields:
a text, or a list of texts where several entries are chosen. A part that is None is a row marked to be removed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

Value = str | list[str]
Part = dict[str, Value]
State = dict[str, Part | None]
THEIRS, YOURS, BOTH = "theirs", "yours", "both"
SIDES = (THEIRS, YOURS)


@dataclass(frozen=True)
class Difference:
    """Where two people's work differs: a field, one entry of several (``item``), or a whole row (no ``field``).

    ``by`` says who changed it; "both" also where it is not known what they started from.
    """

    part: str
    field: str = ""
    item: str = ""
    by: str = BOTH

    @property
    def key(self) -> str:
        return "|".join([self.part, self.field, self.item])

    @property
    def default(self) -> str:
        """What stands unless somebody chooses: nobody's typing gives way unasked."""
        return THEIRS if self.by == THEIRS else YOURS


def compare(base: State | None, theirs: State, yours: State) -> list[Difference]:
    """Every difference of ``theirs`` and ``yours``, in the order of the parts; ``base`` is None where it is not known."""
    found: list[Difference] = []
    for part in dict.fromkeys([*theirs, *yours]):
        before = None if base is None else base.get(part)
        there, here = theirs.get(part), yours.get(part)
        if there is not None and here is not None:
            found += _fields(part, before, there, here)
        elif there is not None and part in yours:  # marked to be removed
            found.append(Difference(part, by=YOURS if before == there else BOTH))
        elif there is not None:
            found.append(Difference(part, by=THEIRS))  # a row they added
        elif here is not None and is_stored(part):  # a row they removed
            found.append(Difference(part, by=THEIRS if before == here else BOTH))
    return found


def is_stored(part: str) -> bool:
    """Whether a part is a row that had been stored when the form was opened."""
    return "/" in part and "/+" not in part


def _fields(part: str, base: Part | None, theirs: Part, yours: Part) -> Iterable[Difference]:
    for name in dict.fromkeys([*theirs, *yours]):
        there, here = theirs.get(name, ""), yours.get(name, "")
        before = None if base is None else base.get(name, [] if isinstance(there, list) else "")
        if isinstance(there, list) and isinstance(here, list):
            for item in [*(item for item in there if item not in here), *(item for item in here if item not in there)]:
                by = BOTH
                if isinstance(before, list):
                    by = THEIRS if (item in before) == (item in here) else YOURS
                yield Difference(part, name, item, by)
        elif there != here:
            by = {True: THEIRS}.get(before == here, YOURS if before == there else BOTH)
            yield Difference(part, name, by=by)


def merge(theirs: State, yours: State, differences: Iterable[Difference], choices: dict[str, str]) -> State:
    """One state of both: for each difference the side that ``choices`` names by its key, else the default.

    A stored row that is not in ``theirs`` any more but stays is a new row in the result.
    """
    merged: State = {}
    chosen: dict[str, list[tuple[Difference, str]]] = {}
    for difference in differences:
        side = choices.get(difference.key, difference.default)
        chosen.setdefault(difference.part, []).append((difference, side))
    for part in dict.fromkeys([*theirs, *yours]):
        there, here, decided = theirs.get(part), yours.get(part), chosen.get(part, [])
        whole = next((side for difference, side in decided if not difference.field), None)
        if there is not None and here is not None:
            merged[part] = _merged(here, there, decided)
        elif there is not None:
            merged[part] = there if whole == THEIRS else None
        elif here is not None and (whole != THEIRS or not is_stored(part)):
            merged[part] = here
    return merged


def _merged(yours: Part, theirs: Part, decided: Iterable[tuple[Difference, str]]) -> Part:
    result: Part = {name: list(value) if isinstance(value, list) else value for name, value in yours.items()}
    for difference, side in decided:
        if side == THEIRS:
            result[difference.field] = taken(result.get(difference.field, ""), theirs.get(difference.field, ""), difference.item)
    return result


def taken(here: Value, there: Value, item: str) -> Value:
    """``here`` with the other side's value; of several entries only ``item`` goes the way it goes there."""
    if isinstance(here, list) and isinstance(there, list):
        return [entry for entry in here if entry != item] + ([item] if item in there else [])
    return there


def paired(theirs: State, yours: State, keys: dict[str, tuple[str, ...]]) -> State:
    """``yours`` with a new row taken as the stored one where both added the same: equal in the fields that ``keys`` names.

    Rows of a name that is not in ``keys`` are the same only where every field is.
    """
    result: State = {}
    free = [part for part, fields in theirs.items() if is_stored(part) and part not in yours and fields is not None]
    for part, fields in yours.items():
        kind = part.split("/")[0]
        twin = None
        if "/+" in part and fields is not None:
            twin = next((other for other in free if other.split("/")[0] == kind and _same(theirs[other], fields, keys.get(kind))), None)
        if twin is not None:
            free.remove(twin)
        result[twin or part] = fields
    return result


def _same(one: Part | None, other: Part, names: tuple[str, ...] | None) -> bool:
    if one is None:
        return False
    return all(one.get(name) == other.get(name) for name in names or {**one, **other})
