"""zx_pci_init, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import PciInit
from zxhil.abi.objects import ResourceKind
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind

page = Page("pci_init", PciInit, "pci_init.md, 2018-12")
asks_for_kind(page, "handle", ResourceKind.ROOT)
