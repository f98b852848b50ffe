"""An array of handles that is not mapped as a whole: the kernel may read its first entries."""

from __future__ import annotations

import pytest
from zxhil.abi.kinds import BytesPointer, HandlesPointer, Memory, StructsPointer
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import VerdictKind
from zxhil.model.kernel import Kernel

_ARRAYS = {"channel_write": HandlesPointer, "channel_write_etc": StructsPointer}


@pytest.mark.parametrize("name", list(_ARRAYS))
@pytest.mark.parametrize(("number", "may_be_gone"), [(1, False), (2, True), (0xFFFFFFFF, True)])
def test_handles_that_the_wire_lacks_may_be_closed(name, number, may_be_gone):
    k = Kernel([])
    made = k.call("channel_create")
    end, event = made.outcome.number("out0"), k.call("event_create").outcome.number("out")
    array = _ARRAYS[name](Memory.INVALID, True, (), True)
    call = k.make(name, handle=end)._replace(
        handles=array, num_handles=number, bytes=BytesPointer(Memory.NULL, True, None)
    )
    failed = Status.ZX_ERR_OUT_OF_RANGE if number > 64 else Status.ZX_ERR_INVALID_ARGS
    assert k.observe(call, Outcome(int(failed), {})).kind is VerdictKind.CONFORMS
    closed = k.make("handle_close", handle=event)
    verdict = k.observe(closed, Outcome(int(Status.ZX_ERR_BAD_HANDLE), {}))
    assert (verdict.kind is VerdictKind.CONFORMS) == may_be_gone
