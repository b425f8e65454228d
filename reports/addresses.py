"""Addresses of the lists behind figures: a table has thousands that differ in a value or two, so the rest is put together once."""

import re
from urllib.parse import quote

from django.http import QueryDict
from django.urls import reverse

from reports.tables import Clause, Conditions

# Filters that the list reads together, such as a country in a role.
TOGETHER = [{"country", "organization", "role"}, {"challenge", "severity"}, {"start", "end"}]
SAFE = ":,"  # stand as they are in an address, so that a person can read it

Names = tuple[str, ...]


class Addresses:
    """Lists of exactly the engagements that ``query`` finds and that meet every clause of some conditions too.

    Values of one name mean any of them, and some names are read together: a clause with a name that is in use
    already goes into ``also``, where it stands for itself. Of which names the clauses are decides on the form of the
    address; their values are only put in.
    """

    def __init__(self, query: QueryDict):
        self.query = query
        self.path = reverse("engagements:list")
        self.clauses: dict[Clause, tuple[Names, list[str]]] = {}
        self.forms: dict[tuple[Names, ...], tuple[str, list[tuple[int, str]]]] = {}

    def __call__(self, conditions: Conditions) -> str:
        told = [self.clauses.get(clause) or self._told(clause) for clause in conditions]
        names = tuple([one for one, _values in told])
        first, rest = self.forms.get(names) or self._form(names)
        values = [value for _names, several in told for value in several]
        found = [first]
        for place, text in rest:
            found += (values[place], text)
        return "".join(found)

    def _told(self, clause: Clause) -> tuple[Names, list[str]]:
        """Its names, and its values as an address has them."""
        said = [(name, value) for name, value in clause if value or name != "region_mode"]
        found = tuple(name for name, _value in said), [quote(value, SAFE) for _name, value in said]
        self.clauses[clause] = found
        return found

    def _form(self, names: tuple[Names, ...]) -> tuple[str, list[tuple[int, str]]]:
        """An address for clauses of these names: the text before the first value, and (place of a value, text after it)."""
        mark = "zq"
        while mark in quote(self.query.urlencode(SAFE) + str(names)):
            mark += "q"
        place, clauses = 0, []
        for several in names:
            clauses.append(tuple((name, f"{mark}{place + n}z") for n, name in enumerate(several)))
            place += len(several)
        first, *rest = re.split(f"{mark}([0-9]+)z", self._address(clauses))
        found = first, [(int(number), text) for number, text in zip(rest[::2], rest[1::2], strict=True)]
        self.forms[names] = found
        return found

    def _address(self, conditions: list[Clause]) -> str:
        address = self.query.copy()
        for clause in conditions:
            pairs = [(name, value) for name, value in clause if name != "region_mode"]
            if any(name in address for name in _read_with({name for name, _value in pairs})):
                address.appendlist("also", ",".join(f"{name}:{value}" for name, value in pairs))
            else:
                for name, value in pairs:
                    address.appendlist(name, value)
            if mode := dict(clause).get("region_mode"):
                address["region_mode"] = mode
        text = address.urlencode(safe=SAFE)
        return self.path + (f"?{text}" if text else "")


def _read_with(names: set[str]) -> set[str]:
    return names.union(*(group for group in TOGETHER if group & names))
