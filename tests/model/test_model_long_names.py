"""Of a long name a call keeps the first bytes: whether it reads the others no page says."""

from __future__ import annotations

import pytest
from zxhil.abi.kinds import Memory
from zxhil.abi.kinds.values import BytesPointer
from zxhil.model.kernel import Kernel
from zxhil.model.tri import MAYBE, NO, YES
from zxhil.oracle.simulate import BOOTSTRAP, JOB, PROCESS, RESOURCE

KEPT = 31
MADE = {
    "process_create": {"job": JOB, "options": 0},
    "thread_create": {"process": PROCESS, "options": 0},
    "resource_create": {"parent_rsrc": RESOURCE, "options": 0, "base": 0, "size": 0},
}


@pytest.mark.parametrize("call", MADE)
@pytest.mark.parametrize(
    ("memory", "size", "answer"),
    [
        (Memory.INVALID, KEPT, YES),
        (Memory.INVALID, KEPT + 1, MAYBE),
        (Memory.INVALID, (1 << 64) - 1, MAYBE),
        (Memory.NULL, KEPT + 1, YES),
        (Memory.READABLE, KEPT + 1, NO),
    ],
)
def test_name_that_is_not_all_mapped_is_demanded_to_fail_up_to_what_is_kept(
    call: str, memory: Memory, size: int, answer: object
):
    k = Kernel(tuple(BOOTSTRAP.values()))
    name = BytesPointer(memory, True, None)
    allowed = k.allowed(k.make(call, **MADE[call], name=name, name_size=size))
    clause = f"{call}/invalid_args_name"
    assert (clause in {c.id for c in allowed.holds}) == (answer == YES)
    assert (clause in {c.id for c in allowed.may_hold}) == (answer == MAYBE)
