from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "ketachart.intake"
    label = "intake"

    def ready(self) -> None:
        from ketachart.intake import kinds  # noqa: F401  registers the event kinds
        from ketachart.intake.banner import allergies_item
        from ketachart.people.banner import register_banner_item
        from ketachart.web.navigation import register_entry, register_patient_tab, register_public_link

        register_entry(
            label="Inquiries",
            url_name="intake:inbox",
            icon="inbox",
            permission="intake.inquiries",
            order=40,
            group="Work lists",
        )
        register_entry(
            label="Consent", url_name="intake:my_consents", icon="consent", permission="intake.consent_own", order=30
        )
        register_entry(
            label="Services",
            url_name="intake:services",
            icon="layers",
            permission="intake.services",
            order=80,
            group="This clinic",
        )
        register_patient_tab(label="History", url_name="intake:history", permission="intake.read", order=20)
        register_patient_tab(label="Screening", url_name="intake:screening", permission="intake.read", order=25)
        register_patient_tab(label="Consent", url_name="intake:consents", permission="intake.read", order=30)
        register_public_link(
            label="Ask us, or join a waiting list",
            text="Tell us how to reach you. Nobody needs an account for this.",
            url_name="intake:inquire",
            icon="message",
            order=10,
        )
        register_banner_item(allergies_item, order=10)
