from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "ketachart.devices"
    label = "devices"

    def ready(self) -> None:
        from ketachart.devices import kinds  # noqa: F401  registers the kinds of events


#        register_entry(
#            label="Devices", url_name="devices:devices", icon="device", permission="devices.read", order=75
#        )
