"""Sentences for the parts of an entry that are written for a program: tests, limits, overrides, monitoring lines."""

from typing import Any

from ketachart.knowledge.library.words import label_of, name_of, value_text

ROLE_WORDS = {
    "prescriber": "a prescriber",
    "nurse": "a nurse",
    "pharmacist": "a pharmacist",
    "therapist": "a therapist",
    "clinic_lead": "the clinic lead",
}
ANCHORS = {
    "phase_started": "the start of that phase",
    "session_opened": "the opening of the session",
    "infusion_started": "the start of the infusion",
    "infusion_stopped": "the end of the infusion",
    "first_dose": "the first dose",
}


def override_text(override: Any) -> str:
    """Who may set a finding of this rule aside, and what they have to give."""
    if not isinstance(override, dict):
        return "Nobody may set it aside."
    roles = " or ".join(ROLE_WORDS.get(role, role) for role in override.get("roles", ["prescriber"]))
    text = f"{roles[:1].upper()}{roles[1:]} may set it aside, with a name and a reason"
    if override.get("second_signature"):
        text += " and a second signature"
    return f"{text}, also when data are missing." if override.get("covers_missing") else f"{text}."


def requirement_text(test: Any) -> str:
    """What a screening rule looks at and what has to hold."""
    if not isinstance(test, dict):
        return str(test)
    known = {
        "answers": _answers,
        "numbers": _numbers,
        "choice": _choice,
        "medicines": _medicines,
        "limits": _limits,
        "symptoms": _symptoms,
    }
    describe = known.get(str(test.get("kind", test.get("type", ""))))
    fresh = f" No older than {test['no_older_than_days']} days." if test.get("no_older_than_days") else ""
    return (describe(test) if describe else facts_text(test)) + fresh


def _answers(test: dict[str, Any]) -> str:
    must = "yes" if test.get("must_be") else "no"
    return f"Answered with {must}: {'; '.join(name_of(one) for one in test.get('facts', ()))}."


def _numbers(test: dict[str, Any]) -> str:
    return "; ".join(_bounds(one) for one in test.get("limits", ())) + "."


def _bounds(limit: dict[str, Any]) -> str:
    name, (_, unit) = name_of(str(limit.get("fact", ""))), label_of(str(limit.get("fact", "")))
    low, high = limit.get("at_least"), limit.get("at_most")
    if low is not None and high is not None:
        return f"{name}: {low:g} to {value_text(high, unit)}"
    if low is not None:
        return f"{name}: {value_text(low, unit)} or more"
    return f"{name}: {value_text(high, unit)} or less" if high is not None else f"{name}: known"


BOUNDS = {"above": "above", "below": "under", "at_least": "at or above", "at_most": "at or under"}


def _limits(test: dict[str, Any]) -> str:
    """ "Systolic above 180 mmHg, or diastolic above 110 mmHg; 2 readings in a row" """
    said = []
    for one in test.get("any", ()):
        measure = str(one.get("measure", ""))
        label, unit = label_of(measure)
        bounds = [f"{words} {value_text(one[name], unit)}" for name, words in BOUNDS.items() if name in one]
        rest = {name: value for name, value in one.items() if name not in BOUNDS and name != "measure"}
        said.append(f"{label} {' and '.join(bounds)}" + (f" ({facts_text(rest)})" if rest else ""))
    rest = {name: value for name, value in test.items() if name not in ("kind", "any")}
    return ", or ".join(said) + (f"; {facts_text(rest)}" if rest else "")


def _symptoms(test: dict[str, Any]) -> str:
    said = [" ".join(str(one[name]) for name in ("name", "severity") if name in one) for one in test.get("any", ())]
    return f"Charted: {', or '.join(said)}"


def _choice(test: dict[str, Any]) -> str:
    met = ", ".join(test.get("met", ()))
    against = ", ".join(test.get("not_met", ()))
    return f"{name_of(str(test.get('fact', '')))}: {met}. Not: {against}."


def _medicines(test: dict[str, Any]) -> str:
    return f"Not taken: {', '.join(name_of(one) for one in test.get('classes', ()))}. A name that is not recognised counts as missing."


def facts_text(table: dict[str, Any]) -> str:
    """A small table in one line: "Systolic 140 mmHg; diastolic 90 mmHg"."""
    said = []
    for name, value in table.items():
        label, unit = label_of(name)
        if isinstance(value, dict):
            said.append(f"{label}: {facts_text(value)}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            said += [f"{label}: {facts_text(one)}" for one in value]
        else:
            said.append(f"{label} {value_text(value, unit)}")
    return "; ".join(said)


def monitoring_text(line: dict[str, Any]) -> str:
    """ "Vitals while dosing: every 10 min, counted from the start of the infusion"."""
    item = label_of(str(line.get("item", "")))[0]
    anchor = ANCHORS.get(str(line.get("anchor", "phase_started")), str(line.get("anchor")))
    when = ""
    if line.get("every_minutes") is not None:
        when = f"every {line['every_minutes']:g} min, counted from {anchor}"
    elif line.get("at_minutes") is not None:
        minutes = [f"{one:g}" for one in line["at_minutes"]]
        when = f"at {anchor}" if minutes == ["0"] else f"{', '.join(minutes)} min after {anchor}"
    return f"{item}, {line.get('phase', 'always')}: {when}" if when else f"{item}, {line.get('phase', 'always')}"


def scale_item(item: dict[str, Any]) -> str:
    """ "3. Trouble falling or staying asleep". A scale whose words are licensed has its numbers only."""
    text = str(item.get("text") or item.get("label") or "").strip()
    return f"{item.get('id')}. {text}" if text else f"{item.get('id')}."


def answers_text(options: dict[str, Any]) -> str:
    """ "0 Not at all; 1 Several days"."""
    choices = [f"{one.get('value')} {one.get('text', '')}".strip() for one in options.get("options", ())]
    if choices:
        return "; ".join(choices)
    reach = options.get("range")
    return facts_text(reach) if isinstance(reach, dict) else ""
