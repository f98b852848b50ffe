"""Deadlines: what a page says that does not happen before one.

Times are those of the trace, in ns of the monotonic clock: a call was made after its `State.began`,
and was back before its `State.ended`. An emulated machine may be slow, so nothing is ever late.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.model.clause import Clause, Mismatch
from zxhil.model.state import State

INFINITE = (1 << 63) - 1
"""ZX_TIME_INFINITE."""


def signed(time: int) -> int:
    """A zx_time_t, of the bits that a call was given."""
    return time - (1 << 64) if time >> 63 else time


def is_early(s: State, deadline: int) -> bool:
    """Was the call that is judged surely back before `deadline`? Not if the trace has no times."""
    return 0 < s.ended < signed(deadline)


def before_deadline(s: State, deadline: int, clause: Clause) -> Iterator[Mismatch]:
    """Check that the call which is judged did not return before `deadline`, as `clause` says."""
    if not is_early(s, deadline):
        return
    if deadline == INFINITE:
        yield Mismatch(clause, "no return, as the deadline is ZX_TIME_INFINITE", "a return")
    else:
        early = deadline - s.ended
        yield Mismatch(clause, f"a return not before {deadline} ns", f"it {early} ns early")
