"""The layouts of an image: which file is the boot data, and which the kernel.

File names are facts of Zircon's build: ``make/engine.mk`` (make era), ``images.json`` (GN and fx
output folders), ``product_bundle.json`` (product bundles, version 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.disk.packed import (
    other_format,
    packing_of,
    unpack_command,
    unpacked,
    unpacked_head,
)
from zxhil.errors import UserError
from zxhil.image import manifest
from zxhil.image.compress import MAX_UNPACKED
from zxhil.image.shim import HEAD, arch_of, beside, first_file
from zxhil.image.zbi import looks_like_zbi

MAX_FILE = 1 << 30
"""The largest file in bytes that is read as an image."""

OUTSIDE_KERNELS = ("qemu-zircon.bin", "zircon.bin")
OUTSIDE_DATA = ("qemu-bootdata.bin", "bootdata.bin")
"""Kernel and boot data of trees before about July 2018, which kept them apart."""

BUILD_FOLDERS: dict[Arch, tuple[str, ...]] = {
    Arch.X64: ("build-x64*", "build-x86*"),
    Arch.ARM64: ("build-arm64*",),
}
"""What make calls its folder: ``build-x86`` until 2018-03-05."""

ZBI_SUFFIXES = (".zbi", ".zbi.gz", ".zbi.zst", ".zbi.xz")
"""How names of ZBIs end, compressed ones after plain ones."""

_COMPLETE, _KERNEL_ONLY = "zircon.zbi", "kernel.zbi"

_FORMS = (
    "a ZBI with its boot shim next to it (or given by --shim), a make-era build-x64 or "
    "build-arm64 folder, a GN or fx output folder with images.json, or a product bundle"
)


@dataclass(frozen=True, slots=True)
class Pick:
    """The files of a layout. `kernel` is None if the shim is still to be found.

    `outside` says that the layout keeps the kernel outside the boot data; `boot_data` is None
    there if only the kernel was requested. `settings` is a complete ZBI beside it, whose
    command line and other items are used, but not its user space.
    """

    name: str
    folder: Path
    boot_data: Path | None
    kernel: Path | None
    outside: bool
    found: tuple[str, ...]
    settings: Path | None = None


def read_file(path: Path, limit: int = MAX_FILE) -> bytes:
    """Read a file of at most `limit` bytes, unpacked if it is compressed. Raises UserError."""
    try:
        if not path.is_file():
            raise UserError(str(path), "is not a file", f"give {_FORMS}")
        size = path.stat().st_size
        if size > limit:
            raise UserError(
                str(path), f"has {size} bytes; the limit is {limit}", "give a Zircon image"
            )
        data = path.read_bytes()
    except OSError as error:
        raise UserError(str(path), f"cannot be read: {error.strerror}", "fix the file") from None
    return unpacked(data, MAX_UNPACKED, str(path)) if packing_of(data) else data


def read_head(path: Path) -> bytes:
    """Read a file's first 8 KiB, unpacked if it is compressed. Raises UserError."""
    try:
        if not path.is_file():
            raise UserError(str(path), "is not a file", f"give {_FORMS}")
        with path.open("rb") as file:
            head = file.read(HEAD)
            if not packing_of(head):
                return head
            file.seek(0)
            return unpacked_head(file, HEAD)
    except OSError as error:
        raise UserError(str(path), f"cannot be read: {error.strerror}", "fix the file") from None


def refuse_packed(kernel: Path) -> None:
    """Refuse a compressed file that QEMU is to load itself. Raises UserError."""
    with kernel.open("rb") as file:
        packing = packing_of(file.read(HEAD))
    if packing:
        raise UserError(
            str(kernel),
            f"is compressed by {packing}, and QEMU has to load it as it is",
            f"unpack it: {unpack_command(packing)} {kernel}",
        )


def locate(path: Path, arch: Arch | None, bootfs: bool, has_shim: bool) -> Pick:
    """Determine the layout of `path`, and what to take from it. Raises UserError if unknown.

    `has_shim` says that a boot shim is given, so that a ZBI which QEMU could load itself is
    boot data.
    """
    path = path.absolute()
    if path.is_dir():
        pick = _folder(path, arch, bootfs) or _child_folder(path, arch, bootfs)
        if pick is None:
            folders = "/".join(name for names in BUILD_FOLDERS.values() for name in names)
            raise UserError(
                str(path),
                "no image found in this folder: there is no product_bundle.json, images.json, "
                f"product_bundles.json, {_KERNEL_ONLY}, {_COMPLETE}, "
                f"{', '.join(OUTSIDE_KERNELS)}, other *.zbi, or {folders} folder",
                f"give {_FORMS}",
            )
        return pick
    if not path.exists():
        raise UserError(str(path), "does not exist", f"give {_FORMS}")
    if path.suffix == ".json":
        pick = _manifest(path, arch, bootfs)
        if pick is None:
            raise UserError(
                str(path),
                "is not one of product_bundle.json, images.json, product_bundles.json",
                f"give {_FORMS}",
            )
        return pick
    return _file(path, bootfs, has_shim)


