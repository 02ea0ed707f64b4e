"""What may stand in a log: where something failed and what kind of failure, never what was in it."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WithoutContents(logging.Formatter):
    """An exception's own text may hold what someone typed or what a row holds: only its kind and its place are written."""

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802
        kind, error, place = ei
        lines = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(place)]
        causes = []
        while error is not None:
            causes.append(type(error).__qualname__)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join([*lines, f"  {' from '.join(causes) if causes else kind}"])
