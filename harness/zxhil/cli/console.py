"""``zxhil console``: an interactive console of a booted machine."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zxhil.abi.arch import Arch
from zxhil.cli.base import LOG_FOLDER, PATH, Command
from zxhil.cli.image import files_to_add, must_be_there
from zxhil.errors import MachineError, UserError
from zxhil.machine.params import SYSTEM_MEMORY_MIB

if TYPE_CHECKING:
    from zxhil.image.find import Image
    from zxhil.machine.boot import Boot


@click.command("console", cls=Command)
@click.option("--image", type=PATH, help="Zircon image (docs/images.md); default: the stand-in.")
@click.option("--shim", type=PATH, help="Boot shim; default: found next to the image.")
@click.option(
    "--arch", type=click.Choice([a.value for a in Arch]), help="Architecture; default: the image's."
)
@click.option("--add", multiple=True, metavar="NAME=FILE", help="Put FILE into BOOTFS as NAME.")
@click.option("--boot", metavar="NAME", help="Start NAME of BOOTFS as the first process.")
@click.option(
    "--word",
    "words",
    multiple=True,
    help="Word to append to the kernel command line; may be repeated.",
)
@click.option(
    "--accel",
    type=click.Choice(["auto", "tcg", "kvm"]),
    default="auto",
    help="Accelerator; default: auto, KVM where it works.",
)
@click.option(
    "--memory",
    type=click.IntRange(64),
    default=SYSTEM_MEMORY_MIB,
    help="Memory of the machine, in MiB; default 512.",
)
@click.option(
    "--smp",
    type=click.IntRange(1),
    help="Number of processors; default: what the image names, else 1.",
)
@click.option("--log-dir", type=LOG_FOLDER, help="Folder for the serial log.")
@click.option("--show-command", is_flag=True, help="Print the QEMU command and exit.")
def command(
    image: Path | None,
    shim: Path | None,
    arch: str | None,
    add: tuple[str, ...],
    boot: str | None,
    words: tuple[str, ...],
    accel: str,
    memory: int,
    smp: int | None,
    log_dir: Path | None,
    show_command: bool,
) -> None:
    """Boot an image with an interactive serial console; Ctrl-] stops the machine.

    The image keeps its own files; those given with --add are added to its BOOTFS.
    """
    from zxhil.machine.boot import Boot
    from zxhil.machine.boot import show_command as shown
    from zxhil.machine.params import check_processors, params_for
    from zxhil.machine.scratch import scratch_folder
    from zxhil.machine.scratch import write as scratch_write

    found = _load(image, shim, Arch(arch) if arch else None)
    check_processors(found.arch, smp or 0)
    zbi = _pack(found, files_to_add(add), boot, words)
    with contextlib.ExitStack() as stack:
        scratch = None if show_command else stack.enter_context(scratch_folder())
        path = _keep(zbi) if scratch is None else scratch / "console.zbi"
        scratch_write(path, zbi)
        start = Boot(
            found.arch,
            found.kernel,
            path,
            memory_mib=memory,
            smp=smp or found.processors or 1,
            accel="kvm" if _kvm(accel, found.arch) else "tcg",
            extra=params_for(found.arch).system,
        )
        if scratch is None:
            click.echo(shown(start))
            return
        _run(start, log_dir or scratch)


def _load(path: Path | None, shim: Path | None, arch: Arch | None) -> Image:
    from zxhil.image.find import load

    if path is None:
        from zxhil.standin import build as build_standin

        arch = arch or Arch.X64
        path = build_standin(arch)
    return load(path, arch, shim_path=shim, bootfs=True)


def _pack(image: Image, files: dict[str, bytes], boot: str | None, words: tuple[str, ...]) -> bytes:
    """Pack the user's whole image; a kernel alone needs a first process to be given."""
    from zxhil.image import pack as packer
    from zxhil.image import zbi

    ours = packer.boot_words(image, boot or "")
    if boot is None:
        ours = tuple(word for word in ours if not word.startswith("userboot"))
    items = zbi.read(image.zbi, image.name, check_crc=False)
    has_files = any(item.type == zbi.ItemType.STORAGE_BOOTFS for item in items)
    # With a root, userboot searches below it.
    has_root = any(word.startswith("userboot.root=") for word in words)
    if boot and not has_root and (files or has_files):
        must_be_there(boot, [*files, *(packer.own_files(image) if has_files else ())])
    if has_files:
        return packer.extend(image, files, (*ours, *words))
    if not files or boot is None:
        raise UserError(
            image.name,
            "is a kernel without a BOOTFS to start a first process from",
            "add one and name it: --add bin/NAME=FILE --boot bin/NAME",
        )
    return packer.pack(image, files, (*ours, *words))


def _kvm(accel: str, arch: Arch) -> bool:
    from zxhil.machine.kvm import kvm_works

    return kvm_works(arch) if accel == "auto" else accel == "kvm"


def _keep(zbi: bytes) -> Path:
    """Return a place where the ZBI stays, so that the printed command can be run."""
    from platformdirs import user_cache_path

    name = hashlib.sha256(zbi).hexdigest()[:16]
    folder = user_cache_path("zxhil") / "console"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(
            f"{folder}: cannot be made: {error.strerror}", "set XDG_CACHE_HOME to another folder"
        ) from None
    return folder / f"{name}.zbi"


def _run(start: Boot, logs: Path) -> None:
    from zxhil.machine import console
    from zxhil.machine.machine import Machine

    source, sink = sys.stdin.fileno(), sys.stdout.fileno()
    with Machine(start, logs, "console") as machine:
        click.echo(f"zxhil: {console.ESCAPE_NAME} ends the machine", err=True)
        with console.raw_terminal(source):
            ended = console.converse(machine, source, sink)
        if not ended:
            click.echo("\nzxhil: ended by the user", err=True)
            return
        machine.wait_exit()
        if not machine.powered_off:
            code = machine.exit_code
            raise MachineError(f"QEMU ended with exit code {code}", machine.stderr.strip())
    click.echo("zxhil: the machine powered off", err=True)
