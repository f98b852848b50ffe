"""The options that `zxhil explore` and its subcommands share."""

from __future__ import annotations

from typing import Any

import click

from zxhil.abi.arch import Arch
from zxhil.cli import completion
from zxhil.cli.base import PATH
from zxhil.cli.sources import age_options, docs_option
from zxhil.cli.target import target_options

_KERNEL_OPTIONS = (
    click.option(
        "--image", type=PATH, help="Zircon image (docs/images.md); default: the stand-in."
    ),
    click.option("--shim", type=PATH, help="Boot shim; default: found next to the image."),
    click.option(
        "--arch",
        type=click.Choice([a.value for a in Arch]),
        help="Architecture; default: the image's.",
    ),
    click.option(
        "--accel",
        type=click.Choice(["auto", "tcg", "kvm"]),
        default="auto",
        help="Accelerator; default: auto, KVM where it works.",
    ),
    click.option(
        "--memory",
        type=click.IntRange(64),
        help="Memory of a machine, in MiB; default 128, with user space 512.",
    ),
    click.option(
        "--smp",
        type=click.IntRange(1),
        help="Number of processors; default: what the image names, else 1.",
    ),
    click.option(
        "--word",
        "words",
        multiple=True,
        help="Word to append to the kernel command line; may be repeated.",
    ),
    click.option(
        "--known",
        type=PATH,
        help="File of known divergences, or the name of a shipped one.",
        shell_complete=completion.known_files,
    ),
    click.option(
        "--pages", default="*", metavar="GLOB", help="Make only these calls; default: all."
    ),
    click.option(
        "--corpus", type=PATH, metavar="DIR", help="Folder of programs to begin with and to add to."
    ),
)


def kernel_options(function: Any) -> Any:
    """Add the options of the kernel, and of what judges it, to a command."""
    for option in reversed(_KERNEL_OPTIONS):
        function = option(function)
    return age_options(docs_option(target_options(function)))
