"""zx_handle_close_many, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import HandleCloseMany
from zxhil.abi.status import Status
from zxhil.model.clause import Clause, Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.stated import NOT_VALID
from zxhil.model.tri import MAYBE, NO, Tri, either, tri
from zxhil.model.unknown import entries_unseen, has_unseen

page = Page("handle_close_many", HandleCloseMany, "handle_close_many.md, 2018-12")

closed = page.effect(
    "closed",
    "all handles are closed, even if one is invalid or there twice",
    words=("closes all handles", "invalid"),
    purpose=True,
)


@page.grant("ZX_HANDLE_INVALID may be closed", words=("not an error to close", "zx_handle_invalid"))
def invalid_is_fine(s: State, c: HandleCloseMany) -> Tri:
    given = _given(c)
    fine = s.any_invalid(given) == NO and s.repeated(given) == NO and _unrecorded(c) == NO
    return tri(0 in c.handles.values and fine)


def _given(c: HandleCloseMany) -> tuple[int, ...]:
    return tuple(handle for handle in c.handles.values if handle)


def _unrecorded(c: HandleCloseMany) -> Tri:
    """Anything may be wrong with entries that the wire did not carry."""
    return MAYBE if has_unseen(c.handles, c.num_handles) else NO


@page.error(
    Status.ZX_ERR_BAD_HANDLE, "an element is not a valid handle", about="handles", words=NOT_VALID
)
def bad_handle_entry(s: State, c: HandleCloseMany) -> Tri:
    return either(s.any_invalid(_given(c)), _unrecorded(c))


@page.error(
    Status.ZX_ERR_BAD_HANDLE, "a handle is in the array twice", words="multiple times|duplicates"
)
def bad_handle_repeated(s: State, c: HandleCloseMany) -> Tri:
    """Of ZX_HANDLE_INVALID, which is fine, the page does not say if it may be there twice."""
    zeros: Tri = MAYBE if c.handles.values.count(0) > 1 else NO
    return either(s.repeated(_given(c)), either(zeros, _unrecorded(c)))


@page.unlisted_where(Status.ZX_ERR_INVALID_ARGS)
def bad_pointer(s: State, c: HandleCloseMany) -> Tri:
    """The page says nothing of an array that can't be read."""
    return s.bad_input(c.handles, c.num_handles, null_when_empty=True)


@page.success
def success(s: State, c: HandleCloseMany, o: Outcome) -> None:
    _close(s, c, closed)


@page.failure
def failure(s: State, c: HandleCloseMany, o: Outcome) -> None:
    _close(s, c, closed if o.status == Status.ZX_ERR_BAD_HANDLE else None)


def _close(s: State, c: HandleCloseMany, clause: Clause | None) -> None:
    if has_unseen(c.handles, c.num_handles):
        entries_unseen(s)
    for handle in _given(c):
        s.take(handle, clause)
