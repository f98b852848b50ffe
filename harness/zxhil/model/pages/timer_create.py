"""zx_timer_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import TimerCreate
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights, most_rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page("timer_create", TimerCreate, "timer_create.md, 2018-12")

created = page.effect("created", "a valid handle to a new object is returned", purpose=True)
usable_rights = page.effect("usable_rights", "the handle can be duplicated, sent, read and written")
_RIGHTS = KnownRights(
    int(Rights.DUPLICATE | Rights.TRANSFER | Rights.READ | Rights.WRITE),
    exact=False,
    most=most_rights("timer"),
)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out is NULL or an invalid pointer")
def invalid_args_out(s: State, c: TimerCreate) -> Tri:
    return s.bad_output(c.out)


@page.error(Status.ZX_ERR_INVALID_ARGS, "options is not a ZX_TIMER_SLACK value")
def invalid_args_options(s: State, c: TimerCreate) -> Tri:
    return tri(c.options > 2)


@page.error(Status.ZX_ERR_INVALID_ARGS, "clock_id is not ZX_CLOCK_MONOTONIC")
def invalid_args_clock(s: State, c: TimerCreate) -> Tri:
    return tri(c.clock_id != LIMITS["ZX_CLOCK_MONOTONIC"])


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.success
def success(s: State, c: TimerCreate, o: Outcome) -> None:
    s.new_handle(
        o.number("out"),
        s.new_object(KernelObject(ObjType.TIMER)),
        s.fact(_RIGHTS, usable_rights),
        created,
    )
