"""zx_job_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import JobCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import DEFAULT_RIGHTS, Rights, most_rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, both, tri

page = Page("job_create", JobCreate, "job_create.md, 2018-12")

child_of_parent = page.effect(
    "child_of_parent", "the new job is a child of parent_job", purpose=True
)
default_rights = page.effect(
    "default_rights", "the handle has the default rights of a job (handles.md, rights.h)"
)
_RIGHTS = KnownRights(DEFAULT_RIGHTS["job"], exact=False, most=most_rights("job"))


@page.error(Status.ZX_ERR_BAD_HANDLE, "parent_job is not valid")
def bad_handle(s: State, c: JobCreate) -> Tri:
    return s.invalid(c.parent_job)


@page.error(Status.ZX_ERR_WRONG_TYPE, "parent_job is not a job's")
def wrong_type(s: State, c: JobCreate) -> Tri:
    return s.not_a(c.parent_job, ObjType.JOB)


@page.error(Status.ZX_ERR_INVALID_ARGS, "options is not zero")
def invalid_args_options(s: State, c: JobCreate) -> Tri:
    return tri(c.options != 0)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out is an invalid pointer")
def invalid_args_out(s: State, c: JobCreate) -> Tri:
    return s.bad_output(c.out)


@page.error(Status.ZX_ERR_ACCESS_DENIED, "parent_job lacks ZX_RIGHT_MANAGE_JOB and ZX_RIGHT_WRITE")
def access_denied(s: State, c: JobCreate) -> Tri:
    """ERRORS: WRITE or MANAGE_JOB is missing. RIGHTS: MANAGE_JOB. Open where they differ."""
    write, manage = s.lacks(c.parent_job, Rights.WRITE), s.lacks(c.parent_job, Rights.MANAGE_JOB)
    if manage == write:
        return manage
    return both(MAYBE, s.valid(c.parent_job))


@page.error(Status.ZX_ERR_OUT_OF_RANGE, "the job tree is too high (the page does not say how high)")
def out_of_range(s: State, c: JobCreate) -> Tri:
    object_ = s.object(c.parent_job)
    height = 0
    while object_ is not None and object_.parent is not None:
        object_, height = object_.parent, height + 1
    return MAYBE if height > 8 else NO


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.error(Status.ZX_ERR_BAD_STATE, "parent_job is dead (no call in the model kills one)")
def bad_state(s: State, c: JobCreate) -> Tri:
    return NO


@page.success
def success(s: State, c: JobCreate, o: Outcome) -> None:
    job = s.new_object(KernelObject(ObjType.JOB), s.object(c.parent_job))
    s.new_handle(o.number("out"), job, s.fact(_RIGHTS, default_rights), child_of_parent)
