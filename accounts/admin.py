"""People and teams. An account is deactivated, never deleted; nobody changes their own role."""

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm, UserCreationForm
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import GuardedAdmin
from accounts.models import Team, User

# One sign-in page for everything: its throttle and its rules hold for the admin too.
admin.site.login = secure_admin_login(admin.site.login)
OWN = ["role", "clearance", "teams", "is_active"]


class NewPersonForm(UserCreationForm):
    class Meta:
        model = User
        fields = ["username", "name", "role", "clearance"]
        field_classes = {"username": forms.CharField}


class PersonForm(UserChangeForm):
    class Meta:
        model = User
        fields = ["username", "name", "email", "role", "clearance", "teams", "is_active"]
        field_classes = {"username": forms.CharField}


@admin.register(User)
class UserAdmin(GuardedAdmin, DjangoUserAdmin):
    form = PersonForm
    add_form = NewPersonForm
    list_display = ["username", "name", "role", "clearance", "is_active", "last_login"]
    list_filter = ["role", "clearance", "is_active", "teams"]
    search_fields = ["username", "name", "email"]
    ordering = ["username"]
    filter_horizontal = []
    autocomplete_fields = ["teams"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["name", "email"]}),
        (_("Rights"), {"fields": OWN}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"classes": ["wide"], "fields": ["username", "name", "role", "clearance", "password1", "password2"]})]
    readonly_fields = ["last_login", "date_joined"]

    def get_readonly_fields(self, request, obj=None):
        found = super().get_readonly_fields(request, obj)
        return [*found, *OWN] if obj is not None and obj.pk == request.user.pk else found


@admin.register(Team)
class TeamAdmin(GuardedAdmin):
    list_display = ["name", "code", "size"]
    search_fields = ["name", "code"]
    fields = ["code", "name"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(people_count=Count("people")).order_by("name", "pk")

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []

    @admin.display(description=_("people"))
    def size(self, team):
        return team.people_count
