from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_builders import put
from zxhil.errors import UserError
from zxhil.image import bootfs, compress
from zxhil.image.compress import Compression

parts = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=8)
names = st.lists(parts.filter(lambda part: part not in (".", "..")), min_size=1, max_size=4)
trees = st.dictionaries(names.map("/".join), st.binary(max_size=9000), max_size=6)


@given(trees)
def test_write_then_read_is_the_identity(files: dict[str, bytes]) -> None:
    assert bootfs.read(bootfs.write(files), "x") == files


@given(trees, st.sampled_from(Compression))
def test_identity_in_each_compression(files: dict[str, bytes], kind: Compression) -> None:
    whole = bootfs.write(files)
    packed = compress.compress(whole, kind)
    if kind is not Compression.PLAIN:
        assert compress.kind_of(packed) is kind
        packed = compress.decompress(packed, len(whole), "x")
    assert bootfs.read(packed, "x") == files


def test_layout_is_the_documented_one() -> None:
    data = bootfs.write({"bin/b": b"B" * 4097, "a": b"A"})
    assert struct.unpack_from("<4I", data) == (0xA56D3FF9, 16 + 20, 0, 0)
    assert data[16:32] == struct.pack("<3I", 2, 1, 4096) + b"a\0\0\0"
    assert data[32:52] == struct.pack("<3I", 6, 4097, 8192) + b"bin/b\0\0\0"
    assert data[4096:8192] == b"A" + b"\0" * 4095
    assert data[8192:] == b"B" * 4097 + b"\0" * 4095


WHOLE = bootfs.write({"a": b"A" * 5000, "b": b"B"})
FIRST, SECOND = 16, 32


def with_name(raw: bytes) -> bytes:
    entry = struct.pack("<3I", len(raw), 1, 4096) + raw + b"\0" * (-len(raw) % 4)
    return (struct.pack("<4I", bootfs.MAGIC, len(entry), 0, 0) + entry).ljust(8192, b"\0")


@pytest.mark.parametrize(
    ("data", "place", "problem"),
    [
        (b"\0" * 15, "f: BOOTFS header at offset 0x0", "truncated: 15 bytes"),
        (put(WHOLE, 0, 1), "f: BOOTFS header at offset 0x0", "magic 0x00000001"),
        (WHOLE[:40], "f: BOOTFS header at offset 0x0", "truncated: the directory has 32"),
        (put(WHOLE, 4, 36), "f: BOOTFS entry 2 at offset 0x30", "4 bytes of directory are left"),
        (put(WHOLE, SECOND, 1), "f: BOOTFS entry 1 at offset 0x20", "length of 1 bytes"),
        (put(WHOLE, SECOND, 5), "f: BOOTFS entry 1 at offset 0x20", "length of 5 bytes"),
        (with_name(b"x" * 256 + b"\0"), "f: BOOTFS entry 0 at offset 0x10", "length of 257 bytes"),
        (put(WHOLE, FIRST + 12, 0x6161), "f: BOOTFS entry 0 at offset 0x10", "only NUL"),
        (with_name(b"a\0b\0"), "f: BOOTFS entry 0 at offset 0x10", "only NUL"),
        (with_name(b"a\xff\0"), "f: BOOTFS entry 0 at offset 0x10", "not UTF-8"),
        (with_name(b"../a\0"), "f: BOOTFS entry 0 at offset 0x10", "escapes with '..'"),
        (with_name(b"a/../b\0"), "f: BOOTFS entry 0 at offset 0x10", "escapes with '..'"),
        (with_name(b"/a\0"), "f: BOOTFS entry 0 at offset 0x10", "is absolute"),
        (with_name(b"a//b\0"), "f: BOOTFS entry 0 at offset 0x10", "empty part"),
        (with_name(b"./a\0"), "f: BOOTFS entry 0 at offset 0x10", "empty part or '.'"),
        (put(WHOLE, SECOND + 8, 12289), "f: BOOTFS entry 1 at offset 0x20 (b)", "not page-aligned"),
        (put(WHOLE, SECOND + 8, 16384), "f: BOOTFS entry 1 at offset 0x20 (b)", "outside the"),
        (put(WHOLE, SECOND + 4, 4097), "f: BOOTFS entry 1 at offset 0x20 (b)", "outside the"),
        (put(WHOLE, SECOND + 4, 0xFFFFFFFF), "f: BOOTFS entry 1 at offset 0x20 (b)", "outside"),
        (put(WHOLE, SECOND + 8, 8192), "f: BOOTFS entry 1 at offset 0x20 (b)", "the data of 'a'"),
        (put(WHOLE, SECOND + 8, 0), "f: BOOTFS entry 1 at offset 0x20 (b)", "the directory"),
        (put(WHOLE, SECOND + 12, 0x61), "f: BOOTFS entry 1 at offset 0x20 (a)", "given twice"),
    ],
)
def test_each_error_names_entry_and_offset(data: bytes, place: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        bootfs.read(data, "f")
    assert caught.value.place == place
    assert problem in caught.value.problem
    assert caught.value.remedy


@pytest.mark.parametrize(
    "name", ["", "/a", "../a", "a/..", "a/", "a//b", ".", "a\0b", "x" * 256, "\ud800"]
)
def test_names_that_cannot_be_written(name: str) -> None:
    with pytest.raises(UserError, match="BOOTFS to be written"):
        bootfs.write({name: b""})


def test_the_longest_name() -> None:
    files = {"x" * 255: b"1"}
    assert bootfs.read(bootfs.write(files), "f") == files
