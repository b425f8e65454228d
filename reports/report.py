"""What every report is: a question, its parameters, and a way to answer."""

from abc import ABC, abstractmethod
from typing import ClassVar

from django import forms

from reports.asked import Asked
from reports.tables import Answer


class Report(ABC):
    """One question a manager asks. ``name`` is its address; ``number`` its place in the list of standard reports."""

    name: ClassVar[str]
    number: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]
    topic: ClassVar[str]
    held_only: ClassVar[bool] = True
    # Whether its answer depends on the records found, on the lists and the day, and on nothing else: no other record,
    # and nobody's account.
    of_its_records_alone: ClassVar[bool] = False

    def parameters(self) -> dict[str, forms.Field]:
        """The report's own parameters with their usual values (``initial``)."""
        return {}

    @abstractmethod
    def answer(self, asked: Asked) -> Answer:
        """The tables for the rows that ``asked`` leads to."""
