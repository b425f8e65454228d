from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self):
        from catalog.registry import register_use
        from engagements.panels import register_home
        from reports import home, profile

        register_home(home.panels)
        register_use(profile.panels)
