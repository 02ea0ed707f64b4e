from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "ketachart.desk"
    label = "desk"

    def ready(self) -> None:
        from ketachart.web.navigation import register_entry, register_home, register_patient_tab

        register_entry(label="Today", url_name="desk:today", icon="today", permission="web.staff", order=10)
        register_entry(label="Home", url_name="desk:mine", icon="home", permission="web.own_record", order=10)
        register_patient_tab(label="Overview", url_name="desk:patient", permission="people.read", order=0)
        register_home(permission="web.own_record", url_name="desk:mine", order=1)
        register_home(permission="web.staff", url_name="desk:today", order=2)
