from django.apps import AppConfig


class TreatmentConfig(AppConfig):
    name = "ketachart.treatment"
    label = "treatment"

    def ready(self) -> None:
        from ketachart.treatment import reactions
        from ketachart.web.navigation import register_entry, register_patient_tab

        reactions.listen()
        register_entry(label="Rooms", url_name="treatment:board", icon="rooms", permission="treatment.read", order=30)
        register_patient_tab(label="Sessions", url_name="treatment:sessions", permission="treatment.read", order=50)
