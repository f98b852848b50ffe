"""zx_vcpu_write_state, as its page stood in 2018-12.

The page does not say on which machines there is a ZX_VCPU_IO.
"""

from __future__ import annotations

from zxhil.abi.calls import VcpuWriteState
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.guests import (
    IO_SIZE,
    OTHER_THREAD,
    STATE_SIZES,
    VCPU_IO,
    VCPU_STATE,
    bad_state,
    state_head,
    vcpu_of,
)
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, tri

page = Page("vcpu_write_state", VcpuWriteState, "vcpu_write_state.md, 2018-12")

written = page.effect(
    "written", "the VCPU's state is that in buffer", words="writes the state", purpose=True
)

page.handle("handle", ObjType.VCPU, Rights.WRITE)
page.when(
    "bad_state",
    OTHER_THREAD,
    bad_state,
    "handle",
    about="handle",
    words="bad state",
)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "kind is neither ZX_VCPU_STATE nor ZX_VCPU_IO",
    about="kind",
    words="does not name a known vcpu state",
)
def invalid_args_kind(s: State, c: VcpuWriteState) -> Tri:
    if c.kind == VCPU_STATE:
        return NO
    return MAYBE if c.kind == VCPU_IO else YES


page.pointer("buffer")


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "buffer_size is not the size of what kind says",
    about="buffer_size",
    words="does not match the expected size",
)
def invalid_args_size(s: State, c: VcpuWriteState) -> Tri:
    sizes = {VCPU_STATE: STATE_SIZES, VCPU_IO: (IO_SIZE,)}.get(c.kind)
    return tri(sizes is not None and c.buffer_size not in sizes)


@page.success
def success(s: State, c: VcpuWriteState, o: Outcome) -> None:
    vcpu = vcpu_of(s, c.handle)
    if vcpu is not None and c.kind == VCPU_STATE:
        head = state_head(c.buffer.content)
        s.change(vcpu.head, head, None if head is None else written)


@page.failure
def failure(s: State, c: VcpuWriteState, o: Outcome) -> None:
    vcpu, head = vcpu_of(s, c.handle), state_head(c.buffer.content)
    if vcpu is not None and head is not None:
        s.may_have_become(vcpu.head, head)
