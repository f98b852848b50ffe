"""Properties: what a call that sets one and fails leaves open."""

from __future__ import annotations

import pytest
from zxhil.abi.objects import Property, Signal
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import VerdictKind
from zxhil.model.kernel import Kernel

THRESHOLD = int(Signal.SOCKET_READ_THRESHOLD)


@pytest.mark.parametrize("value", [(1).to_bytes(8, "little"), b"\1"])
def test_threshold_that_was_refused_may_be_set_all_the_same(value: bytes) -> None:
    k = Kernel()
    socket, peer = k.socket_create()
    k.socket_write(peer, b"a", actual=1)
    property_ = Property.SOCKET_RX_THRESHOLD
    refused = k.make("object_set_property", handle=socket, property=property_, value=value)
    status = Status.ZX_ERR_NO_MEMORY if len(value) == 8 else Status.ZX_ERR_BUFFER_TOO_SMALL
    assert k.observe(refused, Outcome(int(status), {})).kind is VerdictKind.CONFORMS
    wait = k.make("object_wait_one", handle=socket, signals=THRESHOLD, deadline=0)
    seen = {"observed": THRESHOLD | int(Signal.SOCKET_READABLE | Signal.SOCKET_WRITABLE)}
    assert k.observe(wait, Outcome(0, seen)).kind is VerdictKind.CONFORMS
