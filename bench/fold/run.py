"""The fold of a 5,000-event session: everything a gate asks of it, worked out from its entries, and after one more event.

    python bench/fold/run.py [--events 5000] [--json]

Limit in the same run: decoding the same frames from JSON with the standard library, and with msgspec.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from tests.treatment import charting

from ketachart.treatment.entries import Entry, entry_from_frame
from ketachart.treatment.state import EMPTY, SessionState, fold, fold_all

AIM_MS = 5.0


def frames(count: int) -> list[dict[str, Any]]:
    """Two hours of entries: mostly readings, some scores and notes, a rate change now and then, a few corrections."""
    opened = charting.opened()
    made: list[dict[str, Any]] = []

    def add(seconds: float, kind: str, content: Any) -> str:
        at = charting.OPENED_AT + timedelta(seconds=seconds)
        event_id = str(charting.event_id(len(made) + 1, at))
        made.append(
            {
                "id": event_id,
                "kind": f"treatment.{kind}",
                "content": msgspec.to_builtins(content),
                "effective_at": at.isoformat(timespec="milliseconds"),
                "recorded_at": at.isoformat(timespec="milliseconds"),
                "number": len(made) + 1,
                "author": str(charting.event_id(1)),
                "author_name": "Kim Osei",
                "device": "tablet-3",
                "source": "monitor" if kind == "vitals_charted" else "person",
            }
        )
        return event_id

    add(0, "session_opened", opened)
    add(60, "infusion_started", {"rate_ml_per_h": 156.0, "rate_mg_per_h": 60.0})
    step = 7000 / count
    for place in range(2, count):
        at = 60 + place * step
        if place % 125 == 0:
            content = {"rate_ml_per_h": 150.0 + place % 7, "rate_mg_per_h": 57.0 + place % 7, "reason": "comfort"}
            add(at, "infusion_rate_changed", content)
        elif place % 10 == 0:
            add(at, "sedation_scored", {"scale": "MOAA/S", "value": 4 + place % 2})
        elif place % 17 == 0:
            add(at, "note_written", {"text": f"Note {place}"})
        elif place % 501 == 0:
            add(at, "event_corrected", {"target_id": made[-2]["id"], "reason": "typing slip", "replacement": None})
        else:
            vitals = {
                "systolic_mmhg": 118 + place % 20,
                "diastolic_mmhg": 76,
                "heart_rate_per_min": 70,
                "spo2_percent": 97,
            }
            add(at, "vitals_charted", vitals)
    return made


def work_out(state: SessionState) -> None:
    """What the gates, the due list and the picture ask for."""
    state.standing, state.readings, state.dose, state.phase_changes, state.conflicts, state.struck  # noqa: B018


def milliseconds(work: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def measure(count: int) -> dict[str, float]:
    made = frames(count)
    texts = [json.dumps(frame) for frame in made]
    entries: list[Entry] = [entry_from_frame(frame) for frame in made]
    before = [fold_all(entries[:-1]) for _ in range(9)]
    for state in before:
        work_out(state)
    waiting = iter(before)

    def one_more() -> None:
        work_out(fold(next(waiting), entries[-1]))

    decoder = msgspec.json.Decoder()
    return {
        "events": count,
        "whole_ms": milliseconds(lambda: work_out(fold_all(entries)), 15),
        "one_more_ms": milliseconds(one_more, len(before)),
        "from_frames_ms": milliseconds(lambda: work_out(fold_all(made, EMPTY)), 7),
        "json_loads_ms": milliseconds(lambda: [json.loads(text) for text in texts], 7),
        "msgspec_ms": milliseconds(lambda: [decoder.decode(text) for text in texts], 7),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.events)
    if arguments.json:
        print(json.dumps(found))
        return 0
    print(f"{found['events']} events")
    print(f"fold and everything asked of it    {found['whole_ms']:7.2f} ms (aim {AIM_MS} ms)")
    print(f"the same from the stored frames    {found['from_frames_ms']:7.2f} ms")
    print(f"one more event, everything asked   {found['one_more_ms']:7.3f} ms")
    print(
        f"limit: json.loads of the frames    {found['json_loads_ms']:7.2f} ms: ratio {found['whole_ms'] / found['json_loads_ms']:.2f}"
    )
    print(
        f"limit: msgspec of the frames       {found['msgspec_ms']:7.2f} ms: ratio {found['whole_ms'] / found['msgspec_ms']:.2f}"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
