"""zx_event_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import EventCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import RIGHTS_BASIC, Rights, most_rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page("event_create", EventCreate, "event_create.md, 2018-12")

created = page.effect("created", "a valid handle to a new object is returned", purpose=True)
default_rights = page.effect(
    "default_rights", "the handle has the basic rights and ZX_RIGHT_SIGNAL"
)
_RIGHTS = KnownRights(RIGHTS_BASIC | int(Rights.SIGNAL), exact=False, most=most_rights("event"))


@page.error(Status.ZX_ERR_INVALID_ARGS, "out is NULL or an invalid pointer")
def invalid_args_out(s: State, c: EventCreate) -> Tri:
    return s.bad_output(c.out)


@page.error(Status.ZX_ERR_INVALID_ARGS, "options is not zero")
def invalid_args_options(s: State, c: EventCreate) -> Tri:
    return tri(c.options != 0)


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.success
def success(s: State, c: EventCreate, o: Outcome) -> None:
    event = s.new_object(KernelObject(ObjType.EVENT))
    initial_cookie(s, event)
    s.new_handle(o.number("out"), event, s.fact(_RIGHTS, default_rights), created)
