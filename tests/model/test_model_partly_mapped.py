"""A buffer larger than the record written to it: it may be mapped as far as the record goes."""

from __future__ import annotations

import pytest
from zxhil.abi.kinds import Memory, OutPointer
from zxhil.abi.kinds.infos import RECORD_SIZE
from zxhil.abi.objects import InfoTopic
from zxhil.model.judge import VerdictKind
from zxhil.model.kernel import Kernel


@pytest.mark.parametrize(("more", "may_succeed"), [(0, False), (1, True), (0xFFFFFFFF, True)])
def test_buffer_mapped_in_part_may_be_valid(more, may_succeed):
    k = Kernel([])
    handle = k.call("event_create").outcome.number("out")
    size = RECORD_SIZE[InfoTopic.HANDLE_BASIC]
    call = k.make("object_get_info", handle=handle)._replace(
        topic=InfoTopic.HANDLE_BASIC,
        buffer=OutPointer(Memory.WRITABLE, True),
        buffer_size=size + more,
    )
    outcome = k.perform(call).outcome
    verdict = k.observe(call._replace(buffer=OutPointer(Memory.INVALID, True)), outcome)
    assert (verdict.kind is VerdictKind.CONFORMS) == may_succeed
