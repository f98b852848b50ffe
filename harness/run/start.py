"""Where the boots of a run begin: each with its own, or all with one that was saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from harness.abi.arch import Arch
from harness.guest.build import build_suite
from harness.push.saved import SavedStart
from harness.run.plan import Task
from harness.run.setup import Setup

#: Saving costs a boot and a little more: it is worth it from so many boots for each machine on.
_ROUNDS = 2


@contextmanager
def saved_starts(
    setups: Mapping[Arch, Setup], tasks: Sequence[Task], jobs: int, rounds: int
) -> Iterator[dict[Arch, Setup]]:
    """The setups, with a saved start where that is faster, begun already; gone after the block.

    Only emulated machines are saved, and only where the programs are the first process.
    """
    with ExitStack() as stack:
        made = {}
        for arch, setup in setups.items():
            mine = [task for task in tasks if task.program.arch is arch]
            worth = len(tasks) * rounds >= _ROUNDS * jobs and len(mine) * rounds > _ROUNDS
            if worth and setup.way is None and setup.accel == "tcg":
                saved = _saved(setup, mine, arch)
                stack.callback(saved.close)
                saved.begin()
                setup = replace(setup, saved=saved)
            made[arch] = setup
        yield made


def _saved(setup: Setup, tasks: Sequence[Task], arch: Arch) -> SavedStart:
    programs = [task.program for task in tasks]
    return SavedStart(setup.booting, setup.limits, lambda: build_suite(programs), f"{arch}-start")
