from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ketachart.record.actor import Actor
from ketachart.record.commands import open_stream
from ketachart.record.identity import new_id
from ketachart.record.live import guards
from ketachart.record.models import Stream
from tests.record import probe


@pytest.fixture(autouse=True)
def probe_rules() -> Iterator[None]:
    """Sessions and the stream kind “probe” follow the probe’s rules while a test of the record runs."""
    before = dict(guards._rules)
    probe.register("session")
    probe.register("probe")
    yield
    guards._rules.clear()
    guards._rules.update(before)


@pytest.fixture
def nurse(actor: Callable[..., Actor]) -> Actor:
    return actor("nurse")


@pytest.fixture
def stream(nurse: Actor) -> Stream:
    return open_stream(nurse, kind="probe", patient_id=new_id())
