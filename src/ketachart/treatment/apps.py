from pathlib import Path

from django.apps import AppConfig

ROOM_PAGE = r"^/treatment/sessions/[0-9a-f-]{36}/$"


class TreatmentConfig(AppConfig):
    name = "ketachart.treatment"
    label = "treatment"

    def ready(self) -> None:
        from ketachart.treatment import reactions
        from ketachart.treatment.rems import reactions as rems_reactions
        from ketachart.web.navigation import register_entry, register_patient_tab
        from ketachart.web.offline import register_offline_page

        reactions.listen()
        rems_reactions.listen()
        register_offline_page(ROOM_PAGE, assets=room_assets())
        register_entry(label="Rooms", url_name="treatment:board", icon="rooms", permission="treatment.read", order=22)
        register_entry(
            label="REMS forms",
            url_name="treatment:rems",
            icon="report",
            permission="treatment.chart",
            order=44,
            group="Work lists",
        )
        register_patient_tab(label="Sessions", url_name="treatment:sessions", permission="treatment.read", order=50)


def room_assets() -> list[str]:
    """Every file that the room page loads: it must open with no network."""
    here = Path(__file__).parent / "static"
    own = sorted(path.relative_to(here).as_posix() for path in here.glob("treatment/*.*"))
    return [*own, "web/vendor/idb/index.js"]
