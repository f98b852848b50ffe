"""ZBI containers: a 32-byte container header, then items, each padded to 8 bytes.

Facts from ``zircon/boot/image.h`` and, for trees before June 2018, from ``zircon/boot/bootdata.h``:
the "bootdata" container of that time has the same magics, header and flags under other names.
All fields are little-endian 32-bit words: type, length, extra, flags, two reserved, magic, crc32.
"""

from __future__ import annotations

import enum
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from zxhil.errors import UserError
from zxhil.image import compress
from zxhil.image.compress import Compression

CONTAINER_MAGIC = 0x868CF7E6
ITEM_MAGIC = 0xB5781729
NO_CRC32 = 0x4A87E8D6

FLAG_STORAGE_COMPRESSED = 0x0000_0001
FLAG_VERSION = 0x0001_0000
FLAG_CRC32 = 0x0002_0000

HEADER = struct.Struct("<8I")
ALIGNMENT = 8
MAX_LENGTH = 0xFFFF_FFFF & -ALIGNMENT

_PADDING = b"\0" * ALIGNMENT
_CRC_FIELD = 28


class ItemType(enum.IntEnum):
    """The item types that zxhil uses; others pass through as plain numbers."""

    CONTAINER = 0x544F4F42
    KERNEL_X64 = 0x4C4E524B
    """``KRNL``. Until May 2018 arm64 kernels had this type too."""
    KERNEL_ARM64 = 0x384E524B
    """``KRN8``."""
    KERNEL_RISCV64 = 0x564E524B
    """``KRNV``, a kernel that zxhil cannot boot."""
    STORAGE_KERNEL = 0x5254534B
    """``KSTR``, the kernel proper of today's trees; the kernel item is then its loader."""
    STORAGE_BOOTFS = 0x42534642
    """``BFSB``."""
    BOOTFS_SYSTEM = 0x53534642
    """``BFSS``, bootdata's second BOOTFS, gone since June 2018."""
    STORAGE_RAMDISK = 0x4B534452
    """``RDSK``."""
    STORAGE_BOOTFS_FACTORY = 0x46534642
    """``BFSF``."""
    CMDLINE = 0x4C444D43
    """``CMDL``, a NUL-terminated string of words."""
    MDI = 0x3149444D
    """``MDI1``, what the machine has; until spring 2018, arm64."""
    DISCARD = 0x50494B53
    """``SKIP``."""


KERNEL_TYPES = frozenset({ItemType.KERNEL_X64, ItemType.KERNEL_ARM64, ItemType.KERNEL_RISCV64})
STORAGE_TYPES = frozenset(
    {
        ItemType.STORAGE_KERNEL,
        ItemType.STORAGE_BOOTFS,
        ItemType.BOOTFS_SYSTEM,
        ItemType.STORAGE_RAMDISK,
        ItemType.STORAGE_BOOTFS_FACTORY,
    }
)
"""Types whose `extra` is the size after decompression."""

_REMEDY = "give a complete image: rebuild it or copy it again"


def type_name(number: int) -> str:
    """Name an item type: its four letters where they can be printed, else the number."""
    letters = number.to_bytes(4, "little")
    if all(0x20 < letter < 0x7F for letter in letters):
        return letters.decode("ascii")
    return f"{number:#010x}"


@dataclass(frozen=True, slots=True)
class Item:
    """One boot item. `payload` is without padding; `extra` and low flag bits depend on `type`.

    The CRC is not kept: it is checked on reading and computed on writing, where `flags` asks
    for one.
    """

    type: int
    payload: bytes
    extra: int = 0
    flags: int = FLAG_VERSION
    reserved: tuple[int, int] = (0, 0)
    offset: int = field(default=0, compare=False)
    """Where its header was read, in bytes from the container's start; 0 for a made item."""

    @property
    def place(self) -> str:
        """The item in words, for errors."""
        return f"item {type_name(self.type)} at offset {self.offset:#x}"

    @property
    def compressed(self) -> bool:
        """Whether this is a storage item with a compressed payload."""
        return self.type in STORAGE_TYPES and bool(self.flags & FLAG_STORAGE_COMPRESSED)


def looks_like_zbi(data: bytes) -> bool:
    """Whether `data` begins like a container (its content may still be broken)."""
    if len(data) < HEADER.size:
        return False
    kind, _, extra, *_ = HEADER.unpack_from(data)
    return (kind, extra) == (ItemType.CONTAINER, CONTAINER_MAGIC)


def read(data: bytes, place: str, *, check_crc: bool = True) -> tuple[Item, ...]:
    """Parse a container and check it. `place` names the file in errors.

    Bytes after the container's end are ignored: partition images have them.
    Raises UserError for a wrong magic, a truncation, a wrong CRC or a missing flag, each with
    item number and offset in bytes.
    """
    end = container_end(data, len(data), place)
    items: list[Item] = []
    offset = HEADER.size
    while offset < end:
        where = f"{place}: item {len(items)} at offset {offset:#x}"
        if end - offset < HEADER.size:
            raise UserError(
                where,
                f"{end - offset} bytes are left in the container, an item header has {HEADER.size}",
                _REMEDY,
            )
        items.append(_read_item(data, offset, end, where, check_crc))
        offset += HEADER.size + len(items[-1].payload)
        offset += -offset % ALIGNMENT
    return tuple(items)


