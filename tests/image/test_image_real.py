"""On the images that ZXHIL_IMAGE_X64 and ZXHIL_IMAGE_ARM64 name."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from skips import NO_IMAGE
from zxhil.abi.arch import Arch
from zxhil.cli.image import command
from zxhil.image import bootfs, zbi
from zxhil.image.find import Image, load
from zxhil.image.pack import boot_words, extend, pack
from zxhil.image.zbi import ItemType, unpacked

pytestmark = pytest.mark.real

QEMU = {
    Arch.X64: ["qemu-system-x86_64", "-machine", "q35", "-cpu", "Haswell,+smap,-check,-fsgsbase"],
    Arch.ARM64: [
        "qemu-system-aarch64",
        "-machine",
        "virt,gic-version=3,virtualization=true",
        "-cpu",
        "cortex-a53",
    ],
}
PATIENCE = 8
# The halt is a race with userboot's last lines: now and then they are lost all the same.
BOOTS = 20


@pytest.fixture(params=list(Arch), ids=str)
def image(request: pytest.FixtureRequest) -> Image:
    name = f"ZXHIL_IMAGE_{request.param.upper()}"
    if name not in os.environ:
        pytest.skip(f"{NO_IMAGE}: {name} is not set")
    return load(Path(os.environ[name]), request.param)


def test_container_is_written_as_it_was_read(image: Image) -> None:
    written = zbi.write(zbi.read(image.zbi, "x"))
    # Fields that our writer does not keep are the container's own flags and CRC.
    assert written[zbi.HEADER.size :] == image.zbi[zbi.HEADER.size : len(written)]


def test_dialect_is_seen_not_assumed(image: Image) -> None:
    assert image.userboot.sure


def test_pack_and_extend(image: Image) -> None:
    packed = zbi.read(pack(image, {"bin/x": b"x"}, boot_words(image, "bin/x")), "x")
    assert packed[-1].type == ItemType.STORAGE_BOOTFS
    own = [item for item in zbi.read(image.zbi, "x") if item.type == ItemType.STORAGE_BOOTFS]
    if len(own) == 1:
        before = bootfs.read(unpacked(own[0], "x"), "x")
        made = zbi.read(extend(image, {"bin/x": b"x"}, ()), "x")
        (after,) = (item for item in made if item.type == ItemType.STORAGE_BOOTFS)
        assert bootfs.read(unpacked(after, "x"), "x") == {**before, "bin/x": b"x"}


def test_info(image: Image) -> None:
    path = os.environ[f"ZXHIL_IMAGE_{image.arch.upper()}"]
    result = CliRunner().invoke(command, ["info", path, "--arch", str(image.arch)])
    assert result.exit_code == 0
    assert str(image.kernel) in result.output


@pytest.mark.qemu
def test_userboot_takes_our_bootfs_and_command_line(image: Image, tmp_path: Path) -> None:
    """Userboot finds the file that we name; it is not an ELF file, so it stops there."""
    # Userboot's end halts the kernel; its last lines are seen only if they are not buffered.
    words = [*boot_words(image, "bin/zxhil-probe"), "kernel.bypass-debuglog=true"]
    boot_data = tmp_path / "boot.zbi"
    boot_data.write_bytes(pack(image, {"bin/zxhil-probe": b"no ELF"}, words))
    args = [*QEMU[image.arch], "-m", "512", "-nodefaults", "-nographic", "-serial", "stdio"]
    args += ["-no-reboot", "-kernel", str(image.kernel), "-initrd", str(boot_data)]
    said = b""
    for _ in range(BOOTS):
        said = boot_until(args, b"bootfs for 'bin/zxhil-probe'")
        if b"bootfs for 'bin/zxhil-probe'" in said:
            break
    assert b"bootfs for 'bin/zxhil-probe'" in said, said.decode(errors="replace")[-2000:]
    assert b"file not found" not in said


def boot_until(args: list[str], text: bytes) -> bytes:
    """Read until a line with `text` and one more are there, or the halt, or patience ends."""
    said, end = b"", time.monotonic() + PATIENCE
    with (
        subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as qemu,
        selectors.DefaultSelector() as selector,
    ):
        assert qemu.stdout is not None
        selector.register(qemu.stdout, selectors.EVENT_READ)
        while text not in said or said.split(text, 1)[1].count(b"\n") < 2:
            if b"HALT: spinning" in said or not selector.select(max(0.0, end - time.monotonic())):
                break
            chunk = os.read(qemu.stdout.fileno(), 4096)
            if not chunk:
                break
            said += chunk
        qemu.kill()
    return said.replace(b"BOOTFS", b"bootfs")
