"""zx_channel_call beside a thread that replies: which message is the reply, and where it goes."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from overlapping import Script
from zxhil.abi.sample import Sample, sample
from zxhil.abi.status import Status
from zxhil.oracle.results import CaseResult

SHOULD_WAIT = Status.ZX_ERR_SHOULD_WAIT
TIMED_OUT = Status.ZX_ERR_TIMED_OUT
TOO_SMALL = Status.ZX_ERR_BUFFER_TOO_SMALL
TXID = b"\1\0\0\x80"
OTHER = b"\2\0\0\x80"


def blamed(result: CaseResult) -> list[str]:
    return [divergence.blamed[0] for divergence in result.divergences]


class Call:
    """Thread 1 is in a call through one end of a channel, thread 0 has the other end."""

    def __init__(self, *, is_read: bool = True, room: tuple[int, int] = (16, 2)) -> None:
        self.k = Script("channel_call/reply")
        self.own, self.other = self.k.channel()
        args = (b"    ping", [], ..., ..., 8, 0, *room)
        self.k.c(1, "channel_call", handle=self.own, args=args, deadline=1 << 60)
        if is_read:
            self.read(self.other, TXID + b"ping")

    def read(self, end: int, data: bytes | None) -> None:
        """Thread 0 reads a message without handles; None: there is none."""
        if data is None:
            self.k.does(0, "channel_read", SHOULD_WAIT, handle=end, num_bytes=64)
            return
        outs = {"bytes": sample(data), "handles": (), "actual_bytes": len(data)}
        outs["actual_handles"] = 0
        self.k.does(0, "channel_read", outs=outs, handle=end, num_bytes=64)

    def writes(self, data: bytes, handles: int = 0) -> list[int]:
        """Thread 0 writes a message back, with so many events."""
        sent = [self.k.event() for _ in range(handles)]
        self.k.does(0, "channel_write", handle=self.other, bytes=data, handles=sent)
        return sent

    def gets(self, data: bytes, handles: tuple[int, ...] = ()) -> CaseResult:
        """The call returns with this reply."""
        self.returns(data, handles)
        return self.k.result()

    def returns(self, data: bytes, handles: tuple[int, ...] = ()) -> None:
        outs: dict[str, Any] = {"args": (Sample(data), handles), "actual_bytes": len(data)}
        self.k.r(1, actual_handles=len(handles), **outs)

    def fails(self, status: int) -> CaseResult:
        self.k.r(1, status)
        return self.k.result()


@pytest.mark.parametrize("is_read", [True, False])
def test_message_with_the_id_is_the_reply(is_read: bool) -> None:
    """Of a message that nobody read, the model does not know the id."""
    call = Call(is_read=is_read)
    call.writes(TXID + b"pong")
    result = call.gets(TXID + b"pong")
    assert blamed(result) == []
    assert "channel_call/reply" in result.reached


@pytest.mark.parametrize(
    ("got", "handles"), [(TXID + b"pang", ()), (TXID + b"pon", ()), (TXID + b"pong", (0x5001,))]
)
def test_other_content_than_that_of_the_reply_diverges(
    got: bytes, handles: tuple[int, ...]
) -> None:
    call = Call()
    call.writes(TXID + b"pong")
    result = call.gets(got, handles)
    assert blamed(result)[0].startswith(("channel_call/reply", "channel_write/"))
    assert "expected 8 bytes and 0 handles, got" in result.divergences[0].text


@pytest.mark.parametrize("written", [b"\1\0\0\0pong", b"abc", b""])
def test_message_without_an_id_of_the_kernels_is_no_reply(written: bytes) -> None:
    call = Call()
    call.writes(written)
    assert blamed(call.gets(written)) == ["channel_call/timed_out"]
    call = Call()
    call.writes(written)
    assert blamed(call.fails(TIMED_OUT)) == []


def test_message_with_an_id_that_no_call_wrote_may_be_the_reply_to_another() -> None:
    for status in (TIMED_OUT, None):
        call = Call(is_read=False)
        call.writes(OTHER + b"pong")
        result = call.gets(OTHER + b"pong") if status is None else call.fails(status)
        assert blamed(result) == []


def test_reply_is_taken_from_the_channel() -> None:
    call = Call()
    call.writes(TXID + b"pong")
    call.returns(TXID + b"pong")
    call.read(call.own, None)
    assert blamed(call.k.result()) == []
    call.read(call.own, TXID + b"pong")
    assert blamed(call.k.result()) != []


def test_message_that_was_before_the_reply_stays() -> None:
    call = Call()
    call.writes(b"\1\0\0\0stay")
    call.writes(TXID + b"pong")
    call.returns(TXID + b"pong")
    call.read(call.own, b"\1\0\0\0stay")
    call.read(call.own, None)
    assert blamed(call.k.result()) == []


def test_either_of_two_messages_may_be_the_reply() -> None:
    """They are the same: which one was taken is open, and one is left."""
    for left in (OTHER + b"pong", None):
        call = Call(is_read=False)
        for _ in range(2):
            call.writes(OTHER + b"pong")
        call.returns(OTHER + b"pong")
        call.read(call.own, left)
        assert blamed(call.k.result()) == []


def test_certain_reply_goes_before_one_that_may_be() -> None:
    call = Call()
    call.writes(OTHER + b"pong")
    call.writes(TXID + b"pong")
    call.returns(TXID + b"pong")
    call.read(call.own, OTHER + b"pong")
    call.read(call.own, None)
    assert blamed(call.k.result()) == []


# ---- room


@pytest.mark.parametrize(
    ("room", "handles", "small"),
    [((8, 1), 1, False), ((7, 1), 1, True), ((8, 0), 1, True), ((8, 0), 0, False)],
)
def test_room_is_too_small_only_for_a_larger_reply(
    room: tuple[int, int], handles: int, small: bool
) -> None:
    call = Call(room=room)
    call.writes(TXID + b"pong", handles)
    assert (blamed(call.fails(TOO_SMALL)) == []) is small


def test_room_may_be_too_small_for_a_message_that_may_be_the_reply() -> None:
    for is_large in (True, False):
        call = Call(is_read=False, room=(4, 0))
        call.writes(OTHER + b"pong" * is_large)
        result = call.fails(TOO_SMALL)
        assert (blamed(result) == []) is is_large
    call = Call(is_read=False, room=(4, 0))
    call.writes(OTHER + b"pong")
    assert blamed(call.fails(TIMED_OUT)) == []


def test_reply_that_is_too_large_is_discarded() -> None:
    call = Call(room=(4, 0))
    call.writes(TXID + b"pong")
    call.k.r(1, TOO_SMALL)
    call.read(call.own, None)
    assert blamed(call.k.result()) == []
    call = Call(room=(4, 0))
    call.writes(TXID + b"pong")
    call.k.r(1, TOO_SMALL)
    call.read(call.own, TXID + b"pong")
    assert blamed(call.k.result()) == ["channel_call/discarded"]


def test_either_of_two_messages_may_have_been_too_large() -> None:
    for left in (1, 2):
        call = Call(is_read=False, room=(4, 0))
        for _ in range(2):
            call.writes(OTHER + b"pong")
        call.k.r(1, TOO_SMALL)
        for _ in range(left):
            call.read(call.own, OTHER + b"pong")
        assert blamed(call.k.result()) == []


# ---- handles


def basic_info(type_: int) -> bytes:
    """A zx_info_handle_basic_t of an object that can be waited for."""
    return struct.pack("<QIIQI4x", 1234567, 0xD003, type_, 0, 1)


def test_handle_of_the_reply_is_that_of_the_message() -> None:
    for handle_type, right in ((5, True), (4, False)):
        call = Call()
        call.writes(TXID + b"pong", handles=1)
        got = call.k.new()
        call.returns(TXID + b"pong", (got,))
        outs = {"buffer": basic_info(handle_type), "actual": 1, "avail": 1}
        call.k.does(0, "object_get_info", outs=outs, handle=got, topic=2, buffer_size=32)
        assert (blamed(call.k.result()) == []) is right
