from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_builders import put
from zxhil.errors import UserError
from zxhil.image import zbi
from zxhil.image.zbi import Item

U32 = st.integers(0, 0xFFFFFFFF)

items = st.builds(
    Item,
    type=U32.filter(lambda kind: kind != zbi.ItemType.CONTAINER),
    payload=st.binary(max_size=200),
    extra=U32,
    flags=U32.map(lambda flags: flags | zbi.FLAG_VERSION),
    reserved=st.tuples(U32, U32),
)


@given(st.lists(items, max_size=6))
def test_write_then_read_is_the_identity(made: list[Item]) -> None:
    written = zbi.write(made)
    assert list(zbi.read(written, "x")) == made
    assert zbi.write(zbi.read(written, "x")) == written
    assert len(written) % zbi.ALIGNMENT == 0


def test_layout_is_the_documented_one() -> None:
    item = Item(zbi.ItemType.CMDLINE, b"abc", 5, zbi.FLAG_VERSION | zbi.FLAG_CRC32, (6, 7))
    data = zbi.write([item])
    container = zbi.HEADER.unpack_from(data)
    assert container == (
        0x544F4F42, 40, 0x868CF7E6, 0x00010000, 0, 0, 0xB5781729, 0x4A87E8D6,
    )  # fmt: skip
    kind, length, extra, flags, one, two, magic, crc = zbi.HEADER.unpack_from(data, 32)
    assert (kind, length, extra, flags, one, two) == (0x4C444D43, 3, 5, 0x00030000, 6, 7)
    assert magic == 0xB5781729
    assert data[64:] == b"abc\0\0\0\0\0"
    # The header counts, its crc32 field as zero; the padding does not.
    assert crc == zlib.crc32(data[32:60] + b"\0\0\0\0" + b"abc")


def test_without_the_flag_the_crc_field_has_its_fixed_value() -> None:
    data = zbi.write([Item(1, b"abc")])
    assert zbi.HEADER.unpack_from(data, 32)[7] == zbi.NO_CRC32


def test_bytes_after_the_container_are_left_alone() -> None:
    made = [Item(1, b"abc")]
    assert list(zbi.read(zbi.write(made) + b"\xff" * 100, "x")) == made


def test_last_item_may_lack_its_padding() -> None:
    """Containers of before June 2018 had an unaligned length."""
    data = put(zbi.write([Item(1, b"abc")])[:-5], 4, 35)
    assert zbi.read(data, "x") == (Item(1, b"abc"),)


WHOLE = zbi.write([Item(1, b"first"), Item(zbi.ItemType.CMDLINE, b"second", flags=0x30000)])
SECOND = 32 + 32 + 8


@pytest.mark.parametrize(
    ("data", "place", "problem"),
    [
        (b"", "f: container header at offset 0x0", "0 bytes"),
        (WHOLE[:31], "f: container header at offset 0x0", "31 bytes"),
        (put(WHOLE, 0, 0), "f: container header at offset 0x0", "not a ZBI container's"),
        (put(WHOLE, 8, 0), "f: container header at offset 0x0", "not a ZBI container's"),
        (put(WHOLE, 12, 0), "f: container header at offset 0x0", "before November 2017"),
        (put(WHOLE, 24, 0), "f: container header at offset 0x0", "item magic 0x00000000"),
        (WHOLE[:-1], "f: container header at offset 0x0", "truncated: the container's length is"),
        (put(WHOLE, 4, 32 + 8 + 5), "f: item 1 at offset 0x48", "5 bytes are left"),
        (put(WHOLE, SECOND + 24, 0), "f: item 1 at offset 0x48", "item magic 0x00000000"),
        (put(WHOLE, SECOND + 4, 9), "f: item 1 at offset 0x48 (CMDL)", "truncated: the payload"),
        (put(WHOLE, SECOND + 12, 0), "f: item 1 at offset 0x48 (CMDL)", "lack the version flag"),
        (put(WHOLE, SECOND + 28, 0), "f: item 1 at offset 0x48 (CMDL)", "wrong CRC"),
        (put(WHOLE, SECOND, 0x544F4F42), "f: item 1 at offset 0x48 (BOOT)", "inside a container"),
        (put(WHOLE, 32 + 28, 0), "f: item 0 at offset 0x20 (0x00000001)", "has no CRC flag"),
    ],
)
def test_each_error_names_item_and_offset(data: bytes, place: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        zbi.read(data, "f")
    assert caught.value.place == place
    assert problem in caught.value.problem
    assert caught.value.remedy


def test_a_flipped_bit_anywhere_in_a_checked_item_is_seen() -> None:
    for offset in range(SECOND, SECOND + 32 + 6):
        broken = bytearray(WHOLE)
        broken[offset] ^= 1
        with pytest.raises(UserError):
            zbi.read(bytes(broken), "f")


def test_crc_can_be_left_unchecked() -> None:
    zbi.read(put(WHOLE, SECOND + 28, 0), "f", check_crc=False)


def test_too_long_for_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zbi, "MAX_LENGTH", 64)
    zbi.write([Item(1, b"x" * 32)])
    with pytest.raises(UserError, match="32-bit length"):
        zbi.write([Item(1, b"x" * 33)])
