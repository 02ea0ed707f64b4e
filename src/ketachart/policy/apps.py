from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "ketachart.policy"
    label = "policy"

    def ready(self) -> None:
        from ketachart.policy import (
            kinds,  # noqa: F401  (registers the event kinds)
            remembered,
        )
        from ketachart.web.navigation import register_entry

        remembered.watch_requests()
        register_entry(
            label="Knowledge",
            url_name="policy:library",
            icon="book",
            permission="policy.read",
            order=76,
            group="This clinic",
        )
