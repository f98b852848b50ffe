"""A buffer of which the first bytes alone are writable: what a call writes may fit."""

from __future__ import annotations

from typing import Any

import pytest
from zxhil.abi.kinds import Memory, OutPointer
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import VerdictKind
from zxhil.model.kernel import Kernel


def reading(k: Kernel, name: str, memory: Memory) -> Any:
    """A read of what waits, into a buffer in this memory."""
    buffer = OutPointer(memory, True)
    if name == "socket_read":
        a, b = k.call("socket_create").handles
        k.call("socket_write", handle=a, buffer=b"abc", buffer_size=3)
        return k.make("socket_read", handle=b, buffer_size=64)._replace(buffer=buffer)
    a, b = k.channel_create()
    k.channel_write(a, b"abc")
    return k.make(name, handle=b, num_bytes=64)._replace(bytes=buffer)


@pytest.mark.parametrize("memory", [Memory.PARTIAL, Memory.INVALID])
@pytest.mark.parametrize("name", ["channel_read", "channel_read_etc", "socket_read"])
def test_call_whose_output_may_fit_may_succeed_and_may_fail(name, memory):
    k = Kernel([])
    read = k.perform(reading(k, name, Memory.WRITABLE)).outcome
    assert read.status == Status.ZX_OK
    verdicts = []
    for outcome in (read, Outcome(Status.ZX_ERR_INVALID_ARGS, {})):
        k = Kernel([])
        verdicts.append(k.observe(reading(k, name, memory), outcome).kind)
    assert verdicts[1] is VerdictKind.CONFORMS
    assert (verdicts[0] is VerdictKind.CONFORMS) == (memory is Memory.PARTIAL)
