"""zx_thread_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ThreadCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import DEFAULT_RIGHTS, Rights, most_rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page("thread_create", ThreadCreate, "thread_create.md, 2018-12")

child_of_process = page.effect(
    "child_of_process", "the new thread is a child of process", purpose=True
)
default_rights = page.effect(
    "default_rights", "the handle has the default rights of a thread (handles.md, rights.h)"
)
_RIGHTS = KnownRights(DEFAULT_RIGHTS["thread"], exact=False, most=most_rights("thread"))


@page.error(Status.ZX_ERR_BAD_HANDLE, "process is not valid")
def bad_handle(s: State, c: ThreadCreate) -> Tri:
    return s.invalid(c.process)


@page.error(Status.ZX_ERR_WRONG_TYPE, "process is not a process's")
def wrong_type(s: State, c: ThreadCreate) -> Tri:
    return s.not_a(c.process, ObjType.PROCESS)


@page.error(Status.ZX_ERR_ACCESS_DENIED, "process lacks ZX_RIGHT_MANAGE_THREAD")
def access_denied(s: State, c: ThreadCreate) -> Tri:
    return s.lacks(c.process, Rights.MANAGE_THREAD)


@page.error(Status.ZX_ERR_INVALID_ARGS, "name is an invalid pointer")
def invalid_args_name(s: State, c: ThreadCreate) -> Tri:
    return s.bad_input(c.name, c.name_size, null_when_empty=False)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out is an invalid pointer")
def invalid_args_out(s: State, c: ThreadCreate) -> Tri:
    return s.bad_output(c.out)


@page.error(Status.ZX_ERR_INVALID_ARGS, "options is not zero")
def invalid_args_options(s: State, c: ThreadCreate) -> Tri:
    return tri(c.options != 0)


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.success
def success(s: State, c: ThreadCreate, o: Outcome) -> None:
    thread = s.new_object(KernelObject(ObjType.THREAD), s.object(c.process))
    s.new_handle(o.number("out"), thread, s.fact(_RIGHTS, default_rights), child_of_process)
