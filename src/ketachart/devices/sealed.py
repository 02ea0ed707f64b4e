"""Is the sealed telemetry whole? Every packet against the hash in its device's chain, and every hash against its packet."""

from __future__ import annotations

from dataclasses import dataclass, field

from ketachart.devices.kinds import PacketSealed
from ketachart.devices.models import Packet
from ketachart.devices.packing import hash_of
from ketachart.record.models import Event


@dataclass
class SealedReport:
    packets: int = 0
    problems: list[str] = field(default_factory=list)


def check_sealed() -> SealedReport:
    report = SealedReport()
    sealed: dict[str, PacketSealed] = {}
    for event in Event.objects.filter(kind="devices.packet_sealed").iterator():
        content = event.content
        assert isinstance(content, PacketSealed)
        sealed[content.packet_id] = content
    for packet in Packet.objects.order_by("id").iterator(chunk_size=50):
        report.packets += 1
        said = sealed.pop(str(packet.id), None)
        if said is None:
            report.problems.append(f"packet {packet.id}: no device's chain names it")
        elif hash_of(packet) != said.sha256 or packet.messages != said.messages:
            report.problems.append(f"packet {packet.id}: not what was sealed")
    report.problems += [f"packet {packet_id}: sealed, and not there" for packet_id in sorted(sealed)]
    return report
