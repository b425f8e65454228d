"""An engagement with all its rows as one form: checked together, saved together or not at all.

Where another saved after the form was opened, ``conflict`` holds what differs, and the form holds both people's work.
"""

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.utils import ErrorDict

from catalog.options import Options
from engagements.domain.lifecycle import reopen_if_verified
from engagements.domain.saving import Conflict as Overtaken
from engagements.domain.saving import as_sentences, claim, keep_names_apart, last_change
from engagements.domain.titles import generated_title
from engagements.forms.engagement import DETAIL_FORMS, DETAIL_NAMES, EngagementForm, ReviewForm
from engagements.forms.rows import ROW_SETS, STRENGTH
from engagements.models import Engagement, Participation, StrengthReport
from history.form_values import said_by, write
from history.seen import CONFLICT, MAIN, SEEN, Conflict, Sheet

ADD = "add-row"
# Rows that two people may both have added: the same row where these fields are equal.
SAME_ROW = {
    "participants": ("party", "role"),
    "identifiers": ("system", "value"),
    "strength": ("participation", "as_of", "personnel_type"),
}


class Editor:
    """The form of one engagement: main form, facts of its kind, look back, and the row sets."""

    form_class: type = EngagementForm
    row_names = list(ROW_SETS)
    has_details = True
    twins: list = []  # records that may be this one; the page asks before it saves

    def __init__(self, *, user, engagement: Engagement, data=None, initial=None, participants=None):
        self.user, self.engagement = user, engagement
        self.conflict: Conflict | None = None
        self.is_overtaken = False
        self.data = data = data if data is None or not engagement.pk else self._settled(data)
        self.options = Options()
        common = {"user": user, "options": self.options}
        self.form = self.form_class(data, instance=engagement, initial=initial, **common)
        self.details, self.review = None, None
        if self.has_details:
            if engagement.kind in DETAIL_FORMS:
                name = DETAIL_NAMES[engagement.kind]
                self.details = DETAIL_FORMS[engagement.kind](data, instance=_own(engagement, name), prefix="detail", options=self.options)
            self.review = ReviewForm(data, instance=_own(engagement, "after_action_review"), prefix="review")
        self.rows = {name: self._row_set(name, common, participants) for name in self.row_names}
        self.strength = self._strength(common) if self.has_details and engagement.pk else None

    def _settled(self, data):
        """What was posted, with the choices made in it and, where another saved meanwhile, with that one's changes."""
        needed = CONFLICT in data or data.get("version", "") != str(self.engagement.version)
        if not needed:
            return data
        sheet = type(self)(user=self.user, engagement=self.engagement).sheet()
        settled, self.conflict = sheet.settle(data, lambda _since: last_change(self.engagement))
        return settled

    def sheet(self) -> Sheet:
        """The forms as they were opened, to be compared with what is posted."""
        single = {form.prefix or MAIN: form for form in self.forms()}
        of = f"{type(self).__name__}:{self.engagement.pk}"
        return Sheet(of=of, mark=self.engagement.version, mark_name="version", single=single, row_sets=self.row_sets(), keys=SAME_ROW)

    @property
    def seen_state(self) -> str:
        """What the form shows as it is opened; a form that comes back carries what it came with."""
        if not self.engagement.pk:
            return ""
        return self.sheet().token() if self.data is None else self.data.get(SEEN, "")

    @property
    def is_in_conflict(self) -> bool:
        return self.conflict is not None and self.conflict.open

    def _row_set(self, name, common, participants):
        row_set = ROW_SETS[name]
        kwargs = dict(common)
        if name == "assessments":
            kwargs["outcomes"] = self.engagement.outcomes.all() if self.engagement.pk else None
        # What was posted is compared with an empty row: a copied participant that nobody touched is to be saved too.
        initial = participants if name == "participants" and self.data is None else None
        blank = row_set(prefix=name, form_kwargs=kwargs).empty_form if self._wants(name) else None
        built = row_set(self._grown(name, blank), instance=self.engagement, prefix=name, form_kwargs=kwargs, initial=initial)
        if initial:
            built.extra = len(initial) + 1
        if not self.engagement.pk:
            built.queryset = row_set.model.objects.none()
        elif name == "participants":
            built.queryset = self.engagement.participations.select_related("country", "organization")
        return built

    def _strength(self, common):
        queryset = StrengthReport.objects.filter(participation__engagement=self.engagement)
        offered = Participation.objects.filter(engagement=self.engagement).select_related("country", "organization")
        kwargs = common | {"participations": offered}
        blank = STRENGTH(queryset=queryset.none(), prefix="strength", form_kwargs=kwargs).empty_form if self._wants("strength") else None
        return STRENGTH(self._grown("strength", blank), queryset=queryset, prefix="strength", form_kwargs=kwargs)

    def _wants(self, name) -> bool:
        """Whether the button for one row more of this kind was pressed."""
        return self.data is not None and self.data.get(ADD) == name

    def _grown(self, name, blank):
        """The posted data, with one row more like the form ``blank`` where its button was pressed."""
        if not self._wants(name):
            return self.data
        data = self.data.copy()
        total = data.get(f"{name}-TOTAL_FORMS", "0")
        index = int(total) if total.isdecimal() and len(total) < 5 else 0
        data[f"{name}-TOTAL_FORMS"] = str(index + 1)
        # A row that stays empty is nothing: what it offers of itself is posted with it.
        offered = {field.name: said_by(field) for field in blank.visible_fields() if field.name != "DELETE"}
        write(data, blank, lambda field: f"{name}-{index}-{field}", offered)
        return data

    @property
    def only_adds_a_row(self) -> bool:
        return self.data is not None and self.data.get(ADD) in {*self.rows, "strength"}

    def forms(self):
        return [form for form in (self.form, self.details, self.review) if form is not None]

    def row_sets(self):
        return [*self.rows.values(), *([self.strength] if self.strength is not None else [])]

    def without_errors(self) -> None:
        """For a page that only gets a row more: nobody asked yet whether all is right."""
        for form in self.forms():
            form._errors = ErrorDict()
        for row_set in self.row_sets():
            row_set._errors, row_set._non_form_errors = [{}] * len(row_set.forms), row_set.error_class()
            for form in row_set.forms:
                form._errors = ErrorDict()

    def is_valid(self) -> bool:
        """Whether all can be saved; never where the person has to look at another's changes first."""
        if self.is_in_conflict:
            self.without_errors()
            return False
        checks = [form.is_valid() for form in self.forms()] + [row_set.is_valid() for row_set in self.row_sets()]
        return all(checks)

    def save(self) -> Engagement | None:
        """The saved engagement, or None where the database objects, and the form says why, or another was faster."""
        try:
            with as_sentences():
                return self._save()
        except Overtaken:
            self.is_overtaken = True
        except ValidationError as error:
            self.form.add_error(None, error)
        return None

    def _save(self) -> Engagement:
        engagement = self.form.instance
        if engagement.pk:
            claim(engagement, seen=self.form.cleaned_data.get("version"), actor=self.user)
            reopen_if_verified(engagement)
        else:
            engagement.created_by = engagement.updated_by = engagement.owner = self.user
        self._name()
        self.form.save()
        for form in (self.details, self.review):
            if form is None or (form is self.review and form.instance._state.adding and form.is_blank()):
                continue
            form.instance.engagement = engagement
            form.save()
        if self.strength is not None:
            self.strength.save()
        if "identifiers" in self.rows:
            changed = [form.cleaned_data for form in self.rows["identifiers"].forms if form.has_changed()]
            names = {(row["system"], row["value"]) for row in changed if row.get("value") and not row.get("DELETE")}
            keep_names_apart(names, of=engagement, reader=self.user)
        for row_set in self.rows.values():
            row_set.instance = engagement
            row_set.save()
        return engagement

    def _name(self) -> None:
        engagement = self.form.instance
        if engagement.is_title_generated:
            parties = [
                form.cleaned_data["party"]
                for form in self.rows["participants"].forms
                if form.cleaned_data.get("party") and not form.cleaned_data.get("DELETE")
            ]
            engagement.title = generated_title(str(self.form.cleaned_data["type"]), parties, engagement.starts)

    def errors(self) -> list[tuple[str, str]]:
        """Every error once, with the id of the field it stands at: [(id, "Field: sentence"), ...]."""
        if self.is_in_conflict:
            return []
        found = []
        for form in self.forms():
            found += _errors_of(form)
        for row_set in self.row_sets():
            found += [(f"{row_set.prefix}-rows", f"{row_set.title}: {sentence}") for sentence in row_set.non_form_errors()]
            for number, form in enumerate(row_set.forms, start=1):
                found += _errors_of(form, f"{row_set.title}, {number}. ")
        return found


def _errors_of(form, before=""):
    found = []
    for name, sentences in form.errors.items():
        if name == "__all__":
            found += [(next(iter(form)).id_for_label if before else "main", before + sentence) for sentence in sentences]
        else:
            found += [(form[name].id_for_label or form[name].auto_id, f"{before}{form[name].label}: {sentence}") for sentence in sentences]
    return found


def _own(engagement: Engagement, name: str) -> Model | None:
    """The one-to-one row of an engagement, where there is one."""
    if engagement.pk is None:
        return None
    return getattr(engagement, name, None)
