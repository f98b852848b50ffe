"""A run is of what the user hands over: the image's own command line is the kernel's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from run_setup import setup_for
from zxhil.abi.arch import Arch
from zxhil.cli import bisect, run
from zxhil.image import zbi
from zxhil.image.find import load
from zxhil.run.setup import kernel_digest
from zxhil.standin import build

pytestmark = pytest.mark.qemu
SHIMS = {Arch.X64: "multiboot.bin", Arch.ARM64: "qemu-boot-shim.bin"}


def image(folder: Path, arch: Arch, words: bytes = b"") -> Path:
    """A copy of the stand-in, with a command line of its own in its ZBI."""
    own = load(build(arch), arch)
    folder.mkdir()
    line = [zbi.Item(zbi.ItemType.CMDLINE, words + b"\0")] if words else []
    (folder / "kernel.zbi").write_bytes(zbi.write([*zbi.read(own.zbi, "x"), *line]))
    shutil.copy(own.kernel, folder / SHIMS[arch])
    return folder


@pytest.mark.parametrize("arch", Arch)
@pytest.mark.parametrize("boots", ["each", "once"])
def test_a_fault_that_the_image_itself_switches_on_is_seen(
    tmp_path: Path, arch: Arch, boots: str
) -> None:
    own = image(tmp_path / "own", arch, b"standin.fault=cw-not-sent userboot=bin/theirs")
    out = tmp_path / "run.json"
    options = ["--image", own, "--json", out, "--tests", "channel_write", "--case", "*bytes*"]
    options += ["--smp", 2, "--boots", boots, "--log-dir", tmp_path / "logs"]
    done = CliRunner().invoke(run.command, [str(option) for option in options])
    assert done.exit_code == 1, done.output
    data = json.loads(out.read_text())
    assert data["kernels"][0]["boot_data"] == [
        "command line of the image kept: standin.fault=cw-not-sent; overridden: userboot=bin/theirs"
    ]
    assert all("-smp 2 " in " ".join(boot["command"]) for boot in data["boots"])


def test_bisect_sees_that_two_ends_differ_by_their_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nightly").mkdir()
    image(tmp_path / "nightly" / "1", Arch.X64)
    image(tmp_path / "nightly" / "2", Arch.X64, b"standin.fault=cw-not-sent")
    options = ["--images", "nightly", "--when", "page channel_write changes"]
    done = CliRunner().invoke(bisect.command, options)
    assert done.exit_code == 0, done.output
    assert "do not differ" not in done.output


def test_kernel_with_other_words_has_another_digest(tmp_path: Path) -> None:
    """A history would count both as one kernel."""
    digests = [
        kernel_digest(setup_for(tmp_path, tmp_path, words=words))
        for words in ((), ("a=1",), ("a=1",), ("a=2",), ("a=1", "b=2"))
    ]
    assert digests[1] == digests[2]
    assert len(set(digests)) == 4
