"""Frames: however the stream is cut, and whatever breaks into it."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_samples import KERNEL_LINE, sample
from zxhil.abi.runtime import MAX_BODY
from zxhil.trace.encode import NONCE
from zxhil.trace.frame import Damage, Foreign, FrameReader, Record
from zxhil.trace.wire import REPAIR_WINDOW, encode, round_seed


def read(*pieces: bytes, nonce: int = 0):
    """As a reader of version 1 does, unless there is a nonce."""
    reader = FrameReader(nonce)
    items = [item for piece in pieces for item in reader.feed(piece)]
    return items + reader.finish()


def records(items):
    return [(item.kind, item.body) for item in items if isinstance(item, Record)]


def damage(items):
    return [item for item in items if isinstance(item, Damage)]


def foreign(items):
    return b"".join(item.text for item in items if isinstance(item, Foreign))


def crlf(*frames: bytes) -> bytes:
    return b"".join(frames).replace(b"\n", b"\r\n")


def test_frame_is_spelt_as_documented():
    text = b"00a03Babc"
    assert encode(10, "B", "abc") == b"~" + text + b"%08x\n" % zlib.crc32(text)
    assert encode(4096 + 10, "B", "abc") == encode(10, "B", "abc")


def test_records_offsets_and_foreign_text():
    first, second = encode(0, "V", "1 x64 p 1"), encode(1, "B", "0 c")
    items = read(b"boot\n" + first + b"hello\n" + second + b"bye")
    assert records(items) == [("V", "1 x64 p 1"), ("B", "0 c")]
    assert [i.offset for i in items if isinstance(i, Record)] == [5, 5 + len(first) + 6]
    assert foreign(items) == b"boot\nhello\nbye"
    assert damage(items) == []


def test_record_of_several_frames():
    parts = [encode(0, "+", "a" * MAX_BODY), encode(1, "+", "b" * MAX_BODY), encode(2, "C", "c")]
    items = read(b"".join(parts))
    assert records(items) == [("C", "a" * MAX_BODY + "b" * MAX_BODY + "c")]
    assert items[0].offset == 0


def test_empty_body_and_wrapping_sequence():
    items = read(*[encode(n, "Z", "") for n in range(4090, 4106)])
    assert len(records(items)) == 16
    assert damage(items) == []


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_stream_cut_at_every_byte(end):
    stream = sample().replace(b"\r\n", end)
    whole = records(read(stream, nonce=NONCE))
    assert len(whole) > 20
    for cut in range(len(stream)):
        items = read(stream[:cut], stream[cut:], nonce=NONCE)
        assert records(items) == whole
        assert damage(items) == []


def test_stream_byte_by_byte():
    stream = sample()
    items = read(*[stream[i : i + 1] for i in range(len(stream))], nonce=NONCE)
    assert records(items) == records(read(stream, nonce=NONCE))
    assert damage(items) == []


def test_last_frame_is_there_before_its_line_end_only_if_the_stream_ends():
    reader = FrameReader(0)
    frame = encode(0, "B", "0 c")
    assert reader.feed(frame[:-1]) == []
    assert records(reader.finish()) == [("B", "0 c")]


def test_frame_is_given_out_with_its_line_feed():
    assert records(FrameReader(0).feed(encode(0, "B", "0 c"))) == [("B", "0 c")]


@pytest.mark.parametrize("lines", [1, 3])
def test_kernel_line_at_every_position_of_a_frame_is_taken_out(lines):
    before, frame, after = encode(0, "B", "0 c"), encode(1, "C", "9 0 w w"), encode(2, "R", "0 1 2")
    stream = crlf(before, frame, after)
    start, end = len(crlf(before)), len(crlf(before, frame))
    wanted = records(read(stream))
    for position in range(start, end + 1):
        broken = stream[:position] + KERNEL_LINE * lines + stream[position:]
        items = read(broken)
        assert records(items) == wanted, position
        assert damage(items) == []
        assert KERNEL_LINE.strip() in foreign(items)


def test_kernel_line_in_a_long_record_is_taken_out():
    frames = [encode(0, "+", "a" * MAX_BODY), encode(1, "+", "b" * MAX_BODY), encode(2, "C", "c")]
    stream = crlf(*frames)
    for position in range(0, len(stream), 7):
        items = read(stream[:position] + KERNEL_LINE + stream[position:])
        assert records(items) == [("C", "a" * MAX_BODY + "b" * MAX_BODY + "c")]
        assert damage(items) == []


def test_two_pieces_in_one_frame_cannot_be_repaired():
    a, b, c = encode(0, "B", "0 c"), encode(1, "C", "9 0 w w"), encode(2, "R", "0 1 2")
    broken = b[:5] + KERNEL_LINE + b[5:12] + KERNEL_LINE + b[12:]
    items = read(a + broken + c)
    assert records(items) == [("B", "0 c"), ("R", "0 1 2")]
    assert [d.what for d in damage(items)] == ["1 frame is missing"]


def test_tilde_in_foreign_text_is_not_damage():
    a, b = encode(0, "B", "0 c"), encode(1, "C", "9 0 w w")
    items = read(a + b"~ a tilde ~12\n ~00a03Babc00000000\n" + b)
    assert records(items) == [("B", "0 c"), ("C", "9 0 w w")]
    assert damage(items) == []


def test_gap_in_the_sequence_is_damage_and_has_a_place():
    a, d = encode(0, "B", "0 c"), encode(3, "R", "0")
    items = read(a + d)
    assert damage(items) == [Damage("2 frames are missing", len(a))]


def test_record_with_a_lost_part_is_not_put_together():
    parts = [encode(0, "+", "aa"), encode(1, "+", "bb"), encode(2, "C", "cc"), encode(3, "R", "0")]
    items = read(parts[0] + parts[2] + parts[3])
    assert ("C", "aacc") not in records(items)
    assert len(damage(items)) == 1


def test_stream_that_ends_inside_a_frame_or_a_record():
    frame = encode(1, "C", "9 0 w w")
    items = read(encode(0, "B", "0 c") + frame[:9])
    assert [d.what for d in damage(items)] == ["an unreadable frame"]
    items = read(encode(0, "+", "abc"))
    assert [d.what for d in damage(items)] == ["the stream ended inside a record"]


def test_program_that_starts_again_starts_the_sequence_again():
    start = encode(0, "V", "1") + encode(1, "K", "-")
    items = read(start + encode(2, "B", "0 c") + start)
    assert damage(items) == []
    assert [kind for kind, _ in records(items)] == list("VKBVK")
    broken = encode(2, "B", "0 c")[:7]
    items = read(start + broken + start)
    assert len(damage(items)) == 1


def test_reader_memory_is_limited_by_its_window():
    reader = FrameReader()
    for _ in range(100):
        reader.feed(b"x" * 1000)
        reader.feed(b"~" + b"y" * 1000)
    assert len(reader._buffer) <= REPAIR_WINDOW + 2000


@given(st.lists(st.binary(max_size=60), max_size=30))
def test_no_bytes_make_the_reader_fail_or_lose_a_byte(pieces):
    items = read(*pieces)
    if not records(items):
        assert foreign(items) == b"".join(pieces)


@given(st.binary(max_size=300))
def test_body_with_any_bytes_under_a_good_checksum_does_not_make_the_reader_fail(body):
    text = b"000%02xX" % min(len(body), 255) + body[:255]
    items = read(b"~" + text + b"%08x\n" % zlib.crc32(text))
    assert isinstance(items, list)


@pytest.mark.parametrize("bit", range(31))
def test_frame_with_a_nonce_one_bit_away_is_not_accepted_after_damage(bit):
    ours = 0x2A61F00D
    # The number is in the first bytes, so the damaged frame has another one.
    for number in (1, 3, 5, 0x11, 0x101):
        frame = encode(number, "R", "0", ours ^ 1 << bit)
        for flipped in range(8 * 7):
            changed = bytearray(frame)
            changed[1 + flipped // 8] ^= 1 << flipped % 8
            items = read(encode(0, "K", "", ours), bytes(changed), nonce=ours)
            assert records(items) == [("K", "")]


def test_next_round_of_a_nonce_is_not_the_first_of_the_next_nonce():
    assert round_seed(5, 1) not in {round_seed(6, 0), round_seed(4, 2)}
    seeds = {round_seed(nonce, number) for nonce in range(1, 65) for number in range(16)}
    assert len(seeds) == 64 * 16
