"""zx_profile_create, as its page was in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import ProfileCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.facts import Fact
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for
from zxhil.model.state import State

page = Page("profile_create", ProfileCreate, "profile_create.md, 2018-12")
returned = page.effect(
    "returned", "a handle is returned", elsewhere="syscalls.abigen", purpose=True
)
asks_for(page, "root_job", ObjType.JOB, Rights.MANAGE_PROCESS)


@page.success
def success(s: State, c: ProfileCreate, o: Outcome) -> None:
    profile = s.new_object(KernelObject(ObjType.PROFILE))
    s.new_handle(o.number("out"), profile, Fact(None), returned)
