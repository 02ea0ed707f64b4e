"""Who may monitor which treatment: the credentials of the booked person on the day of the treatment. Pure."""

from collections.abc import Mapping
from datetime import date
from functools import cache

from ketachart.course.dose_limits import DoseRule
from ketachart.course.next_session_rules import judged
from ketachart.knowledge.findings import Finding, finding_from
from ketachart.knowledge.loader import read, typed

CREDENTIAL_OF_RULE = {"CR1": "rems", "CR2": "acls", "CR3": "bls", "CR4": "licence"}


@cache
def credential_rules() -> tuple[DoseRule, ...]:
    return typed(read("credentials.toml")["rule"], tuple[DoseRule, ...], "credentials.toml")


def judge_staff(
    product: str | None, held: Mapping[str, date | None] | None, ends_on: date, *, bls_required: bool | None
) -> tuple[Finding, ...]:
    """`held`: the end of each standing credential by kind, None for one without an end; None altogether: nobody is booked.

    A product that is not known yet leaves no rule out. What the clinic has not set asks for nothing.
    """
    findings = []
    for rule in credential_rules():
        if not rule.applies(product=product) or (rule.id == "CR3" and not bls_required):
            continue
        finding = standing(rule, CREDENTIAL_OF_RULE[rule.id], held, ends_on)
        findings.append(finding if rule.in_force(ends_on) else finding_from(rule, "missing"))
    return tuple(findings)


def standing(rule: DoseRule, kind: str, held: Mapping[str, date | None] | None, ends_on: date) -> Finding:
    if held is None:
        return judged(rule, None, missing=("a booked person",))
    until = held.get(kind)
    if kind not in held or until is None:
        return judged(rule, None, (f"{kind} valid until", None))
    return judged(
        rule, until >= ends_on, (f"{kind} valid until", until.isoformat()), ("session on", ends_on.isoformat())
    )
