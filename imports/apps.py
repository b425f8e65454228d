from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = _("Imports")

    def ready(self):
        from engagements.panels import register_home, register_record
        from imports import panels, running

        running.register()
        register_home(panels.home)
        register_record(panels.record)
