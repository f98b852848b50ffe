"""Overlapping calls of a kernel that does one at a time are never accused, in any sequence."""

from __future__ import annotations

from typing import Any

import pytest
from reference import Reference
from threads import play_threads
from zxhil.oracle.results import CaseEndKind


@pytest.mark.parametrize("first", range(0, 24, 8))
def test_overlapping_calls_are_not_accused(first):
    for number in range(first, first + 8):
        result = play_threads(number, threads=2 + number % 2)
        assert result.divergences == (), (number, result.divergences[0])


def test_sequences_overlap_and_most_are_judged():
    results = [play_threads(number) for number in range(10)]
    assert sum(call.until >= 0 for result in results for call in result.calls) > 100
    assert sum(result.end is CaseEndKind.PASSED for result in results) > 5


class Forgetful(Reference):
    """Every message that is written to a channel is lost."""

    def channel_write(self, c: Any, full: list[Any]) -> Any:
        answer = super().channel_write(c, full)
        end = None if self.bad(c.handle) else self.table[c.handle].object
        if answer[0] == 0 and end is not None and end.peer is not None:
            end.peer.queue.pop()
        return answer


class Doubling(Reference):
    """Every channel message without handles is there twice."""

    def channel_write(self, c: Any, full: list[Any]) -> Any:
        answer = super().channel_write(c, full)
        end = None if self.bad(c.handle) else self.table[c.handle].object
        if answer[0] == 0 and end is not None and end.peer is not None and not full:
            end.peer.queue.append(end.peer.queue[-1])
        return answer


@pytest.mark.parametrize("kernel", [Forgetful, Doubling])
def test_lost_or_doubled_effect_of_overlapping_calls_is_caught(kernel):
    only = frozenset(("channel_create", "channel_write", "channel_read"))
    results = [play_threads(number, 80, kernel=kernel, only=only) for number in range(10)]
    blamed = {clause for r in results for d in r.divergences for clause in d.blamed}
    assert any(clause.startswith(("channel_write/", "channel_read")) for clause in blamed)
