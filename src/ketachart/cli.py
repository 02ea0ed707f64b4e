"""``ketachart``: one command for the server, the record's upkeep and the pharmacology."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from ketachart import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    # word: (module with add_arguments(parser) and run(arguments) -> exit code, one line of help)
    "demo": ("ketachart.demo.command_demo", "a demo clinic with virtual patients, in the browser"),
    "serve": ("ketachart.config.command_serve", "run the clinic's server"),
    "migrate": ("ketachart.config.command_migrate", "create or update the database"),
    "clinic": ("ketachart.config.command_clinic", "open a clinic, add someone who signs in"),
    "devices": ("ketachart.config.command_devices", "listen to monitors and pumps, list them, simulate them"),
    "verify": ("ketachart.config.command_verify", "check that nothing charted is altered, missing or reordered"),
    "checkpoint": ("ketachart.config.command_checkpoint", "chain all heads now, to keep a copy elsewhere"),
    "backup": ("ketachart.config.command_backup", "copy the database while it is in use, then verify the copy"),
    "simulate": ("ketachart.pharmacology.command_simulate", "concentrations of ketamine after any doses"),
    "models": ("ketachart.pharmacology.command_models", "the pharmacokinetic models and what each may be used for"),
    "validate": ("ketachart.pharmacology.command_validate", "compare predictions with published studies"),
    "scales": ("ketachart.config.command_scales", "the rating scales, as FHIR too; a clinic's own licensed texts"),
    "knowledge": ("ketachart.knowledge.command_knowledge", "check the clinical rules and texts and their sources"),
}


REWORDED: tuple[tuple[str, str], ...] = (
    # argparse's words, and ours: what is wrong, and what to write instead
    (r"argument (\S+): invalid float value: (.*)", r"\1 \2 is not a number; write e.g. \1 70"),
    (r"argument (\S+): invalid int value: (.*)", r"\1 \2 is not a whole number; write e.g. \1 5"),
    (r"argument (\S+): invalid choice: (.*) \(choose from (.*)\)", r"\1 \2 is not known; choose \3"),
    (r"argument (\S+): expected one argument", r"\1 needs a value after it"),
    (r"argument (\S+): not allowed with argument (\S+)", r"\1 and \2 contradict each other; give one of them"),
    (r"argument (\S+): ignored explicit argument (.*)", r"\1 takes no value, and was given \2"),
    (r"argument (\S+): (.*)", r"\1: \2"),
    (r"the following arguments are required: (.*)", r"missing: \1"),
    (r"unrecognized arguments: (.*)", r"there is no option or word \1"),
)


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with the words in one line, with exit code 2. Parsers of subcommands are of this kind too."""

    def error(self, message: str) -> NoReturn:
        for argparse_says, ours in REWORDED:
            message = re.sub(f"^{argparse_says}$", ours, message, flags=re.DOTALL)
        line = " ".join(message.split())
        self.exit(2, f"{self.prog}: {line} (see {self.prog} --help)\n")


def build_parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; only the module of the word that was typed is imported, so that every command starts fast."""
    parser = OneLineParser(prog="ketachart", description=__doc__)
    parser.add_argument("--version", action="version", version=f"ketachart {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    typed = next((word for word in words if not word.startswith("-")), None)
    for word, (module_name, help_text) in COMMANDS.items():
        command = commands.add_parser(word, help=help_text, description=help_text)
        if word == typed:
            module = import_module(module_name)
            module.add_arguments(command)
            run: Callable[[argparse.Namespace], int] = module.run
            command.set_defaults(run=run, refuse=command.error)
    return parser


def main(words: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if words is None else words
    arguments, unknown = build_parser(words).parse_known_args(words)
    if unknown:
        arguments.refuse(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
