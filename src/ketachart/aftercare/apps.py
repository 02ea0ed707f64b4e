from django.apps import AppConfig


class AftercareConfig(AppConfig):
    name = "ketachart.aftercare"
    label = "aftercare"

    def ready(self) -> None:
        from ketachart.aftercare import kinds, reactions
        from ketachart.web.navigation import register_entry, register_patient_tab

        assert kinds
        reactions.listen()
        register_entry(
            label="Check-ins",
            url_name="aftercare:work_list",
            icon="phone",
            permission="aftercare.read",
            order=42,
            group="Work lists",
        )
        register_entry(
            label="Check-in", url_name="aftercare:mine", icon="phone", permission="aftercare.answer_own", order=25
        )
        register_patient_tab(label="Check-ins", url_name="aftercare:patient", permission="aftercare.read", order=60)
