"""People, the teams they work in, and what they may see."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.choices import Density, Handling, Role, Theme
from accounts.permissions import PERMISSIONS, USES_ADMIN


class TeamManager(models.Manager):
    def get_by_natural_key(self, code):
        return self.get(code=code)


class Team(models.Model):
    """An office that owns records together; restricted records are released team by team."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120, unique=True)

    objects = TeamManager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.code,)


class UserManager(BaseUserManager):
    def get_by_natural_key(self, username):
        return self.get(username__iexact=username)

    def create_user(self, username, password=None, **fields):
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def create_superuser(self, username, password=None, **fields):
        """An administrator: runs accounts, and is cleared for nothing by that alone."""
        return self.create_user(username, password, **(fields | {"role": Role.ADMINISTRATOR}))


class User(AbstractBaseUser):
    """A person who signs in: one role, one clearance, any number of teams."""

    username = models.CharField(
        _("user name"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("This user name is taken.")},
    )
    name = models.CharField(_("name"), max_length=150, help_text=_("Shown beside what the person writes: an office is enough."))
    email = models.EmailField(_("email"), blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.VIEWER)
    clearance = models.CharField(_("clearance"), max_length=20, choices=Handling, default=Handling.PUBLIC)
    teams = models.ManyToManyField(Team, related_name="people", blank=True, verbose_name=_("teams"))
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Take this away instead of deleting the person."))
    theme = models.CharField(_("theme"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    density = models.CharField(_("density"), max_length=10, choices=Density, default=Density.NORMAL)
    date_joined = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["username"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(name="user_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(name="user_clearance_known", condition=Q(clearance__in=Handling.values)),
            models.CheckConstraint(name="user_theme_known", condition=Q(theme__in=Theme.values)),
            models.CheckConstraint(name="user_density_known", condition=Q(density__in=Density.values)),
        ]

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return str(self)

    def get_short_name(self):
        return self.username

    @property
    def is_staff(self) -> bool:
        """Whether the admin site lets this person in."""
        return self.role in USES_ADMIN

    @property
    def is_superuser(self) -> bool:
        """Nobody passes every check; the role says what each may do."""
        return False

    @cached_property
    def own_teams(self) -> list[Team]:
        """The teams this person works in, read once."""
        return list(self.teams.all())

    @property
    def team_ids(self) -> list[int]:
        return [team.pk for team in self.own_teams]

    def has_perm(self, perm: str, obj=None) -> bool:
        return self.is_active and perm in PERMISSIONS[self.role]

    def has_perms(self, perms, obj=None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and any(perm.startswith(f"{app_label}.") for perm in PERMISSIONS[self.role])

    def get_all_permissions(self, obj=None) -> set[str]:
        return set(PERMISSIONS[self.role]) if self.is_active else set()
