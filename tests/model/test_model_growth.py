"""The model stays small in long cases, also where much is open."""

from __future__ import annotations

from typing import Any

import pytest
from growth import LINEAR
from test_model_right_calls import OK, Scripted, event
from zxhil.abi.status import Status
from zxhil.model.page import Outcome, Page

INVALID = Outcome(int(Status.ZX_ERR_INVALID_ARGS), {})


def unseen(times: int) -> Scripted:
    """Handles are received again and again, and their values are not recorded."""
    k = Scripted()
    a, b = k.channel_create()
    for _ in range(times):
        k.says(OK, "channel_write", handle=a, handles=[event(k)])
        k.says(OK, "channel_read", handle=b, num_handles=4, handles=None, actual_handles=None)
    return k


def test_open_handles_grow_with_the_values_that_were_seen():
    small, large = unseen(50), unseen(100)
    assert len(large.state.unbound) <= 2.5 * len(small.state.unbound)
    assert len(large.state.unbound) <= len(large.state.table)


def test_failed_writes_do_not_pile_up_in_the_queue():
    k = Scripted()
    a, b = k.channel_create()
    for _ in range(100):
        k.observe(k.make("channel_write_etc", handle=a, bytes=b"x", options=1), INVALID)
    end = k.state.object(b)
    assert len(end.queue) < 40


def trials(times: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a page is queried for one call, while as many writes diverge on one channel."""
    asked = 0

    def counted(self: Any, *given: Any) -> bool:
        nonlocal asked
        asked += 1
        return possible(self, *given)

    possible = Page.possible_status
    with monkeypatch.context() as patched:
        patched.setattr(Page, "possible_status", counted)
        k = Scripted()
        a, _ = k.channel_create()
        for _ in range(times):
            verdict = k.answers(OK, "channel_write", handle=a, handles=[event(k)], options=1)
            assert [c.id for c in verdict.blamed] == ["channel_write/invalid_args_options"]
    return asked


def test_calls_that_diverge_in_a_loop_try_what_they_touch_alone(monkeypatch):
    assert trials(80, monkeypatch) < LINEAR * trials(40, monkeypatch)
