"""zx_eventpair_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import EventpairCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie
from zxhil.model.pairs import new_pair
from zxhil.model.state import State

page = Page("eventpair_create", EventpairCreate, "eventpair_create.md, 2018-12")

both_ends = page.effect(
    "both_ends",
    "two handles are returned, one to each object of the pair",
    words=("pair of objects", "mutually signalable"),
    purpose=True,
)
rights = page.rights(
    "usable_rights",
    "the handles have the six rights that the page lists",
    "eventpair",
    *(Rights.TRANSFER, Rights.DUPLICATE, Rights.READ, Rights.WRITE),
    *(Rights.SIGNAL, Rights.SIGNAL_PEER),
)

page.pointer("out0")
page.pointer("out1")
page.options(clause="not_supported", status=Status.ZX_ERR_NOT_SUPPORTED, words="unsupported flag")
page.no_memory()


@page.success
def success(s: State, c: EventpairCreate, o: Outcome) -> None:
    first, second = KernelObject(ObjType.EVENTPAIR), KernelObject(ObjType.EVENTPAIR)
    new_pair(s, o, (first, second), both_ends, rights.fact(s))
    initial_cookie(s, first)
    initial_cookie(s, second)
