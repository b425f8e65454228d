"""Questions that people keep: an address under a name, private or shared with a team."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from catalog.models.base import NameField


class SavedViewQuerySet(models.QuerySet):
    def readable_by(self, user):
        """One's own, and those shared with a team of one's own. What they show is found with the reader's own rights."""
        return self.filter(Q(owner=user.pk) | Q(team__in=user.team_ids))


class SavedView(models.Model):
    """A list or report with its filter, columns and order, as the address that shows it."""

    name = NameField(_("name"), max_length=100)
    path = models.CharField(_("page"), max_length=200)
    query = models.TextField(_("filter"), blank=True, max_length=7000)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner"))
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="saved_views", verbose_name=_("shared with"),
        help_text=_("Everyone in the team sees it; each finds what they may see themselves."),
    )  # fmt: skip
    created_at = models.DateTimeField(_("saved"), default=timezone.now, editable=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], name="savedview_name_once", violation_error_message=_("You have a view of this name already.")
            ),
            models.CheckConstraint(name="savedview_named", condition=~Q(name=""), violation_error_message=_("Give the view a name.")),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("reports:view", args=[self.pk])

    @property
    def address(self) -> str:
        """Where it leads."""
        return self.path + (f"?{self.query}" if self.query else "")

    @property
    def is_list(self) -> bool:
        """Whether it is the list of engagements, of which new matches can be counted."""
        return self.path == reverse("engagements:list")

    @staticmethod
    def read_address(address: str) -> tuple[str, str] | None:
        """(path, query) of an address of a list, a report or the calendar here; None for anything else."""
        parts = urlsplit(address)
        whole = {reverse("engagements:list"), reverse("reports:calendar")}
        if parts.scheme or parts.netloc or not (parts.path in whole or parts.path.startswith(reverse("reports:list"))):
            return None
        return parts.path, parts.query


class Pin(models.Model):
    """A saved view on somebody's home page, in their order; with a subscription it says what is new."""

    view = models.ForeignKey(SavedView, models.CASCADE, related_name="pins")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="pins")
    position = models.PositiveSmallIntegerField(default=0)
    tells_news = models.BooleanField(_("tell me what is new"), default=False)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["view", "person"], name="pin_once")]

    def __str__(self):
        return f"{self.person}: {self.view}"
