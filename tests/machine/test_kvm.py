"""The probe for KVM, with a fake QEMU."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.machine import kvm
from zxhil.machine.boot import Boot

Install = Callable[[str], Boot]

PROBED = """
open(os.path.join(os.path.dirname(sys.argv[0]), "probes"), "a").write("x")
assert sys.argv[sys.argv.index("-accel") + 1] == "kvm"
assert sys.stdin.readline() == "quit\\n"
"""


@pytest.fixture(autouse=True)
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An x86 host with a device that can be opened, and a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    device, boot_id = tmp_path / "kvm", tmp_path / "boot_id"
    device.write_text("")
    boot_id.write_text("first boot\n")
    monkeypatch.setattr(kvm, "_DEVICE", device)
    monkeypatch.setattr(kvm, "_BOOT_ID", boot_id)


def probes(tmp_path: Path) -> int:
    made = tmp_path / "bin/probes"
    return len(made.read_text()) if made.exists() else 0


@pytest.mark.parametrize(("lines", "works"), [("", True), ("sys.exit(1)", False)])
def test_a_launch_decides_and_is_remembered(
    lines: str, works: bool, fake_qemu: Install, tmp_path: Path
) -> None:
    fake_qemu(PROBED + lines)
    assert [kvm.kvm_works(Arch.X64) for _ in range(3)] == [works] * 3
    assert probes(tmp_path) == 1


def test_asked_again_after_a_boot_of_the_host(fake_qemu: Install, tmp_path: Path) -> None:
    fake_qemu(PROBED)
    assert kvm.kvm_works(Arch.X64)
    (tmp_path / "boot_id").write_text("second boot\n")
    assert kvm.kvm_works(Arch.X64)
    assert probes(tmp_path) == 2


def test_asked_again_when_qemu_changes(fake_qemu: Install, tmp_path: Path) -> None:
    fake_qemu(PROBED)
    assert kvm.kvm_works(Arch.X64)
    fake_qemu(PROBED + "sys.exit(1)")
    assert not kvm.kvm_works(Arch.X64)


def test_another_processor_is_never_asked(fake_qemu: Install, tmp_path: Path) -> None:
    fake_qemu(PROBED)
    assert not kvm.kvm_works(Arch.ARM64)
    assert probes(tmp_path) == 0


def test_no_device(fake_qemu: Install, tmp_path: Path) -> None:
    fake_qemu(PROBED)
    (tmp_path / "kvm").unlink()
    assert not kvm.kvm_works(Arch.X64)
    assert probes(tmp_path) == 0


def test_a_cache_that_cannot_be_written(
    fake_qemu: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    fake_qemu(PROBED)
    assert kvm.kvm_works(Arch.X64) and kvm.kvm_works(Arch.X64)
    assert probes(tmp_path) == 2


def test_cache_file_of_random_bytes_is_ignored(fake_qemu: Install, tmp_path: Path) -> None:
    answer = kvm._answer_file(Arch.X64)
    answer.parent.mkdir(parents=True)
    answer.write_bytes(b"\xff\xfe\n\n\n")
    fake_qemu(PROBED)
    assert kvm.kvm_works(Arch.X64)


def test_no_qemu(no_qemu: Boot) -> None:
    with pytest.raises(UserError, match="apt-get install"):
        kvm.kvm_works(Arch.X64)
