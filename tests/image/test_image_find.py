"""Images found in a ZBI with a shim beside, and in folders that make left."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from image_builders import (
    ARM64,
    ARM64_SHIM,
    LINUX_X86_SHIM,
    OLD,
    X64,
    X64_SHIM,
    complete_zbi,
    fails,
    kernel,
    kernel_zbi,
    make_folder,
    put,
    types,
)
from zxhil.abi.arch import Arch
from zxhil.image import layout, zbi
from zxhil.image.find import load
from zxhil.image.zbi import Item, ItemType

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


def test_shim_without_a_header_is_reported(tmp_path: Path) -> None:
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
    fails(tmp_path / "a.zbi", "wrong architecture: found x64, requested arm64", arch=Arch.ARM64)


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
    fails(folder, "no Multiboot header, no arm64 Linux header, no arm64 code")


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
    fails(folder, "wrong architecture: found arm64", arch=Arch.X64)


RAW_ARM64 = struct.pack("<3I", 0x910003FD, 0xD5384250, 0xF100121F) + b"\0" * 200


def test_arm64_shim_without_a_header_with_the_kernel_in_it(tmp_path: Path) -> None:
    """March to July 2018: QEMU loads the file all the same."""
    files = {"qemu-zircon.bin": RAW_ARM64 + kernel_zbi(X64), "qemu-boot-shim.bin": RAW_ARM64}
    image = load(make_folder(tmp_path / "build-arm64", files))
    assert (image.arch, image.kernel.name) == (Arch.ARM64, "qemu-zircon.bin")
    assert any("has no Linux header (as before October 2018)" in said for said in image.found)
    fails(tmp_path / "build-arm64", "wrong architecture: found arm64", arch=Arch.X64)


def test_arm64_shim_without_a_header(tmp_path: Path) -> None:
    """July to October 2018."""
    make_folder(tmp_path, {"kernel.zbi": kernel_zbi(ARM64), "qemu-boot-shim.bin": RAW_ARM64})
    image = load(tmp_path)
    assert (image.arch, image.kernel.name) == (Arch.ARM64, "qemu-boot-shim.bin")
    assert any("QEMU loads it as raw code" in said for said in image.found)
    make_folder(tmp_path, {"kernel.zbi": kernel_zbi(X64), "multiboot.bin": RAW_ARM64})
    fails(tmp_path, "wrong architecture: the boot shim is for arm64, the kernel item for x64")


def test_a_zbi_of_an_arm64_kernel_is_no_raw_code(tmp_path: Path) -> None:
    data = zbi.write([Item(ARM64, RAW_ARM64 + OLD)])
    make_folder(tmp_path, {"a.zbi": data})
    fails(tmp_path / "a.zbi", "no boot shim for arm64")


def test_the_folder_of_x86_of_before_march_2018(tmp_path: Path) -> None:
    make_folder(tmp_path, {"build-x86-clang/zircon.bin": X64_SHIM + OLD})
    assert load(tmp_path).name == "build-x86-clang/zircon.bin"
    assert load(tmp_path, Arch.X64).arch is Arch.X64
    fails(tmp_path, "no image found", "build-x86*", arch=Arch.ARM64)


def test_kernel_inside_and_outside(tmp_path: Path) -> None:
    make_folder(tmp_path, {"zircon.bin": X64_SHIM, "bootdata.bin": complete_zbi()})
    fails(tmp_path, "has a kernel, and so has", bootfs=True)


def test_folder_without_image(tmp_path: Path) -> None:
    fails(tmp_path, "no image found", "images.json", "product_bundle.json", "kernel.zbi")


def test_folder_with_two_zbis(tmp_path: Path) -> None:
    make_folder(tmp_path, {"a.zbi": kernel_zbi(), "b.zbi": kernel_zbi()})
    fails(tmp_path, "ambiguous: 2 ZBIs: a.zbi, b.zbi")
