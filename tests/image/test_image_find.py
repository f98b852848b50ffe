from __future__ import annotations

import json
from pathlib import Path

import pytest
from image_builders import (
    ARM64,
    ARM64_SHIM,
    LINUX_X86_SHIM,
    MIDDLE,
    NEXT,
    OLD,
    TODAY,
    X64,
    X64_SHIM,
    complete_zbi,
    kernel,
    kernel_zbi,
    make_folder,
    manifest,
    put,
)

from harness.abi.arch import Arch
from harness.errors import UserError
from harness.image import layout, zbi
from harness.image.compress import Compression
from harness.image.find import Image, load
from harness.image.storage import packed
from harness.image.zbi import Item, ItemType


def fails(path: Path, *texts: str, **options: object) -> UserError:
    with pytest.raises(UserError) as caught:
        load(path, **options)  # type: ignore[arg-type]
    message = str(caught.value)
    assert all(text in message for text in texts), message
    assert caught.value.remedy
    return caught.value


def types(image: Image) -> list[int]:
    return [item.type for item in zbi.read(image.zbi, "x")]


# A ZBI and a shim


@pytest.mark.parametrize(
    ("kind", "arch", "name", "shim"),
    [
        (X64, Arch.X64, "multiboot.bin", X64_SHIM),
        (X64, Arch.X64, "linux-x86-boot-shim.bin", LINUX_X86_SHIM),
        (ARM64, Arch.ARM64, "qemu-boot-shim.bin", ARM64_SHIM),
        (ARM64, Arch.ARM64, "linux-arm64-boot-shim.bin", ARM64_SHIM),
    ],
)
def test_zbi_with_shim_beside(
    tmp_path: Path, kind: int, arch: Arch, name: str, shim: bytes
) -> None:
    make_folder(tmp_path, {"some.zbi": complete_zbi(kind), name: shim})
    image = load(tmp_path / "some.zbi")
    assert (image.arch, image.kernel, image.name) == (arch, tmp_path / name, "some.zbi")
    assert image.zbi == complete_zbi(kind)
    assert any(name in sentence for sentence in image.found)
    assert load(tmp_path).kernel == image.kernel


def test_todays_shim_before_the_older_one(tmp_path: Path) -> None:
    files = {"linux-x86-boot-shim.bin": LINUX_X86_SHIM, "multiboot.bin": X64_SHIM}
    make_folder(tmp_path, {"a.zbi": kernel_zbi(), **files})
    assert load(tmp_path / "a.zbi").kernel.name == "linux-x86-boot-shim.bin"


def test_shim_given(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(), "multiboot.bin": X64_SHIM, "else/shim": X64_SHIM})
    image = load(tmp_path / "a.zbi", shim_path=tmp_path / "else/shim")
    assert image.kernel == tmp_path / "else/shim"


def test_kernel_path_does_not_depend_on_the_folder_we_are_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(), "multiboot.bin": X64_SHIM})
    monkeypatch.chdir(tmp_path)
    assert load(Path("a.zbi")).kernel.is_absolute()
    assert load(Path("a.zbi"), shim_path=Path("multiboot.bin")).kernel.is_absolute()


def test_no_shim(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(ARM64), "multiboot.bin": X64_SHIM})
    fails(tmp_path / "a.zbi", "no boot shim for arm64", "qemu-boot-shim.bin", "--shim")


def test_shim_of_the_other_architecture(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(), "multiboot.bin": ARM64_SHIM})
    fails(tmp_path / "a.zbi", "multiboot.bin", "wrong architecture", "arm64", "x64")


def test_shim_without_a_header_is_told(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(), "multiboot.bin": b"?" * 100})
    assert any("no header" in sentence for sentence in load(tmp_path / "a.zbi").found)


def test_missing_shim_file(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi()})
    fails(tmp_path / "a.zbi", "is not a file", shim_path=tmp_path / "none")


def test_multiboot_header_must_be_aligned_and_add_up(tmp_path: Path) -> None:
    for shim in (b"\0" + X64_SHIM, put(X64_SHIM, 68, 1), b"\0" * 8192 + X64_SHIM):
        make_folder(tmp_path, {"a.zbi": kernel_zbi(), "multiboot.bin": shim})
        assert any("no header" in sentence for sentence in load(tmp_path / "a.zbi").found)


def test_architecture_asked_for(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(), "multiboot.bin": X64_SHIM})
    assert load(tmp_path / "a.zbi", Arch.X64).arch is Arch.X64
    fails(tmp_path / "a.zbi", "wrong architecture: x64 was found, arm64", arch=Arch.ARM64)


