"""Find a kernel, its boot shim, and its architecture at a path.

`load` takes a ZBI, a make-era build folder, a GN or fx output folder, or a product bundle, and
says what it took and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.counts import counted
from zxhil.errors import UserError
from zxhil.image import zbi
from zxhil.image.compress import Compression
from zxhil.image.kept import settings
from zxhil.image.layout import Pick, folders_of, locate, read_file, read_head, refuse_packed
from zxhil.image.mdi import processors
from zxhil.image.shim import SHIM_NAMES, arch_of, beside, is_raw_arm64
from zxhil.image.userboot import Userboot, conclude
from zxhil.image.zbi import Item, ItemType, compression_of, unpacked
from zxhil.regular_file import FileState, file_state

_ARCH_OF_TYPE: dict[int, Arch] = {
    ItemType.KERNEL_X64: Arch.X64,
    ItemType.KERNEL_ARM64: Arch.ARM64,
}


@dataclass(frozen=True, slots=True)
class Image:
    """A Zircon image, ready to be packed and booted.

    `kernel` is what QEMU gets as ``-kernel`` (a boot shim, or the kernel itself in old trees).
    `zbi` is the user's boot data; with an old tree it has no kernel item and may have no item at
    all. `found` says what was found where and why it was taken. `settings` are items of a
    complete ZBI beside the one of the kernel alone: a command line, and what else is not for
    user space. `processors` is how many the boot data names, 0 where it names none.
    `kernel_state` is that of `kernel` before it was read, which QEMU reads again for each machine.
    """

    arch: Arch
    kernel: Path
    zbi: bytes
    name: str
    found: tuple[str, ...]
    userboot: Userboot
    kernel_state: FileState | None
    settings: tuple[Item, ...] = ()
    processors: int = 0


def load(
    path: Path, arch: Arch | None = None, *, shim_path: Path | None = None, bootfs: bool = False
) -> Image:
    """Find kernel, boot shim and boot data at `path`.

    `arch` chooses where a folder holds both, and is checked otherwise. `shim_path` is used
    instead of the shim that would be found. `bootfs` asks for boot data with the user's BOOTFS,
    where a folder also has a kernel alone (which is read faster, and may be newer).
    Raises UserError for what is missing, ambiguous, broken or of another architecture.
    """
    pick = locate(path, arch, bootfs, shim_path is not None)
    if pick.outside and shim_path:
        raise UserError(
            str(shim_path),
            f"a boot shim is given, but {pick.kernel} is loaded by QEMU without one",
            "remove --shim, or give a ZBI with a kernel item",
        )
    place = str(pick.boot_data)
    data = read_file(pick.boot_data) if pick.boot_data else zbi.write(())
    items = zbi.read(data, place)
    own = _kernel_item(items, place)
    more, said = _settings(pick, items)
    boot = _outside(pick, own, place) if pick.outside else _inside(pick, shim_path, items, own)
    if arch is not None and boot.arch is not arch:
        raise UserError(
            str(boot.kernel if pick.outside else place),
            f"wrong architecture: found {boot.arch}, requested {arch}",
            f"give an image for {arch}, or --arch {boot.arch}",
        )
    parts, has_storage_kernel = _kernel_parts(items, place)
    if pick.outside:
        parts.append(read_file(boot.kernel))
    userboot = conclude(parts, _bootfs_compression(items), has_storage_kernel)
    number = processors((*items, *more))
    named = (f"MDI names {counted(number, 'processor')}",) if number else ()
    found = (*pick.found, *said, *named, *boot.found)
    return Image(boot.arch, boot.kernel, data, pick.name, found, userboot, boot.state, more, number)


def _settings(pick: Pick, own: tuple[Item, ...]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """The settings for the kernel in a complete ZBI beside a kernel alone."""
    if pick.settings is None:
        return (), ()
    try:
        there = settings(pick.settings, str(pick.settings))
    except (UserError, OSError) as error:
        problem = error.problem if isinstance(error, UserError) else error.strerror
        return (), (f"{pick.settings} is omitted, including its command line: {problem}",)
    more = tuple(item for item in there if item not in own)
    names = ", ".join(zbi.type_name(item.type) for item in more)
    what = f"items {names} of {pick.settings} are kept" if more else f"{pick.settings} has nothing"
    return more, (f"{what}; its file systems are not read",)


@dataclass(frozen=True, slots=True)
class _Boot:
    arch: Arch
    kernel: Path
    state: FileState | None
    found: tuple[str, ...]


def _kernel_item(items: tuple[Item, ...], place: str) -> Item | None:
    kernels = [item for item in items if item.type in zbi.KERNEL_TYPES]
    if len(kernels) > 1:
        raise UserError(
            f"{place}: {kernels[1].place}",
            f"a second kernel item, after {kernels[0].place}",
            "give an image with one kernel",
        )
    return kernels[0] if kernels else None


def _outside(pick: Pick, own: Item | None, place: str) -> _Boot:
    """Boot a kernel that QEMU loads itself, as in trees before about July 2018."""
    kernel = pick.kernel
    assert kernel is not None
    if own is not None:
        raise UserError(
            f"{place}: {own.place}",
            f"has a kernel, and so has {kernel}",
            "give the ZBI with a boot shim (--shim)",
        )
    state = file_state(kernel)
    head = read_head(kernel)
    refuse_packed(kernel)
    arch = arch_of(head)
    if arch is None:
        raise UserError(
            str(kernel),
            "is not bootable by QEMU: no Multiboot header, no arm64 Linux header, no arm64 code",
            "give a folder with multiboot.bin or qemu-boot-shim.bin, or qemu-zircon.bin",
        )
    raw = is_raw_arm64(head)
    how = "code, which has no header" if raw else "header"
    found = (f"architecture {arch}: by the {how} of {kernel.name}", *_raw(kernel, raw))
    return _Boot(arch, kernel, state, found)


def _raw(kernel: Path, raw: bool) -> tuple[str, ...]:
    said = "has no Linux header (as before October 2018): QEMU loads it as raw code"
    return (f"{kernel.name} {said}",) if raw else ()


def _inside(pick: Pick, shim_path: Path | None, items: tuple[Item, ...], own: Item | None) -> _Boot:
    """Boot a ZBI's kernel item by a shim."""
    if own is None:
        raise UserError(
            str(pick.boot_data),
            "has no kernel item (it has "
            f"{', '.join(zbi.type_name(item.type) for item in items) or 'no item at all'})",
            "give kernel.zbi, a complete ZBI, or for an old tree the folder with zircon.bin",
        )
    arch = _ARCH_OF_TYPE.get(own.type)
    if arch is None:
        raise UserError(
            f"{pick.boot_data}: {own.place}",
            "wrong architecture: this kernel is neither for x64 nor for arm64",
            "give an image for x64 or arm64",
        )
    found = [f"architecture {arch}: by the kernel item ({zbi.type_name(own.type)})"]
    kernel = (shim_path.absolute() if shim_path else None) or pick.kernel
    if shim_path:
        found.append(f"boot shim {kernel}, as given")
    if kernel is None:
        kernel = _shim_beside(pick, arch)
        found.append(f"boot shim {kernel}: by its name")
    state = file_state(kernel)
    head = read_head(kernel)
    refuse_packed(kernel)
    of_shim = arch_of(head)
    found += _raw(kernel, is_raw_arm64(head))
    if of_shim is None:
        found.append(f"{kernel.name} has no header that QEMU is known to boot")
    elif of_shim is not arch:
        raise UserError(
            str(kernel),
            f"wrong architecture: the boot shim is for {of_shim}, the kernel item for {arch}",
            f"give the {arch} boot shim with --shim: {' or '.join(SHIM_NAMES[arch])}",
        )
    return _Boot(arch, kernel, state, tuple(found))


