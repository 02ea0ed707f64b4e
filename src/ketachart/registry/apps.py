from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "ketachart.registry"
    label = "registry"

    def ready(self) -> None:
        from ketachart.web.navigation import register_entry, register_patient_tab

        register_entry(
            label="My progress", url_name="registry:mine", icon="outcomes", permission="registry.read_own", order=40
        )
        register_patient_tab(label="Outcome", url_name="registry:outcome", permission="registry.read", order=70)
