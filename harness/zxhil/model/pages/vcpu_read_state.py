"""zx_vcpu_read_state, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import VcpuReadState
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.guests import OTHER_THREAD, STATE_SIZES, VCPU_STATE, bad_state, state_head, vcpu_of
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("vcpu_read_state", VcpuReadState, "vcpu_read_state.md, 2018-12")
page.observes = True

reported = page.effect(
    "reported", "the VCPU's state is in buffer", words="reads the state", purpose=True
)

page.handle("handle", ObjType.VCPU, Rights.READ)
page.when(
    "bad_state",
    OTHER_THREAD,
    bad_state,
    "handle",
    about="handle",
    words="bad state",
)
page.one_of(
    "kind",
    (VCPU_STATE,),
    "kind is not ZX_VCPU_STATE",
    clause="invalid_args_kind",
    words="does not name a known vcpu state",
)
page.pointer("buffer")
page.one_of(
    "buffer_size",
    STATE_SIZES,
    "buffer_size is not the size of zx_vcpu_state_t",
    clause="invalid_args_size",
    words="does not match the expected size",
)


@page.outputs
def outputs(s: State, c: VcpuReadState, o: Outcome) -> Iterator[Mismatch]:
    vcpu, seen = vcpu_of(s, c.handle), state_head(o.sample("buffer"))
    if o.status == Status.ZX_OK and vcpu is not None and seen and not vcpu.head.may_be(seen):
        due = vcpu.head.possible[0]
        yield Mismatch(reported, f"a state that begins with {due.hex()}", seen.hex())


@page.success
def success(s: State, c: VcpuReadState, o: Outcome) -> None:
    vcpu, seen = vcpu_of(s, c.handle), state_head(o.sample("buffer"))
    s.reach(reported, bool(seen))
    if vcpu is not None and seen:
        s.saw(vcpu.head, seen)
