"""The forms of one entry, and what becomes of them where two people change the entry at the same time."""

from django.http import QueryDict

from catalog.forms.entries import ROWS, form_of
from catalog.forms.seen import digest
from catalog.models.base import CatalogEntry
from history.seen import CONFLICT, MAIN, SEEN, Conflict, Sheet, last_change_of


class EntryForms:
    """The form of ``entry`` with its dated rows. To be made inside the transaction that saves it."""

    def __init__(self, entry: CatalogEntry, data: QueryDict | None):
        self.entry, self.data, self.seen_state = entry, data, ""
        self.conflict: Conflict | None = None
        if entry.pk and data is not None:
            self.mark = digest(entry, lock=True)
            entry.refresh_from_db()
            if data.get("seen", "") != self.mark or CONFLICT in data:
                self.data, self.conflict = EntryForms(entry, None).sheet().settle(data, self._last_change)
            self.seen_state = self.data.get(SEEN, "")
        elif entry.pk:
            self.mark = digest(entry)
            entry.refresh_from_db()  # read after its mark: a change in between is noticed, never overwritten
        self.form = form_of(type(entry))(self.data, instance=entry)
        rows = ROWS.get(type(entry))
        self.formsets = [rows(self.data, instance=entry, prefix="rows")] if rows else []
        if entry.pk and data is None:
            self.form.initial["seen"] = self.mark
            self.seen_state = self.sheet().token()

    def sheet(self) -> Sheet:
        """The unbound forms, to be compared with what is posted."""
        of = f"{self.entry._meta.label}:{self.entry.pk}"
        return Sheet(of=of, mark=self.mark, mark_name="seen", single={MAIN: self.form}, row_sets=self.formsets)

    def _last_change(self, since):
        rows = [row for formset in EntryForms(self.entry, None).formsets for row in formset.get_queryset()]
        aliases = self.entry.aliases.all() if hasattr(self.entry, "aliases") else []
        return last_change_of(self.entry, *rows, *aliases, since=since)

    @property
    def is_in_conflict(self) -> bool:
        return self.conflict is not None and self.conflict.open

    def is_valid(self) -> bool:
        """Whether all can be saved; never where the person has to look at another's changes first."""
        return not self.is_in_conflict and all([self.form.is_valid(), *(formset.is_valid() for formset in self.formsets)])

    def save(self) -> None:
        self.form.save()
        for formset in self.formsets:
            formset.save()
