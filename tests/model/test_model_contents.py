"""Bytes as far as they are known: ranges of them, and what a CRC-32 of a whole still says."""

from __future__ import annotations

import random
import zlib

import pytest
from zxhil.abi.sample import Sample, field_of, from_field, sample
from zxhil.model.contents import Contents, Piece

LONG = bytes(range(200))


def digest_only(data: bytes) -> Contents:
    return Contents.sampled(len(data), Sample(b"", zlib.crc32(data)))


# ---- what the trace carries


@pytest.mark.parametrize("size", [0, 1, 64])
def test_few_bytes_are_carried_whole(size):
    assert sample(LONG[:size]) == Sample(LONG[:size])
    assert sample(LONG[:size]).whole == LONG[:size]


def test_of_more_bytes_the_first_and_a_checksum_are_carried():
    assert sample(LONG[:65]) == Sample(LONG[:32], zlib.crc32(LONG[:65]))
    assert sample(LONG[:65]).whole is None


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (Sample(b""), "="),
        (Sample(b"ab"), "=6162"),
        (Sample(b"ab", 0x12), "=6162*00000012"),
        (Sample(b"", 0x12), "00000012"),
    ],
)
def test_field_comes_back_as_it_was(value, field):
    assert field_of(value) == field
    assert from_field(field) == value


@pytest.mark.parametrize("field", ["", "=6", "=zz", "=61*", "xyz"])
def test_field_that_no_recorder_writes_is_refused(field):
    with pytest.raises(ValueError, match=r"hex|int\(\)"):
        from_field(field)


def test_samples_of_the_same_bytes_agree_however_they_were_carried():
    older = Sample(b"", zlib.crc32(b"abc"))
    assert sample(b"abc").may_be(older)
    assert older.may_be(sample(b"abc"))
    assert not sample(b"abd").may_be(older)
    assert not sample(b"abc").may_be(sample(b"abd"))
    assert not Sample(b"abX", older.digest).may_be(sample(b"abc"))


# ---- ranges


def test_overlapping_writes_leave_the_later_bytes():
    memory = Contents.unknown(10).write(2, Contents.of(b"abcd")).write(4, Contents.of(b"XYZ"))
    assert memory.known() == [(2, b"abXYZ")]
    assert memory.size == 10
    assert memory.write(0, Contents.of(b"0123456789")).known() == [(0, b"0123456789")]


def test_write_past_the_end_leaves_a_gap_of_unknown_bytes():
    memory = Contents.of(b"ab").write(4, Contents.of(b"cd"))
    assert memory.size == 6
    assert memory.known() == [(0, b"ab"), (4, b"cd")]


def test_read_returns_what_is_known_of_a_range():
    memory = Contents.unknown(8).write(2, Contents.of(b"abcd"))
    assert memory.read(0, 4).known() == [(2, b"ab")]
    assert memory.read(3, 2) == Contents.of(b"bc")
    assert memory.read(6, 9) == Contents.unknown(2)


def test_part_of_bytes_known_by_their_first_ones_is_known_so_far():
    data = Contents.sampled(200, sample(LONG))
    assert data.read(0, 40).known() == [(0, LONG[:32])]
    assert data.read(30, 40).known() == [(0, LONG[30:32])]
    assert data.read(0, 40).crc() is None


def test_known_bytes_that_differ_are_named():
    expected = Contents.of(b"abcdef")
    assert expected.difference(Contents.of(b"abcdef")) is None
    assert expected.difference(Contents.of(b"abXdef")) == ("byte 2 of 6 to be 0x63", "0x58")
    holes = Contents.unknown(6).write(3, Contents.of(b"d"))
    assert holes.may_be(Contents.of(b"xxxdxx"))
    assert not holes.may_be(Contents.of(b"xxxexx"))


def test_checksums_are_compared_with_known_bytes():
    assert digest_only(b"abc").may_be(Contents.of(b"abc"))
    assert not digest_only(b"abc").may_be(Contents.of(b"abd"))
    joined = Contents.of(b"x") + digest_only(b"abc") + Contents.of(b"y")
    assert joined.may_be(digest_only(b"xabcy"))
    assert not joined.may_be(digest_only(b"xabdy"))


def test_long_bytes_that_differ_behind_the_first_ones_are_told_apart():
    changed = LONG[:150] + b"\0" + LONG[151:]
    one, other = Contents.sampled(200, sample(LONG)), Contents.sampled(200, sample(changed))
    assert one.difference(other) == ("the 200 bytes that were written", "others")


def test_rest_of_a_piece_is_known_by_its_checksum_once_its_first_part_was_read():
    rest = digest_only(b"abcdef").after(Contents.of(b"ab"))
    assert rest.size == 4
    assert rest.may_be(Contents.of(b"cdef"))
    assert not rest.may_be(Contents.of(b"cdeX"))
    assert digest_only(b"abcdef").after(Contents.unknown(2)).crc() is None


def test_sample_that_does_not_fit_its_size_says_nothing():
    assert Contents.sampled(3, Sample(b"ab")) == Contents.unknown(3)
    assert Contents.sampled(1, Sample(b"ab", 5)) == Contents.unknown(1)
    assert Contents.sampled(3, None) == Contents.unknown(3)


def test_contents_are_carried_again_as_far_as_they_are_known():
    assert Contents.of(b"abc").sample() == Sample(b"abc")
    assert Contents.of(LONG).sample() == Sample(b"", zlib.crc32(LONG))
    assert Contents.unknown(3).sample() is None


@pytest.mark.parametrize("seed", range(40))
def test_known_bytes_are_those_of_a_plain_buffer(seed):
    """Random writes and reads, some carried whole and some not, beside a bytearray."""
    rng = random.Random(seed)
    plain, memory = bytearray(LONG), Contents.sampled(200, sample(LONG))
    for _ in range(30):
        start = rng.randrange(200)
        data = bytes(rng.choice(b"ab") for _ in range(rng.randrange(1, 201 - start)))
        if rng.random() < 0.5:
            plain[start : start + len(data)] = data
            memory = memory.write(start, Contents.sampled(len(data), sample(data)))
        size = rng.randrange(201 - start)
        part = memory.read(start, size)
        assert part.size == size
        assert part.may_be(Contents.of(bytes(plain[start : start + size])))
        assert all(plain[start + at : start + at + len(d)] == d for at, d in part.known())
    assert sum(piece.size for piece in memory.pieces) == 200
    assert all(isinstance(piece, Piece) and piece.size for piece in memory.pieces)
