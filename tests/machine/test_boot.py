"""The exact QEMU commands."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.machine.boot import Boot, Channels, command, show_command
from zxhil.machine.params import params_for

CHANNELS = Channels(Path("/s/serial"), Path("/s/qmp"))


def after(argv: tuple[str, ...], option: str) -> list[str]:
    return [argv[i + 1] for i, word in enumerate(argv) if word == option]


def test_the_x64_machine() -> None:
    argv = command(Boot(Arch.X64, Path("k"), Path("z"), memory_mib=96, smp=2), CHANNELS)
    assert argv[0] == "qemu-system-x86_64"
    assert after(argv, "-machine") == ["q35"]
    assert after(argv, "-cpu") == ["Haswell,+smap,-check,-fsgsbase"]
    assert after(argv, "-device") == ["isa-debug-exit,iobase=0xf4,iosize=0x04"]
    assert after(argv, "-accel") == ["tcg"]
    assert after(argv, "-m") == ["96"] and after(argv, "-smp") == ["2"]
    assert after(argv, "-kernel") == ["k"] and after(argv, "-initrd") == ["z"]
    assert after(argv, "-serial") == ["chardev:serial"]
    assert "-nodefaults" in argv and "-no-reboot" not in argv


def test_the_arm64_machine() -> None:
    argv = command(Boot(Arch.ARM64, Path("k"), Path("z")), CHANNELS)
    assert argv[0] == "qemu-system-aarch64"
    assert after(argv, "-machine") == ["virt,gic-version=3,virtualization=true"]
    assert after(argv, "-cpu") == ["cortex-a53"]
    assert after(argv, "-device") == []


@pytest.mark.parametrize("arch", list(Arch))
def test_kvm_takes_the_hosts_processor(arch: Arch) -> None:
    argv = command(Boot(arch, Path("k"), Path("z"), accel="kvm"), CHANNELS)
    assert after(argv, "-accel") == ["kvm"]
    assert after(argv, "-cpu")[0].startswith("host")
    assert after(argv, "-machine") == [params_for(arch).kvm_machine]


@pytest.mark.parametrize("arch", list(Arch))
def test_shown_command_differs_only_in_its_streams(arch: Arch) -> None:
    boot = Boot(arch, Path("/a/k"), Path("/a/z"), extra=("-d", "int"))
    shown = shlex.split(show_command(boot))
    theirs, ours = list(command(boot, None)), list(command(boot, CHANNELS))
    assert shown == theirs
    at = theirs.index("-serial")
    assert theirs[at + 1] == "mon:stdio"
    assert theirs[:at] == ours[:at] and theirs[at + 2 :] == ours[at + 8 :]
    assert not any("/s/" in word for word in theirs)
    assert theirs[-2:] == ["-d", "int"]


def test_the_command_is_quoted_for_a_shell() -> None:
    boot = Boot(Arch.ARM64, Path("/a b/k"), Path("/a b/it's"))
    assert shlex.split(show_command(boot)) == list(command(boot, None))


def test_commas_in_the_paths_of_channels_are_doubled() -> None:
    channels = Channels(Path("/a,b/serial"), Path("/a,b/qmp"))
    argv = command(Boot(Arch.X64, Path("k"), Path("z")), channels)
    assert after(argv, "-chardev") == [
        "pipe,id=serial,path=/a,,b/serial",
        "socket,id=qmp,path=/a,,b/qmp",
    ]


@pytest.mark.parametrize("path", ["/a b/z", "/a,b/z"])
def test_a_module_path_that_qemu_would_split(path: str) -> None:
    with pytest.raises(UserError, match="spaces and commas"):
        command(Boot(Arch.X64, Path("k"), Path(path)), None)
    command(Boot(Arch.ARM64, Path("k"), Path(path)), None)


@pytest.mark.parametrize("arch", list(Arch))
def test_each_architecture_has_its_own_parameters(arch: Arch) -> None:
    assert params_for(arch).arch is arch