def _folder(folder: Path, arch: Arch | None, bootfs: bool) -> Pick | None:
    problem: UserError | None = None
    for name in manifest.NAMES:
        if (folder / name).is_file():
            try:
                return _manifest(folder / name, arch, bootfs)
            except UserError as error:
                problem = problem or error
    if problem:
        raise problem
    return _make_folder(folder, bootfs) or _outside(folder, bootfs) or _lone_zbi(folder)


def _manifest(path: Path, arch: Arch | None, bootfs: bool) -> Pick | None:
    if path.name not in manifest.NAMES:
        return None
    found: tuple[str, ...] = ()
    if path.name == manifest.BUNDLES:
        bundle = manifest.product_bundles(path, read_file(path, manifest.MAX_MANIFEST))
        found = (f"product bundle {bundle.parent}, from {path}",)
        path = bundle
    data = read_file(path, manifest.MAX_MANIFEST)
    if path.name == manifest.IMAGES:
        parts = manifest.images(path, data, arch, bootfs)
    else:
        parts = manifest.product_bundle(path, data)
    folder = path.parent
    return Pick(folder.name, folder, parts.zbi, parts.kernel, False, (*found, *parts.found))


def _make_folder(folder: Path, bootfs: bool) -> Pick | None:
    names = (_COMPLETE, _KERNEL_ONLY) if bootfs else (_KERNEL_ONLY, _COMPLETE)
    data = first_file(folder, names)
    if data is None:
        return None
    why = "with its BOOTFS" if bootfs else "the kernel alone is enough"
    if data.name != names[0]:
        why = f"there is no {names[0]}"
    complete = None if bootfs or data.name == _COMPLETE else first_file(folder, (_COMPLETE,))
    return Pick(
        f"{folder.name}/{data.name}",
        folder,
        data,
        None,
        False,
        (f"make-era build folder {folder}", f"boot data {data}: {why}"),
        complete,
    )


def _outside(folder: Path, bootfs: bool) -> Pick | None:
    kernel = first_file(folder, OUTSIDE_KERNELS)
    return _outside_pick(kernel, bootfs) if kernel else None


def _outside_pick(kernel: Path, bootfs: bool) -> Pick:
    data = first_file(kernel.parent, OUTSIDE_DATA)
    found = [f"kernel {kernel}: a tree that keeps it separate from the boot data"]
    if data and bootfs:
        found.append(f"boot data {data}")
    elif not data:
        found.append(
            "no boot data next to it: only an arm64 kernel of early 2018 needs it, for its MDI"
        )
    return Pick(
        f"{kernel.parent.name}/{kernel.name}",
        kernel.parent,
        data if bootfs else None,
        kernel,
        True,
        tuple(found),
        None if bootfs else data,
    )


def _lone_zbi(folder: Path) -> Pick | None:
    by_suffix = (
        sorted(path for path in folder.glob(f"*{suffix}") if path.is_file())
        for suffix in ZBI_SUFFIXES
    )
    candidates = next((paths for paths in by_suffix if paths), [])
    if not candidates:
        return None
    if len(candidates) > 1:
        raise _ambiguous(folder, "ZBIs", candidates)
    data = candidates[0]
    return Pick(
        data.name, folder, data, None, False, (f"boot data {data}: the only ZBI in the folder",)
    )


def _child_folder(folder: Path, arch: Arch | None, bootfs: bool) -> Pick | None:
    names = [name for one in ([arch] if arch else Arch) for name in BUILD_FOLDERS[one]]
    children = sorted(child for name in names for child in folder.glob(name) if child.is_dir())
    picks = [(child, _folder(child, arch, bootfs)) for child in children]
    good = [(child, pick) for child, pick in picks if pick]
    if len(good) > 1:
        raise _ambiguous(folder, "build folders", [child for child, _ in good])
    return good[0][1] if good else None


def _ambiguous(folder: Path, what: str, candidates: Sequence[Path]) -> UserError:
    return UserError(
        str(folder),
        f"ambiguous: {len(candidates)} {what}: {', '.join(one.name for one in candidates)}",
        "give one of them, or choose with --arch",
    )


def folders_of(path: Path) -> list[Path]:
    """The folders of related files: this file's, and that of a link's target."""
    return list(dict.fromkeys([path.parent, path.resolve().parent]))


def _file(path: Path, bootfs: bool, has_shim: bool) -> Pick:
    head = read_head(path)
    is_zbi, boots = looks_like_zbi(head), arch_of(head) is not None
    if not is_zbi and not boots and (what := other_format(head)):
        raise UserError(str(path), f"is {what}, not a Zircon image", f"give {_FORMS}")
    folders = folders_of(path)
    has_shim = has_shim or any(beside(folder, one) for one in Arch for folder in folders)
    if boots and not (is_zbi and has_shim):
        if is_zbi or path.name in OUTSIDE_KERNELS:
            return _outside_pick(path, bootfs)
        raise UserError(
            str(path),
            "is a boot shim (or another file for QEMU's -kernel), not an image",
            f"give {_FORMS}",
        )
    if path.name in OUTSIDE_DATA and not (path.parent / _COMPLETE).is_file():
        kernel = first_file(path.parent, OUTSIDE_KERNELS)
        if kernel:
            return replace(_outside_pick(kernel, bootfs=True), boot_data=path)
    return Pick(path.name, path.parent, path, None, False, (f"boot data {path}, as given",))
