"""zx_system_mexec, as its page stood in 2018-12: it lists no errors."""

from __future__ import annotations

from zxhil.abi.calls import SystemMexec
from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for, asks_for_kind

page = Page("system_mexec", SystemMexec, "system_mexec.md, 2018-12")
asks_for_kind(page, "resource", ResourceKind.ROOT)
asks_for(page, "kernel_vmo", ObjType.VMO, Rights.READ)
asks_for(page, "bootimage_vmo", ObjType.VMO, Rights.READ)
