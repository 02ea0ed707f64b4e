from django.apps import AppConfig


class ScheduleConfig(AppConfig):
    name = "ketachart.schedule"
    label = "schedule"

    def ready(self) -> None:
        from ketachart.schedule import kinds  # noqa: F401  registers the events
        from ketachart.web.navigation import register_entry, register_patient_tab

        register_entry(
            label="Schedule", url_name="schedule:today", icon="calendar", permission="schedule.read", order=24
        )
        register_entry(
            label="My visits", url_name="schedule:mine", icon="calendar", permission="schedule.read_own", order=30
        )
        register_patient_tab(label="Appointments", url_name="schedule:patient", permission="schedule.read", order=50)
