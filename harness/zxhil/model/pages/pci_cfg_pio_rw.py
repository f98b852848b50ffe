"""zx_pci_cfg_pio_rw, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import PciCfgPioRw
from zxhil.abi.objects import ResourceKind
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind

page = Page("pci_cfg_pio_rw", PciCfgPioRw, "pci_cfg_pio_rw.md, 2018-12")
asks_for_kind(page, "handle", ResourceKind.ROOT)
