"""zx_pmt_unpin, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import PmtUnpin
from zxhil.abi.objects import ObjType
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("pmt_unpin", PmtUnpin, "pmt_unpin.md, 2018-12")

consumed = page.effect(
    "consumed", "handle is gone, whatever the status", words="always consumes handle", purpose=True
)

page.handle("handle", ObjType.PMT)


@page.success
def success(s: State, c: PmtUnpin, o: Outcome) -> None:
    s.discard(c.handle, consumed)


@page.failure
def failure(s: State, c: PmtUnpin, o: Outcome) -> None:
    s.discard(c.handle, consumed)
