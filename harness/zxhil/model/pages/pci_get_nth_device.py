"""zx_pci_get_nth_device, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import PciGetNthDevice
from zxhil.abi.objects import ResourceKind
from zxhil.model.clause import Outcome
from zxhil.model.facts import Fact
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind
from zxhil.model.state import State

page = Page("pci_get_nth_device", PciGetNthDevice, "pci_get_nth_device.md, 2018-12")
returned = page.effect(
    "returned", "a handle is returned", elsewhere="syscalls.abigen", purpose=True
)
asks_for_kind(page, "handle", ResourceKind.ROOT)


@page.success
def success(s: State, c: PciGetNthDevice, o: Outcome) -> None:
    s.new_handle(o.number("out_handle"), Fact(None), Fact(None), returned)
