"""Entries in words, for pages and print."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from ketachart.record.kinds import Content
from ketachart.treatment import alarm_kinds, care_kinds, kinds
from ketachart.treatment.alarm_data import alarm_book
from ketachart.treatment.care_data import room_scales
from ketachart.treatment.due import ITEM_LABELS
from ketachart.treatment.limits import VITAL_LABELS
from ketachart.treatment.protocol import session_protocol

VITAL_UNITS = {
    "systolic_mmhg": "mmHg",
    "diastolic_mmhg": "mmHg",
    "heart_rate_per_min": "/min",
    "spo2_percent": "%",
    "respiratory_rate_per_min": "/min",
    "temperature_c": "°C",
    "oxygen_l_per_min": "L/min",
}

TITLES = {
    "treatment.session_opened": "Session opened",
    "treatment.consent_bound": "Consent looked up again",
    "treatment.plan_ended": "Plan no longer stands",
    "treatment.session_abandoned": "Session ended without a dose",
    "treatment.fasting_charted": "Fasting",
    "treatment.escort_charted": "Escort arranged",
    "treatment.rescreen_charted": "Asked again today",
    "treatment.time_out_completed": "Time-out",
    "treatment.vitals_charted": "Vitals",
    "treatment.sedation_scored": "Sedation",
    "treatment.dissociation_scored": "Dissociation",
    "treatment.symptom_noted": "Symptom",
    "treatment.note_written": "Note",
    "treatment.infusion_started": "Infusion started",
    "treatment.infusion_rate_changed": "Rate changed",
    "treatment.infusion_paused": "Infusion paused",
    "treatment.infusion_resumed": "Infusion resumed",
    "treatment.infusion_stopped": "Infusion stopped",
    "treatment.dose_given": "Dose given",
    "treatment.hold_ended": "Mouth empty",
    "treatment.pump_read": "Pump says",
    "treatment.event_corrected": "Correction",
    "treatment.gap_explained": "Gap explained",
    "treatment.recovery_started": "Recovery started",
    "treatment.discharge_assessed": "Assessed for discharge",
    "treatment.escort_met": "Escort met",
    "treatment.gate_overridden": "Findings set aside",
    "treatment.discharged": "Discharged",
    "treatment.session_signed": "Signed",
    "treatment.addendum_written": "Addendum",
    "treatment.alarm_raised": "Alarm",
    "treatment.alarm_escalated": "Alarm passed on",
    "treatment.alarm_acknowledged": "Alarm answered",
    "treatment.alarm_ended": "Alarm over",
    "treatment.presence_charted": "In the room",
    "treatment.patient_called": "Patient called",
    "treatment.scale_scored": "Score",
    "treatment.symptom_ended": "Symptom over",
    "treatment.rescue_ordered": "Rescue ordered",
    "treatment.rescue_withdrawn": "Rescue order withdrawn",
    "treatment.rescue_given": "Rescue given",
    "treatment.handed_over": "Handed over",
}

ASSESSED = {
    "oriented": "Oriented",
    "ambulation_at_baseline": "Walks as on arrival",
    "nausea_controlled": "Nausea under control",
    "instructions_given": "Instructions given",
    "risk_screen_not_worse": "Risk screen not worse",
}

ROUTES = {
    "IV": "by vein",
    "IM": "into a muscle",
    "SC": "under the skin",
    "nasal": "into the nose",
    "sublingual": "under the tongue",
    "oral": "by mouth",
}

Facts = list[tuple[str, str]]


def charted_facts(content: Content) -> Facts:
    """Label and value of everything that was charted. What nobody charted is not in it."""
    describe = _DESCRIBE.get(type(content))
    return describe(content) if describe else []


def one_line(content: Content) -> str:
    return ", ".join(f"{label} {value}".strip() for label, value in charted_facts(content))


def yes_no(value: bool | str | None) -> str:
    if isinstance(value, str):
        return value
    return {True: "yes", False: "no", None: "not answered"}[value]


def moment_words(at: datetime) -> str:
    """As the clinic's clock shows it."""
    return f"{timezone.localtime(at):%-d %b %H:%M}"


def _vitals(content: Any) -> Facts:
    facts: Facts = []
    if content.systolic_mmhg is not None:
        facts.append(("BP", f"{content.systolic_mmhg:g}/{content.diastolic_mmhg:g} mmHg"))
    for name, unit in VITAL_UNITS.items():
        value = getattr(content, name)
        if value is not None and not name.endswith("_mmhg"):
            facts.append((VITAL_LABELS[name], f"{value:g} {unit}"))
    if content.confirmed_unusual:
        facts.append(("measured again, right:", ", ".join(VITAL_LABELS[name] for name in content.confirmed_unusual)))
    return facts


