"""Saved views: keep a filter under a name, share it with a team, pin it to the home page."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports import saved
from reports.models import Pin, SavedView


class SaveForm(forms.ModelForm):
    address = forms.CharField(widget=forms.HiddenInput, max_length=8000)
    pin = forms.BooleanField(label=gettext_lazy("Show it on my home page"), required=False, initial=True)

    class Meta:
        model = SavedView
        fields = ["name", "team"]

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.owner = person
        self.fields["team"].queryset = person.teams.all()
        self.fields["team"].empty_label = _("Nobody: only I see it")

    def clean_address(self):
        read = SavedView.read_address(self.cleaned_data["address"])
        if read is None:
            raise ValidationError(_("Only lists, reports and the calendar of this site can be saved."))
        self.instance.path, self.instance.query = read
        return self.cleaned_data["address"]

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"owner"}  # the name is the owner's only once


@require_safe
def view_list(request):
    pins = Pin.objects.filter(person=request.user)
    views = SavedView.objects.readable_by(request.user).select_related("owner", "team")
    views = views.annotate(
        is_pinned=Exists(pins.filter(view=OuterRef("pk"))), tells_news=Exists(pins.filter(view=OuterRef("pk"), tells_news=True))
    ).distinct()
    places = list(pins.order_by("position", "pk").values_list("view", flat=True))
    found = sorted(views, key=lambda view: (places.index(view.pk) if view.pk in places else len(places), view.name))
    return render(request, "reports/views.html", {"views": found})


@require_http_methods(["GET", "HEAD", "POST"])
def save(request):
    """Ask for a name, then keep the address; what was typed stays where it is refused."""
    if request.method == "POST":
        form = SaveForm(request.POST, person=request.user)
        if form.is_valid():
            try:
                with transaction.atomic():
                    view = form.save()
                    if form.cleaned_data["pin"]:
                        saved.pin(view, request.user)
            except ValidationError as fault:
                form.add_error("pin", fault)
            else:
                messages.success(request, _("The view “%(name)s” is saved.") % {"name": view})
                return redirect(view.address)
    else:
        form = SaveForm(initial={"address": request.GET.get("address", "")}, person=request.user)
    return render(request, "reports/save.html", {"form": form})


class ChangeForm(forms.ModelForm):
    """Another name, and with whom it is shared."""

    class Meta:
        model = SavedView
        fields = ["name", "team"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = self.instance.owner.teams.all()
        self.fields["team"].empty_label = _("Nobody: only I see it")

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"owner"}


@require_http_methods(["GET", "HEAD", "POST"])
def change(request, pk):
    """Its owner names it anew, or shares it with another team or nobody."""
    found = get_object_or_404(SavedView.objects.readable_by(request.user).distinct(), pk=pk)
    if found.owner_id != request.user.pk:
        messages.error(request, _("Only %(owner)s changes this view. Save one of your own.") % {"owner": found.owner})
        return redirect("reports:views")
    form = ChangeForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The view “%(name)s” is saved.") % {"name": found})
        return redirect("reports:views")
    return render(request, "reports/save.html", {"form": form, "view": found})


@require_safe
def view(request, pk):
    """To the page that the view keeps."""
    found = get_object_or_404(SavedView.objects.readable_by(request.user).distinct(), pk=pk)
    return redirect(found.address)


ACTIONS = {
    "pin": saved.pin,
    "unpin": lambda view, person: Pin.objects.filter(view=view, person=person).delete(),
    "up": lambda view, person: saved.move(view, person, -1),
    "down": lambda view, person: saved.move(view, person, 1),
    "news": lambda view, person: Pin.objects.filter(view=view, person=person).update(tells_news=True),
    "quiet": lambda view, person: Pin.objects.filter(view=view, person=person).update(tells_news=False),
    "seen": saved.looked_at,
}


@require_POST
def act(request, pk, name):
    found = get_object_or_404(SavedView.objects.readable_by(request.user).distinct(), pk=pk)
    if name == "delete":
        get_object_or_404(SavedView, pk=pk, owner=request.user).delete()
        messages.success(request, _("The view “%(name)s” is gone.") % {"name": found})
    elif name in ACTIONS:
        try:
            ACTIONS[name](found, request.user)
        except ValidationError as fault:
            messages.error(request, " ".join(fault.messages))
        if name == "seen":
            return redirect(found.address)
    else:
        raise Http404
    return redirect("reports:views")