def _shim_beside(pick: Pick, arch: Arch) -> Path:
    own = folders_of(pick.boot_data) if pick.boot_data else []
    folders = list(dict.fromkeys([*own, pick.folder]))
    for folder in folders:
        if kernel := beside(folder, arch):
            return kernel
    raise UserError(
        str(pick.boot_data),
        f"no boot shim for {arch} found; searched for {', '.join(SHIM_NAMES[arch])} in "
        f"{' and '.join(map(str, folders))}",
        "put it there, or name it with --shim",
    )


def _kernel_parts(items: tuple[Item, ...], place: str) -> tuple[list[bytes], bool]:
    parts = [item.payload for item in items if item.type in zbi.KERNEL_TYPES]
    stored = [item for item in items if item.type == ItemType.STORAGE_KERNEL]
    if len(stored) > 1:
        # A few kilobytes of each can unpack to half a gigabyte.
        raise UserError(
            f"{place}: {stored[1].place}",
            f"a second storage item of a kernel, after {stored[0].place}",
            "give an image with one kernel",
        )
    parts += [unpacked(item, f"{place}: {item.place}") for item in stored]
    return parts, bool(stored)


def _bootfs_compression(items: tuple[Item, ...]) -> Compression | None:
    own = (item for item in items if item.type == ItemType.STORAGE_BOOTFS)
    return next((compression_of(item) for item in own), None)
