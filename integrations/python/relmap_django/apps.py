from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RelmapConfig(AppConfig):
    name = 'relmap_django'
    verbose_name = 'relmap'

    def ready(self):
        from .declare import after_migrate

        post_migrate.connect(after_migrate, dispatch_uid='relmap_django')
