from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = _("Catalog")

    def ready(self):
        from django.forms import CharField

        from catalog.readable import readable

        # Here, so that no form can forget it: ours, those of the admin and those of the sign-in pages.
        CharField.default_validators = [*CharField.default_validators, readable]
