"""zx_process_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ProcessCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import DEFAULT_RIGHTS, Rights, most_rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.pairs import in_one_place
from zxhil.model.state import State
from zxhil.model.tri import NO, Tri, tri

page = Page("process_create", ProcessCreate, "process_create.md, 2018-12")

child_of_job = page.effect("child_of_job", "the new process is a child of job", purpose=True)
vmar_returned = page.effect("vmar_returned", "the root of its address space is returned as well")
default_rights = page.effect(
    "default_rights", "the handles have the default rights of their types (handles.md, rights.h)"
)
_PROCESS_RIGHTS = KnownRights(DEFAULT_RIGHTS["process"], exact=False, most=most_rights("process"))
# The root of an address space may have rights to map, too: no page says which.
_VMAR_RIGHTS = KnownRights(DEFAULT_RIGHTS["vmar"], exact=False)


@page.error(Status.ZX_ERR_BAD_HANDLE, "job is not valid")
def bad_handle(s: State, c: ProcessCreate) -> Tri:
    return s.invalid(c.job)


@page.error(Status.ZX_ERR_WRONG_TYPE, "job is not a job's")
def wrong_type(s: State, c: ProcessCreate) -> Tri:
    return s.not_a(c.job, ObjType.JOB)


@page.error(Status.ZX_ERR_ACCESS_DENIED, "job lacks ZX_RIGHT_WRITE")
def access_denied(s: State, c: ProcessCreate) -> Tri:
    return s.lacks(c.job, Rights.WRITE)


@page.unspecified
def manage_process(s: State, c: ProcessCreate) -> Tri:
    """RIGHTS wants ZX_RIGHT_MANAGE_PROCESS, ERRORS has no status for its absence."""
    return s.lacks(c.job, Rights.MANAGE_PROCESS)


@page.error(Status.ZX_ERR_INVALID_ARGS, "name is an invalid pointer")
def invalid_args_name(s: State, c: ProcessCreate) -> Tri:
    return s.bad_input(c.name, c.name_size, null_when_empty=False)


@page.error(Status.ZX_ERR_INVALID_ARGS, "proc_handle is an invalid pointer")
def invalid_args_proc_handle(s: State, c: ProcessCreate) -> Tri:
    return s.bad_output(c.proc_handle)


@page.error(Status.ZX_ERR_INVALID_ARGS, "vmar_handle is an invalid pointer")
def invalid_args_vmar_handle(s: State, c: ProcessCreate) -> Tri:
    return s.bad_output(c.vmar_handle)


@page.error(Status.ZX_ERR_INVALID_ARGS, "options is not zero")
def invalid_args_options(s: State, c: ProcessCreate) -> Tri:
    return tri(c.options != 0)


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.error(Status.ZX_ERR_BAD_STATE, "job is dead (no call in the model kills one)")
def bad_state(s: State, c: ProcessCreate) -> Tri:
    return NO


@page.success
def success(s: State, c: ProcessCreate, o: Outcome) -> None:
    process = s.new_object(KernelObject(ObjType.PROCESS), s.object(c.job))
    vmar = s.new_object(KernelObject(ObjType.VMAR))
    if in_one_place(s, o, ("proc_handle", "vmar_handle"), (process, vmar), child_of_job):
        return
    rights = s.fact(_PROCESS_RIGHTS, default_rights)
    s.new_handle(o.number("proc_handle"), process, rights, child_of_job)
    rights = s.fact(_VMAR_RIGHTS, default_rights)
    s.new_handle(o.number("vmar_handle"), vmar, rights, vmar_returned)
