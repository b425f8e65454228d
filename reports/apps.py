from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self):
        from catalog.models import Country
        from catalog.registry import register_format, register_use
        from engagements.panels import register_home
        from reports import home, profile, views_printed

        register_home(home.panels)
        register_use(profile.panels)
        register_format(Country, "pdf", views_printed.country_pdf)
