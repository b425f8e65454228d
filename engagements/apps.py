from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class EngagementsConfig(AppConfig):
    name = "engagements"
    verbose_name = _("Engagements")

    def ready(self):
        from catalog.registry import register_move, register_use
        from engagements import catalog_use, tracking
        from engagements.domain.saving import raise_versions

        register_use(catalog_use.panels)
        register_move(raise_versions)
        post_migrate.connect(tracking.after_migrations, sender=self, dispatch_uid="engagements.triggers")
