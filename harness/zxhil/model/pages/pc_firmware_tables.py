"""zx_pc_firmware_tables, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import PcFirmwareTables
from zxhil.abi.objects import ResourceKind
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind

page = Page("pc_firmware_tables", PcFirmwareTables, "pc_firmware_tables.md, 2018-12")
asks_for_kind(page, "handle", ResourceKind.ROOT)
