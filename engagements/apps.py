from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class EngagementsConfig(AppConfig):
    name = "engagements"
    verbose_name = _("Engagements")

    def ready(self):
        from catalog.registry import register_move, register_use
        from engagements import catalog_use, search_in_database, tracking
        from engagements.domain.saving import raise_versions
        from engagements.export import background  # noqa: F401 - says what a worker can do

        register_use(catalog_use.panels)
        register_move(raise_versions)
        connection_created.connect(search_in_database.introduce, dispatch_uid="engagements.search")
        post_migrate.connect(tracking.after_migrations, sender=self, dispatch_uid="engagements.triggers")
