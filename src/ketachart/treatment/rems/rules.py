"""The draft of a form from what was charted, what is missing from it, and until when it must be sent. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from ketachart.record.errors import Refused
from ketachart.treatment.rems.fields import PressureAt, RemsField, RemsVersion
from ketachart.treatment.state import SessionState

Answer = str
Standing = Literal["open", "due", "overdue", "sent"]

MOLECULE = "esketamine"


@dataclass(frozen=True)
class Person:
    """Who was treated, as the form asks."""

    given_name: str
    family_name: str
    birth_date: date
    sex: str | None


@dataclass(frozen=True)
class Filled:
    """One field of the draft. `value` None: not known, and never guessed."""

    field: RemsField
    value: str | None
    hint: str = ""
    detail: str | None = None


@dataclass(frozen=True)
class Draft:
    version: RemsVersion
    fields: tuple[Filled, ...]

    @property
    def missing(self) -> tuple[Filled, ...]:
        return tuple(
            one
            for one in self.fields
            if one.value is None or (one.field.detail and one.value == "yes" and not one.detail)
        )

    @property
    def is_complete(self) -> bool:
        return not self.missing

    def groups(self) -> list[tuple[str, list[Filled]]]:
        found: dict[str, list[Filled]] = {}
        for one in self.fields:
            found.setdefault(one.field.group, []).append(one)
        return list(found.items())


def needs_form(molecule: str | None, first_dose_at: datetime | None) -> bool:
    """Every treatment with Spravato in an outpatient setting; none where nothing was given."""
    return molecule == MOLECULE and first_dose_at is not None


def due_on(treated_on: date, within_calendar_days: int) -> date:
    return treated_on + timedelta(days=within_calendar_days)


def standing(due: date, today: date, *, sent: bool, soon_days: int = 2) -> Standing:
    if sent:
        return "sent"
    if today > due:
        return "overdue"
    return "due" if (due - today).days <= soon_days else "open"


def draft(
    version: RemsVersion,
    state: SessionState,
    person: Person,
    answers: Mapping[str, Answer],
    site: Mapping[str, str],
    zone: tzinfo,
    at_40: PressureAt,
) -> Draft:
    """The form as far as it can be filled. Answers are those of persons; nothing that is asked is taken from the record."""
    charted = _from_events(state, person, zone, at_40)
    hints = _hints(state, zone)
    fields = []
    for field in version.field:
        if field.filled_from == "events":
            value = charted.get(field.id)
        elif field.filled_from == "site":
            value = site.get(field.setting or "") or None
        else:
            value = answers.get(field.id) or None
        hint = hints.get(field.hint or "", "")
        fields.append(Filled(field, value, hint, answers.get(f"{field.id}_detail") or None))
    return Draft(version, tuple(fields))


def _from_events(state: SessionState, person: Person, zone: tzinfo, at_40: PressureAt) -> dict[str, str | None]:
    start = state.dose.first_dose_at
    end = state.phase_started_at("discharged")
    given = state.dose.boluses
    lots = list(dict.fromkeys(bolus.lot for bolus in given if bolus.lot))
    every_lot_known = bool(given) and all(bolus.lot for bolus in given)
    total_mg = sum(bolus.dose_mg for bolus in given)
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birth_date": person.birth_date.isoformat(),
        "sex": person.sex,
        "treated_on": start.astimezone(zone).date().isoformat() if start else None,
        "dose": f"{total_mg:g} mg" if given else None,
        "lots": ", ".join(lots) if every_lot_known else None,
        "minutes_monitored": str(_minutes(start, end)) if start and end else None,
        "pressure_before": _pressure(state, None, start),
        "pressure_40": _pressure_near(state, start, at_40),
        "pressure_end": _pressure(state, start, end),
    }


def _hints(state: SessionState, zone: tzinfo) -> dict[str, str]:
    start = state.dose.first_dose_at
    number = state.opened.session_number if state.opened else None
    names = sorted({one.author_name for readings in state.readings.values() for one in readings if one.author_name})
    assessed = [one.at for one in state.discharge_assessment.values() if one.value is True]
    symptoms = [
        f"{one.content.symptom} ({one.content.severity}), {one.effective_at.astimezone(zone):%H:%M}"  # type: ignore[attr-defined]
        for one in state.symptoms
    ]
    return {
        "session_number": f"session {number} here" if number else "",
        "charted_by": f"readings were charted by {', '.join(names)}" if names else "",
        "assessed_ready": f"assessed for discharge {_minutes(start, max(assessed))} min after the start"
        if assessed and start
        else "",
        "pressure_before": _said("before the dose", _pressure(state, None, start)),
        "pressure_end": _said("last", _pressure(state, start, state.phase_started_at("discharged"))),
        "sedation_scores": _scores(state, "sedation", "MOAA/S", lowest=True),
        "dissociation_scores": _scores(state, "dissociation", "dissociation 0-10", lowest=False),
        "breathing": _breathing(state),
        "symptoms": "; ".join(symptoms),
    }


def _said(what: str, value: str | None) -> str:
    return f"{what} {value}" if value else ""


def _scores(state: SessionState, measure: str, name: str, *, lowest: bool) -> str:
    start = state.dose.first_dose_at
    values = [one.value for one in state.readings.get(measure, ()) if start is not None and one.at >= start]
    if not values:
        return f"no {name} after the dose in the record"
    return f"{'lowest' if lowest else 'highest'} {name} {min(values) if lowest else max(values):g}"


def _breathing(state: SessionState) -> str:
    found = [
        f"lowest {name} {min(one.value for one in readings):g}"
        for name, readings in (
            ("SpO₂", state.readings.get("spo2_percent", ())),
            ("breathing rate", state.readings.get("respiratory_rate_per_min", ())),
        )
        if readings
    ]
    return ", ".join(found)


def _pressures(state: SessionState) -> list[tuple[datetime, str]]:
    """Systolic and diastolic of one moment."""
    diastolic = {one.entry_id: one.value for one in state.readings.get("diastolic_mmhg", ())}
    return [
        (one.at, f"{one.value:g}/{diastolic[one.entry_id]:g}")
        for one in state.readings.get("systolic_mmhg", ())
        if one.entry_id in diastolic
    ]


def _pressure(state: SessionState, after: datetime | None, until: datetime | None) -> str | None:
    """The last one in between; None without an end: what is not over has no last reading."""
    if until is None:
        return None
    between = [text for at, text in _pressures(state) if at <= until and (after is None or at > after)]
    return between[-1] if between else None


def _pressure_near(state: SessionState, start: datetime | None, wanted: PressureAt) -> str | None:
    if start is None:
        return None
    meant = start + timedelta(minutes=wanted.minutes)
    distances = [(abs((at - meant) / timedelta(minutes=1)), text) for at, text in _pressures(state) if at > start]
    near = [one for one in distances if one[0] <= wanted.tolerance_minutes]
    return min(near)[1] if near else None


def _minutes(start: datetime, end: datetime) -> int:
    return int((end - start) / timedelta(minutes=1))


def checked_answers(version: RemsVersion, given: Mapping[str, str]) -> dict[str, str]:
    """What may be kept of a form that a person filled; an empty field is not an answer."""
    known = {one.id: one for one in version.asked}
    kept: dict[str, str] = {}
    for name, text in given.items():
        value = text.strip()
        if not value:
            continue
        if name in known:
            kept[name] = _checked(known[name], value)
        elif name.removesuffix("_detail") in known and known[name.removesuffix("_detail")].detail:
            kept[name] = value[:2000]
        else:
            raise Refused("This form has no such field.", field=name, fix="Load the page again.")
    return kept


def _checked(field: RemsField, value: str) -> str:
    if field.kind == "yes-no" and value not in ("yes", "no"):
        raise Refused("Yes or no?", field=field.id, fix="Choose one.")
    if field.kind == "minutes" and not (value.isdecimal() and int(value) <= 24 * 60):
        raise Refused(f"{value!r} is not a number of minutes.", field=field.id, fix="Whole minutes, for example 125.")
    if len(value) > 400:
        raise Refused("This is too long.", field=field.id, fix="At most 400 characters.")
    return value
