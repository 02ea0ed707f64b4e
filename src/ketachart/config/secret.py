"""The signing key: from the environment, or made once and kept in the data folder."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def secret_from(environment: Mapping[str, str], data: Path) -> str:
    if given := environment.get("KETACHART_SECRET"):
        return given
    path = data / "secret"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        with contextlib.suppress(PermissionError):  # another account's file: its owner decides
            path.chmod(0o600)
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
