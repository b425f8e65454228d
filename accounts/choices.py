"""Roles and the ladder of handling, which is also the ladder of clearance."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer")
    ANALYST = "analyst", _("Analyst")
    MANAGER = "manager", _("Manager")
    STEWARD = "steward", _("Steward")
    ADMINISTRATOR = "administrator", _("Administrator")


class Handling(models.TextChoices):
    """Lowest first; a clearance reaches its own step and those before it."""

    PUBLIC = "public", _("Public")
    OFFICIAL = "official", _("Official")
    RESTRICTED = "restricted", _("Restricted")

    @classmethod
    def up_to(cls, clearance: str) -> list[str]:
        """The handlings that a person with ``clearance`` may read."""
        return cls.values[: cls.values.index(clearance) + 1]

    @classmethod
    def highest(cls, values) -> str:
        """The highest of ``values``; public where there are none."""
        return max(values, key=cls.values.index, default=cls.PUBLIC)


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the computer")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    COMPACT = "compact", _("Compact")
    NORMAL = "normal", _("Normal")
    ROOMY = "roomy", _("Roomy")
