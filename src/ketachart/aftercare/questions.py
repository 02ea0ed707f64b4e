"""The questions of the check-in, from knowledge/data/check_in.toml, typed."""

from datetime import date
from functools import cache
from typing import Literal

import msgspec

from ketachart.knowledge.findings import Rule, Source
from ketachart.knowledge.loader import read, typed

QuestionKind = Literal["yes_no", "severity", "zero_to_ten", "text"]
DECLINED = "declined"
ANSWERS: dict[str, dict[str, str]] = {
    "yes_no": {"yes": "Yes", "no": "No"},
    "severity": {"none": "None", "mild": "Mild", "moderate": "Moderate", "severe": "Severe"},
    "zero_to_ten": {str(n): str(n) for n in range(11)},
}
LONGEST_TEXT = 1000


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    kind: QuestionKind
    text: str
    low: str = ""
    high: str = ""

    @property
    def answers(self) -> dict[str, str]:
        """What may be chosen. Any question may be left out; declining one of the grave ones is an answer of its own."""
        if self.kind == "yes_no":
            return {**ANSWERS[self.kind], DECLINED: "I would rather not say"}
        return ANSWERS.get(self.kind, {})


class CheckInKnowledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    effective_from: date
    source: Source
    opens_days_after: int
    late_after_days: int
    timing_source: Source
    question: tuple[Question, ...]
    rule: tuple[Rule, ...]

    def rule_with(self, rule_id: str) -> Rule:
        return next(rule for rule in self.rule if rule.id == rule_id)


@cache
def check_in_knowledge() -> CheckInKnowledge:
    return typed(read("check_in.toml"), CheckInKnowledge, "check_in.toml")