def _fasting(content: Any) -> Facts:
    facts: Facts = []
    if content.last_solids_at:
        facts.append(("Last solid food", moment_words(content.last_solids_at)))
    if content.last_clear_fluids_at:
        facts.append(("Last clear fluids", moment_words(content.last_clear_fluids_at)))
    if content.not_known_reason:
        facts.append(("Not known", content.not_known_reason))
    return facts


def _escort(content: Any) -> Facts:
    facts = _given(content, name="Name", relation="Relation", phone="Telephone")
    if content.confirmed is not None:
        facts.append(("Reached and will come", yes_no(content.confirmed)))
    return facts


def _escort_met(content: Any) -> Facts:
    facts = _given(content, name="Name", relation="Relation")
    if content.identified is not None:
        facts.append(("Identified", yes_no(content.identified)))
    return facts


def _rescreen(content: Any) -> Facts:
    words = {question.id: question.question for question in session_protocol().arrival}
    return [(words.get(name, name), yes_no(answer)) for name, answer in content.answers.items() if answer is not None]


def _time_out(content: Any) -> Facts:
    """What was confirmed is counted, what was not is named; the finding lists every item."""
    words = {item.id: item.text for item in session_protocol().time_out}
    confirmed = [item for item in content.items if item.confirmed]
    facts: Facts = [("Confirmed", f"{len(confirmed)} of {len(content.items)} items")]
    facts += [("Not confirmed", words.get(item.id, item.id)) for item in content.items if not item.confirmed]
    return [*facts, ("By", " and ".join(content.participants))] if content.participants else facts


def _rate(content: Any) -> Facts:
    facts = [("", f"{content.rate_ml_per_h:.4g} mL/h, {content.rate_mg_per_h:.4g} mg/h")]
    reason = getattr(content, "reason", None)
    return [*facts, ("reason:", reason)] if reason else facts


def _stopped(content: Any) -> Facts:
    facts: Facts = [("reason:", content.reason)] if content.reason else []
    if content.volume_given_ml is not None:
        facts.append(("pump says", f"{content.volume_given_ml:g} mL given"))
    return facts


def _dose(content: Any) -> Facts:
    facts: Facts = [("", f"{content.dose_mg:g} mg {content.route}")]
    if content.units is not None:
        facts.append(("units", f"{content.units}"))
    if content.over_minutes is not None:
        facts.append(("over", f"{content.over_minutes:g} min"))
    facts = [*_given(content, device="device", part="part"), *facts, *_given(content, site="site", lot="lot")]
    for name, label in (("self_administered", "used by the patient:"), ("observed", "watched:")):
        if getattr(content, name) is not None:
            facts.append((label, yes_no(getattr(content, name))))
    return [*facts, *_given(content, beyond_order_reason="beyond the order, because")]


def _pump_read(content: Any) -> Facts:
    facts: Facts = []
    if content.volume_given_ml is not None:
        facts.append(("", f"{content.volume_given_ml:g} mL given"))
    if content.rate_ml_per_h is not None:
        facts.append(("", f"{content.rate_ml_per_h:g} mL/h"))
    return [*facts, ("", content.note)] if content.note else facts


def _corrected(content: Any) -> Facts:
    facts: Facts = [("because", content.reason)]
    if content.replacement is None:
        return [*facts, ("", "struck through, nothing in its place")]
    title = TITLES.get(content.replacement.kind, content.replacement.kind)
    return [*facts, ("now", f"{title.lower()} at {moment_words(content.replacement.effective_at)}")]


def _gap(content: Any) -> Facts:
    label = ITEM_LABELS.get(content.item, content.item)
    facts: Facts = [(label, f"due {moment_words(content.due_at)}: {content.cause}")]
    return [*facts, ("", content.note)] if content.note else facts


def _assessed(content: Any) -> Facts:
    return [
        (label, yes_no(getattr(content, name)))
        for name, label in ASSESSED.items()
        if getattr(content, name) is not None
    ]


def _overridden(content: Any) -> Facts:
    titles = {rule.id: rule.title for rule in session_protocol().rules}
    facts: Facts = [("", "; ".join(f"{titles.get(rule_id, '')} ({rule_id})" for rule_id in content.findings))]
    facts.append(("reason:", content.reason))
    if content.second_signer_name:
        facts.append(("second signature:", content.second_signer_name))
    return facts


def _opened(content: Any) -> Facts:
    plan = content.plan
    facts: Facts = [("", f"{plan.dose_mg:g} mg {plan.product} ({plan.salt_or_base}), {plan.route}")]
    if content.patient.weight_kg is not None:
        facts.append(("weight", f"{content.patient.weight_kg:g} kg"))
    if content.room:
        facts.append(("in", content.room))
    return facts


def _consent(content: Any) -> Facts:
    facts: Facts = [("", content.consent.version if content.consent else "none stands")]
    return [*facts, ("reason:", content.reason)] if content.reason else facts


