"""zx_vmar_destroy, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import VmarDestroy
from zxhil.abi.objects import ObjType
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.vmars import destroyed, vmar_of

page = Page("vmar_destroy", VmarDestroy, "vmar_destroy.md, 2018-12")
page.changes = {"handle": ObjType.VMAR}

all_gone = page.effect(
    "destroyed",
    "all mappings in the region are unmapped, all regions in it destroyed: operations on them fail",
    words=("unmaps all mappings", "destroys all sub regions"),
    purpose=True,
)
page.state(all_gone, words="all vmar operations on them will fail")
handle_stays = page.effect("handle_stays", "the handle stays valid", words="does not close handle")
page.state(handle_stays, words="remain valid handles")

page.handle("handle", ObjType.VMAR)
page.when("bad_state", "the VMAR is destroyed", destroyed, "handle", words="already destroyed")


@page.success
def success(s: State, c: VmarDestroy, o: Outcome) -> None:
    vmar = vmar_of(s, c.handle)
    if vmar is not None:
        s.change(vmar.gone, True, all_gone)
    s.keep(c.handle, handle_stays)


@page.failure
def failure(s: State, c: VmarDestroy, o: Outcome) -> None:
    vmar = vmar_of(s, c.handle)
    if vmar is not None:
        s.may_have_become(vmar.gone, True)
