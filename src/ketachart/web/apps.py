from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "ketachart.web"
    label = "web"

    def ready(self) -> None:
        from ketachart.web import checks  # noqa: F401  registers the check of undecorated views