def test_kernel_for_another_machine(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(ItemType.KERNEL_RISCV64)})
    fails(tmp_path / "a.zbi", "item KRNV at offset 0x20", "wrong architecture")


def test_zbi_without_kernel(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.zbi": zbi.write([Item(ItemType.CMDLINE, b"\0")])})
    fails(tmp_path / "a.zbi", "has no kernel item (it has CMDL)")


def test_two_kernels(tmp_path: Path) -> None:
    data = zbi.write([kernel(), kernel(ARM64)])
    make_folder(tmp_path, {"a.zbi": data, "multiboot.bin": X64_SHIM})
    fails(tmp_path / "a.zbi", "item KRN8 at offset 0x4", "a second kernel item")


def test_shim_given_as_image(tmp_path: Path) -> None:
    make_folder(tmp_path, {"multiboot.bin": X64_SHIM})
    fails(tmp_path / "multiboot.bin", "is a boot shim")


def test_not_an_image(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.txt": b"hello" * 20, "b.json": b"[]"})
    fails(tmp_path / "a.txt", "a.txt: container header at offset 0x0", "not a ZBI")
    fails(tmp_path / "b.json", "images.json")
    fails(tmp_path / "none", "does not exist", "product bundle")
    fails(Path("/dev/zero"), "is not a file")


def test_too_big_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(), "multiboot.bin": X64_SHIM})
    monkeypatch.setattr(layout.read_file, "__defaults__", (100,))
    fails(tmp_path / "a.zbi", "the limit is 100")


# Make-era folders


@pytest.mark.parametrize(
    ("arch", "kind", "shim_name", "shim"),
    [
        (Arch.X64, X64, "multiboot.bin", X64_SHIM),
        (Arch.ARM64, ARM64, "qemu-boot-shim.bin", ARM64_SHIM),
    ],
)
def test_make_folder(tmp_path: Path, arch: Arch, kind: int, shim_name: str, shim: bytes) -> None:
    folder = make_folder(
        tmp_path / f"build-{arch}-release",
        {
            shim_name: shim,
            "kernel.zbi": kernel_zbi(kind),
            "zircon.zbi": complete_zbi(kind),
            # Names of before, still written in late 2018.
            "zircon.bin": kernel_zbi(kind),
            "bootdata.bin": complete_zbi(kind),
        },
    )
    image = load(folder)
    assert (image.arch, image.kernel) == (arch, folder / shim_name)
    assert image.name == f"build-{arch}-release/kernel.zbi"
    assert types(image) == [kind]
    whole = load(folder, bootfs=True)
    assert whole.name == f"build-{arch}-release/zircon.zbi"
    assert ItemType.STORAGE_BOOTFS in types(whole)
    assert load(tmp_path) == image  # by the folder above
    (folder / "zircon.zbi").unlink()
    assert load(folder, bootfs=True).name.endswith("kernel.zbi")


def test_tree_with_both_architectures(tmp_path: Path) -> None:
    x64 = {"multiboot.bin": X64_SHIM, "kernel.zbi": kernel_zbi()}
    arm64 = {"qemu-boot-shim.bin": ARM64_SHIM, "kernel.zbi": kernel_zbi(ARM64)}
    make_folder(tmp_path / "build-x64", x64)
    make_folder(tmp_path / "build-arm64", arm64)
    make_folder(tmp_path / "build-x64-asan", {"readme": b""})
    fails(tmp_path, "ambiguous", "build-arm64", "build-x64", "--arch")
    assert load(tmp_path, Arch.ARM64).arch is Arch.ARM64
    assert load(tmp_path, Arch.X64).arch is Arch.X64


def test_old_x64_folder(tmp_path: Path) -> None:
    """Until July 2018: QEMU loads zircon.bin, a container with a Multiboot header."""
    kernel_bin = zbi.write([Item(X64, b"\0" * 16 + X64_SHIM[64:76] + OLD)])
    folder = make_folder(
        tmp_path / "build-x64",
        {
            "zircon.bin": kernel_bin,
            "bootdata.bin": zbi.write([Item(ItemType.BOOTFS_SYSTEM, b"")]),
        },
    )
    image = load(folder)
    assert (image.arch, image.kernel) == (Arch.X64, folder / "zircon.bin")
    assert types(image) == []
    assert image.userboot.sure
    assert types(load(folder, bootfs=True)) == [ItemType.BOOTFS_SYSTEM]
    assert load(folder / "zircon.bin") == image
    by_data = load(folder / "bootdata.bin")
    assert (by_data.kernel, types(by_data)) == (image.kernel, [ItemType.BOOTFS_SYSTEM])
    fails(folder, "a boot shim is given", shim_path=folder / "zircon.bin")
    make_folder(folder, {"zircon.bin": kernel_zbi(), "bootdata.bin": kernel_zbi()})
    fails(folder, "neither a Multiboot header nor an arm64 Linux header")


