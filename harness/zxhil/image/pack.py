"""Boot data with zxhil's files: for its own first process, or added to the user's whole image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.image import bootfs, zbi
from zxhil.image.compress import Compression
from zxhil.image.find import Image
from zxhil.image.kept import Kept, keep
from zxhil.image.userboot import DIALECT_NEXT, DIALECT_OLD
from zxhil.image.zbi import Item, ItemType, packed, unpacked

ENTROPY = "7a6878696c" * 6 + "7a68"
"""64 hex digits for the kernel's entropy: always the same, so that runs can be compared."""

_DEFAULTS = (f"kernel.entropy-mixin={ENTROPY}", "ktrace.bufsize=0")
"""Words of ours that make runs equal or quick, and that nothing rests on: the image's go before."""


def boot_words(image: Image, program: str) -> tuple[str, ...]:
    """The kernel command line that starts the BOOTFS file `program` as the first process.

    ``userboot.shutdown`` powers off when it ends or crashes (early 2018: does not stop QEMU).
    If the kernel's dialect is unknown, both are given: userboot ignores unknown
    words. Facts: ``docs/kernel_cmdline.md`` and userboot's option tables of each age.
    """
    userboot = image.userboot
    words = []
    if userboot.test_next and not userboot.shutdown:
        words.append(f"userboot.test.next={program}")
    else:
        dialects = [userboot.dialect] if userboot.sure else [DIALECT_OLD, DIALECT_NEXT]
        words += [f"{dialect}{program}" for dialect in dialects]
        words.append("userboot.shutdown")
    if image.arch is Arch.X64:
        words.append("kernel.serial=legacy")
    if userboot.serial_syscalls:
        words.append("kernel.enable-serial-syscalls=true")
    return (*words, "kernel.halt-on-panic=true", *_DEFAULTS)


def pack(image: Image, files: Mapping[str, bytes], words: Sequence[str]) -> bytes:
    """Make boot data from the user's without its file systems, `words`, and a BOOTFS.

    `files` are contents by BOOTFS path, and all that is in it. `kept` says what is kept of the
    user's. Raises UserError for a path or a word that cannot be written.
    """
    stay = kept(image, words)
    made = (_cmdline(stay.words), _bootfs(files, image.userboot.compression))
    return zbi.write([*stay.items, *made])


def kept(image: Image, words: Sequence[str], own_bootfs: bool = True) -> Kept:
    """What `pack` (or, with the user's BOOTFS, `extend`) keeps of the image next to `words`."""
    return keep(_items(image), words, _DEFAULTS, own_bootfs)


def extend(image: Image, files: Mapping[str, bytes], words: Sequence[str]) -> bytes:
    """Make boot data from all of the user's, with `files` added to its BOOTFS.

    A file of the same name is replaced, and command line words as `kept` says. All else is
    unchanged. Raises UserError if there is not exactly one BOOTFS item.
    """
    stay = kept(image, words, own_bootfs=False)
    items = list(stay.items)
    number = _bootfs_number(items, image.name)
    items[number] = _bootfs({**_files(items[number], image), **files}, image.userboot.compression)
    return zbi.write([*items, _cmdline(stay.words)])


def own_files(image: Image) -> dict[str, bytes]:
    """The files in the image's BOOTFS. Raises UserError if there is not exactly one."""
    items = _items(image)
    return _files(items[_bootfs_number(items, image.name)], image)


def _bootfs_number(items: Sequence[Item], name: str) -> int:
    numbers = [n for n, item in enumerate(items) if item.type == ItemType.STORAGE_BOOTFS]
    if len(numbers) != 1:
        raise UserError(
            name,
            f"has {len(numbers)} BOOTFS items; exactly one is required to extend it",
            "give a complete ZBI, or pack without the user's files",
        )
    return numbers[0]


def _files(item: Item, image: Image) -> dict[str, bytes]:
    place = f"{image.name}: {item.place}"
    return bootfs.read(unpacked(item, place), place)


def _items(image: Image) -> tuple[Item, ...]:
    return (*zbi.read(image.zbi, image.name, check_crc=False), *image.settings)


def _bootfs(files: Mapping[str, bytes], kind: Compression) -> Item:
    return packed(ItemType.STORAGE_BOOTFS, bootfs.write(files), kind)


def _cmdline(words: Sequence[str]) -> Item:
    for word in words:
        if not word or not word.isascii() or not word.isprintable() or " " in word:
            raise UserError(
                "kernel command line",
                f"{word!r} is not one word of printable ASCII",
                "give each word separately, without spaces",
            )
    flags = zbi.FLAG_VERSION | zbi.FLAG_CRC32
    # The kernel reads the payload as a C string.
    return Item(ItemType.CMDLINE, " ".join(words).encode("ascii") + b"\0", flags=flags)
