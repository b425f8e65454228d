from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EngagementsConfig(AppConfig):
    name = "engagements"
    verbose_name = _("Engagements")

    def ready(self):
        from catalog.registry import register_use
        from engagements import catalog_use

        register_use(catalog_use.panels)
