"""``zxhil run``: guest tests on a kernel, every call judged."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.abi.arch import Arch
from harness.cli.pages import docs_option, documented_by
from harness.cli.reports import Reports, report_options
from harness.errors import UserError

if TYPE_CHECKING:
    from harness.run.boot import Setup
    from harness.run.plan import Task

_PATH = click.Path(path_type=Path)


@click.command("run")
@click.option("--image", type=_PATH, help="A Zircon image (docs/images.md); else the stand-in.")
@click.option("--shim", type=_PATH, help="The boot shim, where it can't be found by the image.")
@click.option("--arch", type=click.Choice([a.value for a in Arch]), help="Default: all there are.")
@click.option("--tests", default="*", metavar="GLOB", help="Programs of guest_tests/ to run.")
@click.option("--case", "case_", default="*", metavar="GLOB", help="Cases to run.")
@click.option("--jobs", type=click.IntRange(1), help="Machines side by side; default: the cores.")
@click.option("--log-dir", type=_PATH, help="Where the logs go; default: zxhil-logs/TIME.")
@click.option("--accel", type=click.Choice(["auto", "tcg", "kvm"]), default="auto")
@click.option("--memory", type=click.IntRange(64), default=256, help="MiB of a machine.")
@click.option("--word", "words", multiple=True, help="A word for the kernel's command line.")
@click.option("--show-command", is_flag=True, help="Print QEMU commands; keep the ZBIs.")
@docs_option
@report_options
def command(**options: Any) -> None:
    """Run the guest tests on a kernel and judge every call they make."""
    sys.exit(_run(Reports.take(options), **options))


def _run(
    reports: Reports,
    image: Path | None,
    shim: Path | None,
    arch: str | None,
    tests: str,
    case_: str,
    jobs: int | None,
    log_dir: Path | None,
    accel: str,
    memory: int,
    words: tuple[str, ...],
    show_command: bool,
    docs: Path | None,
) -> int:
    from harness.run.journal import Journal
    from harness.run.plan import is_whole, plan
    from harness.run.prepare import find_images, make_setup
    from harness.run.session import Session

    documented = documented_by(docs)
    wanted = None if arch is None else Arch(arch)
    images = find_images(image, wanted, shim)
    tasks = plan(list(images), tests, case_)
    logs = log_dir or Path("zxhil-logs") / time.strftime("%Y%m%d-%H%M%S")
    _refuse_used(logs)
    journal = Journal(logs)
    whole = is_whole(tasks)
    journal.write("whole", {"whole": whole})
    with _zbi_folder(logs if show_command else None) as zbis:
        setups = {
            each: make_setup(found, accel, memory, words, logs, zbis, documented)
            for each, found in images.items()
        }
        if show_command:
            _show(setups, tasks)
        listener = reports.progress(tasks)
        with contextlib.closing(listener):
            report = Session(setups, journal, jobs or os.cpu_count() or 1, listener).run(tasks)
    code = reports.deliver(report, whole)
    click.echo(f"logs: {logs}")
    return 130 if report.interrupted == "interrupted by the user" else code


def _refuse_used(logs: Path) -> None:
    if (logs / "run.jsonl").exists():
        raise UserError(
            str(logs), "holds the logs of another run", "give another --log-dir, or move it away"
        )


def _zbi_folder(keep: Path | None) -> Any:
    from harness.machine.scratch import scratch_folder

    return contextlib.nullcontext(keep) if keep is not None else scratch_folder()


def _show(setups: dict[Arch, Setup], tasks: list[Task]) -> None:
    from harness.machine.boot import show_command
    from harness.run.boot import prepare

    for task in tasks:
        arch = task.program.arch
        name = f"{arch}-{task.program.name}"
        click.echo(show_command(prepare(setups[arch], task, task.selected, name)))
