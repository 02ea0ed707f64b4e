"""Two devices chart one session, cut off from each other and from the server, in any interleaving: nothing is lost,
nothing is doubled silently, and nothing goes past the ceiling without somebody's reason."""

from datetime import datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ketachart.record.kinds import known_kinds
from ketachart.treatment import kinds
from ketachart.treatment.entries import Entry
from ketachart.treatment.guard import guard
from ketachart.treatment.single_dose import NEARLY, bolus_from, looks_charted_twice, most_at_once_mg
from ketachart.treatment.state import EMPTY, SessionState, delivered_mg, fold, fold_all

from .charting import GOOD_VITALS, PLANS, event_id, minute, opened_with, prepared
from .test_guard import Meta

KIND_OF = {content_type: name for name, content_type in known_kinds().items()}
DEVICES = ("tablet", "phone")
AMOUNTS = (10.0, 25.0, 28.0, 40.0, 100.0)
RATES = ((156.0, 60.0), (78.0, 30.0), (311.9, 119.96))


class Waiting(dict[str, Any]):
    """One entry of a device's outbox: id, content, effective time, and when it was made."""


class TwoDevices(RuleBasedStateMachine):
    """The server asks its guard for each entry as it arrives; each device shows the record it heard and its own outbox."""

    @initialize(plan=st.sampled_from(PLANS))
    def open_session(self, plan: kinds.PlannedDose) -> None:
        self.plan = plan
        chart = prepared(opened_with(plan))
        self.server: list[Entry] = list(chart.entries)
        self.state: SessionState = chart.state
        self.heard = {device: list(chart.entries) for device in DEVICES}
        self.outbox: dict[str, list[Waiting]] = {device: [] for device in DEVICES}
        self.charted: set[str] = {entry.id for entry in chart.entries}
        self.refused: set[str] = set()
        self.minutes = 20.0
        self.made = 1000

    # -- what people do ------------------------------------------------------------------------------------------

    def chart(self, device: str, content: Any, at: datetime) -> None:
        self.made += 1
        entry_id = str(event_id(self.made, minute(self.minutes)))
        self.outbox[device].append(Waiting(id=entry_id, content=content, at=at))
        self.charted.add(entry_id)

    @rule(minutes=st.sampled_from([0.5, 1.0, 3.0, 5.0, 15.0]))
    def time_passes(self, minutes: float) -> None:
        self.minutes += minutes

    @rule(
        device=st.sampled_from(DEVICES),
        dose_mg=st.sampled_from(AMOUNTS),
        number=st.sampled_from([None, 1, 2, 3]),
        ago=st.sampled_from([0.0, 0.0, 2.0, 10.0]),
        reason=st.sampled_from([None, None, None, "It was given"]),
    )
    def give_a_dose(self, device: str, dose_mg: float, number: int | None, ago: float, reason: str | None) -> None:
        content = kinds.DoseGiven(
            dose_mg=dose_mg,
            route=self.plan.route,
            part=number if self.plan.devices is None else None,
            device=number if self.plan.devices is not None else None,
            beyond_order_reason=reason,
        )
        self.chart(device, content, minute(max(self.minutes - ago, 20)))

    @rule(
        device=st.sampled_from(DEVICES), rate=st.sampled_from(RATES), step=st.sampled_from(["start", "rate", "resume"])
    )
    def run_the_pump(self, device: str, rate: tuple[float, float], step: str) -> None:
        kind = {
            "start": kinds.InfusionStarted,
            "rate": kinds.InfusionRateChanged,
            "resume": kinds.InfusionResumed,
        }[step]
        more = {"reason": "asked"} if step == "rate" else {}
        self.chart(device, kind(rate_ml_per_h=rate[0], rate_mg_per_h=rate[1], **more), minute(self.minutes))

    @rule(
        device=st.sampled_from(DEVICES),
        content=st.sampled_from(
            [
                kinds.InfusionPaused(),
                kinds.InfusionStopped(volume_given_ml=104.0),
                kinds.PumpRead(volume_given_ml=30.0),
                kinds.HoldEnded(then="spat out"),
                kinds.HoldEnded(then="swallowed"),
                kinds.VitalsCharted(**GOOD_VITALS),
                kinds.NoteWritten(text="Resting."),
                kinds.RecoveryStarted(),
            ]
        ),
    )
    def chart_something_else(self, device: str, content: Any) -> None:
        self.chart(device, content, minute(self.minutes))

    @precondition(lambda self: any(entry.kind == "treatment.dose_given" for entry in self.server))
    @rule(
        device=st.sampled_from(DEVICES),
        data=st.data(),
        dose_mg=st.sampled_from([None, *AMOUNTS]),
    )
    def correct_a_dose(self, device: str, data: st.DataObject, dose_mg: float | None) -> None:
        known = [entry for entry in self.heard[device] if entry.kind == "treatment.dose_given"]
        if not known:
            return
        target = data.draw(st.sampled_from(known))
        content = target.content
        assert isinstance(content, kinds.DoseGiven)
        replacement = None
        if dose_mg is not None:
            fields = {"dose_mg": dose_mg, "route": content.route, "part": content.part, "device": content.device}
            replacement = kinds.Replacement(
                kind="treatment.dose_given", content=fields, effective_at=target.effective_at
            )
        self.chart(
            device,
            kinds.EventCorrected(target_id=target.id, reason="misread", replacement=replacement),
            minute(self.minutes),
        )

    # -- the line ------------------------------------------------------------------------------------------------

    @rule(device=st.sampled_from(DEVICES), count=st.integers(1, 4))
    def some_of_the_outbox_arrives(self, device: str, count: int) -> None:
        arriving, self.outbox[device] = self.outbox[device][:count], self.outbox[device][count:]
        for waiting in arriving:
            self.receive(waiting, device)

    @rule(device=st.sampled_from(DEVICES))
    def the_same_batch_is_sent_again(self, device: str) -> None:
        """The answer was lost: an entry that is there already changes nothing."""
        if not self.outbox[device]:
            return
        first = self.outbox[device][0]
        self.receive(first, device)
        self.receive(first, device)
        self.outbox[device] = self.outbox[device][1:]

    def receive(self, waiting: Waiting, device: str) -> None:
        if self.state.holds(waiting["id"]):
            return
        self.refused.discard(waiting["id"])
        meta = Meta(UUID(waiting["id"]), waiting["at"], None, minute(self.minutes))
        if guard(self.state, waiting["content"], meta) is not None:
            self.refused.add(waiting["id"])  # it stays on the device, with what is wrong
            return
        entry = Entry(
            id=waiting["id"],
            kind=KIND_OF[type(waiting["content"])],
            content=waiting["content"],
            effective_at=waiting["at"],
            recorded_at=minute(self.minutes),
            number=len(self.server) + 1,
            author_name=device,
            device=device,
        )
        self.server.append(entry)
        self.state = fold(self.state, entry)

    @rule(device=st.sampled_from(DEVICES), data=st.data())
    def the_stream_catches_up_in_any_order(self, device: str, data: st.DataObject) -> None:
        missed = [entry for entry in self.server if entry not in self.heard[device]]
        self.heard[device] += data.draw(st.permutations(missed))

    # -- what must always hold -----------------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "server"):
            return
        in_outboxes = {waiting["id"] for outbox in self.outbox.values() for waiting in outbox}
        assert self.charted == {entry.id for entry in self.server} | in_outboxes | self.refused
        assert len({entry.id for entry in self.server}) == len(self.server)
        assert self.state.length == len(self.server)

    @invariant()
    def every_order_of_arrival_gives_the_same_record(self) -> None:
        if not hasattr(self, "server"):
            return
        shown = picture(self.state, self.minutes)
        assert picture(fold_all(reversed(self.server)), self.minutes) == shown
        for heard in self.heard.values():
            rest = [entry for entry in self.server if entry not in heard]
            assert picture(fold_all([*heard, *rest]), self.minutes) == shown

    @invariant()
    def a_correction_never_removes(self) -> None:
        if not hasattr(self, "server"):
            return
        struck = {one.entry.id for one in self.state.struck}
        standing = {entry.id for entry in self.state.standing}
        for entry in self.server:
            if not isinstance(entry.content, kinds.EventCorrected):
                assert (entry.id in struck) != (entry.id in standing)
            else:
                assert self.state.find(entry.content.target_id) is not None

    @invariant()
    def nothing_goes_past_the_order_or_comes_too_soon_without_a_reason_or_a_question(self) -> None:
        if not hasattr(self, "server"):
            return
        state = self.state
        asked = {entry_id for conflict in state.conflicts for entry_id in conflict.entry_ids}
        free = [one for one in state.dose.boluses if one.beyond_order_reason is None and one.entry_id not in asked]
        most_mg = most_at_once_mg(self.plan)
        if most_mg is not None and len(free) == len(state.dose.boluses):
            assert sum(one.dose_mg for one in free) <= most_mg * (1 + NEARLY)
        apart = timedelta(minutes=self.plan.minimum_interval_minutes or 0)
        assert all(abs(one.at - other.at) >= apart for one, other in combinations(free, 2))

    @invariant()
    def the_guard_leaves_no_other_question_than_what_was_charted_twice_corrected_or_given_all_the_same(self) -> None:
        if not hasattr(self, "server"):
            return
        doses = [
            bolus_from(entry.content, entry.effective_at, entry.id)
            for entry in self.server
            if isinstance(entry.content, kinds.DoseGiven)
        ]
        if self.state.struck or any(looks_charted_twice(one, other) for one, other in combinations(doses, 2)):
            return
        if any(one.beyond_order_reason for one in doses):
            return  # charted late with its reason, it makes a question of a dose that fitted the order when it was given
        assert not {"more was given than the order allows", "sooner after another dose than the order allows"} & {
            conflict.meaning for conflict in self.state.conflicts
        }
        if self.plan.ceiling_mg_per_kg is not None:
            assert sum(one.dose_mg for one in doses) <= self.plan.ceiling_mg_per_kg * 80.0 * (1 + NEARLY)


def picture(state: SessionState, minutes: float) -> dict[str, Any]:
    """What a screen would show, without the numbering."""
    return {
        "phase": state.phase,
        "standing": [(entry.id, entry.kind, entry.effective_at) for entry in state.standing],
        "struck": [(one.entry.id, [c.id for c in one.corrections]) for one in state.struck],
        "boluses": state.dose.boluses,
        "steps": state.dose.steps,
        "conflicts": state.conflicts,
        "delivered": delivered_mg(state, minute(minutes)),
        "readings": state.readings,
    }


TwoDevices.TestCase.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)
TestTwoDevices = TwoDevices.TestCase


def test_an_empty_record_is_the_same_for_everybody() -> None:
    assert picture(fold_all([]), 0) == picture(EMPTY, 0)
