"""The stand-in is built once, from source, into a folder that is an image like any other."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import zxhil.standin as standin_module
from zxhil.abi.arch import Arch
from zxhil.errors import MachineError, UserError
from zxhil.guest.toolchain import find_toolchain
from zxhil.image import zbi
from zxhil.image.find import load
from zxhil.image.zbi import Item, ItemType
from zxhil.standin import VERSION_PREFIX, build, is_standin


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_image_is_found_and_names_itself(arch: Arch) -> None:
    folder = build(arch)
    image = load(folder)
    assert image.arch is arch
    assert image.userboot.shutdown
    (kernel,) = zbi.read(image.zbi, "stand-in")
    version = kernel.payload[16:].partition(b"\0")[0]
    assert version.startswith(VERSION_PREFIX)
    assert len(version) < 64
    assert folder.name.startswith(version.decode())
    assert is_standin(image.zbi)


def test_other_kernel_is_not_the_standin() -> None:
    assert not is_standin(zbi.write([Item(ItemType.KERNEL_X64, bytes(100))]))


def test_kept_build_needs_no_compiler(arch: Arch) -> None:
    folder = build(arch)
    broken = replace(find_toolchain(), compiler=("/nonexistent",), linker=("/nonexistent",))
    assert build(arch, broken) == folder


def test_another_toolchain_is_another_build(cache: Path) -> None:
    tools = find_toolchain()
    one = build(Arch.ARM64, tools)
    other = build(Arch.ARM64, replace(tools, identity="another"))
    assert one != other
    assert (one / "kernel.zbi").read_bytes() == (other / "kernel.zbi").read_bytes()


def test_two_at_once_share_one_result(cache: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(build, [Arch.ARM64, Arch.ARM64])
    assert first == second
    names = [".zxhil-sums", "kernel.zbi", "qemu-boot-shim.bin"]
    assert sorted(path.name for path in first.iterdir()) == names
    assert [path.name for path in first.parent.iterdir()] == [first.name]


def test_changed_source_is_another_version(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = build(Arch.ARM64)
    sources = tmp_path / "sources"
    shutil.copytree(standin_module.SOURCES, sources)
    monkeypatch.setattr(standin_module, "SOURCES", sources)
    assert build(Arch.ARM64) == before
    with (sources / "lib" / "print.c").open("a") as file:
        file.write("// changed\n")
    assert build(Arch.ARM64) != before


def test_missing_sources_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standin_module, "SOURCES", tmp_path / "site-packages")
    with pytest.raises(UserError, match="sources of the stand-in") as caught:
        build(Arch.X64)
    assert "checkout" in caught.value.remedy


def test_compiler_output_is_shown(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources"
    shutil.copytree(standin_module.SOURCES, sources)
    monkeypatch.setattr(standin_module, "SOURCES", sources)
    (sources / "lib" / "cmdline.c").write_text("#error this is wrong\n")
    with pytest.raises(UserError, match="this is wrong"):
        build(Arch.X64)
    assert list((cache / "zxhil" / "standin").iterdir()) == []


def test_missing_compiler_is_reported(cache: Path) -> None:
    tools = replace(find_toolchain(), compiler=("/nonexistent/clang",))
    with pytest.raises(MachineError, match="cannot be started"):
        build(Arch.X64, tools)


def test_cache_that_is_a_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(MachineError, match="cannot be written"):
        build(Arch.X64)
