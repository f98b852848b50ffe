"""``zxhil image``: inspect and pack an image."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zxhil import named_file
from zxhil.abi.arch import Arch
from zxhil.cli.base import BINARY_OUTPUT, PATH, Group
from zxhil.errors import UserError
from zxhil.names import no_such

if TYPE_CHECKING:
    from zxhil.image.describe import ImageFacts
    from zxhil.image.find import Image

_ARCH = click.option(
    "--arch",
    type=click.Choice([str(arch) for arch in Arch]),
    help="Architecture, if the path holds both.",
)
_SHIM = click.option("--shim", type=PATH, help="Boot shim; default: the one in the same folder.")


@click.group("image", cls=Group)
def command() -> None:
    """Inspect and pack Zircon images."""


@command.command("info")
@click.argument("path", type=PATH)
@_ARCH
@_SHIM
@click.option("--complete", is_flag=True, help="Use the boot data that includes the user BOOTFS.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(path: Path, arch: str | None, shim: Path | None, complete: bool, as_json: bool) -> None:
    """Describe the image at PATH: kernel, boot shim, architecture and items, and why."""
    from zxhil.image.describe import describe

    facts = describe(_load(path, arch, shim, complete))
    click.echo(json.dumps(facts, indent=2) if as_json else _text(facts))


@command.command("pack")
@click.argument("path", type=PATH)
@click.option("--out", type=BINARY_OUTPUT, required=True, help="ZBI file to write.")
@click.option("--add", multiple=True, metavar="NAME=FILE", help="Put FILE into BOOTFS as NAME.")
@click.option("--boot", metavar="NAME", help="Start NAME of BOOTFS as the first process.")
@click.option(
    "--cmdline", multiple=True, metavar="WORDS", help="Words to append to the kernel command line."
)
@click.option("--extend", "extended", is_flag=True, help="Keep the image's own files as well.")
@_ARCH
@_SHIM
def pack(
    path: Path,
    out: Path,
    add: tuple[str, ...],
    boot: str | None,
    cmdline: tuple[str, ...],
    extended: bool,
    arch: str | None,
    shim: Path | None,
) -> None:
    """Pack the kernel of PATH, the files given, and a command line into a new ZBI.

    The image's own command line and other items are kept; its files only with --extend.
    """
    from zxhil.image import pack as packer

    image = _load(path, arch, shim, extended)
    words = list(packer.boot_words(image, boot)) if boot else []
    words += [word for text in cmdline for word in text.split()]
    files = files_to_add(add)
    if boot and not any(word.startswith("userboot.root=") for word in words):
        must_be_there(boot, [*files, *(packer.own_files(image) if extended else ())])
    make = packer.extend if extended else packer.pack
    data = make(image, files, words)
    parts = (image.kernel, path / Path(image.name).name)
    if os.path.realpath(out) in map(os.path.realpath, parts):
        raise UserError(f"--out {out}", "is a part of the image itself", "give another path")
    named_file.write(out, data, "--out")
    notes = packer.kept(image, words, own_bootfs=not extended).notes
    text = f"{out}: {len(data)} bytes, {image.arch}; boot it with -kernel {image.kernel}"
    click.echo("\n".join((*notes, text)), err=named_file.goes_to_stdout(out))


def _load(path: Path, arch: str | None, shim: Path | None, complete: bool) -> Image:
    from zxhil.image.find import load

    return load(path, Arch(arch) if arch else None, shim_path=shim, bootfs=complete)


def must_be_there(boot: str, files: Iterable[str]) -> None:
    """Raise UserError unless the file to be started first is one of those in BOOTFS."""
    names = sorted(files)
    # "+" begins its arguments.
    if boot not in names and boot.partition("+")[0] not in names:
        raise no_such("--boot", "file", boot, names)


def files_to_add(add: tuple[str, ...]) -> dict[str, bytes]:
    """Read the files of ``--add NAME=FILE``. Raises UserError for another form, or no file."""
    from zxhil.image.layout import read_file

    files: dict[str, bytes] = {}
    for given in add:
        name, equals, source = given.partition("=")
        if not (name and equals and source) or name in files:
            problem = "is given twice" if name in files else "is not of the form NAME=FILE"
            raise UserError(f"--add {given}", problem, "use, for example, --add bin/core=./core")
        files[name] = read_file(Path(source))
    return files


def _text(facts: ImageFacts) -> str:
    shutdown = "supports" if facts["userboot_shutdown"] else "does not support"
    lines = [
        f"{facts['name']} ({facts['arch']})",
        f"  -kernel   {facts['kernel']}",
        f"  userboot  {facts['dialect']}NAME, BOOTFS {facts['bootfs_compression']}, "
        f"{shutdown} userboot.shutdown",
        "found:",
        *(f"  {sentence}" for sentence in facts["found"] + facts["why"]),
        "items:" if facts["items"] else "items: none",
    ]
    for item in facts["items"]:
        packing = (
            f" {item['compression']} of {item['unpacked_size']}" if item["compression"] else ""
        )
        crc = " crc" if item["crc"] else ""
        content = f"  {_plain(item['content'])}" if item["content"] else ""
        lines.append(
            f"  {item['offset']:#10x}  {item['type']}  {item['size']:>10}{packing}{crc}{content}"
        )
    if facts["files"]:
        lines.append("BOOTFS:")
        lines += [f"  {size:>10}  {_plain(name)}" for name, size in sorted(facts["files"].items())]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Remove control sequences from a file's text."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
