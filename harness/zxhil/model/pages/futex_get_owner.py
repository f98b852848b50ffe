"""zx_futex_get_owner, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import FutexGetOwner
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.futexes import FUTEXES, owner_koid, pointers
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("futex_get_owner", FutexGetOwner, "futex_get_owner.md, 2018-12")
page.touches = FUTEXES
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
    koid, due = o.number("koid"), owner_koid(s, c.value_ptr)
    if o.status == Status.ZX_OK and koid is not None and due is not None and koid != due:
        yield Mismatch(owner_reported, f"koid={due}", f"koid={koid}")


@page.success
def success(s: State, c: FutexGetOwner, o: Outcome) -> None:
    s.reach(owner_reported, o.number("koid") is not None)
