"""Names to settle, as a form: a suggestion, another entry, or leave it out; one answer for all lines with the name."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from imports import resolving
from imports.forms.whole import COMBOBOX
from imports.models import Question

LATER, OTHER, LEAVE_NAME, LEAVE_LINES = "", "other", "leave:name", "leave:lines"
LONGEST = 300


@dataclass
class Asked:
    """One question with what was typed, and the sentence that is wrong with it."""

    question: Question
    chosen: str = LATER
    typed: str = ""
    remembers: bool = False
    fault: str = ""
    may_remember: bool = False
    is_from_before: bool = False  # chosen as the same person answered for an earlier file; nothing is settled by it yet
    values: list[tuple[str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"q{self.question.pk}"

    @property
    def list_label(self) -> str:
        return resolving.list_label(self.question.kind)

    @property
    def combobox(self) -> str:
        kind = self.question.kind
        return "" if kind == resolving.TEAM else COMBOBOX.get(kind, kind)

    @property
    def suggestions(self) -> list[tuple[str, str]]:
        """(value of the choice, label)."""
        return [(f"s{number}", item.get("label", "")) for number, item in enumerate(self.question.suggestions)]

    @property
    def answered(self) -> str:
        """The answer that was given, in words."""
        given = self.question.answer or {}
        if given.get("leave") == "name":
            return _("the name is left out")
        if given.get("leave") == "lines":
            return _("these lines are left out")
        if "value" in given:
            return dict(self.values).get(given["value"], given["value"])
        known = [item.get("label", "") for item in self.question.suggestions if item.get("entry") == given.get("entry")]
        return known[0] if known else str(given.get("entry", ""))


def asked(question: Question, user, before: dict | None = None) -> Asked:
    """``before``: what the person answered about the same name of an earlier file."""
    models = resolving.LISTS.get(question.kind, ())
    may = any(hasattr(model, "aliases") and user.has_perm(f"catalog.change_{model._meta.model_name}") for model in models)
    found = Asked(question, may_remember=may, values=resolving.options(question.kind))
    if before and question.answer is None:
        _say_again(found, before)
    return found


def _say_again(found: Asked, before: dict) -> None:
    said = {name: value for name, value in before.items() if name != "label"}
    same = [number for number, item in enumerate(found.question.suggestions) if said == {n: v for n, v in item.items() if n != "label"}]
    if "leave" in said:
        found.chosen = f"leave:{said['leave']}"
    elif same:
        found.chosen = f"s{same[0]}"
    else:
        found.chosen, found.typed = OTHER, str(said.get("value", said.get("entry", "")))
    found.is_from_before = True


def answers_before(questions: list[Question], user) -> dict[tuple[str, str], dict]:
    """What the person answered last for other files, by kind and name."""
    if not questions:
        return {}
    earlier = Question.objects.filter(answered_by=user, text__in=[question.text for question in questions]).exclude(answer__isnull=True)
    rows = earlier.exclude(batch=questions[0].batch_id).order_by("pk").values_list("kind", "text", "answer")
    return {(kind, text): answer for kind, text, answer in rows}


def read(question: Question, data: Any, user) -> Asked:
    """What was typed for the question; ``fault`` where it names nothing."""
    found = asked(question, user)
    found.chosen = data.get(found.name, LATER)
    found.typed = data.get(f"{found.name}-text", "").replace("\0", "").strip()[:LONGEST]
    found.remembers = found.may_remember and data.get(f"{found.name}-remember") == "on"
    if found.chosen == LATER and found.typed:
        found.chosen = OTHER
    return found


def answer_of(found: Asked) -> dict | None:
    """The answer as it is kept; None where the question is left for later. Raises ``ValidationError``."""
    if found.chosen == LATER:
        return None
    if found.chosen in {LEAVE_NAME, LEAVE_LINES}:
        said = found.chosen
    elif found.chosen == OTHER:
        if not found.typed:
            raise ValidationError(_("Name the entry that is meant."))
        said = found.typed
    else:
        number = found.chosen.removeprefix("s")
        if not number.isdecimal() or int(number[:4]) >= len(found.question.suggestions):
            raise ValidationError(_("Choose one of the answers."))
        return {name: value for name, value in found.question.suggestions[int(number)].items() if name != "label"}
    return resolving.answer(found.question.kind, said, batch=found.question.batch)
