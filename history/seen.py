"""The forms of one page read as states: what a person saw when it was opened, what was typed, what stands now.

``Sheet.settle`` answers a posted form. Where another saved in between, it makes one form of both and a ``Conflict``
that says what differs; the person chooses, and the next post brings the choices together with the form. Everything
travels with the form, signed, so that neither a script nor a memory of the server is needed.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.core import signing
from django.db import models
from django.db.models import Q
from django.forms.widgets import MultiWidget
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from history.conflicts import BOTH, SIDES, THEIRS, YOURS, Difference, Part, State, compare, merge, paired, taken
from history.form_values import in_words, plain_widget, said_by, typed_into, write
from history.models import Change

MAIN = "main"
SEEN, CONFLICT, CHOOSE = "seen_state", "conflict", "choose:"
SALT = "seen"
MOST_ROWS = 3000
LONGEST_CHOICE = 120
LastChange = Callable[[dt.datetime | None], tuple[str, str]]


@dataclass
class Choice:
    """One line of the table: a difference in words, and which side stands in the form below."""

    part: str
    field: str
    item: str
    by: str
    label: str
    before: str
    theirs: str
    yours: str
    chosen: str
    there: Any  # the two sides as the form has them
    here: Any
    index: int | None = None  # of a row: its place in the form below

    @property
    def name(self) -> str:
        return CHOOSE + "|".join([self.part, self.field, self.item])

    @property
    def must_choose(self) -> bool:
        return self.by == BOTH


@dataclass
class Conflict:
    """What another saved while this person was typing. ``open`` until the person saved again in the knowledge of it."""

    of: str
    mark: str
    who: str
    when: str
    choices: list[Choice] = field(default_factory=list)
    knew_version: bool = True
    open: bool = True

    @property
    def sentence(self) -> str:
        if not self.knew_version:
            return _(
                "This form does not say which version you had seen, so nothing is saved yet and nothing you typed is lost."
                " Compare it with what is on record, then save again."
            )
        rest = _("Nothing is saved yet, and nothing you typed is lost. Look at what differs, then save again.")
        if not self.when:
            return _("Someone changed this after you had opened it. %(rest)s") % {"rest": rest}
        return _("%(who)s changed this on %(when)s, after you had opened it. %(rest)s") % {"who": self.who, "when": self.when, "rest": rest}

    @property
    def to_choose(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.must_choose]

    @property
    def settled(self) -> list[Choice]:
        """What only one of the two changed: both changes stand unless the person says otherwise."""
        return [choice for choice in self.choices if not choice.must_choose]

    @property
    def token(self) -> str:
        return signing.dumps({**asdict(self), "open": False}, salt=SALT, compress=True)

    @classmethod
    def read(cls, token: str, of: str) -> "Conflict | None":
        found = _loads(token, of)
        if found is None or "choices" not in found:
            return None
        return cls(**found | {"choices": [Choice(**choice) for choice in found["choices"]]})


def _loads(token: str, of: str) -> dict | None:
    try:
        found = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return found if isinstance(found, dict) and found.get("of") == of else None


class Sheet:
    """The unbound forms of one record as it stands now.

    ``mark`` changes with every save and is posted as ``mark_name``; ``keys`` names, for each set of rows, the fields
    in which two new rows are the same row.
    """

    def __init__(self, *, of: str, mark: Any, mark_name: str, single: dict[str, forms.BaseForm], row_sets: Iterable = (), keys=None):
        self.of, self.mark, self.mark_name = of, str(mark), mark_name
        self.single, self.row_sets, self.keys = single, {row_set.prefix: row_set for row_set in row_sets}, keys or {}

    # States ------------------------------------------------------------------------------------

    def stored(self) -> State:
        """What stands in the forms as they were opened."""
        state: State = {part: {name: said_by(form[name]) for name in self._names(form)} for part, form in self.single.items()}
        for prefix, row_set in self.row_sets.items():
            for form in row_set.initial_forms:
                state[f"{prefix}/{form.instance.pk}"] = {name: said_by(form[name]) for name in self._names(form)}
        return state

    def typed(self, data: QueryDict) -> State:
        """What was posted; empty new rows are left out."""
        state: State = {part: typed_into(form, data, form.add_prefix, self._names(form)) for part, form in self.single.items()}
        for prefix, row_set in self.row_sets.items():
            empty, blank = row_set.empty_form, self._blank(row_set)
            for index in range(_total(data, prefix)):
                part = typed_into(empty, data, _in_row(prefix, index), list(blank))
                pk = data.get(f"{prefix}-{index}-{_key(row_set)}", "")
                removed = bool(data.get(f"{prefix}-{index}-DELETE"))
                if pk:
                    state[f"{prefix}/{pk}"] = None if removed else part
                elif part != blank and not removed:
                    state[f"{prefix}/+{index}"] = part
        return state

    def _blank(self, row_set) -> Part:
        return {name: said_by(row_set.empty_form[name]) for name in self._names(row_set.empty_form)}

    def _names(self, form) -> list[str]:
        """The fields that a person fills in."""
        left_out = {"DELETE", "ORDER", self.mark_name, CONFLICT, SEEN}
        return [
            name
            for name, item in form.fields.items()
            if name not in left_out
            and not item.disabled
            and not isinstance(item, forms.FileField)
            and not isinstance(plain_widget(item.widget), MultiWidget)
            and not form[name].is_hidden
        ]

    def token(self) -> str:
        """The state as it stands, for the form to carry: what its next post is compared with."""
        state = {part: {name: value for name, value in (fields or {}).items() if value} for part, fields in self.stored().items()}
        now = timezone.now().isoformat()
        return signing.dumps({"of": self.of, "mark": self.mark, "at": now, "state": state}, salt=SALT, compress=True)

    # A posted form -----------------------------------------------------------------------------

    def is_stale(self, data: QueryDict) -> bool:
        return data.get(self.mark_name, "") != self.mark

    def settle(self, data: QueryDict, last_change: LastChange) -> tuple[QueryDict, Conflict | None]:
        """The form to save, or to show again with its conflict.

        Choices that came with ``data`` are in what is returned; the conflict is open where another save came between.
        ``last_change`` says who saved, and when, after the moment it is given.
        """
        told = Conflict.read(data.get(CONFLICT, ""), self.of)
        if told is not None and data.get(self.mark_name, "") == told.mark:
            data = self._chosen(data, told)
        if not self.is_stale(data):
            return data, told
        base = _loads(data.get(SEEN, ""), self.of)
        known = base is not None and base.get("mark") == data.get(self.mark_name, "")
        who, when = last_change(dt.datetime.fromisoformat(base["at"]) if known and base is not None else None)
        theirs = self.stored()
        yours = paired(theirs, self.typed(data), self.keys)
        before = self._filled(base["state"], theirs, yours) if known and base is not None else None
        differences = compare(before, theirs, yours)
        merged = merge(theirs, yours, differences, {})
        data, places = self._posted(data, merged, theirs)
        posted_mark = data.get(self.mark_name, "")
        conflict = Conflict(self.of, self.mark, who, when)
        conflict.knew_version = bool(posted_mark) and posted_mark.isdecimal() == self.mark.isdecimal()
        conflict.choices = [self._choice(difference, before, theirs, yours, places) for difference in differences]
        data[self.mark_name], data[SEEN] = self.mark, self.token()
        return data, conflict

    @staticmethod
    def _filled(before: State, theirs: State, yours: State) -> State:
        """The state that a token holds, with the empty fields that it leaves out."""
        filled: State = {}
        for part, fields in before.items():
            pattern = theirs.get(part) or yours.get(part) or {}
            empty: Part = {name: [] if isinstance(value, list) else "" for name, value in pattern.items()}
            filled[part] = {**empty, **(fields or {})}
        return filled

    def _posted(self, data: QueryDict, merged: State, theirs: State) -> tuple[QueryDict, dict[str, int]]:
        """``merged`` as a browser would post it, and the place of each row."""
        data, places = data.copy(), {}
        for part, form in self.single.items():
            write(data, form, form.add_prefix, merged.get(part) or {})
        for prefix, row_set in self.row_sets.items():
            for name in [name for name in data if name.startswith(f"{prefix}-") and name.split("-")[1].isdecimal()]:
                del data[name]
            stored = [part for part in theirs if part.startswith(f"{prefix}/")]
            fresh = [part for part in merged if part.startswith(f"{prefix}/") and part not in theirs and merged[part] is not None]
            empty, blank = row_set.empty_form, self._blank(row_set)
            rows = [merged.get(part) or theirs[part] or {} for part in stored] + [merged[part] or {} for part in fresh]
            for index, fields in enumerate([*rows, *[blank] * row_set.extra]):
                write(data, empty, _in_row(prefix, index), fields)
            for index, part in enumerate([*stored, *fresh]):
                places[part] = index
                if index < len(stored):
                    data[f"{prefix}-{index}-{_key(row_set)}"] = part.split("/")[1]
                if merged.get(part) is None:
                    data[f"{prefix}-{index}-DELETE"] = "on"
            data[f"{prefix}-INITIAL_FORMS"] = str(len(stored))
            data[f"{prefix}-TOTAL_FORMS"] = str(len(rows) + row_set.extra)
        return data, places

    def _chosen(self, data: QueryDict, told: Conflict) -> QueryDict:
        """``data`` with what was chosen in it. What was typed into the form below the table counts more than a choice."""
        data = data.copy()
        for choice in told.choices:
            picked = data.get(choice.name, choice.chosen)
            if picked not in SIDES or picked == choice.chosen:
                continue
            if choice.field:
                self._choose_field(data, choice, picked)
            else:
                self._choose_row(data, choice, picked)
            choice.chosen = picked
        return data

    def _choose_field(self, data: QueryDict, choice: Choice, picked: str) -> None:
        form, prefixed = self._form_of(choice.part), self._prefix_of(choice)
        if form is None or choice.field not in form.fields:
            return
        sides = {THEIRS: choice.there, YOURS: choice.here}
        now = typed_into(form, data, prefixed, [choice.field])[choice.field]
        shown, wanted = sides[choice.chosen], sides[picked]
        untouched = (choice.item in now) == (choice.item in shown) if choice.item else now == shown
        if untouched:
            write(data, form, prefixed, {choice.field: taken(now, wanted, choice.item)})

    def _choose_row(self, data: QueryDict, choice: Choice, picked: str) -> None:
        prefix = choice.part.split("/")[0]
        wanted = choice.there if picked == THEIRS else choice.here
        if choice.index is None and wanted is not None and prefix in self.row_sets:
            choice.index = _total(data, prefix)
            data[f"{prefix}-TOTAL_FORMS"] = str(choice.index + 1)
            write(data, self.row_sets[prefix].empty_form, _in_row(prefix, choice.index), wanted)
        elif choice.index is not None:
            data.pop(f"{prefix}-{choice.index}-DELETE", None)
            if wanted is None:
                data[f"{prefix}-{choice.index}-DELETE"] = "on"

    def _form_of(self, part: str):
        prefix = part.split("/")[0]
        return self.row_sets[prefix].empty_form if prefix in self.row_sets else self.single.get(part)

    def _prefix_of(self, choice: Choice):
        prefix = choice.part.split("/")[0]
        return _in_row(prefix, choice.index or 0) if prefix in self.row_sets else self.single[choice.part].add_prefix

    # In words ----------------------------------------------------------------------------------

    def _choice(self, difference: Difference, base: State | None, theirs: State, yours: State, places: dict[str, int]) -> Choice:
        states = [{} if base is None else base, theirs, yours]
        form, part = self._form_of(difference.part), difference.part
        if difference.field:
            item = form.fields[difference.field]
            label = str(item.label or capfirst(difference.field.replace("_", " ")))
            values = [(state.get(part) or {}).get(difference.field, "") for state in states]
            if difference.item:
                label = f"{label}: {in_words(item, [difference.item])}"
                texts = [_("chosen") if difference.item in value else _("not chosen") for value in values]
            else:
                texts = [in_words(item, value) for value in values]
        else:
            label, rows = "", [state.get(part) for state in states]
            texts = [_("not there") if row is None else self._row_text(form, row) for row in rows]
        label = ": ".join(filter(None, [self._row_label(part, theirs, yours), label]))
        before = texts[0] if base is not None else ""
        there, here = (values if difference.field else rows)[1:]
        return Choice(
            part, difference.field, difference.item, difference.by, label, before, texts[1], texts[2], difference.default, there, here,
            places.get(part),
        )  # fmt: skip

    def _row_label(self, part: str, theirs: State, yours: State) -> str:
        prefix = part.split("/")[0]
        if prefix not in self.row_sets:
            return ""
        row_set = self.row_sets[prefix]
        title = str(getattr(row_set, "title", "") or capfirst(row_set.model._meta.verbose_name_plural))
        stored = next((str(form.instance) for form in row_set.initial_forms if f"{prefix}/{form.instance.pk}" == part), "")
        if not stored and (fields := yours.get(part)):
            stored = next((in_words(row_set.empty_form.fields[name], value) for name, value in fields.items() if value), "")
        return f"{title}, {stored[:LONGEST_CHOICE]}" if stored else title

    @staticmethod
    def _row_text(form, fields: Part) -> str:
        filled = [(form.fields[name], value) for name, value in fields.items() if value and name in form.fields]
        return "; ".join(f"{item.label}: {in_words(item, value)}" for item, value in filled)


def last_change_of(*rows: models.Model, since: dt.datetime | None = None) -> tuple[str, str]:
    """Who changed one of ``rows`` last, and when, in words; two empty texts where that is not known."""
    tables: dict[str, list[int]] = {}
    for row in rows:
        tables.setdefault(row._meta.db_table, []).append(row.pk)
    condition = reduce(or_, (Q(table=table, row__in=pks) for table, pks in tables.items()))
    if since is None:
        return "", ""
    found = Change.objects.filter(condition, at__gt=since).order_by("-pk").first()
    if found is None:
        return "", ""
    return found.actor_name or _("Someone"), f"{timezone.localtime(found.at):%-d %b, %H:%M}"


def _in_row(prefix: str, index: int):
    return lambda name: f"{prefix}-{index}-{name}"


def _key(row_set: Any) -> str:
    return row_set.model._meta.pk.name


def _total(data: QueryDict, prefix: str) -> int:
    total = data.get(f"{prefix}-TOTAL_FORMS", "")
    return min(int(total), MOST_ROWS) if total.isascii() and total.isdecimal() and len(total) < 6 else 0
