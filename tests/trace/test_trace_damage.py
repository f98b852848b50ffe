"""Damage never becomes a verdict."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_samples import KERNEL_LINE, judged, sample, verdicts
from zxhil.oracle.results import CaseEndKind
from zxhil.trace.events import ProgramStart
from zxhil.trace.frame import Damage
from zxhil.trace.records import TraceReader
from zxhil.trace.wire import encode

CLEAN = sample()
WANTED = verdicts(CLEAN)
FRAMES = [m.span() for m in re.finditer(rb"~[^~]*\n", CLEAN)]


def assert_no_new_verdict(stream: bytes) -> None:
    """Each case says what it said of the clean trace, or that it was lost."""
    for name, (end, divergences) in verdicts(stream).items():
        assert name in WANTED
        wanted_end, wanted = WANTED[name]
        assert set(divergences) <= set(wanted)
        if end in (CaseEndKind.PASSED, CaseEndKind.FAILED, CaseEndKind.VACUOUS):
            assert (end, divergences) == (wanted_end, wanted)
        else:
            assert end in (CaseEndKind.LOST, CaseEndKind.CRASHED)


def test_clean_trace():
    assert {name: end for name, (end, _) in WANTED.items()} == {
        "message": CaseEndKind.PASSED,
        "broken": CaseEndKind.FAILED,
        "job": CaseEndKind.PASSED,
    }
    assert judged(CLEAN)[1].damage == []


@pytest.mark.parametrize("frame", range(len(FRAMES)))
def test_lost_frame(frame):
    start, end = FRAMES[frame]
    stream = CLEAN[:start] + CLEAN[end:]
    assert_no_new_verdict(stream)
    results, oracle = judged(stream)
    lost = [r for r in results.values() if r.end is CaseEndKind.LOST]
    whole = len(results) == 3 and not lost
    # Only a lost end of the program leaves every case as it was.
    assert oracle.damage or lost or frame == len(FRAMES) - 1
    assert not whole or oracle.damage or not oracle.finished


@pytest.mark.parametrize("count", [2, 3, 5, 9])
def test_lost_run_of_frames(count):
    for first in range(len(FRAMES) - count):
        stream = CLEAN[: FRAMES[first][0]] + CLEAN[FRAMES[first + count - 1][1] :]
        assert_no_new_verdict(stream)


@pytest.mark.parametrize("frame", [i for i, (s, _) in enumerate(FRAMES) if CLEAN[s + 6] in b"DHV"])
def test_damaged_start_lets_no_case_be_judged(frame):
    """A table or a bootstrap handle that is lost would make other verdicts of good calls."""
    start, end = FRAMES[frame]
    results = judged(CLEAN[:start] + CLEAN[end:])[0]
    assert all(r.end is CaseEndKind.LOST for r in results.values())


def test_flipped_bits_everywhere():
    for place in range(0, len(CLEAN), 3):
        flipped = bytes([CLEAN[place] ^ (1 << place % 8)])
        assert_no_new_verdict(CLEAN[:place] + flipped + CLEAN[place + 1 :])


def test_seeded_damage():
    dice = random.Random(2018)
    for _ in range(300):
        stream = bytearray(CLEAN)
        for _ in range(dice.randrange(1, 6)):
            place = dice.randrange(len(stream))
            match dice.randrange(4):
                case 0:
                    stream[place] = dice.randrange(256)
                case 1:
                    del stream[place : place + dice.randrange(1, 400)]
                case 2:
                    stream[place:place] = KERNEL_LINE
                case 3:
                    stream[place:place] = bytes(stream[place : place + dice.randrange(1, 300)])
        assert_no_new_verdict(bytes(stream))


@given(st.data())
def test_any_damage(data):
    stream = CLEAN
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(stream)))
        end = data.draw(st.integers(start, min(len(stream), start + 300)))
        stream = stream[:start] + data.draw(st.binary(max_size=40)) + stream[end:]
    assert_no_new_verdict(stream)


@given(st.data())
def test_two_kernel_lines_anywhere(data):
    """Far enough apart they are taken out; in one frame they cost the case, and no more."""
    stream = CLEAN
    for _ in range(2):
        place = data.draw(st.integers(0, len(stream)))
        stream = stream[:place] + KERNEL_LINE + stream[place:]
    assert_no_new_verdict(stream)


def test_truncated_trace_gives_complete_records_only():
    for end in range(0, len(CLEAN), 11):
        assert_no_new_verdict(CLEAN[:end])


def test_other_version_is_refused_once():
    lines = CLEAN.split(b"\r\n")
    stream = encode(0, "V", "5 x64 simulated 3 abc", 0xABC) + b"\n".join(lines[1:])
    results, oracle = judged(stream)
    assert results == {}
    assert oracle.damage[0] == "trace version 5; this zxhil reads 1 to 4, at byte 0 of the stream"


def test_trace_without_its_version_is_not_read():
    results, oracle = judged(CLEAN[FRAMES[0][1] :])
    assert results == {}
    assert len(oracle.damage) == 1


def test_call_table_of_a_program_without_its_version_line_is_not_used():
    second = sample(nonce=7)[FRAMES[0][1] - 3 :]
    unfinished = CLEAN[: FRAMES[12][1]]
    results, oracle = judged(unfinished + second)
    assert "job" not in results
    assert oracle.damage or any(r.end is CaseEndKind.LOST for r in results.values())


def test_tilde_after_the_end_is_not_damage():
    results, oracle = judged(CLEAN + b"~ shutting down ~12")
    assert len(results) == 3
    assert oracle.damage == []


def test_record_that_does_not_decode_is_damage():
    start = encode(0, "V", "1 x64 p 1") + encode(1, "D", "handle_close")
    for kind, body in (("C", "7 1"), ("C", "0"), ("C", "0 zz"), ("R", "0"), ("Q", ""), ("B", "0")):
        reader = TraceReader()
        events = reader.feed(start + encode(2, kind, body))
        assert isinstance(events[0], ProgramStart)
        assert isinstance(events[-1], Damage), (kind, body)


def test_scalar_with_too_many_bits_is_damage():
    reader = TraceReader()
    start = encode(0, "V", "1 x64 p 1") + encode(1, "D", "handle_close")
    events = reader.feed(start + encode(2, "C", "0 1ffffffff"))
    assert isinstance(events[-1], Damage)


def test_second_program_in_one_stream():
    results, oracle = judged(CLEAN + CLEAN)
    assert len(results) == 3
    assert oracle.damage == []
    assert oracle.finished


def test_the_log_of_a_boot_that_was_saved_names_no_program():
    reader = TraceReader(0)
    assert reader.feed(encode(0, "W", "")) + reader.finish() == []


DUMP = (
    b"[00000.047] 01045.01048> 0x000040831e897050: 3331307e 2d523330 37643131 66663238 "
    b"|~01303R-11d782ff|\r\n"
)


def _with_a_crash(row: bytes) -> bytes:
    """The clean trace, cut off inside its last case, and the dump of a crash after that."""
    last = max(start for start, _ in FRAMES if CLEAN[start + 6 : start + 7] == b"E")
    return CLEAN[:last] + KERNEL_LINE + row + KERNEL_LINE


def _damage(stream: bytes, piece: int) -> list[str]:
    reader = TraceReader()
    events = [
        e for at in range(0, len(stream), piece) for e in reader.feed(stream[at : at + piece])
    ]
    return [e.what for e in (*events, *reader.finish()) if isinstance(e, Damage)]


@pytest.mark.parametrize("piece", [1, 7, 60, 1 << 20])
def test_frame_in_a_dump_of_memory_is_no_damage(piece):
    assert _damage(_with_a_crash(DUMP), piece) == []


@pytest.mark.parametrize(
    "row",
    [
        b"~01303R-11d782ff\r\n",
        DUMP.replace(b"|\r\n", b"\r\n"),
        DUMP.replace(b"|~0", b"|~0123456789"),
        DUMP.replace(b"3331307e ", b""),
    ],
    ids=["a line of its own", "no bar after it", "longer", "three words"],
)
def test_frame_outside_of_a_row_of_a_dump_is_damage(row):
    assert _damage(_with_a_crash(row), 1 << 20)
