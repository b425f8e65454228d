"""What every list has: a code that never changes, a name that may, a definition, and other spellings."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.canonical import canonical, tidy
from catalog.querysets import CatalogQuerySet

CODE = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9:_-]*\Z", _("A code has letters, digits, hyphens and underscores only, and starts with a letter or digit.")
)


class NameField(models.CharField):
    """A line of text, stored composed and without blanks around it."""

    def get_prep_value(self, value):
        return tidy(value) if isinstance(value, str) else super().get_prep_value(value)

    def to_python(self, value):
        return tidy(value) if isinstance(value, str) else super().to_python(value)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class KeyField(models.CharField):
    """The canonical form of another field, written on every save, so that look-alikes meet a unique constraint."""

    def __init__(self, *args, source="name", **kwargs):
        self.source = source
        kwargs |= {"editable": False, "max_length": 300}
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, instance, add):
        value = canonical(getattr(instance, self.source))
        setattr(instance, self.attname, value)
        return value


class Keyed(models.Model):
    """Fills the key before the constraints are checked, as it is filled before a save."""

    class Meta:
        abstract = True

    def validate_constraints(self, exclude=None):
        for field in self._meta.fields:
            if isinstance(field, KeyField):
                field.pre_save(self, add=False)
        super().validate_constraints(exclude={name for name in exclude or () if name != "key"})


class CatalogEntry(Keyed):
    """One entry of a list. In use it is retired, not deleted; a duplicate is merged into the one that stays."""

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[CODE], help_text=_("Never changed and never used again."))
    name = NameField(_("name"), max_length=200)
    key = KeyField()
    definition = models.TextField(_("definition"), blank=True, help_text=_("What belongs here, and what does not. Shown beside the field."))
    sort = models.PositiveIntegerField(_("place in the list"), default=0)
    retired_on = models.DateField(_("retired on"), null=True, blank=True, help_text=_("No longer offered in forms from this day on."))
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from")

    objects = CatalogQuerySet.as_manager()
    list_slug = ""  # the list's name in addresses, said by each model

    class Meta:
        abstract = True
        ordering = ["sort", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                models.F("key"),
                name="%(class)s_name_unique",
                violation_error_message=_("There is already an entry of this name."),
            ),
            models.CheckConstraint(
                name="%(class)s_merged_not_into_itself",
                condition=Q(merged_into=None) | ~Q(merged_into=models.F("pk")),
                violation_error_message=_("An entry can not be merged into itself."),
            ),
        ]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.code,)

    @property
    def is_in_use(self) -> bool:
        return self.retired_on is None and self.merged_into_id is None

    def get_absolute_url(self):
        return reverse("catalog:entry", args=[self.list_slug, self.code])


class Alias(Keyed):
    """Another spelling of an entry; it leads to one entry only."""

    text = NameField(_("other spelling"), max_length=200)
    key = KeyField(source="text")

    class Meta:
        abstract = True
        ordering = ["text"]
        constraints = [
            models.UniqueConstraint(
                models.F("key"),
                name="%(class)s_leads_to_one",
                violation_error_message=_("This spelling already leads to an entry."),
            )
        ]

    def __str__(self):
        return self.text
