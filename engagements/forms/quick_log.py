"""Quick log: type, two participants, a date and a strategy are enough for today."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import Handling
from catalog.forms.records import RecordForm
from catalog.models import Country, EngagementType, Strategy
from engagements.choices import Status
from engagements.forms.editor import Editor
from engagements.forms.fields import EntryField, OptionField, OptionsField
from engagements.models import DETAIL_OF, Engagement
from engagements.querysets import today


class QuickLogForm(RecordForm):
    """The few answers without which an engagement is not on record; the kind follows from the type."""

    type = OptionField(
        EngagementType, "type", label=_("Type"), empty_label=_("Choose a type"), error_messages={"required": _("Choose a type.")}
    )
    title = forms.CharField(label=_("Title"), max_length=300, required=False)
    country = EntryField(Country, kind="country", label=_("Held in"))
    strategies = OptionsField(Strategy, "strategy", label=_("Strategies"), error_messages={"required": _("Choose at least one strategy.")})

    class Meta:
        model = Engagement
        fields = ["type", "title", "starts", "ends", "country", "place", "strategies"]

    def __init__(self, *args, user, options, **kwargs):
        self.user, self.options = user, options
        super().__init__(*args, **kwargs)
        self.fields["type"].offer(options)
        self.fields["strategies"].offer(options)
        self.fields["ends"].help_text = _("The same, or “open”. Left empty: a single day or not known.")

    def recent_first(self, pks):
        """The types in groups by kind, the person's latest before them."""
        field = self.fields["type"]
        options = [option for option in self.options["type"] if option.in_use]
        groups = {}
        for option in options:
            groups.setdefault(option.group, []).append((option.pk, option.name))
        recent = [(option.pk, option.name) for pk in pks for option in options if option.pk == pk]
        labels = dict(Engagement._meta.get_field("kind").choices)
        field.choices = [
            ("", field.empty_label),
            *([(_("Latest"), recent)] if recent else []),
            *((labels[kind], groups[kind]) for kind in labels if kind in groups),
        ]

    def _post_clean(self):
        engagement = self.instance
        chosen = self.cleaned_data.get("type")
        if chosen:
            engagement.kind = next(option.group for option in self.options["type"] if option.pk == chosen.pk)
        engagement.is_title_generated = not self.cleaned_data.get("title")
        self.cleaned_data["title"] = self.cleaned_data.get("title") or "…"
        engagement.handling = Handling.OFFICIAL if Handling.OFFICIAL in Handling.up_to(self.user.clearance) else Handling.PUBLIC
        engagement.team_id = self.user.team_ids[0] if self.user.team_ids else None
        starts, ends = self.cleaned_data.get("starts"), self.cleaned_data.get("ends")
        engagement.status = Status.COMPLETED
        if (starts and starts.earliest and starts.earliest > today()) or not (starts or ends):
            engagement.status = Status.PLANNED
        elif ends and (ends.open or (ends.latest and ends.latest >= today())):
            engagement.status = Status.ONGOING
        super()._post_clean()

    def unchecked_fields(self):
        return {"kind", "type"} if not self.cleaned_data.get("type") else set()


class QuickLog(Editor):
    """The quick form with its participants and one source."""

    form_class = QuickLogForm
    row_names = ["participants", "sources"]
    has_details = False

    def _save(self):
        engagement = super()._save()
        if engagement.kind in DETAIL_OF:
            DETAIL_OF[engagement.kind].objects.create(engagement=engagement)
        return engagement
