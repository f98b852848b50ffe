"""zx_thread_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ThreadCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("thread_create", ThreadCreate, "thread_create.md, 2018-12")

child_of_process = page.effect(
    "child_of_process",
    "the new thread is a child of process",
    words="child of that process",
    purpose=True,
)
rights = page.default_rights("thread")

page.handle("process", ObjType.PROCESS, Rights.MANAGE_THREAD)
page.pointer("name")
page.pointer("out")
page.options()
page.no_memory()


@page.success
def success(s: State, c: ThreadCreate, o: Outcome) -> None:
    thread = s.new_object(KernelObject(ObjType.THREAD), s.object(c.process))
    s.new_handle(o.number("out"), thread, rights.fact(s), child_of_process)
