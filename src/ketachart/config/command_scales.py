"""``ketachart scales``: which scales there are, a scale as FHIR, a clinic's own licensed text, packs on and off."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ketachart.config.starting import add_data_argument, prepare_database, start_django
from ketachart.instruments.fhir_questionnaire import questionnaire
from ketachart.instruments.licensed_text import template
from ketachart.instruments.loader import instrument, instruments
from ketachart.instruments.model import Instrument

if TYPE_CHECKING:
    from ketachart.record.actor import Actor

SHIPPED = {
    "FULL": "with wording",
    "FULL-NC": "with wording, non-commercial pack",
    "SCORING": "key without wording",
    "NO": "numbers only",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", required=True, metavar="list | questionnaire | ...")
    listing = words.add_parser("list", help="every scale, with what is shipped of it")
    listing.add_argument("--json", action="store_true")
    asking = words.add_parser("questionnaire", help="one scale as a FHIR R4 Questionnaire")
    asking.add_argument("scale", metavar="id", help="as in the list, for example phq-9")
    blank = words.add_parser("text-template", help="a file to fill in with your own licensed text of a scale")
    blank.add_argument("scale", metavar="id", help="as in the list, for example madrs")
    loading = words.add_parser(
        "load-text", help="load your own licensed text of a scale that is shipped without wording"
    )
    loading.add_argument("file", type=Path, help="a filled-in template; it says who holds the licence")
    pack = words.add_parser("pack", help="turn a pack of scales on or off for a clinic")
    pack.add_argument("pack", metavar="name", help="non-commercial")
    pack.add_argument("state", choices=["on", "off"])
    pack.add_argument("--reason", required=True, help="why this clinic may use it, or no longer may")
    turn = words.add_parser(
        "round", help="ask, remind and escalate what is due now (for a timer; the server does it too)"
    )
    add_data_argument(turn)
    for writing in (loading, pack):
        writing.add_argument("--clinic", required=True, help="the clinic's slug")
        writing.add_argument("--by", required=True, help="the sign-in name of the clinic lead who answers for it")
        add_data_argument(writing)


def run(arguments: argparse.Namespace) -> int:
    match arguments.word:
        case "list":
            return _list(as_json=arguments.json)
        case "questionnaire" | "text-template":
            return _print(arguments)
        case "round":
            return _round(arguments)
        case _:
            return _write(arguments)


def _round(arguments: argparse.Namespace) -> int:
    start_django(arguments.data)
    prepare_database()
    from ketachart.record import clock
    from ketachart.scales.rounds import go_round

    done = go_round(clock.now())
    print(f"{done.asked} asked, {done.reminded} reminded, {done.escalated} escalated, {done.failed} failed.")
    return 1 if done.failed else 0


def _list(*, as_json: bool) -> int:
    if as_json:
        print(json.dumps([_row(one) for one in instruments().values()], indent=2, ensure_ascii=False))
        return 0
    for one in instruments().values():
        print(f"{one.id:26} {one.title:26} {one.mode:10} {len(one.item):3} items  {SHIPPED[one.verdict]}")
    return 0


def _row(one: Instrument) -> dict[str, object]:
    return {
        "id": one.id,
        "version": one.version,
        "title": one.title,
        "full_title": one.full_title,
        "construct": one.construct,
        "mode": one.mode,
        "items": len(one.item),
        "scoring": one.scoring,
        "minimum": one.minimum if one.has_total else None,
        "maximum": one.maximum if one.has_total else None,
        "shipped": SHIPPED[one.verdict],
        "loinc_panel": one.loinc_panel,
        "loinc_total": one.loinc_total,
        "notice": one.notice,
        "sources": list(one.sources),
    }


def _print(arguments: argparse.Namespace) -> int:
    found = instrument(arguments.scale)
    if found is None:
        return _refuse(f"there is no scale “{arguments.scale}”; `ketachart scales list` names them")
    if arguments.word == "questionnaire":
        print(json.dumps(questionnaire(found), indent=2, ensure_ascii=False))
        return 0
    if found.verdict != "SCORING":
        return _refuse(f"{found.title} takes no text of yours: {SHIPPED[found.verdict]}")
    print(template(found), end="")
    return 0


def _write(arguments: argparse.Namespace) -> int:
    start_django(arguments.data)
    prepare_database()
    from ketachart.record import clock
    from ketachart.record.errors import Refused
    from ketachart.scales import library_commands

    actor = _actor(arguments.clinic, arguments.by)
    if actor is None:
        return _refuse(f"“{arguments.by}” is not a sign-in of the clinic “{arguments.clinic}”")
    try:
        if arguments.word == "pack":
            on = arguments.state == "on"
            library_commands.switch_pack(actor, pack=arguments.pack, on=on, reason=arguments.reason, at=clock.now())
            print(f"The pack {arguments.pack} is {arguments.state} at {arguments.clinic}.")
        else:
            raw = arguments.file.read_text(encoding="utf-8")
            loaded = library_commands.load_text(actor, raw=raw, at=clock.now())
            print(f"{loaded.instrument_id} now has the text that {loaded.licence_holder} holds the licence for.")
    except (OSError, UnicodeDecodeError) as fault:
        return _refuse(f"{arguments.file} cannot be read: {fault}")
    except Refused as refused:
        return _refuse(str(refused))
    return 0


def _actor(slug: str, username: str) -> Actor | None:
    from ketachart.record.actor import Actor
    from ketachart.record.models import User

    user = User.objects.filter(username=username, clinic__slug=slug, is_active=True).first()
    return None if user is None else Actor.of(user)


def _refuse(problem: str) -> int:
    print(f"ketachart scales: {problem}", file=sys.stderr)
    return 2
