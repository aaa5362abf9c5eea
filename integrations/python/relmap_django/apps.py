from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate, pre_migrate


class RelmapConfig(AppConfig):
    name = 'relmap_django'
    verbose_name = 'relmap'

    def ready(self):
        from .checks import before_migrate, check_settings
        from .declare import after_migrate

        checks.register(check_settings)
        pre_migrate.connect(before_migrate, dispatch_uid='relmap_django')
        post_migrate.connect(after_migrate, dispatch_uid='relmap_django')
