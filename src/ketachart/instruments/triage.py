"""Scales whose result is a level and not a sum: C-SSRS screener, ASQ, MDQ.

A level counts yes-answers nowhere. While answers are missing that could still change it, the level is *indeterminate*,
which asks for a person now; what is already known to be dangerous fires at once (`known_so_far`).
"""

from collections.abc import Callable

from ketachart.instruments.answers import Answers
from ketachart.instruments.model import Instrument

YES, NO = 1, 0
INDETERMINATE = "indeterminate"


def level_of(instrument: Instrument, answers: Answers) -> str | None:
    """The level that this scale gives; None for a scale that has none."""
    rule = _LEVELS.get(instrument.scoring)
    return None if rule is None else rule(answers)


def known_so_far(instrument: Instrument, answers: Answers) -> str | None:
    """The level that the answers given so far prove by themselves, and *indeterminate* once an asked question was
    refused. None while nothing is proved."""
    if instrument.scoring in {"c_ssrs", "c_ssrs_since_last_visit"}:
        known = _as_recent(answers) if instrument.scoring == "c_ssrs_since_last_visit" else answers
        proved = _columbia_level(known)
        refused = any(value is None for value in answers.values())
        if proved == "high":
            return proved
        return INDETERMINATE if refused else (proved if proved != "none" else None)
    if instrument.scoring == "asq":
        if answers.get("5") == YES:
            return "acute"
        if any(item in answers and answers[item] is None for item in ("1", "2", "3", "4")):
            return INDETERMINATE
        return "non_acute" if any(answers.get(item) == YES for item in ("1", "2", "3", "4")) else None
    return None


def c_ssrs(answers: Answers) -> str:
    """Columbia's triage of the screener.

    High: intent (4), intent with plan (5), or any behaviour within 3 months. Moderate: method without intent (3), or
    behaviour longer ago. Low: wish to be dead (1) or thoughts (2). None: no to all that is asked. Question 2 answered
    no skips 3 to 5. (cssrs.columbia.edu, triage page; instruments reference, section 2.6)

    Returns
    -------
    str
        "high", "moderate", "low", "none", or "indeterminate" when an answer that could raise it is missing or refused.
    """
    return _screened(answers, also=("6-recent",) if answers.get("6") == YES else ())


def c_ssrs_since_last_visit(answers: Answers) -> str:
    """The same triage for the time since the last visit, where behaviour is recent behaviour and no recency is asked."""
    return _screened(_as_recent(answers))


def _screened(answers: Answers, also: tuple[str, ...] = ()) -> str:
    proved = _columbia_level(answers)
    if proved == "high":
        return proved
    required = {"2", "6", *also, *(("3", "4", "5") if answers.get("2") == YES else ("1",))}
    if "1" in answers:
        required.add("1")  # asked and refused counts as refused, whatever the others say
    return proved if all(answers.get(item) is not None for item in required) else INDETERMINATE


def _as_recent(answers: Answers) -> Answers:
    return {**answers, "6-recent": answers["6"]} if "6" in answers else answers


def _columbia_level(answers: Answers) -> str:
    if YES in (answers.get("4"), answers.get("5"), answers.get("6-recent")):
        return "high"
    if YES in (answers.get("3"), answers.get("6")):
        return "moderate"
    if YES in (answers.get("1"), answers.get("2")):
        return "low"
    return "none"


def asq(answers: Answers) -> str:
    """NIMH's Ask Suicide-Screening Questions.

    Question 5 answered yes is acute, whatever the others say. Any yes to 1 to 4 and no to 5 is a non-acute positive
    screen. A refused or missing answer is never a negative screen.
    """
    if answers.get("5") == YES:
        return "acute"
    first_four = [answers.get(item) for item in ("1", "2", "3", "4")]
    if YES in first_four:
        return "non_acute" if answers.get("5") == NO else INDETERMINATE
    return "negative" if None not in first_four else INDETERMINATE


def mdq(answers: Answers) -> str:
    """Mood Disorder Questionnaire: at least 7 of 13 yes, in the same period, with a moderate or serious problem."""
    symptoms = [answers.get(str(number)) for number in range(1, 14)]
    same_period, problem = answers.get("14"), answers.get("15")
    if symptoms.count(NO) > 13 - 7:
        return "negative"
    if None in (*symptoms, same_period, problem):
        return INDETERMINATE
    assert problem is not None
    return "positive" if symptoms.count(YES) >= 7 and same_period == YES and problem >= 2 else "negative"


_LEVELS: dict[str, Callable[[Answers], str]] = {
    "c_ssrs": c_ssrs,
    "c_ssrs_since_last_visit": c_ssrs_since_last_visit,
    "asq": asq,
    "mdq": mdq,
}