def _symptom(content: Any) -> Facts:
    facts: Facts = [(content.symptom, ", ".join(part for part in (content.severity, content.note) if part))]
    if content.serious:
        facts.append(("", "suspected serious"))
    if content.began_at:
        facts.append(("since", moment_words(content.began_at)))
    return [*facts, *_given(content, action="done:")]


def _score(content: Any) -> Facts:
    scale = room_scales().get(content.scale)
    facts: Facts = [(scale.title if scale else content.scale, f"{content.value:g}")]
    if content.items:
        facts.append(("items", ", ".join(f"{item}: {value}" for item, value in content.items.items())))
    return facts


def _rescue_ordered(content: Any) -> Facts:
    facts: Facts = [("", f"{content.medicine} {content.dose:g} {content.dose_unit} {content.route}")]
    facts.append(("at most", "once" if content.most_times == 1 else f"{content.most_times} times"))
    if content.interval_minutes:
        facts.append(("not sooner than", f"{content.interval_minutes:g} min apart"))
    return [*facts, *_given(content, instruction="note")]


def _handed_over(content: Any) -> Facts:
    facts: Facts = [("to", content.to_name)]
    if content.open_items:
        named = "; ".join(f"{one.what} {one.detail}".strip() for one in content.open_items)
        facts.append(("open:", named))
    else:
        facts.append(("", "nothing was open"))
    return [*facts, *_given(content, note="note")]


def _alarm_title(content: Any) -> str:
    rule_id = content.alarm_id.partition("/")[0]
    titles = {rule.id: rule.title for rule in alarm_book().rules}
    return f"{titles.get(rule_id, 'Alarm')} ({rule_id})"


def _given(content: Any, **labels: str) -> Facts:
    return [(label, str(value)) for name, label in labels.items() if (value := getattr(content, name))]


_DESCRIBE: dict[type, Callable[[Any], Facts]] = {
    kinds.SessionOpened: _opened,
    kinds.ConsentRebound: _consent,
    kinds.PlanEnded: lambda content: [("", content.reason)],
    kinds.SessionAbandoned: lambda content: [("reason:", content.reason)],
    kinds.FastingCharted: _fasting,
    kinds.EscortCharted: _escort,
    kinds.RescreenCharted: _rescreen,
    kinds.TimeOutCompleted: _time_out,
    kinds.VitalsCharted: _vitals,
    kinds.SedationScored: lambda content: [(content.scale, f"{content.value} of 5")],
    kinds.DissociationScored: lambda content: [(content.scale, f"{content.value} of 10")],
    kinds.SymptomNoted: _symptom,
    kinds.NoteWritten: lambda content: [("", content.text)],
    kinds.InfusionStarted: _rate,
    kinds.InfusionRateChanged: _rate,
    kinds.InfusionResumed: _rate,
    kinds.InfusionPaused: lambda content: [("reason:", content.reason)] if content.reason else [],
    kinds.InfusionStopped: _stopped,
    kinds.DoseGiven: _dose,
    kinds.HoldEnded: lambda content: [("", content.then)],
    kinds.PumpRead: _pump_read,
    kinds.EventCorrected: _corrected,
    kinds.GapExplained: _gap,
    kinds.DischargeAssessed: _assessed,
    kinds.EscortMet: _escort_met,
    kinds.GateOverridden: _overridden,
    kinds.Discharged: lambda content: _given(content, instructions_version="instructions"),
    kinds.SessionSigned: lambda content: [("", content.statement)],
    kinds.AddendumWritten: lambda content: [("", content.text)],
    care_kinds.ScaleScored: _score,
    care_kinds.SymptomEnded: lambda content: [
        ("", ", ".join(part for part in (content.outcome, content.note) if part))
    ],
    care_kinds.RescueOrdered: _rescue_ordered,
    care_kinds.RescueWithdrawn: lambda content: [("reason:", content.reason)],
    care_kinds.RescueGiven: lambda content: [
        ("", f"{content.dose:g} {content.dose_unit}"),
        *_given(content, beyond_order_reason="beyond the order, because"),
    ],
    care_kinds.HandedOver: _handed_over,
    alarm_kinds.AlarmRaised: lambda content: [
        ("", f"{content.title} ({content.rule_id})"),
        ("told:", ", ".join(content.tell)),
    ],
    alarm_kinds.AlarmEscalated: lambda content: [(_alarm_title(content), f"to the {content.to}")],
    alarm_kinds.AlarmAcknowledged: lambda content: [("", _alarm_title(content))],
    alarm_kinds.AlarmEnded: lambda content: [(f"{_alarm_title(content)}:", content.why)],
    alarm_kinds.PresenceCharted: lambda content: [("", f"{content.person} {'came in' if content.in_room else 'left'}")],
}
