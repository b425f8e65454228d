"""Names of a file to entries of the catalog: by code, name or other spelling, else by the answer that a person gave. Nothing is guessed.

An answer is JSON: ``{"list": "country", "entry": "POL"}``, ``{"value": "host"}`` for a closed list, ``{"leave": "name"}`` or
``{"leave": "lines"}``. A suggestion has the shape of an answer and a ``label`` beside it.
"""

import datetime as dt
import enum
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from accounts.models import Team
from catalog import country_codes
from catalog.canonical import canonical, tidy
from catalog.forms.spellings import Spelling, check_spellings
from catalog.models import (
    Country,
    Domain,
    EngagementType,
    Framework,
    FundingSource,
    LegalBasis,
    MissionTask,
    Objective,
    Organization,
    OutcomeType,
    Strategy,
    Theme,
)
from catalog.models.base import CatalogEntry
from catalog.resolution import NAME_AND_CODE, Resolver, label
from imports.mapping import targets
from imports.mapping.parsed import Named
from imports.models import Batch, Question

LISTS: dict[str, tuple[type[CatalogEntry], ...]] = {
    "party": (Country, Organization),
    "country": (Country,),
    "organization": (Organization,),
    "type": (EngagementType,),
    "strategy": (Strategy,),
    "theme": (Theme,),
    "domain": (Domain,),
    "objective": (Objective,),
    "legal_basis": (LegalBasis,),
    "framework": (Framework,),
    "funding_source": (FundingSource,),
    "outcome_type": (OutcomeType,),
    "mission_task": (MissionTask,),
}
PARTIES = ("party", "country", "organization")  # a name of one may be a name of another
CHOICE = "choice:"
TEAM = "team"
MOST_SUGGESTED = 3
SHORT_CODE = 3  # letters of a country's code; in small letters it is a word of some language


class Leave(enum.Enum):
    """Answers that name no entry."""

    NAME = "name"  # the lines come in without it
    LINES = "lines"  # the lines stay out


@dataclass(frozen=True)
class Unsettled:
    """A name that waits for a person: why, and what it is perhaps."""

    named: Named
    sentence: str
    answers: "Answers" = field(repr=False, compare=False)

    @property
    def suggestions(self) -> list[dict[str, str]]:
        """Up to three answers that are likely; looked for when they are asked for, which takes its time."""
        return self.answers.suggestions(self.named)


Settled = CatalogEntry | Team | str | Leave


class _Strict(Resolver):
    """As everywhere, but a country's code counts in capital letters only: a cell with "no" is not Norway.

    Codes of other lists are known too, below the names that ``country_codes.as_name`` gives them.
    """

    def __init__(self, *models: type[CatalogEntry]):
        super().__init__(*models)
        if Country in models:
            for key, uses in country_codes.uses().items():
                self.by_name[key] += [(entry, first, last) for code, first, last in uses for entry in self._countries(code)]

    def _countries(self, code: str) -> list[Country]:
        return [entry for entry in self.by_code.get(code.casefold(), ()) if isinstance(entry, Country)]

    def _coded(self, text: str) -> list[CatalogEntry]:
        found = super()._coded(text)
        if len(text) <= SHORT_CODE and not text.isupper():
            return [entry for entry in found if not isinstance(entry, Country)]
        return found

    def _unknown(self, text: str) -> ValidationError:
        # Suggestions are for the few that a person is asked about, not for each line of a file that means something else.
        return ValidationError(_("“%(text)s” is not known."), code="unknown", params={"text": text[:60]})

    def has(self, text: str) -> bool:
        text = tidy(text)
        return bool(self._coded(text) or self.by_name.get(canonical(text)))

    def is_timeless(self, text: str) -> bool:
        """Whether ``text`` means the same on every day: a code, or a name of entries that have no end and bear it always."""
        if self._coded(tidy(text)):
            return True
        named = self.by_name.get(canonical(text), ())
        return all(first is None and last is None and getattr(entry, "ends_on", None) is None for entry, first, last in named)

    def perhaps(self, text: str) -> list[CatalogEntry]:
        """What ``text`` may mean, the likeliest first: what it is a name of at another time, then what is written alike."""
        text = tidy(text)
        found = super()._coded(text) or [entry for entry, *_dates in self.by_name.get(canonical(text), ())]
        later = [state for entry in found if isinstance(entry, Country) and entry.ends_on for state in entry.successors.all()]
        for form in _turned(text):
            found += [entry for entry, *_dates in self.by_name.get(canonical(form), ())]
        likely = dict.fromkeys(entry for entry in [*later, *found] if entry.is_in_use)
        for form in [text, *_turned(text)]:
            if len(likely) < MOST_SUGGESTED:
                likely |= dict.fromkeys(self.nearest(form))
        return list(likely)[:MOST_SUGGESTED]


