"""What a rule is, and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

Found = Iterator[tuple[str, str]]  # the engagement's reference, and what is not right with it


class Level(StrEnum):
    """A fault is wrong whatever one thinks of it; a remark is worth a look."""

    FAULT = "fault"
    REMARK = "remark"


@dataclass(frozen=True)
class Finding:
    """One record breaks one rule; the sentence says how."""

    rule: str
    reference: str
    sentence: str


@dataclass(frozen=True)
class Rule:
    """One thing to look for in the whole register, in a fixed number of queries."""

    name: str
    level: Level
    looks_for: str
    check: Callable[[], Found]
    passes: Callable[[], str] | None = None  # says what the rule could not look at

    def findings(self) -> Iterator[Finding]:
        for reference, sentence in self.check():
            yield Finding(self.name, reference, sentence)


def fault(looks_for: str, *, passes: Callable[[], str] | None = None) -> Callable[[Callable[[], Found]], Rule]:
    """The function below is a rule whose findings are faults; its name is the rule's name."""
    return lambda check: Rule(check.__name__, Level.FAULT, looks_for, check, passes)


def remark(looks_for: str, *, passes: Callable[[], str] | None = None) -> Callable[[Callable[[], Found]], Rule]:
    """The function below is a rule whose findings are remarks; its name is the rule's name."""
    return lambda check: Rule(check.__name__, Level.REMARK, looks_for, check, passes)
