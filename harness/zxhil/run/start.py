"""Start a run's programs: each with a boot, or all from one saved boot."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial

from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.guest.build import build_suite
from zxhil.guest.source import Program
from zxhil.push.kept import Keeping, KeptStarts
from zxhil.push.saved import SavedStart
from zxhil.run.plan import Task
from zxhil.run.room import room_for
from zxhil.run.setup import Setup

#: Saving costs a boot and a little more, so it pays off from this many boots per machine.
_AT_LEAST = 2


class Boots(enum.StrEnum):
    """How often a kernel boots: for each program, once for all of them, or as is faster."""

    EACH = "each"
    ONCE = "once"
    AUTO = "auto"


@contextmanager
def saved_starts(
    setups: Mapping[Arch, Setup], tasks: Sequence[Task], jobs: int, rounds: int, boots: Boots
) -> Iterator[dict[Arch, Setup]]:
    """The setups, with a saved start where one is used; it is removed after the block.

    A case that runs in several `rounds` is to see other random numbers of the kernel's in each:
    then a saved start is made only if it was asked for. Machines that were put back are kept, so
    that there may be `jobs` for each architecture: where the host's memory has no room for them,
    each program boots.
    Raises UserError if the kernel is to boot once, and its state can't be saved.
    """
    with ExitStack() as stack:
        made = {}
        for arch, setup in setups.items():
            room = boots is Boots.ONCE or room_for(len(setups) * jobs, setup.memory_mib)
            programs = [task.program for task in tasks if task.program.arch is arch]
            wanted = room and saves(setup, arch, tasks, jobs, rounds, boots)
            keeping = _keeping(setup, programs, jobs, rounds, boots) if room else None
            if wanted or (keeping is not None and keeping.found is not None):
                saved = SavedStart(
                    setup.booting,
                    setup.limits,
                    partial(build_suite, programs),
                    f"{arch}-start",
                    keeping,
                )
                stack.callback(saved.close)
                saved.begin()
                setup = replace(setup, saved=saved)
            made[arch] = setup
        yield made


def _keeping(
    setup: Setup, programs: Sequence[Program], jobs: int, rounds: int, boots: Boots
) -> Keeping | None:
    """Where the saved start is kept between runs, and one from an earlier run that fits.

    So few programs that they are not worth another saved start may be missing in it.
    """
    if boots is Boots.EACH or rounds > 1 or not programs or not _is_possible(setup):
        return None
    starts = KeptStarts(setup.booting, programs)
    return Keeping(starts, None if boots is Boots.ONCE else starts.find(_AT_LEAST * jobs - 1))


def saves(
    setup: Setup, arch: Arch, tasks: Sequence[Task], jobs: int, rounds: int, boots: Boots
) -> bool:
    """Is a saved start used for this architecture? Raises UserError if it must, and cannot be."""
    if boots is Boots.ONCE:
        _must_be_possible(setup)
        return True
    mine = sum(task.program.arch is arch for task in tasks)
    worth = len(tasks) >= _AT_LEAST * jobs and mine > _AT_LEAST
    return boots is Boots.AUTO and rounds == 1 and worth and _is_possible(setup)


def _is_possible(setup: Setup) -> bool:
    """Only emulated machines are saved, and only where the programs are the first process."""
    return setup.transport is None and setup.accel == "tcg"


def _must_be_possible(setup: Setup) -> None:
    if not _is_possible(setup):
        transport = "KVM" if setup.transport is None else "this transport"
        raise UserError(
            f"--boots {Boots.ONCE}",
            f"cannot save state with {transport}",
            f"remove it, or use --boots {Boots.EACH}",
        )
