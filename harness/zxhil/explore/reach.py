"""What runs programs on a target: a machine that is restored, or a system that is attached to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from zxhil.errors import UserError
from zxhil.explore.attached import AttachedRuns
from zxhil.explore.execute import Executor
from zxhil.guest.source import Program as Built
from zxhil.live.transports import transport_to
from zxhil.machine.pages import is_possible
from zxhil.oracle.oracle import Oracle
from zxhil.run.setup import Setup
from zxhil.target.model import Target

Reached = Executor | AttachedRuns


def is_one_system(target: Target) -> bool:
    """Is it one system, which one process alone can use?"""
    return target.transport_kind != "bootfs"


def over_memory(target: Target, setup: Setup) -> Setup:
    """The setup with the trace through the machine's memory, where there is one."""
    return replace(setup, memory_trace=target.transport_kind == "bootfs" and is_possible())


def check_jobs(target: Target, jobs: int) -> None:
    """Raise UserError if there are more processes than systems."""
    if is_one_system(target) and jobs > 1:
        raise UserError(f"--jobs {jobs}", "the target is one system", "use --jobs 1")


def reach(
    target: Target,
    setup: Setup,
    built: Built,
    name: str,
    crashes: Path | None,
    say: Callable[[str], None],
) -> Reached:
    """What runs programs on a target.

    Emulated machines and SSH get files with many programs (`Executor`); a board and a console are
    talked with. `say` gets instructions for a person. Raises UserError for an unusable target.
    """
    if target.transport_kind in ("bootfs", "ssh"):
        return Executor(setup, built, name=name, crashes=crashes)
    transport = transport_to(target, setup.logs, setup.zbis, say)

    def oracle() -> Oracle:
        return Oracle(name, None, setup.documented, setup.known, setup.age, standin=setup.standin)

    return AttachedRuns(transport.connect, transport.seconds, oracle)
