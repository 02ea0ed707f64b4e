"""What is charted of the care around the dose: scores, how symptoms end, rescue medicines, who takes over."""

from typing import Literal

from ketachart.record.kinds import Content, kind
from ketachart.treatment.kinds import Part

Outcome = Literal["gone", "gone after treatment", "still there at discharge"]


@kind("treatment.scale_scored")
class ScaleScored(Content, frozen=True, kw_only=True):
    """One observer or patient score; `items` for a scale of several, whose value is their sum."""

    scale: str
    value: float
    items: dict[str, int] = {}


@kind("treatment.symptom_ended")
class SymptomEnded(Content, frozen=True, kw_only=True):
    """When it was over is the event's own time."""

    symptom_id: str
    outcome: Outcome
    note: str | None = None


@kind("treatment.rescue_ordered")
class RescueOrdered(Content, frozen=True, kw_only=True):
    """A medicine to be given when needed, within limits. The event's id is the order's."""

    problem: str
    medicine: str
    dose: float
    dose_unit: str
    route: str
    most_times: int
    interval_minutes: float | None = None
    instruction: str | None = None


@kind("treatment.rescue_withdrawn")
class RescueWithdrawn(Content, frozen=True, kw_only=True):
    order_id: str
    reason: str


@kind("treatment.rescue_given")
class RescueGiven(Content, frozen=True, kw_only=True):
    """`beyond_order_reason` says why more, or sooner, than ordered was given: without it the guard refuses."""

    order_id: str
    dose: float
    dose_unit: str
    beyond_order_reason: str | None = None


class OpenItem(Part, frozen=True, kw_only=True):
    what: str
    detail: str = ""


@kind("treatment.handed_over")
class HandedOver(Content, frozen=True, kw_only=True):
    """Who takes over, and what was open at that moment, item by item."""

    to_user_id: str
    to_name: str
    open_items: tuple[OpenItem, ...] = ()
    note: str | None = None


CARE_KINDS = (
    "treatment.scale_scored",
    "treatment.symptom_ended",
    "treatment.rescue_given",
    "treatment.handed_over",
)
ORDER_KINDS = ("treatment.rescue_ordered", "treatment.rescue_withdrawn")
