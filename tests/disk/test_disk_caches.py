"""A damaged cache is built again: what is in it is checked by digest whenever it is read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from damage import make_irregular
from zxhil import standin
from zxhil.abi.arch import Arch
from zxhil.bisect.cache import Cache
from zxhil.disk import making as making_module
from zxhil.disk import seal
from zxhil.disk.making import making
from zxhil.guest.build import build, build_suite
from zxhil.machine import kvm


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 0x10
    path.write_bytes(bytes(data))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_sealed_file_with_any_bit_flipped_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.elf"
    whole = seal.sealed(b"content " * 9, path.name)
    path.write_bytes(whole)
    assert seal.read_sealed(path) == b"content " * 9
    for at in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            assert seal.read_sealed(path) is None, (at, bit)
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        assert seal.read_sealed(path) is None, end


def test_a_cached_file_under_the_name_of_another_is_not_read(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    names = ("object_set_cookie", "object_get_child")
    first, second = (build(Arch.X64, name, cache=cache) for name in names)
    first.path.write_bytes(second.path.read_bytes())
    assert build(Arch.X64, "object_set_cookie", cache=cache).elf == first.elf


def test_a_cached_image_under_the_name_of_another_is_not_used(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 1 << 30)
    for key in ("old", "new"):
        cache.put(key, lambda folder: (folder / "a.zbi").write_bytes(b"same size")).close()
    (tmp_path / "new").rename(tmp_path / "lost")
    (tmp_path / "old").rename(tmp_path / "new")
    assert cache.get("new") is None


@pytest.mark.parametrize("kind", ["fifo", "endless", "loop"])
@pytest.mark.parametrize("suffix", [".elf", ".deps"])
def test_a_cached_file_that_is_not_regular_is_built_again(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    cache = tmp_path / "cache"
    elf = build(Arch.X64, "object_set_cookie", cache=cache).elf
    for path in cache.glob(f"*{suffix}"):
        path.unlink()
        make_irregular(path, kind)
    assert build(Arch.X64, "object_set_cookie", cache=cache).elf == elf


def test_a_file_in_place_of_a_cached_folder_leaves_nothing(tmp_path: Path) -> None:
    home, made = tmp_path / "key", tmp_path / "making"
    home.write_bytes(b"no folder")
    made.mkdir()
    seal.seal_folder(made, home.name)
    seal.put_in_place(made, home)
    assert seal.folder_is_whole(home)
    assert list(tmp_path.iterdir()) == [home]


@pytest.mark.parametrize("where", [0, 100, -1])
def test_a_damaged_guest_cache_is_built_again(tmp_path: Path, where: int) -> None:
    cache, source = tmp_path / "cache", tmp_path / "mine.c"
    source.write_text(_case_source())
    program = build(Arch.X64, source, cache=cache)
    suite = build_suite([program], cache=cache)
    # That claims were checked is an empty file: there is nothing to damage.
    kept = {path: path.read_bytes() for path in _files(cache) if path.stat().st_size}
    assert {path.suffix for path in kept} >= {".elf", ".o", ".deps", ".h"}
    for path in kept:
        _flip(path, where)
    assert build(Arch.X64, source, cache=cache).elf == program.elf
    assert build_suite([program], cache=cache).waiting == suite.waiting
    assert {path: path.read_bytes() for path in kept} == kept


def _case_source() -> str:
    from zxhil.shipped import GUEST_TESTS

    return (GUEST_TESTS / "object_get_child_pairs.c").read_text()


def test_a_damaged_stand_in_kernel_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = standin.build(Arch.X64)
    kept = {path: path.read_bytes() for path in _files(folder)}
    _flip(folder / "kernel.zbi", 5000)
    assert standin.build(Arch.X64) == folder
    assert {path: path.read_bytes() for path in _files(folder)} == kept
    (folder / "multiboot.bin").unlink()
    assert standin.build(Arch.X64) == folder
    assert {path: path.read_bytes() for path in _files(folder)} == kept
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize("damage", ["flip", "cut", "more", "gone", "no list"])
def test_a_damaged_image_of_a_bisection_is_fetched_again(tmp_path: Path, damage: str) -> None:
    cache = Cache(tmp_path, 1 << 30)

    def fill(folder: Path) -> None:
        (folder / "fuchsia.zbi").write_bytes(b"image" * 100)

    entry = cache.put("key", fill)
    image = entry.only
    entry.close()
    assert image.name == "fuchsia.zbi"
    match damage:
        case "flip":
            _flip(image, 77)
        case "cut":
            image.write_bytes(image.read_bytes()[:-1])
        case "more":
            (image.parent / "other.zbi").write_bytes(b"")
        case "gone":
            image.unlink()
        case "no list":
            (image.parent / seal.SUMS).unlink()
    assert cache.get("key") is None
    cache.put("key", fill).close()
    again = cache.get("key")
    assert again is not None
    assert again.only.read_bytes() == b"image" * 100
    again.close()


def test_a_damaged_cached_kvm_result_is_probed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(kvm, "_key", lambda program: "this boot")
    monkeypatch.setattr(kvm, "_DEVICE", Path("/dev/null"))
    monkeypatch.setattr(kvm.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(kvm, "_launches", lambda program, params: True)
    assert kvm.kvm_works(Arch.X64)
    kept = tmp_path / "zxhil" / "kvm-x64"
    kept.write_text(kept.read_text().replace("works", "wo2ks"))
    assert kvm.kvm_works(Arch.X64)


def test_next_build_removes_leftovers_of_a_killed_one(tmp_path: Path) -> None:
    left, young = tmp_path / "making-left", tmp_path / "making-young"
    for folder in (left, young):
        folder.mkdir()
        (folder / "object.o").write_bytes(b"half")
    os.utime(left, (time.time() - 3600,) * 2)
    with making(tmp_path, "making-") as work:
        os.utime(work, (time.time() - 3600,) * 2)
        making_module._sweep.cache_clear()
        with making(tmp_path, "making-"):
            assert work.is_dir(), "another process works in it"
        assert not left.exists()
        assert young.is_dir()
    assert not work.exists()


def test_one_process_looks_for_leftovers_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lists the whole cache, and a run may build hundreds of files."""
    listed: list[str] = []
    glob = Path.glob

    def counted(self: Path, pattern: str) -> Iterator[Path]:
        listed.append(pattern)
        return glob(self, pattern)

    monkeypatch.setattr(Path, "glob", counted)
    for _ in range(3):
        with making(tmp_path, "making-"):
            continue
    assert listed == ["making-*"]


def test_a_build_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom zxhil.disk.making import making\n"
        "with making(Path(sys.argv[1]), 'making-') as folder:\n"
        "    (folder / 'object.o').write_bytes(b'half')\n    print('made', flush=True)\n"
        "    time.sleep(600)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "made\n"
    assert len(list(tmp_path.iterdir())) == 1
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    for _ in range(500):
        if not list(tmp_path.iterdir()):
            break
        time.sleep(0.02)
    assert not list(tmp_path.iterdir())
