"""zx_pci_set_irq_mode, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import PciSetIrqMode
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for

page = Page("pci_set_irq_mode", PciSetIrqMode, "pci_set_irq_mode.md, 2018-12")
asks_for(page, "handle", ObjType.PCI_DEVICE, Rights.WRITE)
