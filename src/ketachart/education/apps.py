from django.apps import AppConfig


class EducationConfig(AppConfig):
    name = "ketachart.education"
    label = "education"

    def ready(self) -> None:
        from ketachart.education import kinds  # noqa: F401  registers the event kinds
        from ketachart.web.navigation import register_entry, register_patient_tab, register_public_link

        register_entry(
            label="To read", url_name="education:mine", icon="book", permission="education.read_own", order=35
        )
        register_patient_tab(label="Texts", url_name="education:texts", permission="education.read", order=35)
        register_public_link(
            label="Read about ketamine",
            text="What it is, how it may work, the ways of taking it, risks and costs. In plain words.",
            url_name="education:topics",
            icon="book",
            order=20,
        )
