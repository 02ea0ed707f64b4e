from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "ketachart.policy"
    label = "policy"

    def ready(self) -> None:
        from ketachart.policy import (
            kinds,  # noqa: F401  (registers the event kinds)
            remembered,
        )

        remembered.watch_requests()
