from django.apps import AppConfig


class ScalesConfig(AppConfig):
    name = "ketachart.scales"
    label = "scales"

    def ready(self) -> None:
        from ketachart.scales import kinds, reactions  # noqa: F401  registers the event kinds
        from ketachart.web.navigation import register_entry, register_patient_tab

        reactions.listen()
        register_entry(
            label="Questionnaires", url_name="scales:mine", icon="checklist", permission="scales.answer_own", order=20
        )
        register_entry(
            label="Needs attention", url_name="scales:attention", icon="bell", permission="scales.attend", order=15
        )
        register_entry(
            label="Scales",
            url_name="scales:library",
            icon="scale",
            permission="scales.library",
            order=74,
            group="This clinic",
        )
        register_entry(
            label="To be reminded",
            url_name="scales:reminders",
            icon="phone",
            permission="scales.remind",
            order=47,
            group="Work lists",
        )
        register_patient_tab(label="Scales", url_name="scales:patient", permission="scales.read", order=40)
