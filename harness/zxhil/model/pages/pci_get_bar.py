"""zx_pci_get_bar, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import PciGetBar
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.facts import Fact
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for
from zxhil.model.state import State

page = Page("pci_get_bar", PciGetBar, "pci_get_bar.md, 2018-12")
returned = page.effect(
    "returned", "a handle is returned", elsewhere="syscalls.abigen", purpose=True
)
asks_for(page, "handle", ObjType.PCI_DEVICE, Rights.READ, Rights.WRITE)


@page.success
def success(s: State, c: PciGetBar, o: Outcome) -> None:
    s.new_handle(o.number("out_handle"), Fact(None), Fact(None), returned)
