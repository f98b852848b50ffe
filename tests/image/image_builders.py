"""Made-up images for the tests: nothing here is or was a Zircon kernel."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from zxhil.errors import UserError
from zxhil.image import bootfs, zbi
from zxhil.image.compress import ZSTD_MAGIC, Compression
from zxhil.image.find import Image, load
from zxhil.image.zbi import Item, ItemType, packed

OLD = b"\0userboot\0userboot.shutdown\0bad lz4 version for bootfs\0"
MIDDLE = b"\0userboot\0userboot.shutdown\0uncompressed BOOTFS not supported\0"
NEXT = b"\0userboot.next\0userboot.shutdown\0"
TODAY = b"\0userboot.next\0userboot.test.next\0"

MULTIBOOT = struct.pack("<3I", 0x1BADB002, 0x10002, -(0x1BADB002 + 0x10002) & 0xFFFFFFFF)
X64_SHIM = b"\x7fELF" + b"\0" * 60 + MULTIBOOT + b"\0" * 200
ARM64_SHIM = b"\0" * 0x38 + b"ARM\x64" + b"\0" * 200
LINUX_X86_SHIM = b"\0" * 0x1FE + b"\x55\xaa" + b"\0\0" + b"HdrS" + b"\0" * 200

X64, ARM64 = ItemType.KERNEL_X64, ItemType.KERNEL_ARM64


def kernel(kind: int = X64, strings: bytes = OLD) -> Item:
    return Item(kind, b"\x90" * 1000 + strings + b"\x90" * 99)


def kernel_zbi(kind: int = X64, strings: bytes = OLD) -> bytes:
    return zbi.write([kernel(kind, strings)])


def complete_zbi(
    kind: int = X64, strings: bytes = OLD, compression: Compression = Compression.LZ4
) -> bytes:
    files = {"bin/devmgr": b"devmgr" * 900, "lib/ld.so.1": b"ld"}
    return zbi.write(
        [
            kernel(kind, strings),
            Item(ItemType.CMDLINE, b"a=1 userboot=bin/devmgr kernel.serial=none\0"),
            packed(ItemType.STORAGE_BOOTFS, bootfs.write(files), compression),
            Item(0x12345678, b"untouched", 7, zbi.FLAG_VERSION | zbi.FLAG_CRC32, (1, 2)),
        ]
    )


def make_folder(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def manifest(*entries: dict[str, object]) -> bytes:
    return json.dumps(list(entries)).encode()


def zstd_bomb(blocks: int) -> bytes:
    """A frame without a content size, of 4-byte RLE blocks that give 128 KiB each."""
    size = 128 << 10
    frame = [ZSTD_MAGIC, b"\x00", b"\x38"]
    for number in range(blocks):
        last = number == blocks - 1
        frame += [(size << 3 | 1 << 1 | last).to_bytes(3, "little"), b"\0"]
    return b"".join(frame)


def put(data: bytes, offset: int, *words: int) -> bytes:
    """Overwrite 32-bit words in `data` at `offset`."""
    patch = struct.pack(f"<{len(words)}I", *words)
    return data[:offset] + patch + data[offset + len(patch) :]


def fails(path: Path, *texts: str, **options: object) -> UserError:
    with pytest.raises(UserError) as caught:
        load(path, **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert all(text in message for text in texts), message
    assert caught.value.remedy
    return caught.value


def types(image: Image) -> list[int]:
    return [item.type for item in zbi.read(image.zbi, "x")]
