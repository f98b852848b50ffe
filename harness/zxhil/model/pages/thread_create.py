"""zx_thread_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ThreadCreate
from zxhil.abi.objects import LIMITS, ObjType, Property
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.properties import as_name, change_property
from zxhil.model.state import State
from zxhil.model.task_objects import KernelTask
from zxhil.model.tasks import begins

page = Page("thread_create", ThreadCreate, "thread_create.md, 2018-12")

child_of_process = page.effect(
    "child_of_process",
    "the new thread is a child of process",
    words="child of that process",
    purpose=True,
)
rights = page.default_rights("thread")

named = page.effect(
    "named",
    "the name is the one given, cut to ZX_MAX_NAME_LEN-1 characters",
    words=("name", "silently truncated"),
)
page.handle("process", ObjType.PROCESS, Rights.MANAGE_THREAD)
page.pointer("name", kept=LIMITS["ZX_MAX_NAME_LEN"] - 1)
page.pointer("out")
page.options()
page.no_memory()


@page.success
def success(s: State, c: ThreadCreate, o: Outcome) -> None:
    thread = s.new_object(KernelTask(ObjType.THREAD), s.object(c.process))
    begins(s, thread)
    change_property(s, thread, Property.NAME, as_name(c.name, c.name_size), named)
    s.new_handle(o.number("out"), thread, rights.fact(s), child_of_process)
