"""zx_handle_duplicate, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import HandleDuplicate
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.queries import SAME_RIGHTS
from zxhil.model.state import State

page = Page("handle_duplicate", HandleDuplicate, "handle_duplicate.md, 2018-12")

same_object = page.effect(
    "same_object",
    "the duplicate refers to the same object",
    words=("same underlying object", "new access rights"),
    purpose=True,
)
new_rights = page.effect(
    "new_rights",
    "the duplicate has the rights asked for, or the same ones",
    said_with=same_object,
    words="zx_right_same_rights",
)

page.valid("handle")
page.rights_held("rights", "handle")
page.pointer("out")
page.has_right("handle", Rights.DUPLICATE)
page.no_memory()


@page.success
def success(s: State, c: HandleDuplicate, o: Outcome) -> None:
    if c.rights == SAME_RIGHTS:
        rights = s.same_rights(c.handle, new_rights)
    else:
        rights = s.rights_given(c.handle, c.rights, new_rights)
    object_ = s.fact(s.object(c.handle), same_object)
    s.new_handle(o.number("out"), object_, rights, same_object)
