"""zx_job_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import JobCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tasks import begins, job_is_dead
from zxhil.model.tri import MAYBE, NO, Tri, both

page = Page("job_create", JobCreate, "job_create.md, 2018-12")

child_of_parent = page.effect(
    "child_of_parent",
    "the new job is a child of parent_job",
    words=("child job object", "parent job"),
    purpose=True,
)
rights = page.default_rights("job")

page.names("parent_job", formerly="job")
page.handle("parent_job", ObjType.JOB)
page.options()
page.pointer("out")


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "parent_job lacks ZX_RIGHT_MANAGE_JOB and ZX_RIGHT_WRITE",
    about="parent_job|job",
    words="zx_right_write",
)
def access_denied(s: State, c: JobCreate) -> Tri:
    """ERRORS: WRITE or MANAGE_JOB is missing. RIGHTS: MANAGE_JOB. Open where they differ."""
    write, manage = s.lacks(c.parent_job, Rights.WRITE), s.lacks(c.parent_job, Rights.MANAGE_JOB)
    if manage == write:
        return manage
    return both(MAYBE, s.valid(c.parent_job))


@page.error(
    Status.ZX_ERR_OUT_OF_RANGE,
    "the job tree is too high (the page does not say how high)",
    words=("height", "too large"),
)
def out_of_range(s: State, c: JobCreate) -> Tri:
    object_ = s.object(c.parent_job)
    height = 0
    while object_ is not None and object_.parent is not None:
        object_, height = object_.parent, height + 1
    return MAYBE if height > 8 else NO


page.no_memory()
page.when("bad_state", "parent_job is dead", job_is_dead, "parent_job", words="dead state")
page.creates("out", ObjType.JOB, child_of_parent, rights, parent="parent_job", begins=begins)
