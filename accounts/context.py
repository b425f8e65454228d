"""What each page says about the reader."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.choices import Handling


def person(request):
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"reader": user, "reader_sees": _Sees(user)}


class _Sees:
    """The sentence of the notice line; costs its query only where a page shows it."""

    def __init__(self, user):
        self.user = user

    def __str__(self):
        words = [str(Handling(value).label).lower() for value in Handling.up_to(self.user.clearance)]
        if Handling.RESTRICTED in Handling.up_to(self.user.clearance):
            teams = len(self.user.team_ids)
            words[-1] = ngettext(
                "restricted records of or released to your team",
                "restricted records of or released to your %(count)s teams",
                teams,
            ) % {"count": teams}
        return _("You see: %(what)s.") % {"what": ", ".join(words)}