def _turned(text: str) -> list[str]:
    """Other ways to write "Gambia, The" and "Congo, Republic of (Brazzaville)"."""
    bare = NAME_AND_CODE.fullmatch(text)
    forms = [bare["name"]] if bare else []
    for form in [text, *forms]:
        first, comma, rest = form.partition(",")
        if comma and rest.strip():
            forms += [f"{rest.strip()} {first.strip()}", first.strip()]
    return forms


class Answers:
    """Looks names up for one batch: reads each list once, when the first name of it is asked for."""

    def __init__(self, batch: Batch | None = None):
        self.batch = batch
        self.resolvers: dict[str, _Strict] = {}
        self.timeless: dict[Named, Settled] = {}
        self.given: dict[tuple[str, str], Any] = {}
        if batch is not None:
            rows = batch.questions.exclude(answer__isnull=True).values_list("kind", "text", "answer")
            self.given = {(kind, _key(text)): answer for kind, text, answer in rows}

    def resolve(self, named: Named, on: dt.date | None = None) -> Settled | Unsettled:
        """What ``named`` means on the day ``on``. An answer settles what the catalog does not."""
        if (known := self.timeless.get(named)) is not None:
            return known
        try:
            found = self._found(named, on)
            if named.kind in LISTS and self._resolver(named.kind).is_timeless(named.text):
                self.timeless[named] = found
            return found
        except ValidationError as error:
            given = self._given(named)
            if given is not None and (settled := self._answered(named, given)) is not None:
                return settled
            return Unsettled(named, " ".join(error.messages), self)

    def _given(self, named: Named) -> Any:
        """The answer about the name, or one about the same name of another column that serves here: a country that takes part."""
        key = _key(named.text)
        lists = {str(model._meta.model_name) for model in LISTS.get(named.kind, ())}
        for kind in (named.kind, *(PARTIES if named.kind in PARTIES else ())):
            given = self.given.get((kind, key))
            if given is not None and (kind == named.kind or "leave" in given or given.get("list") in lists):
                return given
        return None

    def knows(self, kind: str, text: str) -> bool:
        """Whether ``text`` is a code or a name of the list, of whatever time."""
        return self._resolver(kind).has(text)

    def _found(self, named: Named, on: dt.date | None) -> Settled:
        if named.kind.startswith(CHOICE):
            raise ValidationError(_("“%(text)s” is no value of this list.") % {"text": named.text[:60]}, code="unknown")
        if named.kind == TEAM:
            team = self._teams.get(_key(named.text))
            if team is None:
                raise ValidationError(_("“%(text)s” is not one of your teams.") % {"text": named.text[:60]}, code="unknown")
            return team
        return self._resolver(named.kind)(named.text, on)

    def _resolver(self, kind: str) -> _Strict:
        if kind not in self.resolvers:
            self.resolvers[kind] = _Strict(*LISTS[kind])
        return self.resolvers[kind]

    @cached_property
    def _teams(self) -> dict[str, Team]:
        """Only one's own: the names of others are nobody's business."""
        teams = self.batch.owner.own_teams if self.batch is not None else []
        return {_key(text): team for team in teams for text in (team.name, team.code)}

    def _answered(self, named: Named, given: Any) -> Settled | None:
        """What an answer says; None where its entry is gone."""
        if not isinstance(given, dict):
            return None
        if "leave" in given:
            return Leave(given["leave"])
        if named.kind.startswith(CHOICE):
            value = given.get("value")
            return value if value in dict(_options(named.kind)) else None
        if named.kind == TEAM:
            return self._teams.get(_key(str(given.get("entry"))))
        # By its code alone: whoever answered knows the day.
        code = str(given.get("entry", "")).casefold()
        models_meant = [model for model in LISTS[named.kind] if model._meta.model_name == given.get("list") or len(LISTS[named.kind]) == 1]
        found = [entry for entry in self._resolver(named.kind).by_code.get(code, ()) if type(entry) in models_meant]
        return next((entry for entry in found if entry.code.casefold() == code), found[0] if found else None)

    def suggestions(self, named: Named) -> list[dict[str, str]]:
        """Up to three answers that are likely, each with its ``label``."""
        if named.kind.startswith(CHOICE):
            options = dict(_options(named.kind))
            near = process.extract(
                canonical(named.text), {code: canonical(text) for code, text in options.items()}, scorer=fuzz.WRatio, limit=3
            )
            return [{"value": code, "label": options[code]} for _text, score, code in near if score > 60]
        if named.kind == TEAM:
            teams = dict.fromkeys(self._teams.values())
            return [{"list": TEAM, "entry": team.code, "label": team.name} for team in list(teams)[:MOST_SUGGESTED]]
        return [suggestion(entry) for entry in self._resolver(named.kind).perhaps(named.text)]


