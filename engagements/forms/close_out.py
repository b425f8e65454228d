"""Close-out: what happened, on one page, when an engagement is over."""

import datetime as dt

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.forms.records import RecordForm
from engagements.choices import NEEDS_REASON, Status
from engagements.forms.editor import Editor
from engagements.forms.engagement import VersionField
from engagements.models import Engagement


class CloseOutForm(RecordForm):
    """How it ended and when; completed unless something else is said."""

    version = VersionField()

    class Meta:
        model = Engagement
        fields = ["status", "status_reason", "starts", "ends", "assessment_due_on", "review_on"]
        widgets = {name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in ("assessment_due_on", "review_on")}

    def __init__(self, *args, user, options, **kwargs):
        super().__init__(*args, **kwargs)
        del user, options
        engagement = self.instance
        self.initial["version"] = engagement.version
        closed = [Status.COMPLETED, *NEEDS_REASON]
        self.fields["status"].choices = [(status.value, status.label) for status in closed]
        if engagement.status not in closed:
            self.initial["status"] = Status.COMPLETED
        ended = engagement.ends_on
        if ended is not None:
            due = ended + dt.timedelta(days=settings.ASSESSMENT_DUE_DAYS)
            self.initial["assessment_due_on"] = engagement.assessment_due_on or due
            self.initial["review_on"] = engagement.review_on or ended + dt.timedelta(days=365)
        self.fields["assessment_due_on"].help_text = _("When its outcome is to be judged, unless it is judged below.")


class CloseOut(Editor):
    """The close-out with who really came, what came of it, how it is judged, lessons and next steps."""

    form_class = CloseOutForm
    row_names = ["participants", "outcomes", "assessments", "lessons", "follow_ups"]
    has_details = False

    def _row_set(self, name, common, participants):
        """Attendance is asked in the first line; who assesses and who acts is the team unless something else is said."""
        team = str(self.engagement.team)
        said = {
            "participants": {"first_line": ["party", "role", "status", "personnel"]},
            "assessments": {"starting": {"assessor": team}},
            "follow_ups": {"starting": {"owner": team}},
        }
        return super()._row_set(name, common | said.get(name, {}), participants)

    def _name(self):
        """The title stays."""
