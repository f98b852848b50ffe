"""zx_system_get_num_cpus, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import SystemGetNumCpus
from zxhil.model.boot import same_until_boot
from zxhil.model.page import Page

page = Page("system_get_num_cpus", SystemGetNumCpus, "system_get_num_cpus.md, 2018-12")

returned = page.effect(
    "returned",
    "the number of CPUs is returned, the same as long as the system runs",
    words="cannot change during a run",
    purpose=True,
)
same_until_boot(page, returned)
