"""zx_event_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import EventCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import RIGHTS_BASIC, Rights
from zxhil.model.clause import Outcome
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie
from zxhil.model.state import State

page = Page("event_create", EventCreate, "event_create.md, 2018-12")

created = page.effect(
    "created",
    "a valid handle to a new object is returned",
    words="valid event handle",
    purpose=True,
)
rights = page.rights(
    "default_rights",
    "the handle has the basic rights and ZX_RIGHT_SIGNAL",
    "event",
    *(Rights(RIGHTS_BASIC), Rights.SIGNAL),
    words=("basic rights", "zx_right_signal"),
)

page.pointer("out")
page.options()
page.no_memory()


@page.success
def success(s: State, c: EventCreate, o: Outcome) -> None:
    event = s.new_object(KernelObject(ObjType.EVENT))
    initial_cookie(s, event)
    s.new_handle(o.number("out"), event, rights.fact(s), created)