def _header(data: bytes, offset: int) -> tuple[int, ...]:
    return HEADER.unpack_from(data, offset)


def container_end(data: bytes, size: int, place: str) -> int:
    """Check the header at the beginning of `data`; return where its container ends.

    `size` is that of the whole file in bytes. Raises UserError for an incomplete container.
    """
    where = f"{place}: container header at offset 0x0"
    if len(data) < HEADER.size:
        raise UserError(
            where, f"the file has {size} bytes, a ZBI has at least {HEADER.size}", _REMEDY
        )
    kind, length, extra, flags, _, _, magic, _ = _header(data, 0)
    if kind != ItemType.CONTAINER or extra != CONTAINER_MAGIC:
        raise UserError(
            where,
            f"type {kind:#010x} and magic {extra:#010x} are not a ZBI container's "
            f"({ItemType.CONTAINER:#010x}, {CONTAINER_MAGIC:#010x})",
            "give a ZBI (fuchsia.zbi, zircon.zbi, kernel.zbi) or the folder it was built in",
        )
    if not flags & FLAG_VERSION:
        raise UserError(
            where,
            f"flags {flags:#010x} lack the version flag: bootdata from before November 2017",
            "give an image from a 2018 or later tree",
        )
    if magic != ITEM_MAGIC:
        raise UserError(where, f"item magic {magic:#010x} instead of {ITEM_MAGIC:#010x}", _REMEDY)
    if HEADER.size + length > size:
        raise UserError(
            where,
            f"truncated: the container's length is {length} bytes, "
            f"the file has {size - HEADER.size} after the header",
            _REMEDY,
        )
    return HEADER.size + length


def _read_item(data: bytes, offset: int, end: int, where: str, check_crc: bool) -> Item:
    kind, length, extra, flags, one, two, magic, crc = _header(data, offset)
    if magic != ITEM_MAGIC:
        raise UserError(where, f"item magic {magic:#010x} instead of {ITEM_MAGIC:#010x}", _REMEDY)
    where = f"{where} ({type_name(kind)})"
    if not flags & FLAG_VERSION:
        raise UserError(where, f"flags {flags:#010x} lack the version flag", _REMEDY)
    if kind == ItemType.CONTAINER:
        raise UserError(where, "a container inside a container", _REMEDY)
    start = offset + HEADER.size
    if length > end - start:
        raise UserError(
            where,
            f"truncated: the payload's length is {length} bytes, "
            f"{end - start} are left in the container",
            _REMEDY,
        )
    payload = data[start : start + length]
    if not flags & FLAG_CRC32:
        if crc != NO_CRC32:
            raise UserError(
                where,
                f"has no CRC flag, so its crc32 must be {NO_CRC32:#010x}, not {crc:#010x}",
                _REMEDY,
            )
    elif check_crc:
        right = _crc(data[offset:start], payload)
        if crc != right:
            raise UserError(
                where, f"wrong CRC: header says {crc:#010x}, content has {right:#010x}", _REMEDY
            )
    return Item(kind, payload, extra, flags, (one, two), offset)


def _crc(header: bytes, payload: bytes) -> int:
    """CRC of header and payload, the header's own crc32 field counted as zero."""
    return zlib.crc32(payload, zlib.crc32(header[:_CRC_FIELD] + b"\0\0\0\0"))


def write(items: Iterable[Item]) -> bytes:
    """Make a container of `items`; `read` returns them again.

    Raises UserError when the whole would be longer than a 32-bit length can say.
    """
    parts: list[bytes] = []
    total = 0
    for item in items:
        total += HEADER.size + len(item.payload) + -len(item.payload) % ALIGNMENT
        if total > MAX_LENGTH:
            raise UserError(
                f"the ZBI to be written, item {type_name(item.type)}",
                f"{total} bytes are more than a container's 32-bit length can say",
                "reduce the contents of the image",
            )
        flags = item.flags | FLAG_VERSION
        fields = (item.type, len(item.payload), item.extra, flags, *item.reserved, ITEM_MAGIC)
        header = HEADER.pack(*fields, NO_CRC32)
        if flags & FLAG_CRC32:
            header = HEADER.pack(*fields, _crc(header, item.payload))
        parts += (header, item.payload, _PADDING[: -len(item.payload) % ALIGNMENT])
    return container(b"".join(parts))


def container(body: bytes) -> bytes:
    """Put the header before the bytes of whole items, each with its padding."""
    fields = (ItemType.CONTAINER, len(body), CONTAINER_MAGIC, FLAG_VERSION, 0, 0, ITEM_MAGIC)
    return HEADER.pack(*fields, NO_CRC32) + body


def compression_of(item: Item) -> Compression | None:
    """How a storage item is packed; None if it is flagged compressed and is neither kind."""
    return compress.kind_of(item.payload) if item.compressed else Compression.PLAIN


def unpacked(item: Item, place: str) -> bytes:
    """Give a storage item's content. Raises UserError (see `compress.decompress`)."""
    if not item.compressed:
        return item.payload
    return compress.decompress(item.payload, item.extra, place)


def packed(kind: int, content: bytes, compression: Compression) -> Item:
    """Make a storage item of type `kind`; its extra is the unpacked size, as userboot wants it."""
    flags = FLAG_VERSION | FLAG_CRC32
    if compression is not Compression.PLAIN:
        flags |= FLAG_STORAGE_COMPRESSED
    return Item(kind, compress.compress(content, compression), len(content), flags)
