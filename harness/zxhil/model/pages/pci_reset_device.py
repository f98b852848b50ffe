"""zx_pci_reset_device, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import PciResetDevice
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for

page = Page("pci_reset_device", PciResetDevice, "pci_reset_device.md, 2018-12")
asks_for(page, "handle", ObjType.PCI_DEVICE, Rights.WRITE)
