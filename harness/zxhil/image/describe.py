"""The contents of an image, as plain values for a terminal or JSON."""

from __future__ import annotations

from typing import TypedDict

from zxhil.errors import UserError
from zxhil.image import bootfs, zbi
from zxhil.image.compress import MAX_UNPACKED
from zxhil.image.find import Image
from zxhil.image.zbi import ItemType, compression_of, unpacked


class ItemFacts(TypedDict):
    """One item: offset of its header and sizes in bytes; `content` describes what it holds."""

    type: str
    offset: int
    size: int
    unpacked_size: int
    compression: str
    crc: bool
    content: str


class ImageFacts(TypedDict):
    """All that ``zxhil image info --json`` prints. `files` are BOOTFS sizes by path, in bytes."""

    name: str
    arch: str
    kernel: str
    found: list[str]
    dialect: str
    dialect_sure: bool
    bootfs_compression: str
    userboot_shutdown: bool
    why: list[str]
    items: list[ItemFacts]
    files: dict[str, int]


def describe(image: Image) -> ImageFacts:
    """Describe the image's boot data. Raises UserError if a BOOTFS in it is broken."""
    items: list[ItemFacts] = []
    files: dict[str, int] = {}
    left = MAX_UNPACKED
    for item in zbi.read(image.zbi, image.name, check_crc=False):
        place = f"{image.name}: {item.place}"
        content = ""
        if item.type == ItemType.STORAGE_BOOTFS:
            left -= item.extra if item.compressed else 0
            if left < 0:
                raise UserError(
                    place,
                    f"the image's BOOTFS items declare more than {MAX_UNPACKED} bytes together",
                    "rebuild the image, or give another one",
                )
            inside = bootfs.read(unpacked(item, place), place)
            files.update((name, len(data)) for name, data in inside.items())
            content = f"{len(inside)} files"
        elif item.type == ItemType.CMDLINE:
            content = item.payload.rstrip(b"\0").decode("ascii", "backslashreplace")
        is_storage = item.type in zbi.STORAGE_TYPES
        items.append(
            ItemFacts(
                type=zbi.type_name(item.type),
                offset=item.offset,
                size=len(item.payload),
                unpacked_size=item.extra if item.compressed else len(item.payload),
                compression=str(compression_of(item) or "unknown") if is_storage else "",
                crc=bool(item.flags & zbi.FLAG_CRC32),
                content=content,
            )
        )
    return ImageFacts(
        name=image.name,
        arch=str(image.arch),
        kernel=str(image.kernel),
        found=list(image.found),
        dialect=image.userboot.dialect,
        dialect_sure=image.userboot.sure,
        bootfs_compression=str(image.userboot.compression),
        userboot_shutdown=image.userboot.shutdown,
        why=list(image.userboot.why),
        items=items,
        files=files,
    )
