"""zx_system_get_physmem, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import SystemGetPhysmem
from zxhil.model.boot import same_until_boot
from zxhil.model.page import Page

page = Page("system_get_physmem", SystemGetPhysmem, "system_get_physmem.md, 2018-12")

returned = page.effect(
    "returned",
    "the size of physical memory is returned, the same as long as the system runs",
    words="cannot change during a run",
    purpose=True,
)
same_until_boot(page, returned)
