"""The site map."""

from django.contrib import admin
from django.urls import include, path

from catalog.views.glossary import glossary
from config import health
from engagements.views.pages import home, keyboard

urlpatterns = [
    path("", home, name="home"),
    path("", include("engagements.urls")),
    path("", include("catalog.urls")),
    path("", include("reports.urls")),
    path("", include("imports.urls")),
    path("", include("accounts.urls")),
    path("jobs/", include("jobs.urls")),
    path("glossary/", glossary, name="glossary"),
    path("keyboard/", keyboard, name="keyboard"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
