"""Images found in what GN and fx left, and in product bundles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from image_builders import (
    ARM64,
    ARM64_SHIM,
    LINUX_X86_SHIM,
    NEXT,
    TODAY,
    X64,
    X64_SHIM,
    complete_zbi,
    fails,
    kernel_zbi,
    make_folder,
    manifest,
)
from zxhil.abi.arch import Arch
from zxhil.image.compress import Compression
from zxhil.image.find import load

ZIRCON_A = {"name": "zircon-a", "type": "zbi", "path": "obj/fuchsia.zbi"}
QEMU_KERNEL = {"name": "qemu-kernel", "type": "kernel", "path": "obj/shim.bin", "cpu": "x64"}
OUT = {"obj/fuchsia.zbi": complete_zbi(strings=NEXT), "obj/shim.bin": X64_SHIM}


def test_out_folder(tmp_path: Path) -> None:
    others = [
        {"name": "zircon-r", "type": "zbi", "path": "zedboot.zbi"},
        {"name": "storage-full", "type": "blk", "path": "fvm.blk"},
        {"name": "kernel", "type": "zbi", "path": "kernel.zbi", "tags": ["incomplete"]},
        {"name": "no path", "type": "zbi"},
        ZIRCON_A,
        QEMU_KERNEL,
    ]
    files = {"zedboot.zbi": kernel_zbi(), "kernel.zbi": kernel_zbi(), **OUT}
    make_folder(tmp_path, {"images.json": manifest(*others), **files})
    image = load(tmp_path)
    assert (image.arch, image.kernel) == (Arch.X64, tmp_path / "obj/shim.bin")
    assert image.zbi == OUT["obj/fuchsia.zbi"]
    assert load(tmp_path / "images.json") == image


def test_out_folder_of_both_architectures(tmp_path: Path) -> None:
    entries = [
        {"name": "kernel", "type": "zbi", "path": f"{arch}/kernel.zbi", "cpu": arch}
        for arch in Arch
    ] + [
        {"name": "qemu-kernel", "type": "kernel", "path": f"{arch}/shim.bin", "cpu": arch}
        for arch in Arch
    ]
    files = {
        "x64/kernel.zbi": kernel_zbi(),
        "x64/shim.bin": X64_SHIM,
        "arm64/kernel.zbi": kernel_zbi(ARM64),
        "arm64/shim.bin": ARM64_SHIM,
    }
    make_folder(tmp_path, {"images.json": manifest(*entries), **files})
    fails(tmp_path, "ambiguous: 2 ZBIs", "(x64)", "(arm64)", "--arch")
    for arch in Arch:
        image = load(tmp_path, arch)
        assert (image.arch, image.kernel) == (arch, tmp_path / f"{arch}/shim.bin")


def test_shim_of_the_zbis_architecture(tmp_path: Path) -> None:
    zircon_a = {**ZIRCON_A, "cpu": "x64"}
    other = {**QEMU_KERNEL, "path": "obj/arm64.bin", "cpu": "arm64"}
    files = {"images.json": manifest(zircon_a, other, QEMU_KERNEL), "obj/arm64.bin": ARM64_SHIM}
    make_folder(tmp_path, {**files, **OUT})
    assert load(tmp_path).kernel == tmp_path / "obj/shim.bin"


def test_out_folder_of_zircon_alone(tmp_path: Path) -> None:
    """The GN build of 2019 without Fuchsia: kernel and complete image of each architecture."""
    names = {"kernel": "kernel.zbi", "legacy-image-x64": "all.zbi", "core-tests": "tests.zbi"}
    entries = [
        {"name": name, "type": "zbi", "path": path, "cpu": "x64"} for name, path in names.items()
    ]
    unbuilt = {"name": "legacy-image-arm64", "type": "zbi", "path": "none.zbi", "cpu": "arm64"}
    files = {path: kernel_zbi(X64, name.encode()) for name, path in names.items()}
    shim = {"name": "qemu-kernel", "type": "kernel", "path": "multiboot.bin", "cpu": "x64"}
    listed = manifest(*entries, unbuilt, shim)
    make_folder(tmp_path, {"images.json": listed, "multiboot.bin": X64_SHIM, **files})
    assert load(tmp_path).zbi == files["kernel.zbi"]
    assert load(tmp_path, bootfs=True).zbi == files["all.zbi"]


def test_out_folder_without_qemu_kernel_takes_a_shim_beside(tmp_path: Path) -> None:
    files = {"images.json": manifest(ZIRCON_A), "multiboot.bin": X64_SHIM, **OUT}
    make_folder(tmp_path, files)
    image = load(tmp_path)
    assert image.kernel == tmp_path / "multiboot.bin"
    assert any("no qemu-kernel entry" in sentence for sentence in image.found)


def test_out_folder_that_is_not_built(tmp_path: Path) -> None:
    make_folder(tmp_path, {"images.json": manifest(ZIRCON_A, QEMU_KERNEL)})
    fails(tmp_path, "1 entry of type zbi, none of which exists", "obj/fuchsia.zbi")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"{", "is not JSON"),
        (b"\xff\xfe\xfd", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"{}", "is not a list of images"),
        (b'[{"name": 1, "path": "x"}]', "entry 0"),
        (b'[{"path": "a\\u0000b", "type": "zbi"}]', "entry 0"),
        (b"[3, null]", "0 entries of type zbi"),
    ],
)
def test_broken_images_json(tmp_path: Path, data: bytes, problem: str) -> None:
    make_folder(tmp_path, {"images.json": data})
    fails(tmp_path, problem, "images.json")


BUNDLE = {
    "version": "2",
    "product_name": "made.up",
    "system_a": [
        {"type": "zbi", "name": "zircon-a", "path": "system_a/fuchsia.zbi"},
        {"type": "qemu_kernel", "path": "system_a/shim"},
    ],
    "system_r": [{"type": "zbi", "name": "zircon-r", "path": "system_r/zedboot.zbi"}],
}
BUNDLE_FILES = {
    "system_a/fuchsia.zbi": complete_zbi(strings=TODAY, compression=Compression.ZSTD),
    "system_a/shim": LINUX_X86_SHIM,
    "system_r/zedboot.zbi": kernel_zbi(),
}


def test_product_bundle(tmp_path: Path) -> None:
    files = {"product_bundle.json": json.dumps(BUNDLE).encode(), **BUNDLE_FILES}
    make_folder(tmp_path, files)
    image = load(tmp_path)
    assert image.kernel == tmp_path / "system_a/shim"
    assert image.zbi == BUNDLE_FILES["system_a/fuchsia.zbi"]
    assert load(tmp_path / "product_bundle.json") == image


def test_product_bundle_as_assembly_names_the_kernel(tmp_path: Path) -> None:
    slot = [BUNDLE["system_a"][0], {**QEMU_KERNEL, "path": "system_a/shim"}]
    bundle = json.dumps({"version": "2", "system_a": slot}).encode()
    make_folder(tmp_path, {"product_bundle.json": bundle, **BUNDLE_FILES})
    assert load(tmp_path).kernel.name == "shim"


@pytest.mark.parametrize("text", ["[]", "{}", '{"system_a": null}', '{"data": {}}'])
def test_product_bundle_without_a_system(tmp_path: Path, text: str) -> None:
    make_folder(tmp_path, {"product_bundle.json": text.encode()})
    fails(tmp_path, "has no list system_a")


def test_product_bundles_of_an_out_folder(tmp_path: Path) -> None:
    listed = [{"name": "a", "path": "obj/a"}, {"name": "b", "path": "obj/b/product_bundle.json"}]
    make_folder(tmp_path, {"product_bundles.json": manifest(*listed)})
    fails(tmp_path, "0 of the product bundles listed exist: none")
    bundle = {"product_bundle.json": json.dumps(BUNDLE).encode(), **BUNDLE_FILES}
    make_folder(tmp_path / "obj/b", bundle)
    assert load(tmp_path).name == "b"
    make_folder(tmp_path, {"images.json": manifest(QEMU_KERNEL)})
    assert load(tmp_path).name == "b"  # today's images.json may have no system
    make_folder(tmp_path / "obj/a", bundle)
    fails(tmp_path / "product_bundles.json", "2 of the product bundles")
    fails(tmp_path, "images.json", "0 entries of type zbi")
