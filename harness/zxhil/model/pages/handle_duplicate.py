"""zx_handle_duplicate, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import HandleDuplicate
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.queries import SAME_RIGHTS
from zxhil.model.state import State
from zxhil.model.tri import Tri

page = Page("handle_duplicate", HandleDuplicate, "handle_duplicate.md, 2018-12")

same_object = page.effect("same_object", "the duplicate refers to the same object", purpose=True)
new_rights = page.effect("new_rights", "the duplicate has the rights asked for, or the same ones")


@page.error(Status.ZX_ERR_BAD_HANDLE, "handle is not valid")
def bad_handle(s: State, c: HandleDuplicate) -> Tri:
    return s.invalid(c.handle)


@page.error(Status.ZX_ERR_INVALID_ARGS, "rights requests some that handle lacks")
def invalid_args_rights(s: State, c: HandleDuplicate) -> Tri:
    return s.more_than(c.handle, c.rights)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out is an invalid pointer")
def invalid_args_out(s: State, c: HandleDuplicate) -> Tri:
    return s.bad_output(c.out)


@page.error(Status.ZX_ERR_ACCESS_DENIED, "handle lacks ZX_RIGHT_DUPLICATE")
def access_denied(s: State, c: HandleDuplicate) -> Tri:
    return s.lacks(c.handle, Rights.DUPLICATE)


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.success
def success(s: State, c: HandleDuplicate, o: Outcome) -> None:
    if c.rights == SAME_RIGHTS:
        rights = s.same_rights(c.handle, new_rights)
    else:
        rights = s.rights_given(c.handle, c.rights, new_rights)
    object_ = s.fact(s.object(c.handle), same_object)
    s.new_handle(o.number("out"), object_, rights, same_object)
