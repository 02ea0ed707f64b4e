"""Where a passage stands: the subjects in which a clinician looks, and which file belongs to which."""

from dataclasses import dataclass

from ketachart.knowledge.entries import Entry


@dataclass(frozen=True)
class Shelf:
    id: str
    title: str
    says: str
    icon: str


SHELVES: tuple[Shelf, ...] = (
    Shelf("eligibility", "Who may be treated", "Contraindications, conditions and results before treatment.", "screening"),
    Shelf("fit", "Who qualifies", "What an indication, a payer or a programme asks for.", "checklist"),
    Shelf("interactions", "Other medicines", "Interactions, and which ingredient belongs to which class.", "pharmacology"),
    Shelf("products", "Products and routes", "What is given and how, its status, what can be changed once given.", "beaker"),
    Shelf("indications", "Indications", "What it is given for, and what was read about it.", "book"),
    Shelf("protocols", "Protocols", "Start, range, duration, series, titration, maintenance.", "plan"),
    Shelf("doses", "Dose limits", "What stops a dose, and what asks for a second check.", "weight"),
    Shelf("course", "Course and next session", "What is looked at between sessions; when, how often, how long.", "outcomes"),
    Shelf("gates", "Before the dose and before going home", "The two gates of a session.", "shield"),
    Shelf("monitoring", "Monitoring and entries", "What is measured when, and what may be entered.", "vitals"),
    Shelf("alarms", "Alarms and rescue", "What raises an alarm, and what to do.", "alarm"),
    Shelf("effects", "Side effects and long-term checks", "What may happen, and what is looked at over years.", "warning"),
    Shelf("staff", "Who may do what", "Training, licences and presence.", "key"),
    Shelf("consent", "Consent texts", "What patients agree to, version by version.", "consent"),
    Shelf("texts", "Texts for patients", "Education, preparation, what to take home, check-ins.", "document"),
    Shelf("scales", "Rating scales", "Items, scoring, bands, notices.", "scale"),
    Shelf("questions", "Questions and data", "What is asked, and who can answer.", "help"),
    Shelf("other", "Other", "What stands on no other shelf.", "layers"),
    Shelf("sources", "Sources", "Every document cited, and how it was read.", "receipt"),
)  # fmt: skip

_BY_PLACE = {
    ("doses.toml", "protocol"): "protocols",
    ("session.toml", "monitoring"): "monitoring",
    ("session.toml", "limits"): "monitoring",
    ("interactions.toml", "rule"): "interactions",
}
_BY_FILE = {
    "sources": "sources",
    "site_settings": "settings",
    "eligibility": "eligibility",
    "screening_panel": "eligibility",
    "panel": "eligibility",
    "fit": "fit",
    "adequate_trials": "fit",
    "treatment_trials": "fit",
    "interactions": "interactions",
    "classes": "interactions",
    "medicines": "interactions",
    "products": "products",
    "catalogue": "products",
    "route_advice": "products",
    "indications": "indications",
    "protocols": "protocols",
    "doses": "doses",
    "course": "course",
    "next_session": "course",
    "scheduler": "course",
    "maintenance": "course",
    "credentials": "staff",
    "rems": "gates",
    "room_scales": "scales",
    "session": "gates",
    "session_lists": "gates",
    "entry_ranges": "monitoring",
    "monitoring": "monitoring",
    "alarms": "alarms",
    "rescue": "alarms",
    "emergency": "alarms",
    "side_effects": "effects",
    "long_term": "effects",
    "consent": "consent",
    "consent_elements": "consent",
    "released_texts": "consent",
    "education": "texts",
    "aftercare": "texts",
    "preparation": "texts",
    "check_in": "texts",
    "data_items": "questions",
    "scale_schedule": "scales",
}
_BY_GATE = {"alarm": "alarms", "start": "gates", "discharge": "gates"}
_BY_RULE_ID = {"FIT": "fit", "DI": "interactions", "AL": "alarms", "SC": "course", "ND": "course"}


def shelf_of(entry: Entry) -> str:
    """By the gate, the place or the file; what nobody has placed stands under "Other" and can still be read."""
    gate = entry.table.get("gate")
    if isinstance(gate, str) and gate in _BY_GATE:
        return _BY_GATE[gate]
    if (entry.file, entry.kind) in _BY_PLACE:
        return _BY_PLACE[entry.file, entry.kind]
    folder, _, name = entry.file.removesuffix(".toml").rpartition("/")
    shelf = _BY_FILE.get(name) or _BY_FILE.get(folder.split("/")[0]) or _by_word(entry.file)
    if shelf == "eligibility":
        letters = entry.id.rstrip("0123456789R")
        return _BY_RULE_ID.get(letters, shelf)
    return shelf


def _by_word(file: str) -> str:
    """A new file stands where its name points: `protocols_pain.toml` with the protocols."""
    return next((shelf for word, shelf in _BY_FILE.items() if word in file), "other")
