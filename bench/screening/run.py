"""The whole rule set of screening for synthetic people, one core, beside decoding the same people's records from JSON.

    python bench/screening/run.py [--people 10000] [--rounds 3] [--json]

Every round judges every person once: the facts from their history, every screening rule in force for intravenous ketamine in
treatment-resistant depression, and the label's definition of failed antidepressants. The limit is what a page must do in any
case: decode the same history from its stored JSON into typed sections. Rounds are interleaved; ratios are within a round.
The people are drawn so that every verdict occurs: answers yes, no, not known and not asked; medicines known and unknown.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from ketachart.intake import kinds, rules  # noqa: E402
from ketachart.intake.facts import Person, Recorded  # noqa: E402
from ketachart.knowledge import loader  # noqa: E402

AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
INTENDED = kinds.Intended(product="ketamine-injection", route="IV", indication="TRD")
FIRST = {"version": 1, "follows": None}


def invented_person(chance: random.Random) -> tuple[Person, list[kinds.Section]]:
    items = [one for one in loader.data_items().values() if one.section == "conditions"]
    answers = {}
    for item in items:
        said = chance.choices(["no", "yes", "not known", ""], [90, 4, 3, 3])[0]
        if said:
            answers[item.id] = said if not item.choices or said == "not known" else chance.choice(item.choices)
    names = loader.medicine_table().known_names
    taken = tuple(kinds.Medicine(ingredient=chance.choice(names)) for _ in range(chance.randrange(6)))
    if chance.random() < 0.1:
        taken = (*taken, kinds.Medicine(ingredient="a name that nobody knows"))
    tried = tuple(
        kinds.Treatment(
            name=chance.choice(("sertraline", "venlafaxine", "bupropion", "Lexapro", "Xyzzyx")), kind="medicine",
            weeks=float(chance.randrange(2, 14)), outcome=chance.choice(("no benefit", "good benefit", "not known")),
            adequate=chance.choice(("adequate", "not adequate", "cannot be known")),
        )
        for _ in range(chance.randrange(5))
    )  # fmt: skip
    stated = ("none", "listed")
    sections: list[kinds.Section] = [
        kinds.Conditions(**FIRST, answers=answers),
        kinds.Medicines(**FIRST, stated=stated[bool(taken)], medicines=taken),
        kinds.Allergies(**FIRST, stated="none", reaction_to_ketamine=chance.choice(("yes", "no", None))),
        kinds.Treatments(**FIRST, stated=stated[bool(tried)], treatments=tried),
        kinds.Pregnancy(**FIRST, status="test negative", tested_on=date(2026, 11, 20), breastfeeding="no"),
        kinds.Measurements(
            **FIRST, measured_at=AT - timedelta(hours=2), systolic_mmhg=float(chance.randrange(95, 190)),
            diastolic_mmhg=float(chance.randrange(55, 94)), heart_rate_per_min=float(chance.randrange(45, 125)),
            spo2_percent=float(chance.randrange(90, 101)), respiratory_rate_per_min=14.0, weight_kg=80.0, height_cm=175.0,
        ),
        kinds.Results(**FIRST, results=(kinds.ResultEntry(test="result_ecg", judged="not needed", note="healthy"),)),
    ]  # fmt: skip
    return Person(
        birth_date=date(1940 + chance.randrange(72), 3, 1), sex_at_birth=chance.choice(("female", "male"))
    ), sections


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    chance = random.Random(20261122)
    people = [invented_person(chance) for _ in range(arguments.people)]
    stored = [[(type(one), msgspec.json.encode(one)) for one in sections] for _, sections in people]
    every, table = loader.screening_rules(), loader.medicine_table()
    judge_ms, decode_ms, ratios, verdicts = [], [], [], {"met": 0, "not met": 0, "missing": 0}
    for number in range(arguments.rounds):
        begun = time.perf_counter()
        for texts in stored:
            for kind, text in texts:
                msgspec.json.decode(text, type=kind)
        decoded = time.perf_counter()
        for person, sections in people:
            history = {str(place): Recorded(content=one, at=AT) for place, one in enumerate(sections)}
            findings = rules.screen(every, history, person, INTENDED, medicines=table, at=AT, site={})
            if number == 0:
                for finding in findings:
                    verdicts[finding.verdict] += 1
        done = time.perf_counter()
        judge_ms.append((done - decoded) * 1000 / len(people))
        decode_ms.append((decoded - begun) * 1000 / len(people))
        ratios.append(judge_ms[-1] / decode_ms[-1])
    found = {
        "people": len(people), "rounds": arguments.rounds, "findings_per_person": sum(verdicts.values()) / len(people),
        "verdicts": verdicts, "judge_ms_per_person": statistics.median(judge_ms),
        "decode_ms_per_person": statistics.median(decode_ms), "ratio": statistics.median(ratios),
        "python": platform.python_version(), "machine": platform.machine(),
    }  # fmt: skip
    if arguments.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    for name, value in found.items():
        sys.stdout.write(f"{name}: {value:.3f}\n" if isinstance(value, float) else f"{name}: {value}\n")


if __name__ == "__main__":
    main()
