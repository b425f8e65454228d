"""The figures of a run, found by what they are of."""

import math
from typing import Any

Figure = dict[str, Any]
# Two people to ask as.
EVERYTHING, PART = "everything", "part"
LONG_FILE = "check and commit, long file"  # of an import, by which the growth of memory is told
READERS = {
    EVERYTHING: "a manager cleared for restricted records, in every team: sees all of them",
    PART: "a viewer cleared for official records, in no team: sees those that are verified, current and not restricted",
}
BY = {
    "entente": "Entente",
    "limit": "database alone",
    "limit, few columns": "database alone, 15 columns",
    "plain": "plain Django",
    "admin": "Django admin",
    "datasette": "Datasette",
    "import_export": "django-import-export",
    "django_tables2": "django-tables2",
}


class Figures:
    def __init__(self, found: dict[str, Any]):
        self.found = found
        self.all: list[Figure] = found["figures"]
        self.sizes = sorted({figure["size"] for figure in self.all if figure["on"] == "PostgreSQL"})
        self.largest = max(self.sizes, default=max((figure["size"] for figure in self.all), default=0))

    def select(self, **wanted: Any) -> list[Figure]:
        return [figure for figure in self.all if all(figure.get(name) == value for name, value in wanted.items())]

    def one(self, work: str, case: str, **wanted: Any) -> Figure | None:
        """The last such figure that is none of a failure; on PostgreSQL and by Entente unless said otherwise."""
        found = self.select(**({"work": work, "case": case, "by": "entente", "on": "PostgreSQL"} | wanted))
        return next((figure for figure in reversed(found) if "failed" not in figure), None)

    def cases(self, work: str, **wanted: Any) -> list[str]:
        return list(dict.fromkeys(figure["case"] for figure in self.select(work=work, **wanted) if "failed" not in figure))

    def slope(self, work: str, case: str, part: str = "cpu", **wanted: Any) -> float | None:
        """The exponent with which the cost of one call grows with the number of engagements: the slope of the logarithms."""
        points = []
        for size in self.sizes:
            if figure := self.one(work, case, size=size, **wanted):
                points.append((math.log(size), math.log(max(cost(figure, part), 1e-6))))
        if len(points) < 2:
            return None
        middle = [sum(values) / len(points) for values in zip(*points, strict=True)]
        over = sum((x - middle[0]) * (y - middle[1]) for x, y in points)
        return over / sum((x - middle[0]) ** 2 for x, _y in points)


def cost(figure: Figure, part: str = "cpu") -> float:
    """Seconds of processor time of one call: of the program, of the database, or both."""
    return float(figure["app"] + figure["database"] if part == "cpu" else figure[part])


def rate(figure: Figure) -> float:
    """Rows a second of processor time."""
    return float(figure["rows"] / max(cost(figure), 1e-9))
