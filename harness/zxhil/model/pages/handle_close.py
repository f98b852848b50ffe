"""zx_handle_close, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import HandleClose
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.stated import NOT_VALID
from zxhil.model.tri import NO, Tri, tri

page = Page("handle_close", HandleClose, "handle_close.md, 2018-12")
page.asks_state = lambda c: False

closed = page.effect(
    "closed", "after success the handle is closed", words="closes a handle", purpose=True
)


@page.grant("ZX_HANDLE_INVALID may be closed", words=("not an error to close", "zx_handle_invalid"))
def invalid_is_fine(s: State, c: HandleClose) -> Tri:
    return tri(c.handle == 0)


@page.error(Status.ZX_ERR_BAD_HANDLE, "handle is not valid", about="handle", words=NOT_VALID)
def bad_handle(s: State, c: HandleClose) -> Tri:
    return NO if c.handle == 0 else s.invalid(c.handle)


@page.success
def success(s: State, c: HandleClose, o: Outcome) -> None:
    s.take(c.handle, closed)
