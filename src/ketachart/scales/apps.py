from pathlib import Path

from django.apps import AppConfig

QUESTIONNAIRE = r"^/my/questionnaires/[0-9a-f-]{36}/$"
LIST = r"^/my/questionnaires/$"


class ScalesConfig(AppConfig):
    name = "ketachart.scales"
    label = "scales"

    def ready(self) -> None:
        from ketachart.scales import kinds, reactions  # noqa: F401  registers the event kinds
        from ketachart.web.navigation import register_entry, register_patient_tab
        from ketachart.web.offline import register_offline_page

        reactions.listen()
        register_offline_page(QUESTIONNAIRE, assets=phone_assets())
        register_offline_page(LIST, assets=phone_assets())
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


def phone_assets() -> list[str]:
    """Every file that the questionnaire's page loads: it must open with no network."""
    here = Path(__file__).parent / "static"
    return [*sorted(path.relative_to(here).as_posix() for path in here.glob("scales/*.*")), "web/vendor/idb/index.js"]
