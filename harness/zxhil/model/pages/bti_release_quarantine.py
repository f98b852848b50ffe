"""zx_bti_release_quarantine, as its page stood in 2018-12. What it releases no call shows."""

from __future__ import annotations

from zxhil.abi.calls import BtiReleaseQuarantine
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("bti_release_quarantine", BtiReleaseQuarantine, "bti_release_quarantine.md, 2018-12")

released = page.effect(
    "released",
    "the quarantined PMTs of the BTI are released",
    words="releases all quarantined pmts",
    purpose=True,
)

page.handle("handle", ObjType.BTI, Rights.WRITE)


@page.success
def success(s: State, c: BtiReleaseQuarantine, o: Outcome) -> None:
    s.reach(released)
