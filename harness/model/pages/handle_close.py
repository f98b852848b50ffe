"""zx_handle_close, as its page stood in 2018-12."""

from __future__ import annotations

from harness.abi.calls import HandleClose
from harness.abi.status import Status
from harness.model.page import Outcome, Page
from harness.model.state import State
from harness.model.tri import NO, Tri

page = Page("handle_close", HandleClose, "handle_close.md, 2018-12")

closed = page.effect("closed", "after success the handle is closed")
invalid_is_fine = page.effect("invalid_is_fine", "ZX_HANDLE_INVALID may be closed")


@page.error(Status.ZX_ERR_BAD_HANDLE, "handle is not valid")
def bad_handle(s: State, c: HandleClose) -> Tri:
    return NO if c.handle == 0 else s.invalid(c.handle)


@page.success
def success(s: State, c: HandleClose, o: Outcome) -> None:
    s.reach(invalid_is_fine, c.handle == 0)
    s.take(c.handle, closed)
