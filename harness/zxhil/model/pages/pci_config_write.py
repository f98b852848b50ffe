"""zx_pci_config_write, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import PciConfigWrite
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for

page = Page("pci_config_write", PciConfigWrite, "pci_config_write.md, 2018-12")
asks_for(page, "handle", ObjType.PCI_DEVICE, Rights.READ, Rights.WRITE)
