"""zx_thread_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ThreadCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.page import Page

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
page.creates("out", ObjType.THREAD, child_of_process, rights, parent="process")
