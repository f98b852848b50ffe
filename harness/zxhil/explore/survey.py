"""What a kernel has of what programs are made of: asked once, by a program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zxhil.abi.kinds import Pointer, Where
from zxhil.abi.status import Status
from zxhil.errors import MachineError, UserError
from zxhil.explore.execute import Runs
from zxhil.explore.leftout import explored
from zxhil.explore.numbers import candidates
from zxhil.explore.program import CallProgram, Step, given_handle
from zxhil.names import is_glob, no_such
from zxhil.run.plan import matches

#: No kernel has it: pages say what that does.
_NO_TOPIC = 77
#: Calls that a second thread needs.
_FOR_THREADS = ("thread_create", "thread_start", "thread_exit", "object_wait_one", "nanosleep")


class Surveyed(NamedTuple):
    """The calls to make, and the topics of zx_object_get_info that the kernel does not know.

    `has_threads`: programs may have a second thread.
    """

    names: tuple[str, ...]
    absent_topics: frozenset[int] = frozenset()
    has_threads: bool = False

    def both(self, other: Surveyed) -> Surveyed:
        """What two kernels have."""
        names = tuple(name for name in self.names if name in other.names)
        return Surveyed(names, self.absent_topics | other.absent_topics)


def chosen(pages: str) -> tuple[str, ...]:
    """The calls whose names match `pages`, globs separated by commas.

    Raises UserError for a part that names no call, or one that programs are not made of.
    """
    names = explored()
    for part in pages.split(","):
        if not any(matches(part, name) for name in names):
            if is_glob(part):
                raise UserError(f"--pages {part}", "matches no call", "see docs/explore.md")
            raise no_such("--pages", "call", part, names)
    return tuple(name for name in names if matches(pages, name))


def survey(executor: Runs, names: Sequence[str]) -> Surveyed:
    """Boot once; returns what of `names` the kernel has.

    Raises MachineError if the kernel does not boot, UserError if it has none of the calls.
    """
    topics = sorted(set(candidates("object_get_info", "topic", "")) - {_NO_TOPIC})
    asked = CallProgram(
        tuple(
            Step(
                "object_get_info",
                {"handle": given_handle("process"), "topic": topic, "buffer": Pointer(Where.NULL),
                 "buffer_size": 0, "actual": Pointer(Where.NULL), "avail": Pointer(Where.NULL)},
            )
            for topic in topics
        )
    )  # fmt: skip
    (_, ran) = next(iter(executor.run([asked])))
    if ran.crash or executor.kernel is None:
        raise MachineError(
            f"the first program did not end: {ran.result.detail}", ran.result.evidence
        )
    refused = int(Status.ZX_ERR_NOT_SUPPORTED)
    absent = {t for t, j in zip(topics, ran.calls, strict=False) if j.outcome.status == refused}
    there = tuple(name for name in names if name not in executor.kernel.absent)
    if not there:
        raise UserError("--pages", "the kernel's vDSO has none of these calls", "name others")
    has_threads = executor.kernel.absent.isdisjoint(_FOR_THREADS)
    return Surveyed(there, frozenset(absent), has_threads)
