"""zx_channel_call on the model: what is due at once, what was written, which message replies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from model_make import NEVER, channel, event, without
from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import Memory
from zxhil.abi.rights import Rights
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.kernel import Kernel
from zxhil.model.messages import same_but_txid
from zxhil.model.pages import find_clause, load
from zxhil.model.verdict import Verdict

TIMED_OUT, TOO_SMALL = int(Status.ZX_ERR_TIMED_OUT), int(Status.ZX_ERR_BUFFER_TOO_SMALL)
TXID = b"\1\0\0\x80"


def call(
    k: Kernel, handle: int, sent: Any = b"    ping", handles: Any = (), **more: Any
) -> AnyCall:
    """A call with room for a reply of 16 bytes and 2 handles."""
    size = more.pop("size", len(sent or b"    "))
    args = (sent, list(handles), ..., ..., size, len(handles), 16, 2)
    return k.make("channel_call", handle=handle, **{"args": args, **more})


def gone(k: Kernel) -> int:
    one, other = k.channel_create()
    k.handle_close(other)
    return one


def itself(k: Kernel) -> AnyCall:
    handle = channel(k)
    return call(k, handle, handles=[handle])


HOLDS: dict[str, Callable[[Kernel], AnyCall]] = {
    "bad_handle_handle": lambda k: call(k, NEVER),
    "bad_handle_entry": lambda k: call(k, channel(k), handles=[NEVER]),
    "bad_handle_repeated": lambda k: call(k, channel(k), handles=[event(k)] * 2),
    "wrong_type": lambda k: call(k, event(k)),
    "invalid_args_pointer": lambda k: call(k, channel(k), Memory.INVALID, size=8),
    "invalid_args_null": lambda k: call(k, channel(k), actual_bytes=None),
    "invalid_args_short": lambda k: call(k, channel(k), b"abc"),
    "invalid_args_options": lambda k: call(k, channel(k), options=1),
    "access_denied_write": lambda k: call(k, without(k, channel(k), Rights.WRITE)),
    "access_denied_transfer": lambda k: call(
        k, channel(k), handles=[without(k, event(k), Rights.TRANSFER)]
    ),
    "peer_closed": lambda k: call(k, gone(k)),
    "out_of_range_bytes": lambda k: call(k, channel(k), bytes(65537)),
    "out_of_range_handles": lambda k: call(k, channel(k), handles=[event(k) for _ in range(65)]),
    "not_supported": itself,
    "timed_out": lambda k: call(k, channel(k)),
}


@pytest.mark.parametrize("name", HOLDS)
def test_condition_demands_its_error(name: str) -> None:
    k = Kernel()
    made, found = HOLDS[name](k), find_clause(f"channel_call/{name}")
    assert found is not None
    assert found in k.allowed(made).holds
    with load("channel_call").without(found):
        assert found not in k.allowed(made).holds
    k = Kernel()
    holds = {clause.id for clause in k.allowed(call(k, channel(k), handles=[event(k)])).holds}
    assert holds == {"channel_call/timed_out"}


def reads(k: Kernel, handle: int, data: bytes) -> Verdict:
    outs = {"bytes": Sample(data), "handles": (), "actual_bytes": len(data), "actual_handles": 0}
    return k.observe(k.make("channel_read", handle=handle, num_bytes=64), Outcome(0, outs))


def blamed(verdict: Verdict) -> list[str]:
    return [clause.id for clause in verdict.blamed]


@pytest.mark.parametrize(
    ("seen", "right"),
    [
        (TXID + b"ping", True),
        (TXID + b"pong", False),
        (b"    ping", False),
        (b"\xff\xff\xff\x7fping", False),
        (TXID + b"pin", False),
    ],
)
def test_message_arrives_with_an_id_of_the_kernels(seen: bytes, right: bool) -> None:
    k = Kernel()
    one, other = k.channel_create()
    assert k.perform(call(k, one)).status is Status.ZX_ERR_TIMED_OUT
    verdict = reads(k, other, seen)
    assert bool(verdict.blamed) != right
    assert right or "channel_call/written" in blamed(verdict)


def test_message_that_was_not_written_is_blamed_on_the_call() -> None:
    k = Kernel()
    one, other = k.channel_create()
    k.perform(call(k, one))
    empty = Outcome(int(Status.ZX_ERR_SHOULD_WAIT), {})
    assert blamed(k.observe(k.make("channel_read", handle=other), empty)) == [
        "channel_call/written"
    ]


@pytest.mark.parametrize("status", [TIMED_OUT, int(Status.ZX_ERR_INVALID_ARGS)])
def test_handles_are_gone_whatever_comes(status: int) -> None:
    k = Kernel()
    sent = event(k)
    options = 0 if status == TIMED_OUT else 1
    k.observe(call(k, channel(k), handles=[sent], options=options), Outcome(status, {}))
    verdict = k.observe(k.make("handle_close", handle=sent), Outcome(0, {}))
    assert blamed(verdict) == ["channel_call/consumed"]


def test_long_messages_are_the_same_but_for_the_id() -> None:
    written = Sample(b"    " + b"x" * 28, 1)
    assert same_but_txid(100, written, Sample(TXID + b"x" * 28, 2))
    assert not same_but_txid(100, written, Sample(TXID + b"y" * 28, 2))
    assert not same_but_txid(100, written, Sample(b"\0\0\0\1" + b"x" * 28, 2))


def test_reply_before_any_was_written_is_refused() -> None:
    k = Kernel()
    one, _ = k.channel_create()
    outs = {"args": (Sample(TXID + b"pong"), ()), "actual_bytes": 8, "actual_handles": 0}
    assert blamed(k.observe(call(k, one), Outcome(0, outs))) == ["channel_call/timed_out"]
