from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "ketachart.web"
    label = "web"

    def ready(self) -> None:
        from django.forms import Field

        from ketachart.web import checks  # noqa: F401  registers the check of undecorated views

        Field.default_error_messages = {**Field.default_error_messages, "required": "Nothing entered; this is needed."}
