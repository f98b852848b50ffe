"""Bytes read back: cut datagrams, parts of streams, control messages, long messages."""

from __future__ import annotations

import zlib

import pytest
from test_model_blame import blamed
from test_model_right_calls import OK, Scripted
from zxhil.abi.kinds import BytesPointer, Memory
from zxhil.abi.sample import Sample, sample
from zxhil.abi.status import Status

DATAGRAM, CONTROL, HAS_CONTROL = 1, 4, 2
LONG = bytes(range(200))
DATA_READ = ["socket_read/data_read"]


@pytest.fixture
def k() -> Scripted:
    return Scripted()


def write(
    k: Scripted, handle: int, data: bytes, options: int = 0, moved: int | None = None
) -> None:
    outs = {"actual": len(data) if moved is None else moved}
    k.says(OK, "socket_write", outs=outs, handle=handle, options=options, buffer=data)


def read(
    k: Scripted,
    handle: int,
    data: bytes,
    room: int,
    options: int = 0,
    carried: Sample | None = None,
) -> list[str]:
    outs = {"actual": len(data), "buffer": sample(data) if carried is None else carried}
    given = {"handle": handle, "options": options, "buffer_size": room}
    return blamed(k.answers(OK, "socket_read", outs, **given))


def changed(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("place", [0, 3])
def test_datagram_that_is_cut_has_the_first_bytes(k, place):
    a, b = k.socket_create(DATAGRAM)
    write(k, a, b"abcdefgh")
    write(k, a, b"second")
    assert read(k, b, changed(b"abcd", place), 4) == DATA_READ
    assert read(k, b, b"second", 16) == []


def test_rest_of_a_datagram_that_was_cut_is_gone(k):
    a, b = k.socket_create(DATAGRAM)
    write(k, a, b"abcdefgh")
    write(k, a, b"next")
    assert read(k, b, b"abcd", 4) == []
    assert read(k, b, b"efgh", 8) == DATA_READ


@pytest.mark.parametrize("place", [0, 2])
def test_part_of_a_write_is_judged_though_its_rest_is_never_read(k, place):
    a, b = k.socket_create()
    write(k, a, b"abcdefgh")
    assert read(k, b, changed(b"abc", place), 3) == DATA_READ


def test_rest_of_a_write_is_judged_as_well(k):
    a, b = k.socket_create()
    write(k, a, b"abcdefgh")
    assert read(k, b, b"abc", 3) == []
    assert read(k, b, changed(b"defgh", 1), 8) == DATA_READ


def test_parts_of_several_writes_are_judged_together(k):
    a, b = k.socket_create()
    for data in (b"abc", b"def", b"ghi"):
        write(k, a, data)
    assert read(k, b, b"abcd", 4) == []
    assert read(k, b, b"efgh", 4) == []
    assert read(k, b, b"X", 4) == DATA_READ


def test_write_that_moved_a_part_gives_that_part(k):
    a, b = k.socket_create()
    write(k, a, b"abcdefgh", moved=5)
    assert read(k, b, b"abcde", 5) == []
    empty = {"handle": b, "buffer_size": 5}
    k.says(Status.ZX_ERR_SHOULD_WAIT, "socket_read", **empty)


@pytest.mark.parametrize("place", [5, 150])
def test_long_writes_are_judged_by_their_first_bytes_and_their_checksum(k, place):
    a, b = k.socket_create(DATAGRAM)
    write(k, a, LONG)
    assert read(k, b, changed(LONG, place), 256) == DATA_READ


def test_first_bytes_of_a_long_datagram_that_is_cut_are_judged(k):
    a, b = k.socket_create(DATAGRAM)
    for _ in range(2):
        write(k, a, LONG)
    assert read(k, b, LONG[:100], 100) == []
    assert read(k, b, changed(LONG[:100], 7), 100) == DATA_READ


def test_control_message_is_judged(k):
    a, b = k.socket_create(HAS_CONTROL)
    write(k, a, b"abc", CONTROL)
    assert read(k, b, b"abX", 16, CONTROL) == DATA_READ


@pytest.mark.parametrize("place", [5, 150])
def test_long_message_of_a_channel_is_judged(k, place):
    a, b = k.channel_create()
    k.says(OK, "channel_write", handle=a, bytes=LONG)
    outs = {"bytes": sample(changed(LONG, place)), "actual_bytes": 200, "actual_handles": 0}
    verdict = k.answers(OK, "channel_read", outs, handle=b, num_bytes=256)
    assert blamed(verdict) == ["channel_write/delivered", "channel_read/message_read"]


# ---- traces of older versions have a checksum alone


def older(data: bytes) -> Sample:
    return Sample(b"", zlib.crc32(data))


@pytest.mark.parametrize("same", [True, False])
def test_checksum_of_an_older_trace_is_judged(k, same):
    a, b = k.channel_create()
    pointer = BytesPointer(Memory.READABLE, True, older(b"abc"))
    k.says(OK, "channel_write", handle=a, bytes=pointer, num_bytes=3)
    outs = {
        "bytes": older(b"abc" if same else b"abX"),
        "actual_bytes": 3,
        "actual_handles": 0,
        "handles": (),
    }
    verdict = k.answers(OK, "channel_read", outs, handle=b, num_bytes=16)
    assert bool(blamed(verdict)) is not same


@pytest.mark.parametrize("same", [True, False])
def test_rest_of_a_stream_of_an_older_trace_is_judged(k, same):
    a, b = k.socket_create()
    pointer = BytesPointer(Memory.READABLE, True, older(b"abcdef"))
    outs = {"actual": 6}
    k.says(OK, "socket_write", outs=outs, handle=a, buffer=pointer, buffer_size=6)
    assert read(k, b, b"ab", 2, carried=older(b"ab")) == []
    rest = b"cdef" if same else b"cdeX"
    assert read(k, b, rest, 8, carried=older(rest)) == ([] if same else DATA_READ)
