"""Writes of the history: each section is recorded whole, as a new version that names the one before."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from ketachart.intake import rules
from ketachart.intake.facts import MEASURED
from ketachart.intake.kinds import (
    SECTIONS,
    Allergies,
    Conditions,
    Measurements,
    Medicines,
    Results,
    Section,
    Treatments,
)
from ketachart.intake.models import HistorySection
from ketachart.knowledge import loader
from ketachart.people.queries import patient_for
from ketachart.record import clock
from ketachart.record.actor import Actor
from ketachart.record.commands import append_event, patient_stream
from ketachart.record.errors import Refused
from ketachart.record.unit_of_work import unit_of_work

ANY_ZONE = timedelta(hours=14)
"""It is already tomorrow somewhere: a clinic there may enter its own today."""


class NeedsConfirmation(Refused):
    """Possible, but unusual: someone must say that the value is right."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self.fields = fields
        labels = ", ".join(loader.data_items()[name].label for name in fields)
        super().__init__(
            f"Unusual: {labels}.", field="confirmed_unusual", fix="Measure again, or confirm that the value is right."
        )


def record_section(
    actor: Actor, *, patient_id: UUID, content: Section, follows_version: int, at: datetime
) -> HistorySection:
    """Append a new version of one section.

    `follows_version` is the version that was on the screen (0 for none): if someone recorded a newer one meanwhile,
    nothing is written and the person is told.
    """
    actor.require("intake.write")
    section = next(name for name, kind in SECTIONS.items() if isinstance(content, kind))
    _refuse_incomplete(content)
    _refuse_impossible(content)
    with unit_of_work():
        patient_for(actor, patient_id)
        stream = patient_stream(actor, patient_id)
        newest = (
            HistorySection.objects.visible_to(actor)
            .filter(patient_id=patient_id, section=section)
            .order_by("-version")
            .first()
        )
        standing = newest.version if newest else 0
        if follows_version != standing:
            raise Refused(
                f"{newest.charted_by_name if newest else 'Nobody'} recorded version {standing} in the meantime.",
                fix="Open the page again, compare, and enter what is still missing.",
                status=409,
            )
        content = msgspec.structs.replace(content, version=standing + 1, follows=newest.event_id if newest else None)
        event = append_event(actor=actor, stream=stream, content=content, effective_at=at)
        return HistorySection.objects.create(
            clinic_id=actor.clinic_id,
            event_id=event.id,
            charted_at=event.recorded_at,
            charted_by_name=actor.name,
            patient_id=patient_id,
            section=section,
            version=standing + 1,
        )


def _refuse_incomplete(content: Section) -> None:
    """A list that is said to exist has entries; a list that is said to be empty has none."""
    match content:
        case Medicines():
            rows, what = len(content.medicines), "medicines"
        case Treatments():
            rows, what = len(content.treatments), "treatments"
        case Allergies() if content.stated is not None:
            rows, what = len(content.allergies), "allergies"
        case _:
            return
    if content.stated == "listed" and not rows:
        raise Refused(f"No {what} are listed.", field="stated", fix=f"List them, or say that there are no {what}.")
    if content.stated == "none" and rows:
        raise Refused(f"{rows} {what} are listed.", field="stated", fix="Remove them, or say that there are some.")


def _refuse_impossible(content: Section) -> None:
    if isinstance(content, Conditions):
        items = loader.data_items()
        for name, answer in content.answers.items():
            item = items.get(name)
            if item is None:
                raise Refused(f"There is no condition “{name}”.", field=name, fix="Choose from the list.")
            allowed = (*item.choices, "not known") if item.kind == "choice" else ("yes", "no", "not known")
            if answer not in allowed:
                raise Refused(f"“{answer}” is not an answer.", field=name, fix=f"One of: {', '.join(allowed)}.")
    if isinstance(content, Measurements):
        _refuse_measurements(content)
    if isinstance(content, Results):
        _refuse_results(content)


def _refuse_results(content: Results) -> None:
    """Every test is one that is known, and says when it was done, or why it is not needed."""
    if not content.results:
        raise Refused("No test is entered.", field="results", fix="Enter at least one test.")
    tests = {name for name, item in loader.data_items().items() if item.section == "results"}
    for one in content.results:
        if one.test not in tests:
            raise Refused(f"There is no test “{one.test}”.", field="test", fix="Choose from the list.")
        if one.judged == "not needed" and not (one.note or "").strip():
            raise Refused("A test that is not needed needs a reason.", field="note", fix="Say why it is not needed.")
        if one.judged != "not needed" and one.done_on is None:
            raise Refused("A result needs the day of the test.", field="done_on", fix="When was it done?")
        if one.done_on is not None and one.done_on > (clock.now() + ANY_ZONE).date():
            raise Refused("This day is in the future.", field="done_on", fix="Give the day of the test.")
    named = [one.test for one in content.results]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        label = loader.data_items()[twice[0]].label
        raise Refused(f"{label} is there twice.", field="test", fix="Enter each test once.")


def _refuse_measurements(content: Measurements) -> None:
    if content.measured_at > clock.now():
        raise Refused("This time is in the future.", field="measured_at", fix="Give the time of measuring.")
    values = {name: getattr(content, name) for name in MEASURED}
    if all(value is None for value in values.values()):
        raise Refused("Nothing was measured.", field="weight_kg", fix="Enter at least one value.")
    for name in ("weight_kg", "height_cm"):
        value = values[name]
        if value is not None and value <= 0:
            raise Refused("This must be above zero.", field=name, fix="Check the number.")
    checked = rules.check_measurements(values, content.confirmed_unusual, loader.entry_ranges())
    for field, problem in checked.refused.items():
        raise Refused(problem, field=field)
    if checked.unconfirmed:
        raise NeedsConfirmation(checked.unconfirmed)
