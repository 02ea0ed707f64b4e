"""What a command answers when it will not do what it was asked."""

from __future__ import annotations

import re

import msgspec


class Refused(Exception):
    """Something was refused: what is wrong, where, and what would be right."""

    def __init__(self, problem: str, *, field: str | None = None, fix: str | None = None, status: int = 422) -> None:
        super().__init__(problem)
        self.problem = problem
        self.field = field
        self.fix = fix
        self.status = status

    def __str__(self) -> str:
        return f"{self.problem} {self.fix}" if self.fix else self.problem

    def as_json(self) -> dict[str, str | None]:
        return {"field": self.field, "problem": self.problem, "fix": self.fix}


class NotAllowed(Refused):
    """The person has no permission for this."""

    def __init__(self, permission: str) -> None:
        super().__init__(
            f"Your role may not do this ({permission}).",
            fix="Ask a colleague whose role may, or the clinic lead to change your role.",
            status=403,
        )


_PATH = re.compile(r" - at `\$\.?(?P<path>.*)`$")


def refused_from(error: msgspec.ValidationError | msgspec.DecodeError | RecursionError) -> Refused:
    """Turn msgspec's message into a Refused that names the field."""
    if isinstance(error, RecursionError):
        return Refused("The JSON is nested too deeply.", fix="Send the value in the stated form.", status=400)
    text = str(error)
    found = _PATH.search(text)
    missing = re.search(r"missing required field `([^`]+)`", text)
    unknown = re.search(r"contains unknown field `([^`]+)`", text)
    named = missing or unknown
    path = found["path"] if found else ""
    if named:
        path = f"{path}.{named[1]}" if path else named[1]
    message = text[: found.start()] if found else text
    return Refused(f"{message}.", field=path or None, fix="Send the value in the stated form.", status=400)
