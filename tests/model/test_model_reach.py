"""What a call can touch: None is anything, where handles or objects are not known."""

from __future__ import annotations

import pytest
from model_make import channel, event
from zxhil.abi.kinds import HandlesPointer, Memory
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.kernel import Kernel
from zxhil.model.pages import load_or_none_yet
from zxhil.model.reach import Touched, apart, touched

WROTE = Outcome(0, {})


def touches(k: Kernel, name: str, outcome: Outcome | None = WROTE, **given: object) -> Touched:
    return touched(k.state, load_or_none_yet(name), k.make(name, **given), outcome)


@pytest.mark.parametrize(
    ("name", "given", "nothing"),
    [
        ("thread_exit", {}, True),
        ("ticks_get", {}, True),
        ("nanosleep", {"deadline": 1}, True),
        ("object_signal", {"handle": 0}, False),
        ("vmar_map_old", {"handle": 0x77}, False),
    ],
)
def test_call_without_handles_touches_nothing_unless_it_changes_the_model(
    name: str, given: dict[str, int], nothing: bool
) -> None:
    assert touches(Kernel(), name, **given) == (frozenset() if nothing else None)


@pytest.mark.parametrize(
    ("outcome", "anything"),
    [
        (Outcome(0, {"handles": (), "actual_handles": 0}), False),
        (Outcome(0, {"handles": (0x55,), "actual_handles": 1}), False),
        (Outcome(0, {"actual_handles": 0}), True),
        (Outcome(int(Status.ZX_ERR_SHOULD_WAIT), {}), False),
        (None, False),
    ],
)
def test_handles_that_were_not_recorded_may_be_any(outcome: Outcome | None, anything: bool) -> None:
    k = Kernel()
    found = touches(k, "channel_read", outcome, handle=channel(k))
    assert (found is None) is anything
    assert found is None or outcome is None or not outcome.outs or len(found) > 2


def test_one_place_for_two_outputs_hides_one() -> None:
    k = Kernel()
    assert touches(k, "channel_create", Outcome(0, {"out0": 5, "out1": 6})) is not None
    assert touches(k, "channel_create", Outcome(0, {"out0": 5, "out1": 5})) is None


def test_handles_past_the_wires_limit_may_be_any() -> None:
    k = Kernel()
    given = {"handle": channel(k), "num_handles": 2}
    for complete in (True, False):
        sent = HandlesPointer(Memory.READABLE, True, (event(k),), complete)
        found = touches(k, "channel_write", **given, handles=sent)
        assert (found is None) is not complete


def test_handle_of_an_unknown_object_may_be_to_any() -> None:
    k = Kernel()
    handle = event(k)
    entry = k.state.entry(handle)
    assert entry is not None
    assert touches(k, "object_signal", handle=handle) is not None
    k.state.unbound.append(entry)
    assert touches(k, "object_signal", handle=handle) is None


def test_handle_that_names_no_object_touches_its_value() -> None:
    assert touches(Kernel(), "handle_close", handle=0x77) == {(0, 0x77)}


def test_object_that_hangs_together_with_many_touches_anything() -> None:
    k = Kernel()
    one, _ = k.channel_create()
    k.channel_write(one, b"", [event(k)])
    assert touches(k, "channel_write", handle=one) is not None
    for _ in range(100):
        k.channel_write(one, b"", [event(k)])
    assert touches(k, "channel_write", handle=one) is None


def test_what_may_be_the_object_is_touched() -> None:
    """A fact with several possible values leads to each."""
    k = Kernel()
    one, other = event(k), event(k)
    entries = k.state.entry(one), k.state.entry(other)
    assert entries[0] is not None and entries[1] is not None
    sent, received = k.channel_create()
    k.channel_write(sent, b"", [one])
    object_ = k.state.object(received)
    assert object_ is not None
    (message,) = object_.queue  # type: ignore[attr-defined]
    (transit,) = message.transits
    lost = id(entries[0].object.value)
    found = touches(k, "channel_write", handle=sent)
    assert found is not None
    assert lost in found
    assert id(entries[1].object.value) not in found
    transit.object.options = (transit.object.value, entries[1].object.value)
    transit.object.value = None
    found = touches(k, "channel_write", handle=sent)
    assert found is not None
    assert {lost, id(entries[1].object.value)} <= found


@pytest.mark.parametrize(
    ("one", "other", "are_apart"),
    [
        ({1}, {2}, True),
        ({1, 2}, {2}, False),
        (None, {1}, False),
        (None, None, False),
        (None, set(), True),
        (set(), set(), True),
        (set(), {1}, True),
    ],
)
def test_calls_are_apart_that_share_nothing(
    one: set[int] | None, other: set[int] | None, are_apart: bool
) -> None:
    found = [None if each is None else frozenset(each) for each in (one, other)]
    assert apart(found[0], found[1]) is apart(found[1], found[0]) is are_apart
