"""Every page is private unless it says otherwise; what was typed survives a session that ran out."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpResponse, QueryDict
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme

SESSION_KEY = "typed_before_sign_in"
OWNER_FIELD = "typed_by"
MAX_KEPT = 512 * 1024


class PersonMiddleware(AuthenticationMiddleware):
    """The person of the session, who was read with it (accounts/sessions.py)."""

    def process_request(self, request):
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _person(request))


def _person(request):
    """Whom the session names, if everything is right; who it is otherwise, and what happens to the session, Django decides."""
    if not hasattr(request, "_cached_user"):
        request._cached_user = _read_with(request.session) or auth.get_user(request)
    return request._cached_user


def _read_with(session):
    whose, path, mark = (session.get(name) for name in (auth.SESSION_KEY, auth.BACKEND_SESSION_KEY, auth.HASH_SESSION_KEY))
    person = getattr(session, "person", None)
    if person is None or str(person.pk) != whose or not mark or path not in settings.AUTHENTICATION_BACKENDS:
        return None
    may_enter = getattr(auth.load_backend(path), "user_can_authenticate", None)
    if may_enter is None or not may_enter(person) or not constant_time_compare(mark, person.get_session_auth_hash()):
        return None
    return person


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Sends to the sign-in page, and keeps a posted form for the person who typed it."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        # A page for everybody does not ask who it is, unless it wants to know.
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request, view_func):
        if request.headers.get("HX-Request") and OWNER_FIELD in request.POST:
            # Asked while a person types: nothing is shown, and what stands in the form is not left.
            return HttpResponse(status=204)
        back_to = request.get_full_path()
        if request.method == "POST":
            is_kept = False
            if request.content_type != "multipart/form-data":
                body = request.POST.urlencode()
                is_kept = OWNER_FIELD in request.POST and len(body) <= MAX_KEPT
            if is_kept:
                request.session[SESSION_KEY] = {"path": request.path, "body": body}
            elif url_has_allowed_host_and_scheme(came_from := request.headers.get("Referer", ""), request.get_host()):
                # The address of a button has no page of its own: the page on which it stands is shown again.
                back_to = _shown(came_from)
        if request.headers.get("HX-Request"):
            # A swapped fragment must not become the sign-in page: the whole page goes there.
            where = redirect_to_login(_shown(request.headers.get("HX-Current-URL", "/")), self.get_login_url(view_func))
            return HttpResponse(status=204, headers={"HX-Redirect": where["Location"]})
        return redirect_to_login(back_to, self.get_login_url(view_func))


def _shown(address: str) -> str:
    """Path and query of the page that asked for the fragment; the home page where it can not be read."""
    try:
        shown = urlsplit(address)
    except ValueError:
        return "/"
    return f"{shown.path}?{shown.query}" if shown.query else shown.path or "/"


def owner_token(user) -> str:
    """A signed mark in a form, so that what was typed comes back to this person only."""
    return signing.dumps(user.pk, salt="typed-by")


def take_typed(request) -> QueryDict | None:
    """What this person had typed into this page when the session ran out; once."""
    kept = request.session.get(SESSION_KEY)
    if not kept or kept["path"] != request.path:
        return None
    del request.session[SESSION_KEY]
    data = QueryDict(kept["body"])
    try:
        owner = signing.loads(data.get(OWNER_FIELD, ""), salt="typed-by", max_age=7 * 86400)
    except signing.BadSignature:
        return None
    return data if owner == request.user.pk else None
