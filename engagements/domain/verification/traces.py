"""What the register must know of each record besides its facts: who verified it, and that its history is whole."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from engagements.choices import ReviewState, ReviewStepKind
from engagements.domain.verification.findings import Found, fault
from engagements.domain.verification.spans import each
from engagements.domain.verification.texts import TABLES
from engagements.models import Engagement, ReviewStep
from history.models import Change, Operation


@fault("a record that a person entered and nobody verified, although it says so")
def verified_by_nobody() -> Found:
    """Records that came with the program were verified before they came: nobody entered them."""
    verified = ReviewStep.objects.filter(engagement=OuterRef("pk"), kind=ReviewStepKind.VERIFIED, taken_by__isnull=False)
    rows = Engagement.objects.current().filter(review_state=ReviewState.VERIFIED, created_by__isnull=False).exclude(Exists(verified))
    for reference in each(rows.order_by().values_list("reference", flat=True)):
        yield reference, _("It is verified, but nobody is on record who did that.")


@fault("a row whose history does not say when it was added, and by whom")
def history_gap() -> Found:
    for model, path in TABLES.items():
        added = Change.objects.filter(table=model._meta.db_table, row=OuterRef("pk"), operation=Operation.ADDED)
        rows = model._default_manager.filter(~Exists(added), **{f"{path}archived_at": None}).order_by()
        for reference in each(rows.values_list(f"{path}reference", flat=True)):
            yield reference, _("%(table)s: the history does not say who added it.") % {"table": model._meta.verbose_name}
