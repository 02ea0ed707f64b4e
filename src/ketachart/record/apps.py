from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RecordConfig(AppConfig):
    name = "ketachart.record"
    label = "record"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ketachart.record.append_only import protect_after_migrate

        post_migrate.connect(protect_after_migrate, dispatch_uid="record.append_only")
