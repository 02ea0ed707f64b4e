"""A person whose history changed after the decision: what changed is shown, and treatment waits for a new look."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ketachart.demo.past import at_the_time
from ketachart.intake import kinds
from ketachart.intake.history_commands import record_section

if TYPE_CHECKING:
    from ketachart.demo.way import Way


def changed_since_the_decision(way: Way, at: datetime) -> None:
    """A sleeping pill, a brand nobody here knows, a higher blood pressure, and one more trial of an antidepressant."""
    listed = (
        kinds.Medicine(
            ingredient="sertraline", dose="100 mg", how_often="once a day", last_taken_at=at - timedelta(hours=6)
        ),
        kinds.Medicine(ingredient="Ambienol", dose="1 tablet", how_often="at night", what_for="sleep"),
        kinds.Medicine(
            ingredient="Klonopin", dose="0.5 mg", how_often="at night", last_taken_at=at - timedelta(hours=13)
        ),
    )
    tried = (
        kinds.Treatment(
            name="Lexapro", kind="medicine", dose="20 mg", weeks=10, outcome="not enough benefit",
            why_stopped="no further improvement", adequate="adequate", best_change_percent=20,
        ),
        kinds.Treatment(
            name="Effexor XR", kind="medicine", dose="225 mg", weeks=12, outcome="no benefit",
            why_stopped="no benefit", adequate="adequate", best_change_percent=5,
        ),
        kinds.Treatment(name="sertraline", kind="medicine", dose="100 mg", outcome="not enough benefit", adequate="adequate"),
        kinds.Treatment(
            name="aripiprazole", kind="added medicine", dose="5 mg", weeks=6, outcome="no benefit", adequate="adequate"
        ),
        kinds.Treatment(name="cognitive behavioural therapy", kind="talking therapy", weeks=16, outcome="no benefit"),
    )  # fmt: skip
    again: tuple[kinds.Section, ...] = (
        kinds.Medicines(version=0, follows=None, stated="listed", medicines=listed),
        kinds.Treatments(version=0, follows=None, stated="listed", treatments=tried),
        kinds.Measurements(
            version=0, follows=None, measured_at=at, systolic_mmhg=146, diastolic_mmhg=88, heart_rate_per_min=82,
            respiratory_rate_per_min=15, spo2_percent=97,
        ),
    )  # fmt: skip
    for section in again:
        with at_the_time(at):
            record_section(way.staff("nurse"), patient_id=way.patient.id, content=section, follows_version=1, at=at)
