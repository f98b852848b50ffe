"""zx_event_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import EventCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import RIGHTS_BASIC, Rights
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie

page = Page("event_create", EventCreate, "event_create.md, 2018-12")

created = page.created("valid event handle")
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
page.creates("out", ObjType.EVENT, created, rights, begins=initial_cookie)