def suggestion(entry: CatalogEntry) -> dict[str, str]:
    return {"list": str(entry._meta.model_name), "entry": entry.code, "label": label(entry)}


def answer(kind: str, said: str, *, batch: Batch | None = None) -> dict[str, str]:
    """The answer that a person gave: "leave:name", "leave:lines", or an entry by code, name or "Name (CODE)".

    Raises ``ValidationError`` with a sentence where it names nothing.
    """
    said = tidy(said)
    if said.startswith("leave:"):
        return {"leave": Leave(said.partition(":")[2]).value} if said in {"leave:name", "leave:lines"} else _no_answer(said)
    if kind.startswith(CHOICE):
        options = {key: code for code, text in _options(kind) for key in (_key(code), _key(text))}
        return {"value": options[_key(said)]} if _key(said) in options else _no_answer(said)
    found: Any = Answers(batch)._found(Named(kind, said), None)
    return {"list": str(found._meta.model_name), "entry": found.code}


def _no_answer(said: str) -> dict[str, str]:
    raise ValidationError(_("“%(text)s” is none of the answers.") % {"text": said[:60]}, code="unknown")


def options(kind: str) -> list[tuple[str, str]]:
    """The values of a closed list that a question is about; empty for the lists of the catalog."""
    return _options(kind) if kind.startswith(CHOICE) else []


def _options(kind: str) -> list[tuple[str, str]]:
    target = targets.by_name().get(kind.removeprefix(CHOICE))
    return target.options if target else []


def list_label(kind: str) -> str:
    """What a question is about, for a heading: "country or organization", "role"."""
    if kind.startswith(CHOICE):
        target = targets.by_name().get(kind.removeprefix(CHOICE))
        return str(target.label) if target else kind
    if kind == "party":
        return _("Country or organization")
    model: type[models.Model] = Team if kind == TEAM else LISTS[kind][0]
    return str(model._meta.verbose_name).capitalize()


def may_remember(question: Question, user: Any) -> bool:
    """Whether the answer may become another spelling in the catalog: of a list that has some, by who may change it."""
    given = question.answer or {}
    model = next((model for model in LISTS.get(question.kind, ()) if model._meta.model_name == given.get("list")), None)
    return model is not None and hasattr(model, "aliases") and user.has_perm(f"catalog.change_{model._meta.model_name}")


def remember(question: Question, user: Any) -> bool:
    """Makes the text of an answered question another spelling of its entry; whether it did.

    Raises ``ValidationError`` where the spelling leads to another entry already.
    """
    if not may_remember(question, user):
        return False
    entry: Any = Answers()._answered(Named(question.kind, question.text), question.answer)
    key = canonical(question.text)
    if entry is None or not key or len(question.text) > entry.aliases.model._meta.get_field("text").max_length:
        return False
    if key == canonical(entry.name) or entry.aliases.filter(key=key).exists():
        return False
    check_spellings(entry, {key: (1, Spelling(question.text))})
    entry.aliases.create(text=question.text)
    return True


def _key(text: str) -> str:
    return canonical(text)
