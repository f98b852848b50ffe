"""zx_system_mexec, as its page stood in 2018-12: it lists no errors."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import SystemMexec
from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.page import Page
from zxhil.model.rights_alone import asks_for, asks_for_kind
from zxhil.model.state import State

page = Page("system_mexec", SystemMexec, "system_mexec.md, 2018-12")
supplanted = page.effect(
    "supplanted",
    "on success the new kernel runs, and the call does not return",
    words="shall not return upon success",
    purpose=True,
)
page.leaves = supplanted
asks_for_kind(page, "resource", ResourceKind.ROOT)
asks_for(page, "kernel_vmo", ObjType.VMO, Rights.READ)
asks_for(page, "bootimage_vmo", ObjType.VMO, Rights.READ)


@page.outputs
def outputs(s: State, c: SystemMexec, o: Outcome) -> Iterator[Mismatch]:
    if o.status == Status.ZX_OK:
        yield Mismatch(supplanted, "no return", "ZX_OK")
