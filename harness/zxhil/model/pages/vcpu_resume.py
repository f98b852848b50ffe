"""zx_vcpu_resume, as its page stood in 2018-12.

The model does not follow what the guest executes: whether it can, the kernel says.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import VcpuResume
from zxhil.abi.kinds.layouts import PortPacket
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.guests import OTHER_THREAD, bad_state, hit, vcpu_of, wrong_key
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, Tri, both

page = Page("vcpu_resume", VcpuResume, "vcpu_resume.md, 2018-12")

paused = page.effect(
    "paused",
    "the call returns when execution has paused, and packet says why",
    words="packet is populated with reason",
    purpose=True,
)

page.handle("handle", ObjType.VCPU, Rights.EXECUTE)
page.when(
    "bad_state",
    OTHER_THREAD,
    bad_state,
    "handle",
    about="handle",
    words="bad state",
)


def _runs(s: State, handle: int) -> Tri:
    return both(MAYBE, s.is_a(handle, ObjType.VCPU))


page.when(
    "canceled",
    "execution was canceled (the page does not say by what)",
    _runs,
    "handle",
    about="handle",
    words="execution was canceled",
)
page.when(
    "internal",
    "there was an error in executing the guest",
    _runs,
    "handle",
    words="error executing",
)
page.pointer("packet")
page.when(
    "not_supported",
    "the guest executed what is not supported",
    _runs,
    "handle",
    words="unsupported operation",
)
_RAN = (Status.ZX_ERR_CANCELED, Status.ZX_ERR_INTERNAL, Status.ZX_ERR_NOT_SUPPORTED)


@page.outputs
def outputs(s: State, c: VcpuResume, o: Outcome) -> Iterator[Mismatch]:
    from zxhil.model.pages.guest_set_trap import key_reported

    vcpu, packet = vcpu_of(s, c.handle), o.outs.get("packet")
    if o.status != Status.ZX_OK or vcpu is None or not isinstance(packet, PortPacket):
        return
    yield from wrong_key(key_reported, hit(vcpu.guest, packet), packet)


@page.success
def success(s: State, c: VcpuResume, o: Outcome) -> None:
    from zxhil.model.pages.guest_set_trap import key_reported, trap_set

    packet = o.outs.get("packet")
    s.reach(paused, packet is not None)
    _ran(s, c, paused=True)
    vcpu = vcpu_of(s, c.handle)
    if vcpu is not None and isinstance(packet, PortPacket):
        keys = hit(vcpu.guest, packet)
        s.reach(trap_set, bool(keys))
        s.reach(key_reported, packet.key in keys)


@page.failure
def failure(s: State, c: VcpuResume, o: Outcome) -> None:
    if o.status in _RAN:
        _ran(s, c, paused=False)


def _ran(s: State, c: VcpuResume, *, paused: bool) -> None:
    vcpu = vcpu_of(s, c.handle)
    if vcpu is not None:
        s.change(vcpu.head, None, None)
        vcpu.paused = paused
