"""zx_system_powerctl, as its page stood in 2018-12: what it says is in its section RIGHTS."""

from __future__ import annotations

from zxhil.abi.calls import SystemPowerctl
from zxhil.abi.objects import ResourceKind
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for_kind

page = Page("system_powerctl", SystemPowerctl, "system_powerctl.md, 2018-12")
asks_for_kind(page, "resource", ResourceKind.ROOT)
