"""zx_pci_add_subtract_io_range, as its page stood in 2018-12: what it says is in RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import PciAddSubtractIoRange
from zxhil.abi.objects import ResourceKind
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind

page = Page(
    "pci_add_subtract_io_range", PciAddSubtractIoRange, "pci_add_subtract_io_range.md, 2018-12"
)
asks_for_kind(page, "handle", ResourceKind.ROOT)
