"""Options that several commands of ``zxhil bisect`` share, some of them with ``zxhil sweep``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from zxhil.abi.arch import Arch
from zxhil.cli import completion
from zxhil.cli.base import OUTPUT, Seconds, color_option
from zxhil.cli.cluster import cluster_option


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


_WHEN = (
    click.option(
        "--when",
        default="",
        metavar="CONDITION",
        help="Condition that makes a kernel bad.",
        shell_complete=completion.conditions,
    ),
    click.option(
        "--when-command",
        default="",
        metavar="CMD",
        help="Command that decides; exit code 0 is good.",
    ),
)
_KERNEL = (
    click.option(
        "--build", default="", metavar="CMD", help="Command that builds the image of a checkout."
    ),
    click.option(
        "--image-path",
        "image_paths",
        multiple=True,
        metavar="REL",
        help="Path of the image that the build produces; may be repeated.",
    ),
    click.option(
        "--arch",
        type=click.Choice([a.value for a in Arch]),
        default=None,
        help="Architecture; default: the image's.",
    ),
    click.option(
        "--tests",
        default="",
        metavar="GLOB",
        help="Programs to run; default: all, or those that --when needs.",
        shell_complete=completion.programs,
    ),
    click.option(
        "--symbols",
        default="",
        metavar="PATH",
        help="ELF file with the kernel's symbols, or its folder, in the worktree with --build; "
        "default: zircon.elf beside the image.",
    ),
    click.option(
        "--word",
        "words",
        multiple=True,
        help="Word to append to the kernel command line; may be repeated.",
    ),
    click.option(
        "--memory",
        type=click.IntRange(64),
        default=None,
        help="Memory of a machine, in MiB; default 128.",
    ),
    click.option(
        "--smp",
        type=click.IntRange(1),
        default=None,
        help="Number of processors; default: what the image names, else 1.",
    ),
    click.option(
        "--limit",
        "limits",
        multiple=True,
        metavar="WHAT=SECONDS",
        help="Limit for boot, case or silence; may be repeated.",
    ),
    click.option(
        "--build-timeout",
        type=Seconds(0),
        default=0.0,
        metavar="S",
        help="Time limit of a build in seconds; default: none.",
    ),
    click.option(
        "--test-timeout",
        type=Seconds(0),
        default=0.0,
        metavar="S",
        help="Time limit of a test in seconds; default: none.",
    ),
)
_WORKERS = (
    cluster_option,
    click.option(
        "--jobs",
        type=click.IntRange(1, 1024),
        default=1,
        help="Candidates tested in parallel; default 1.",
    ),
    click.option("--cache-size", default="4G", help="Size limit of the image cache; default 4G."),
    color_option,
)
#: How a kernel is built and run; of a sweep as well.
kernel_options = _options(*_KERNEL)
#: How many are tested at once, and what is shown; of a sweep as well.
worker_options = _options(*_WORKERS)
what_options = _options(*_WHEN, *_KERNEL)
running_options = _options(
    *_WORKERS,
    click.option("--json", "json_file", type=OUTPUT, help="Write the result as JSON to PATH."),
    click.option("--html", "html_file", type=OUTPUT, help="Write the result as HTML to PATH."),
)
