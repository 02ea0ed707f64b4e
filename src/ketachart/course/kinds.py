"""Events of a course, in the patient's stream. Appended, never changed: a new plan is a new version."""

from datetime import datetime
from typing import Literal

import msgspec

from ketachart.record.kinds import Content, kind

Choice = Literal["continue", "up", "down", "hold", "stop", "switch"]


class FindingKept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding as it stood when someone decided: the rule, its verdict, what was seen, and what was said about it."""

    rule_id: str
    rule_version: str
    title: str
    verdict: Literal["met", "not met", "missing"]
    meaning: str
    seen: tuple[str, ...] = ()
    source: str
    override_reason: str | None = None


class PredictionShown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the prescriber was shown: never an input to the dose."""

    model: str
    population: str
    site: str
    peak_ng_per_ml_p5: float
    peak_ng_per_ml_p50: float
    peak_ng_per_ml_p95: float
    warnings: tuple[str, ...] = ()


@kind("course.opened")
class CourseOpened(Content, frozen=True, kw_only=True):
    course_id: str
    indication: str
    goal: str | None = None


@kind("course.baseline_pinned")
class BaselinePinned(Content, frozen=True, kw_only=True):
    """The score that response is measured from. Pinned by a person; a second pin says why."""

    course_id: str
    scale: str
    response_id: str
    total: int | float
    taken_at: datetime
    reason: str | None = None


class PartOrdered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One injection of a divided dose. `after_minutes` counts from the part before it."""

    part: int
    dose_mg: float
    volume_ml: float
    after_minutes: float | None = None


@kind("course.plan_written")
class PlanWritten(Content, frozen=True, kw_only=True):
    """What was ordered. What a route does not have is null: no rate for an injection, no weight for Spravato."""

    course_id: str
    plan_id: str
    version: int
    replaces_plan_id: str | None = None
    reason_for_change: str | None = None
    protocol_id: str
    protocol_version: str
    indication: str
    product_id: str
    product: str
    molecule: str
    salt_or_base: str
    strength_mg_per_ml: float | None = None
    confirmed_strength_mg_per_ml: float | None = None
    route: str
    weight_kg: float | None = None
    weight_measured_at: datetime | None = None
    second_weight_kg: float | None = None
    ordered_mg_per_kg: float | None = None
    dose_mg: float
    dose_mg_per_kg: float | None = None
    drug_volume_ml: float | None = None
    bag_volume_ml: float | None = None
    undiluted: bool = False
    total_volume_ml: float | None = None
    concentration_mg_per_ml: float | None = None
    infusion_minutes: float | None = None
    rate_ml_per_h: float | None = None
    rate_mg_per_h: float | None = None
    vials: int | None = None
    ceiling_mg_per_kg: float | None = None
    sessions: int
    sessions_per_week: int | None = None
    titration: str | None = None
    catalogue_product: str | None = None
    base_dose_mg: float | None = None
    parts: tuple[PartOrdered, ...] = ()
    minimum_interval_minutes: float | None = None
    maximum_cumulative_mg: float | None = None
    devices: int | None = None
    device_mg: float | None = None
    units: int | None = None
    unit_mg: float | None = None
    confirmed_unit_mg: float | None = None
    hold_minutes: float | None = None
    then: Literal["swallow", "spit out"] | None = None
    findings: tuple[FindingKept, ...] = ()
    needs_second_signature: bool = False
    prediction: PredictionShown | None = None


@kind("course.plan_countersigned")
class PlanCountersigned(Content, frozen=True, kw_only=True):
    course_id: str
    plan_id: str
    statement: str


@kind("course.plan_withdrawn")
class PlanWithdrawn(Content, frozen=True, kw_only=True):
    course_id: str
    plan_id: str
    reason: str


@kind("course.route_chosen")
class RouteChosen(Content, frozen=True, kw_only=True):
    """The clinician's choice among the products and routes, with what the advice showed at that moment."""

    course_id: str
    product: str
    route: str
    reasons: str
    person_agrees: bool | None = None
    findings: tuple[FindingKept, ...] = ()


@kind("course.decision_written")
class DecisionWritten(Content, frozen=True, kw_only=True):
    course_id: str
    session_id: str | None = None
    choice: Choice
    reasons: str
    next_mg_per_kg: float | None = None
    next_dose_mg: float | None = None
    interval_days: int | None = None
    switch_to: str | None = None
    findings: tuple[FindingKept, ...] = ()
