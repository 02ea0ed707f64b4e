"""Who may do what: one table. A permission that is not in it is nobody's."""

from __future__ import annotations

from typing import Final

PRESCRIBER, NURSE, THERAPIST, FRONT_DESK = "prescriber", "nurse", "therapist", "front_desk"
PHARMACIST, BILLER, CLINIC_LEAD, PATIENT = "pharmacist", "biller", "clinic_lead", "patient"

ROLES: Final[dict[str, str]] = {
    PRESCRIBER: "Prescriber",
    NURSE: "Nurse",
    THERAPIST: "Therapist",
    FRONT_DESK: "Front desk",
    PHARMACIST: "Pharmacist",
    BILLER: "Biller",
    CLINIC_LEAD: "Clinic lead",
    PATIENT: "Patient",
}
STAFF: Final = frozenset(ROLES) - {PATIENT}
CLINICAL: Final = frozenset({PRESCRIBER, NURSE, THERAPIST, CLINIC_LEAD})

PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    # shell
    "web.signed_in": frozenset(ROLES),
    "web.staff": STAFF,
    "web.own_record": frozenset({PATIENT}),
    # record
    "record.audit": frozenset({CLINIC_LEAD}),
    # policy
    "policy.read": CLINICAL | {PHARMACIST},
    "policy.set": frozenset({CLINIC_LEAD}),
    # people
    "people.read": STAFF,
    "people.write": frozenset({FRONT_DESK, NURSE, PRESCRIBER, CLINIC_LEAD}),
    "people.manage_staff": frozenset({CLINIC_LEAD}),
    # scales
    "scales.read": CLINICAL,
    "scales.assign": CLINICAL,
    "scales.enter": CLINICAL,
    "scales.remind": CLINICAL | {FRONT_DESK},
    "scales.answer_own": frozenset({PATIENT}),
    "scales.attend": frozenset({PRESCRIBER, NURSE, THERAPIST, CLINIC_LEAD}),
    "scales.help_numbers": frozenset({CLINIC_LEAD}),
    "scales.library": frozenset({CLINIC_LEAD}),
    # intake
    "intake.inquiries": frozenset({FRONT_DESK, NURSE, PRESCRIBER, CLINIC_LEAD}),
    "intake.read": CLINICAL,
    "intake.write": frozenset({PRESCRIBER, NURSE}),
    "intake.decide": frozenset({PRESCRIBER}),
    "intake.override": frozenset({PRESCRIBER}),
    "intake.consent_own": frozenset({PATIENT}),
    "intake.consent_witness": frozenset({PRESCRIBER, NURSE}),
    "intake.services": frozenset({CLINIC_LEAD}),
    # formulary
    "formulary.read": CLINICAL | {PHARMACIST},
    "formulary.write": frozenset({PHARMACIST, CLINIC_LEAD}),
    # course
    "course.read": CLINICAL | {PHARMACIST},
    "course.prescribe": frozenset({PRESCRIBER}),
    "course.second_sign": frozenset({PRESCRIBER, PHARMACIST}),
    # schedule
    "schedule.read": STAFF,
    "schedule.write": frozenset({FRONT_DESK, NURSE, PRESCRIBER, CLINIC_LEAD}),
    "schedule.read_own": frozenset({PATIENT}),
    # education
    "education.read": STAFF,
    "education.hand_out": CLINICAL | {FRONT_DESK, PHARMACIST},
    "education.read_own": frozenset({PATIENT}),
    # treatment
    "treatment.read": CLINICAL,
    "treatment.prepare": frozenset({NURSE, PRESCRIBER}),
    "treatment.chart": frozenset({NURSE, PRESCRIBER}),
    "treatment.order": frozenset({PRESCRIBER}),
    "treatment.override": frozenset({PRESCRIBER, NURSE}),
    "treatment.discharge": frozenset({NURSE, PRESCRIBER}),
    "treatment.sign": frozenset({NURSE, PRESCRIBER}),
    "treatment.alarm_burden": frozenset({NURSE, PRESCRIBER, CLINIC_LEAD}),
    "treatment.call_own": frozenset({PATIENT}),
    # aftercare
    "aftercare.read": CLINICAL,
    "aftercare.write": CLINICAL,
    "aftercare.answer_own": frozenset({PATIENT}),
    # devices
    "devices.read": CLINICAL,
    "devices.register": frozenset({CLINIC_LEAD}),
    "devices.place": frozenset({NURSE, PRESCRIBER, CLINIC_LEAD}),
    "devices.match": frozenset({NURSE, PRESCRIBER, CLINIC_LEAD}),
    # registry
    "registry.read": CLINICAL,
    "registry.read_own": frozenset({PATIENT}),
}


def permissions_of(role: str) -> frozenset[str]:
    """Every permission of a role; an unknown role has none."""
    return frozenset(name for name, roles in PERMISSIONS.items() if role in roles)
