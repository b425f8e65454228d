"""How allauth behaves here: accounts are made by an administrator, never by the visitor; nobody is sent elsewhere."""

from allauth.account.adapter import DefaultAccountAdapter
from django.utils.http import url_has_allowed_host_and_scheme


class ClosedSignup(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def is_safe_url(self, url):
        """Only a path of this site; what can not be read as an address is none."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)
