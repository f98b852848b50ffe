"""Which of the user's boot items and command line words are kept when zxhil's are added.

Kernels of every age append each CMDLINE item to one command line, in order
(``kernel/arch/x86`` and ``kernel/platform``, ``ZBI_TYPE_CMDLINE``), so the user's are kept as they
are and zxhil's goes after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zxhil.errors import UserError
from zxhil.image import zbi
from zxhil.image.zbi import Item, ItemType

FILE_SYSTEMS = zbi.STORAGE_TYPES - {ItemType.STORAGE_KERNEL}
"""Types of items that only user space reads: our first process needs only its own."""

_NOT_SETTINGS = FILE_SYSTEMS | zbi.KERNEL_TYPES | {ItemType.STORAGE_KERNEL, ItemType.DISCARD}
_USERBOOT = "userboot"
_MAX_SETTINGS = 16 << 20
_MAX_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Kept:
    """The user's `items` that are kept, zxhil's `words` after them, and `notes` for the report."""

    items: tuple[Item, ...]
    words: tuple[str, ...]
    notes: tuple[str, ...]


def keep(
    items: Sequence[Item], words: Sequence[str], defaults: Iterable[str], own_bootfs: bool
) -> Kept:
    """Decide which of `items` are kept beside zxhil's `words`.

    A user's word with the same key as one of zxhil's is overridden: kernels disagree whether the
    first or the last one counts. If zxhil's words select the first process, all of the user's
    userboot words are. `defaults` are words of zxhil's that the user's override. `own_bootfs`: the
    user's file systems are left out, because the first process is zxhil's and has its own.
    """
    given = [_key(word) for word in words if word not in set(defaults)]
    theirs = {_key(word) for item in items if item.type == ItemType.CMDLINE for word in _of(item)}
    ours = tuple(
        word for word in words if word not in set(defaults) or _key(word) not in {*given, *theirs}
    )
    keys = {_key(word) for word in ours}
    stay: list[Item] = []
    kept: list[str] = []
    lost: list[str] = []
    for item in items:
        if item.type in FILE_SYSTEMS and own_bootfs:
            continue
        if item.type == ItemType.CMDLINE:
            drop = [word for word in _of(item) if _is_overridden(word, keys)]
            kept += [word for word in _of(item) if word not in drop]
            lost += drop
            item = _without(item, drop)
        if item.payload or item.type != ItemType.CMDLINE:
            stay.append(item)
    return Kept(tuple(stay), ours, tuple(_notes(items, kept, lost, own_bootfs)))


def settings(path: Path, place: str) -> tuple[Item, ...]:
    """The items of a ZBI file that are neither kernel nor file system; of others the headers alone.

    Raises UserError for a file that is not a whole ZBI, or with more than 16 MiB of such items.
    """
    wanted, total = [], 0
    with path.open("rb") as file:
        size = path.stat().st_size
        head = file.read(zbi.HEADER.size)
        end = zbi.container_end(head, size, place)
        offset = zbi.HEADER.size
        for _ in range(_MAX_ITEMS):
            if end - offset < zbi.HEADER.size:
                break
            file.seek(offset)
            header = file.read(zbi.HEADER.size)
            kind, length = zbi.HEADER.unpack(header)[:2]
            padded = length + -length % zbi.ALIGNMENT
            if kind not in _NOT_SETTINGS:
                total += padded
                if total > _MAX_SETTINGS or length > end - offset:
                    raise UserError(
                        f"{place}: item at offset {offset:#x}",
                        f"has {length} bytes, more than the file or the limit allows",
                        "give the ZBI itself",
                    )
                wanted.append(header + file.read(padded))
            offset += zbi.HEADER.size + padded
    return zbi.read(zbi.container(b"".join(wanted)), place)


def _key(word: str) -> str:
    return word.partition("=")[0]


def _of(item: Item) -> list[str]:
    """A command line's words as printable text."""
    text = item.payload.rstrip(b"\0").decode("ascii", "backslashreplace")
    return text.split()


def _is_overridden(word: str, keys: set[str]) -> bool:
    picks = any(key.startswith(_USERBOOT) for key in keys)
    return _key(word) in keys or (picks and word.startswith(_USERBOOT))


def _without(item: Item, drop: Sequence[str]) -> Item:
    if not drop:
        return item
    words = [
        word
        for word in item.payload.rstrip(b"\0").split()
        if word.decode("ascii", "backslashreplace") not in drop
    ]
    payload = b" ".join(words) + b"\0" if words else b""
    return Item(item.type, payload, item.extra, item.flags, item.reserved)


def _notes(
    items: Sequence[Item], kept: Sequence[str], lost: Sequence[str], own_bootfs: bool
) -> Iterator[str]:
    if kept or lost:
        text = f"command line of the image kept: {_plain(' '.join(kept))}" if kept else ""
        over = f"overridden: {_plain(' '.join(lost))}" if lost else ""
        none = "" if kept else "command line of the image "
        yield none + "; ".join(part for part in (text, over) if part)
    others = [
        zbi.type_name(item.type)
        for item in items
        if item.type not in _NOT_SETTINGS and item.type != ItemType.CMDLINE
    ]
    if others:
        yield f"other items of the image kept: {', '.join(others)}"
    out = [
        f"{zbi.type_name(item.type)} of {len(item.payload)} bytes"
        for item in items
        if item.type in FILE_SYSTEMS
    ]
    if out and own_bootfs:
        yield f"file systems of the image omitted, the first process has its own: {', '.join(out)}"


def _plain(text: str) -> str:
    """Remove control sequences from a file's text."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
