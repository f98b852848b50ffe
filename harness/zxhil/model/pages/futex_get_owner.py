"""zx_futex_get_owner, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import FutexGetOwner
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.futexes import no_waiters, pointers
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import YES

page = Page("futex_get_owner", FutexGetOwner, "futex_get_owner.md, 2018-12")
page.observes = True

owner_reported = page.effect(
    "owner_reported",
    "the koid of the thread that owns the futex is returned, ZX_KOID_INVALID if none does",
    words=("koid of the current owner", "zx_koid_invalid"),
    purpose=True,
)

pointers(page, "value_ptr")
page.pointer("koid")


@page.outputs
def outputs(s: State, c: FutexGetOwner, o: Outcome) -> Iterator[Mismatch]:
    koid = o.number("koid")
    if o.status == Status.ZX_OK and koid and no_waiters(s) == YES:
        yield Mismatch(owner_reported, "ZX_KOID_INVALID, as no thread waits", f"{koid}")


@page.success
def success(s: State, c: FutexGetOwner, o: Outcome) -> None:
    s.reach(owner_reported, o.number("koid") is not None)
