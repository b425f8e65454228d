"""One box over records, lists and case studies."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from engagements.searching import SHOWN, Found, direct, find
from engagements.views.access import visible

LONGEST = 200


@require_safe
def search(request):
    """What was found; a reference or a code leads straight to its page."""
    text = request.GET.get("q", "")[:LONGEST].replace("\x00", "").strip()
    if text and (address := direct(visible(request.user).current(), text)):
        return redirect(address)
    found = find(request.user, text) if text else Found()
    context = {"q": text, "found": found, "shown": SHOWN, "page_records": [hit.record for hit in found.records]}
    return render(request, "engagements/search.html", context)
