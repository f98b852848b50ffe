"""The age of an image: the options its userboot understands."""

from __future__ import annotations

from pathlib import Path

import pytest
from image_builders import (
    MIDDLE,
    NEXT,
    OLD,
    TODAY,
    X64,
    X64_SHIM,
    complete_zbi,
    fails,
    kernel,
    kernel_zbi,
    make_folder,
)
from zxhil.image import zbi
from zxhil.image.compress import Compression
from zxhil.image.find import load
from zxhil.image.zbi import Item, ItemType, packed


@pytest.mark.parametrize(
    ("strings", "compression", "dialect", "sure", "shutdown"),
    [
        (OLD, "lz4", "userboot=", True, True),
        (MIDDLE, "lz4", "userboot=", True, True),
        (NEXT, "zstd", "userboot.next=", True, True),
        (TODAY, "zstd", "userboot.next=", True, False),
        (b"", "lz4", "userboot=", False, False),
    ],
)
def test_age_by_the_kernels_strings(
    tmp_path: Path, strings: bytes, compression: str, dialect: str, sure: bool, shutdown: bool
) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(X64, strings), "multiboot.bin": X64_SHIM})
    userboot = load(tmp_path / "a.zbi").userboot
    assert (userboot.compression, userboot.dialect) == (compression, dialect)
    assert (userboot.sure, userboot.shutdown) == (sure, shutdown)
    assert userboot.test_next == (strings == TODAY)
    assert userboot.why


@pytest.mark.parametrize("own", Compression)
def test_the_users_own_bootfs_decides_the_compression(tmp_path: Path, own: Compression) -> None:
    data = complete_zbi(X64, OLD, own)
    make_folder(tmp_path, {"a.zbi": data, "multiboot.bin": X64_SHIM})
    assert load(tmp_path / "a.zbi").userboot.compression is own


def test_strings_of_a_compressed_kernel_are_read(tmp_path: Path) -> None:
    stored = packed(ItemType.STORAGE_KERNEL, b"\0" * 9000 + TODAY, Compression.ZSTD)
    data = zbi.write([kernel(X64, b""), stored])
    make_folder(tmp_path, {"a.zbi": data, "multiboot.bin": X64_SHIM})
    userboot = load(tmp_path / "a.zbi").userboot
    assert (userboot.dialect, userboot.sure, userboot.test_next) == ("userboot.next=", True, True)
    broken = zbi.write([kernel(X64, b""), Item(stored.type, b"junk", 9, stored.flags)])
    make_folder(tmp_path, {"a.zbi": broken})
    fails(tmp_path / "a.zbi", "a.zbi: item KSTR at offset 0x", "flagged compressed")


def test_the_test_option_alone_gives_the_dialect(tmp_path: Path) -> None:
    data = kernel_zbi(X64, b"\0userboot.test.next\0")
    make_folder(tmp_path, {"a.zbi": data, "multiboot.bin": X64_SHIM})
    userboot = load(tmp_path / "a.zbi").userboot
    assert (userboot.dialect, userboot.sure) == ("userboot.next=", True)


@pytest.mark.parametrize("strings", [b"", b"\0userboot.shutdown\0"])
def test_kernel_proper_without_strings(tmp_path: Path, strings: bytes) -> None:
    data = zbi.write([kernel(X64, strings), Item(ItemType.STORAGE_KERNEL, b"?", 1)])
    make_folder(tmp_path, {"a.zbi": data, "multiboot.bin": X64_SHIM})
    userboot = load(tmp_path / "a.zbi").userboot
    assert (userboot.dialect, userboot.sure) == ("userboot.next=", False)
    assert userboot.compression is Compression.ZSTD
