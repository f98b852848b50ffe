"""Setting signals by masks: what the pages of zx_object_signal and zx_object_signal_peer share."""

from __future__ import annotations

from typing import Any

from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Clause
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.sentences import Predicate
from zxhil.model.state import State
from zxhil.model.stated import NOT_VALID
from zxhil.model.tri import MAYBE, Tri, both, either


def user_signals(page: Page[Any], whose: str = "") -> Clause:
    """The purpose of both calls; `whose` says of which object, if it is not the handle's."""
    clause = page.effect(
        "user_signals",
        f"the eight user signals{whose} are cleared, then set, as asked",
        words=("8 signal bits", "zx_user_signal_7"),
        purpose=True,
    )
    page.state(clause, words=("clear_mask is first used", "set_mask"))
    return clause


def mask_errors(page: Page[Any], right: Rights, wrong_masks: Predicate) -> None:
    """The errors of the handle, which must have `right`, and of the masks."""

    def no_process(s: State, c: Any) -> Tri:
        """RIGHTS asks for a process's handle, DESCRIPTION for another's: the page contradicts
        itself. It names no error for another type: one about the handle it must be, not the
        masks'."""
        return both(MAYBE, s.not_a(c.handle, ObjType.PROCESS))

    @page.error(Status.ZX_ERR_BAD_HANDLE, "handle is not valid", about="handle", words=NOT_VALID)
    def bad_handle(s: State, c: Any) -> Tri:
        return either(s.invalid(c.handle), no_process(s, c))

    name = f"ZX_RIGHT_{right.name}"

    @page.error(
        Status.ZX_ERR_ACCESS_DENIED, f"handle lacks {name}", about="handle", words=name.lower()
    )
    def access_denied(s: State, c: Any) -> Tri:
        return either(s.lacks(c.handle, right), no_process(s, c))

    sentence = "a mask has bits that are not allowed"
    invalid = page.add_error("invalid_args", (Status.ZX_ERR_INVALID_ARGS,), sentence, wrong_masks)
    for mask in ("clear_mask", "set_mask"):
        page.state(invalid, about=mask, words="not allowed")


def signaled(s: State, object_: KernelObject, call: Any, clause: Clause) -> None:
    """The call cleared and set signals of the object, as `clause` says."""
    before = object_.signals.value
    after = None if before is None else before & ~call.clear_mask | call.set_mask
    s.change(object_.signals, after, clause)
