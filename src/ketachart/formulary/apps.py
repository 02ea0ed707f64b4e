from django.apps import AppConfig


class FormularyConfig(AppConfig):
    name = "ketachart.formulary"
    label = "formulary"

    def ready(self) -> None:
        from ketachart.formulary import kinds  # noqa: F401  (registers the event kinds)
        from ketachart.web.navigation import register_entry

        register_entry(
            label="Formulary",
            url_name="formulary:products",
            icon="beaker",
            permission="formulary.read",
            order=70,
            group="This clinic",
        )
