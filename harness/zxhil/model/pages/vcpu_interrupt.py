"""zx_vcpu_interrupt, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import VcpuInterrupt
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.page import Page

page = Page("vcpu_interrupt", VcpuInterrupt, "vcpu_interrupt.md, 2018-12")

raised = page.effect(
    "raised", "an interrupt is raised on the VCPU", words="raises an interrupt", purpose=True
)
# The page does not say how many there are: vectors of x64 have 8 bits, INTIDs of a GIC up to 24.
_SURELY_SUPPORTED = 0xFF
_LARGEST = 0xFFFFFF

page.handle("handle", ObjType.VCPU, Rights.SIGNAL)
page.range(
    "vector",
    _SURELY_SUPPORTED,
    "vector is out of the range of the architecture's interrupts",
    surely=_LARGEST,
    words="outside of the range",
)
