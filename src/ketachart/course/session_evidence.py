"""What one session says for the next decision: read from its events, corrections taken into account. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ketachart.record.corrections import last_words

Frame = Mapping[str, Any]

CORRECTION = "treatment.event_corrected"
DOSE_BEGINS = {"treatment.infusion_started", "treatment.dose_given"}
ALTERATIONS = {
    "treatment.infusion_paused": "paused",
    "treatment.infusion_rate_changed": "rate changed",
    "treatment.infusion_stopped": "stopped",
}


@dataclass(frozen=True, kw_only=True)
class Peak:
    value: float
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SymptomSeen:
    symptom: str
    severity: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Alteration:
    what: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SessionEvidence:
    session_number: int | None = None
    molecule: str | None = None
    route: str | None = None
    planned_dose_mg: float | None = None
    planned_mg_per_kg: float | None = None
    dose_began_at: datetime | None = None
    baseline_systolic_mmhg: float | None = None
    baseline_diastolic_mmhg: float | None = None
    peak_systolic: Peak | None = None
    peak_diastolic: Peak | None = None
    lowest_spo2: Peak | None = None
    symptoms: tuple[SymptomSeen, ...] = ()
    alterations: tuple[Alteration, ...] = ()
    overrides: tuple[str, ...] = ()
    discharged_at: datetime | None = None


def standing_frames(frames: Iterable[Frame]) -> list[dict[str, Any]]:
    """The events that still stand: a corrected one gives way to its replacement, under the correction's id."""
    arrived = list(frames)
    target_of = {str(f["id"]): str(f["content"]["target_id"]) for f in arrived if f["kind"] == CORRECTION}
    named, counting = set(target_of.values()), set(last_words(target_of).values())
    standing: list[dict[str, Any]] = []
    for frame in arrived:
        if frame["kind"] != CORRECTION:
            if str(frame["id"]) not in named:
                standing.append(dict(frame))
        elif str(frame["id"]) in counting and frame["content"].get("replacement"):
            standing.append({**frame, **frame["content"]["replacement"]})
    return sorted(standing, key=lambda frame: (_time(frame["effective_at"]), str(frame["id"])))


def _time(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def evidence_from(frames: Iterable[Frame]) -> SessionEvidence:
    """Fold a session's events. Vitals before the first dose are the baseline: the last complete pair of them."""
    standing = standing_frames(frames)
    opened: dict[str, Any] = next((f["content"] for f in standing if f["kind"] == "treatment.session_opened"), {})
    plan: dict[str, Any] = opened.get("plan") or {}
    began_at = next((_time(f["effective_at"]) for f in standing if f["kind"] in DOSE_BEGINS), None)
    vitals = [f for f in standing if f["kind"] == "treatment.vitals_charted"]
    before = [f for f in vitals if began_at is not None and _time(f["effective_at"]) <= began_at]
    after = [f for f in vitals if began_at is not None and _time(f["effective_at"]) > began_at]
    pairs = [
        (f["content"]["systolic_mmhg"], f["content"]["diastolic_mmhg"])
        for f in before
        if f["content"].get("systolic_mmhg") is not None and f["content"].get("diastolic_mmhg") is not None
    ]
    baseline = pairs[-1] if pairs else (None, None)
    discharged = [_time(f["content"]["at"]) for f in standing if f["kind"] == "treatment.discharged"]
    return SessionEvidence(
        session_number=opened.get("session_number"),
        molecule=plan.get("molecule"),
        route=plan.get("route"),
        planned_dose_mg=plan.get("dose_mg"),
        planned_mg_per_kg=plan.get("dose_mg_per_kg"),
        dose_began_at=began_at,
        baseline_systolic_mmhg=baseline[0],
        baseline_diastolic_mmhg=baseline[1],
        peak_systolic=_extreme(after, "systolic_mmhg", max),
        peak_diastolic=_extreme(after, "diastolic_mmhg", max),
        lowest_spo2=_extreme(after, "spo2_percent", min),
        symptoms=tuple(
            SymptomSeen(
                symptom=f["content"]["symptom"], severity=f["content"].get("severity"), at=_time(f["effective_at"])
            )
            for f in standing
            if f["kind"] == "treatment.symptom_noted"
        ),
        alterations=tuple(
            Alteration(what=ALTERATIONS[f["kind"]], reason=f["content"].get("reason"), at=_time(f["effective_at"]))
            for f in standing
            if f["kind"] in ALTERATIONS
        ),
        overrides=tuple(
            f"{f['content']['gate']}: {f['content']['reason']}"
            for f in standing
            if f["kind"] == "treatment.gate_overridden"
        ),
        discharged_at=discharged[-1] if discharged else None,
    )


def _extreme(vitals: list[dict[str, Any]], name: str, choose: Any) -> Peak | None:
    readings = [
        Peak(value=frame["content"][name], at=_time(frame["effective_at"]))
        for frame in vitals
        if frame["content"].get(name) is not None
    ]
    return choose(readings, key=lambda reading: reading.value) if readings else None
