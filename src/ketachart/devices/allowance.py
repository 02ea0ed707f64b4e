"""How much may be kept of what no registered device sent: a hostile or mistaken sender must not fill the disk."""

from __future__ import annotations

from collections import deque
from typing import Final

MESSAGES_PER_HOUR: Final = 4000
"""One unregistered one-hertz feed for an hour, with a little room: time enough to register it."""

BYTES_PER_HOUR: Final = 32_000_000
HOUR_S: Final = 3600.0
MOST_ADDRESSES: Final = 1000


class Allowance:
    """Counts by address and in all, over the last hour. What is over it is refused, never acknowledged."""

    def __init__(self) -> None:
        self._taken: dict[str, deque[tuple[float, int]]] = {}

    def take(self, address: str, size: int, now_s: float) -> bool:
        for known in list(self._taken):
            self._forget(known, now_s)
        if address not in self._taken and len(self._taken) >= MOST_ADDRESSES:
            return False
        own = self._taken.get(address, deque())
        if len(own) >= MESSAGES_PER_HOUR or self._bytes() + size > BYTES_PER_HOUR:
            return False
        own.append((now_s, size))
        self._taken[address] = own
        return True

    def _bytes(self) -> int:
        return sum(size for taken in self._taken.values() for _, size in taken)

    def _forget(self, address: str, now_s: float) -> None:
        taken = self._taken[address]
        while taken and taken[0][0] <= now_s - HOUR_S:
            taken.popleft()
        if not taken:
            del self._taken[address]
