"""zx_debuglog_create, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import DebuglogCreate
from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.model.clause import Outcome
from zxhil.model.facts import Fact
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind
from zxhil.model.state import State

page = Page("debuglog_create", DebuglogCreate, "debuglog_create.md, 2018-12")
returned = page.effect(
    "returned", "a handle is returned", elsewhere="syscalls.abigen", purpose=True
)
asks_for_kind(page, "resource", ResourceKind.ROOT)


@page.success
def success(s: State, c: DebuglogCreate, o: Outcome) -> None:
    s.new_handle(o.number("out"), KernelObject(ObjType.LOG), Fact(None), returned)
