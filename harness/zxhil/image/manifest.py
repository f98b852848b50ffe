"""The JSON files that list an image's parts: images.json and product bundles.

Facts: ``images.json`` is a list of {name, type, path, cpu?, tags?}, paths relative to its folder;
ZBIs have type ``zbi``, the boot shim is ``qemu-kernel`` of type ``kernel``. A product bundle
(version 2) has such a list for each slot, ``system_a`` first. ``product_bundles.json`` of an
output folder lists bundles by path.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.counts import counted
from zxhil.errors import UserError

BUNDLE, IMAGES, BUNDLES = NAMES = ("product_bundle.json", "images.json", "product_bundles.json")
MAX_MANIFEST = 64 << 20

_SYSTEM_NAMES = ("zircon-a", "fuchsia", "bringup", "zircon")
_LEGACY_NAMES = ("legacy-image-x64", "legacy-image-arm64")
"""Complete images of Zircon's own GN build, 2019."""
_KERNEL_ONLY_NAMES = ("kernel",)
_KERNEL_NAME = "qemu_kernel"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One line of a manifest, its path made absolute."""

    name: str
    type: str
    path: Path
    cpu: str


@dataclass(frozen=True, slots=True)
class ImageParts:
    """The two parts that a boot needs; `kernel` is None where the manifest has none."""

    zbi: Path
    kernel: Path | None
    found: tuple[str, ...]


def images(path: Path, data: bytes, arch: Arch | None, bootfs: bool) -> ImageParts:
    """Read images.json; `bootfs` asks for a complete ZBI before a kernel alone.

    Raises UserError: broken, no ZBI that was built, ambiguous.
    """
    entries = _entries(path, _parse(path, data))
    if arch is not None:
        entries = [entry for entry in entries if entry.cpu in ("", arch)]
    lesser = (_LEGACY_NAMES, _KERNEL_ONLY_NAMES) if bootfs else (_KERNEL_ONLY_NAMES, _LEGACY_NAMES)
    return _parts(path, entries, (*((name,) for name in _SYSTEM_NAMES), *lesser))


def product_bundle(path: Path, data: bytes) -> ImageParts:
    """Read product_bundle.json. Raises UserError: broken, no slot with a ZBI."""
    top = _parse(path, data)
    slot = top.get("system_a") if isinstance(top, dict) else None
    if not isinstance(slot, list):
        raise UserError(
            str(path),
            "has no list system_a: not a product bundle of version 2, or one without a system",
            "give a bundle made by ffx product, or its ZBI and boot shim",
        )
    return _parts(path, _entries(path, slot), ())


def product_bundles(path: Path, data: bytes) -> Path:
    """Read product_bundles.json: the product_bundle.json of the one bundle that was built."""
    built = []
    for entry in _entries(path, _parse(path, data)):
        bundle = entry.path if entry.path.suffix == ".json" else entry.path / BUNDLE
        if bundle.is_file() and bundle not in built:
            built.append(bundle)
    if len(built) != 1:
        raise UserError(
            str(path),
            f"{len(built)} of the product bundles listed exist: "
            f"{', '.join(str(bundle.parent) for bundle in built) or 'none'}",
            "build one, or give the bundle's folder",
        )
    return built[0]


def _parse(path: Path, data: bytes) -> object:
    try:
        parsed: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UserError(str(path), f"is not JSON: {error}", "build the image again") from None
    return parsed


def _entries(path: Path, listed: object) -> list[ManifestEntry]:
    if not isinstance(listed, list):
        raise UserError(str(path), "is not a list of images", "give another manifest")
    entries = []
    for number, raw in enumerate(listed):
        fields = raw if isinstance(raw, dict) else {}
        texts = {key: fields.get(key, "") for key in ("name", "type", "path", "cpu")}
        if not all(isinstance(text, str) and "\0" not in text for text in texts.values()):
            raise UserError(
                f"{path}: entry {number}",
                "has a field that is not a string",
                "build the image again",
            )
        if texts["path"]:
            where = path.parent / texts["path"]
            entries.append(ManifestEntry(texts["name"], texts["type"], where, texts["cpu"]))
    return entries


def _is_kernel(entry: ManifestEntry) -> bool:
    return _KERNEL_NAME in (entry.name.replace("-", "_"), entry.type.replace("-", "_"))


def _parts(
    path: Path, entries: list[ManifestEntry], names: tuple[tuple[str, ...], ...]
) -> ImageParts:
    listed = [entry for entry in entries if entry.type == "zbi"]
    built = [entry for entry in listed if entry.path.is_file()]
    if not built:
        raise UserError(
            str(path),
            f"{counted(len(listed), 'entry', 'entries')} of type zbi, none of which exists: "
            f"{', '.join(str(entry.path) for entry in listed) or '-'}",
            "build the image, or give its ZBI and boot shim",
        )
    chosen = built
    for same in names:
        if named := [entry for entry in built if entry.name in same]:
            chosen = named
            break
    zbi = _only(path, "ZBIs", chosen)
    found = [f"boot data {zbi.path}: entry {zbi.name or zbi.type!r} of {path}"]
    kernels = [entry for entry in entries if _is_kernel(entry)]
    if zbi.cpu:
        kernels = [entry for entry in kernels if entry.cpu in ("", zbi.cpu)]
    there = [entry for entry in kernels if entry.path.is_file()]
    if not there:
        found.append(f"{path} has no qemu-kernel entry whose file exists")
        return ImageParts(zbi.path, None, tuple(found))
    kernel = _only(path, "entries qemu-kernel", there)
    found.append(f"boot shim {kernel.path}: entry {kernel.name or kernel.type!r} of {path}")
    return ImageParts(zbi.path, kernel.path, tuple(found))


def _only(path: Path, what: str, entries: Iterable[ManifestEntry]) -> ManifestEntry:
    by_path = {entry.path: entry for entry in entries}
    if len(by_path) > 1:
        raise UserError(
            str(path),
            f"ambiguous: {len(by_path)} {what}: "
            + ", ".join(f"{entry.path} ({entry.cpu or 'no cpu'})" for entry in by_path.values()),
            "choose with --arch, or give one of these files",
        )
    return next(iter(by_path.values()))
