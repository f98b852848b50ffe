"""The end of ``zxhil run``: its reports, history, and notification, and the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from zxhil.abi.arch import Arch
from zxhil.cli.ending import explain
from zxhil.cli.reports import Reports
from zxhil.errors import EXIT_MACHINE

if TYPE_CHECKING:
    from zxhil.cli.asked import Asked, Options
    from zxhil.run.record import RunReport
    from zxhil.run.setup import Setup

#: As a shell reports a process killed by the signal.
_INTERRUPTED = {"interrupted by the user": 130, "interrupted by SIGTERM": 143}


def deliver(
    reports: Reports,
    options: Options,
    asked: Asked,
    report: RunReport,
    digests: Mapping[str, str],
    trouble: BaseException | None,
) -> int:
    """Write the reports, and notify; return the exit code."""
    find = None
    if reports.history_file is not None:
        from zxhil.cli.after import find_origins

        find = find_origins(options.repo, digests)
    try:
        code = reports.deliver(report, asked.whole, asked.logs, asked.tasks, find)
    except Exception as error:
        code, trouble = EXIT_MACHINE, trouble or error
    # On standard error: the last line of the report says which kernel ran.
    click.echo(f"logs: {asked.logs}", err=True)
    if trouble is not None:
        code = max(explain(trouble), EXIT_MACHINE)
    code = _INTERRUPTED.get(report.interrupted, code)
    reports.announce(report, code, asked.whole, asked.logs)
    return code


def image_digests(setups: Mapping[Arch, Setup]) -> dict[str, str]:
    """The digests of the images: a kernel that does not boot has no record with its own."""
    from zxhil.run.setup import kernel_digest

    return {arch.value: kernel_digest(s) for arch, s in setups.items() if s.image is not None}
