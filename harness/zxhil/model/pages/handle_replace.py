"""zx_handle_replace, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import HandleReplace
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.queries import SAME_RIGHTS
from zxhil.model.state import State

page = Page("handle_replace", HandleReplace, "handle_replace.md, 2018-12")
page.invalidates = "handle"

same_object = page.effect(
    "same_object",
    "the replacement refers to the same object",
    words=("same underlying object", "new access rights"),
    purpose=True,
)
always_invalidated = page.effect(
    "always_invalidated", "handle is gone, whatever the status", words="always invalidated"
)
new_rights = page.effect(
    "new_rights",
    "the replacement has the rights asked for, or the same ones",
    said_with=same_object,
    words="zx_right_same_rights",
)

page.valid("handle")
page.rights_held("rights", "handle")
page.pointer("out")
page.no_memory()


@page.success
def success(s: State, c: HandleReplace, o: Outcome) -> None:
    if c.rights == SAME_RIGHTS:
        rights = s.same_rights(c.handle, new_rights)
    else:
        rights = s.rights_given(c.handle, c.rights, new_rights)
    object_ = s.fact(s.object(c.handle), same_object)
    s.take(c.handle, always_invalidated)
    s.new_handle(o.number("out"), object_, rights, same_object)


@page.failure
def failure(s: State, c: HandleReplace, o: Outcome) -> None:
    s.take(c.handle, always_invalidated)
