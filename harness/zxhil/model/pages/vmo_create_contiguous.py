"""zx_vmo_create_contiguous, as its page stood in 2018-12: what it says is in its section RIGHTS.

That the call makes a VMO the page of zx_bti_pin says.
"""

from __future__ import annotations

from zxhil.abi.calls import VmoCreateContiguous
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.objects import Vmo
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for
from zxhil.model.state import State
from zxhil.model.tri import MAYBE

page = Page("vmo_create_contiguous", VmoCreateContiguous, "vmo_create_contiguous.md, 2018-12")
returned = page.effect(
    "returned", "a handle to a VMO is returned", elsewhere="bti_pin.md", purpose=True
)
asks_for(page, "bti", ObjType.BTI, Rights.MAP)


@page.success
def success(s: State, c: VmoCreateContiguous, o: Outcome) -> None:
    vmo = Vmo(0, Fact(None), page.name)
    vmo.committed, vmo.signals.value = MAYBE, None
    s.new_object(vmo)
    s.new_handle(o.number("out"), vmo, Fact(KnownRights(0, exact=False)), returned)
