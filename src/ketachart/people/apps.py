from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "ketachart.people"
    label = "people"

    def ready(self) -> None:
        from ketachart.people import kinds  # noqa: F401  registers the events
        from ketachart.web.navigation import register_entry, register_patient_tab

        register_entry(label="People", url_name="people:list", icon="people", permission="people.read", order=20)
        register_entry(
            label="Staff and rooms",
            url_name="people:staff",
            icon="key",
            permission="people.manage_staff",
            order=90,
            group="This clinic",
        )
        register_patient_tab(label="Details", url_name="people:details", permission="people.read", order=90)
        register_patient_tab(label="Who has read", url_name="people:access", permission="record.audit", order=95)
