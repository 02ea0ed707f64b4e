from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "ketachart.devices"
    label = "devices"

    def ready(self) -> None:
        from ketachart.devices import kinds  # noqa: F401  registers the kinds of events
        from ketachart.treatment.additions import register_room_addition
        from ketachart.web.navigation import register_entry

        register_entry(
            label="Devices",
            url_name="devices:devices",
            icon="device",
            permission="devices.read",
            order=72,
            group="This clinic",
        )
        register_room_addition(
            script="devices/room_monitor.js",
            style="devices/room_monitor.css",
            links={
                "monitor": "devices:monitor",
                "trace": "devices:trace",
                "confirm": "devices:confirm",
                "artefact": "devices:artefact",
            },
        )