def test_zbi_that_qemu_could_load_is_boot_data_where_a_shim_is(tmp_path: Path) -> None:
    """July 2018: the kernel had a Multiboot header still, and multiboot.bin was there."""
    data = zbi.write([Item(X64, b"\0" * 16 + X64_SHIM[64:76] + OLD)])
    make_folder(tmp_path, {"kernel.zbi": data, "else/shim": X64_SHIM})
    assert load(tmp_path / "kernel.zbi").kernel.name == "kernel.zbi"
    given = load(tmp_path / "kernel.zbi", shim_path=tmp_path / "else/shim")
    assert (given.kernel.name, types(given)) == ("shim", [X64])
    make_folder(tmp_path, {"multiboot.bin": X64_SHIM})
    assert load(tmp_path / "kernel.zbi").kernel.name == "multiboot.bin"


@pytest.mark.parametrize("data_name", ["qemu-bootdata.bin", "bootdata.bin"])
def test_old_arm64_folder(tmp_path: Path, data_name: str) -> None:
    """April to July 2018: shim and kernel are one file; the kernel's type was x64's at first."""
    folder = make_folder(
        tmp_path / "build-arm64",
        {
            "qemu-boot-shim.bin": ARM64_SHIM,
            "qemu-zircon.bin": ARM64_SHIM + kernel_zbi(X64),
            "zircon.bin": kernel_zbi(X64),
            data_name: zbi.write([Item(ItemType.STORAGE_BOOTFS, b"")]),
        },
    )
    image = load(folder)
    assert (image.arch, image.kernel) == (Arch.ARM64, folder / "qemu-zircon.bin")
    assert types(load(folder, bootfs=True)) == [ItemType.STORAGE_BOOTFS]
    fails(folder, "wrong architecture: arm64 was found", arch=Arch.X64)


def test_kernel_inside_and_outside(tmp_path: Path) -> None:
    make_folder(tmp_path, {"zircon.bin": X64_SHIM, "bootdata.bin": complete_zbi()})
    fails(tmp_path, "has a kernel, and so has", bootfs=True)


def test_folder_without_image(tmp_path: Path) -> None:
    fails(tmp_path, "no image is found", "images.json", "product_bundle.json", "kernel.zbi")


def test_folder_with_two_zbis(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(), "b.zbi": kernel_zbi()})
    fails(tmp_path, "ambiguous: 2 ZBIs: a.zbi, b.zbi")


# GN, fx and product bundles

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
    fails(tmp_path, "1 entries of type zbi, none of them is there", "obj/fuchsia.zbi")


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
    fails(tmp_path, "0 of the product bundles that it lists are there: none")
    bundle = {"product_bundle.json": json.dumps(BUNDLE).encode(), **BUNDLE_FILES}
    make_folder(tmp_path / "obj/b", bundle)
    assert load(tmp_path).name == "b"
    make_folder(tmp_path, {"images.json": manifest(QEMU_KERNEL)})
    assert load(tmp_path).name == "b"  # today's images.json may have no system
    make_folder(tmp_path / "obj/a", bundle)
    fails(tmp_path / "product_bundles.json", "2 of the product bundles")
    fails(tmp_path, "images.json", "0 entries of type zbi")


# What userboot understands


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


def test_the_kernel_proper_of_today_is_looked_into(tmp_path: Path) -> None:
    stored = packed(ItemType.STORAGE_KERNEL, b"\0" * 9000 + TODAY, Compression.ZSTD)
    data = zbi.write([kernel(X64, b""), stored])
    make_folder(tmp_path, {"a.zbi": data, "multiboot.bin": X64_SHIM})
    userboot = load(tmp_path / "a.zbi").userboot
    assert (userboot.dialect, userboot.sure, userboot.test_next) == ("userboot.next=", True, True)
    broken = zbi.write([kernel(X64, b""), Item(stored.type, b"junk", 9, stored.flags)])
    make_folder(tmp_path, {"a.zbi": broken})
    fails(tmp_path / "a.zbi", "a.zbi: item KSTR at offset 0x", "flagged compressed")


def test_the_test_option_alone_tells_the_dialect(tmp_path: Path) -> None:
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
