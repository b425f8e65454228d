"""Other spellings of an entry, one a line; of a country perhaps with the time it was in use."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.canonical import canonical, tidy
from catalog.forms.names import in_line, lines
from catalog.models.base import CatalogEntry
from catalog.partial_dates import PartialDate

LONGEST = 200
ALWAYS = PartialDate()


@dataclass(frozen=True)
class Spelling:
    text: str
    starts: PartialDate = ALWAYS
    ends: PartialDate = ALWAYS


class SpellingsField(forms.CharField):
    """One spelling a line. With ``dated``: spelling; from; until."""

    separator = "\n"

    def __init__(self, *, dated=False, **kwargs):
        self.dated = dated
        help_text = gettext_lazy("One a line. Each leads to this entry only.")
        if dated:
            help_text = gettext_lazy("One a line. Each leads to this entry only. A name of a time: Zaire; Oct 1971; 17 May 1997")
        widget = forms.Textarea({"rows": 4})
        super().__init__(label=gettext_lazy("Other spellings"), required=False, max_length=20_000, widget=widget, help_text=help_text)

    def prepare_value(self, value):
        return "\n".join(_line(spelling) for spelling in value) if isinstance(value, list) else value

    def clean(self, value):
        found: dict[str, tuple[int, Spelling]] = {}
        faults = []
        for number, line in lines(super().clean(value)):
            try:
                spelling = self._read(line)
                key = canonical(spelling.text)
                if key in found:
                    first = found[key][0]
                    raise ValidationError(_("“%(text)s” stands in line %(first)s already.") % {"text": spelling.text, "first": first})
                found[key] = (number, spelling)
            except ValidationError as fault:
                faults += [in_line(number, message) for message in fault.messages]
        if faults:
            raise ValidationError(faults)
        return found

    def _read(self, line: str) -> Spelling:
        text, *dates = [part.strip() for part in line.split(";")] if self.dated else [line]
        text = tidy(text)
        if not canonical(text):
            raise ValidationError(_("Write a spelling before the first semicolon."))
        if len(text) > LONGEST:
            raise ValidationError(_("A spelling has at most %(most)s letters.") % {"most": LONGEST})
        if len(dates) > 2:
            raise ValidationError(_("Write spelling; from; until."))
        starts, ends = [PartialDate.parse(date, first_year=1500) for date in [*dates, "", ""][:2]]
        if starts.open:
            raise ValidationError(_("A start can not be open-ended."))
        if starts and ends.latest and starts.earliest > ends.latest:
            raise ValidationError(_("The end is before the start."))
        return Spelling(text, starts, ALWAYS if ends.open else ends)

    def has_changed(self, initial, data):
        return [line for _number, line in lines(self.prepare_value(initial) or "")] != [line for _number, line in lines(data or "")]


def spellings_of(entry: CatalogEntry) -> list[Spelling]:
    """The stored spellings of ``entry``."""
    return [_of(alias) for alias in entry.aliases.all()]


def _of(alias) -> Spelling:
    return Spelling(alias.text, getattr(alias, "starts", ALWAYS), getattr(alias, "ends", ALWAYS))


def check_spellings(entry: CatalogEntry, found: dict[str, tuple[int, Spelling]]) -> None:
    """Refuse a spelling that leads to another entry, by the number of its line."""
    model, alias = type(entry), type(entry).aliases.rel.related_model
    # A merged entry's name is a spelling of the one that stayed.
    named = model.objects.filter(key__in=found).exclude(pk=entry.pk)
    taken = {other.key: other for other in named if other.merged_into_id is None or other.merged_into_id != entry.pk}
    taken |= {row.key: row.entry for row in alias.objects.filter(key__in=found).exclude(entry=entry.pk).select_related("entry")}
    faults = [
        in_line(
            found[key][0],
            _("“%(text)s” already leads to %(name)s (%(code)s).") % {"text": found[key][1].text, "name": other.name, "code": other.code},
        )
        for key, other in taken.items()
    ]
    if faults:
        raise ValidationError(faults)


def save_spellings(entry: CatalogEntry, found: dict[str, tuple[int, Spelling]]) -> None:
    """Make the stored spellings those of the form; its own name is none of them."""
    wanted = {key: spelling for key, (_number, spelling) in found.items() if key != canonical(entry.name)}
    for alias in entry.aliases.all():
        spelling = wanted.pop(alias.key, None)
        if spelling is None:
            alias.delete()
        elif spelling != _of(alias):
            _write(alias, spelling)
    for spelling in wanted.values():
        _write(entry.aliases.model(entry=entry), spelling)


def _write(alias, spelling: Spelling) -> None:
    alias.text = spelling.text
    if hasattr(alias, "starts_on"):
        alias.starts, alias.ends = spelling.starts, spelling.ends
    alias.save()


def _line(spelling: Spelling) -> str:
    parts = [spelling.text, spelling.starts.typed, spelling.ends.typed]
    while not parts[-1]:
        parts.pop()
    return "; ".join(parts)
