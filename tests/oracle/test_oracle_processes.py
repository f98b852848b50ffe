"""Processes beside the first: their handles, what moves to them, and calls that end one."""

from __future__ import annotations

from overlapping import CHANNEL_RIGHTS, Script, blamed, read, start_process, waits
from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.oracle.results import CaseEndKind

# ---- processes


def second_process(k: Script, koid: int = 77) -> tuple[int, int]:
    """Another process has one end of a channel, with a value that the first has too."""
    a, b = k.channel()
    record = {"buffer": None}
    k.does(0, "object_get_info", handle=b, topic=2, buffer_size=32, outs=record)
    k.starts(5, process=1)
    k.given(1, a, int(ObjType.CHANNEL), CHANNEL_RIGHTS, koid)
    return a, b


def test_same_value_is_another_handle_in_another_process():
    k = Script()
    a, b = second_process(k)
    k.does(5, "handle_close", handle=a)
    k.does(5, "handle_close", Status.ZX_ERR_BAD_HANDLE, handle=a)
    k.does(5, "handle_close", Status.ZX_ERR_BAD_HANDLE, handle=b)
    k.does(0, "channel_write", handle=a, bytes=b"x")
    read(k, 0, b, b"x")
    result = k.result()
    assert (result.end, blamed(result)) == (CaseEndKind.PASSED, [])
    assert [call.process for call in result.calls] == [0, 0, 1, 1, 1, 0, 0]


def test_handle_of_another_process_is_none_here():
    k = Script()
    second_process(k)
    handle = k.event(5)
    k.does(0, "handle_close", handle=handle)
    assert blamed(k.result()) == ["handle_close/bad_handle"]


# ---- what moves to a process


def test_argument_of_a_process_moves_there():
    k = Script()
    a, b = k.channel()
    start_process(k, b, overlapped=True)
    k.does(5, "channel_write", handle=0x77, bytes=b"hi")
    k.r(0)
    read(k, 0, a, b"hi")
    k.does(0, "handle_close", Status.ZX_ERR_BAD_HANDLE, handle=b)
    result = k.result()
    assert blamed(result) == []
    assert result.end is CaseEndKind.PASSED


def test_message_of_another_process_is_not_another_one():
    k = Script()
    a, b = k.channel()
    start_process(k, b)
    k.does(5, "channel_write", handle=0x77, bytes=b"hi")
    read(k, 0, a, b"ho")
    assert k.result().end is CaseEndKind.FAILED


# ---- calls that do not return


def test_process_exit_reaches_its_sentence_and_passes():
    k = Script("process_exit/no_return")
    k.stays(0)
    k.c(0, "process_exit", retcode=0)
    result = k.result(ends=False)
    assert (result.end, result.detail) == (CaseEndKind.PASSED, "")
    assert result.calls[0].status == "did not return"


def test_process_exit_that_returns_diverges():
    k = Script("process_exit/no_return")
    k.stays(0)
    k.c(0, "process_exit", retcode=0)
    k.r(0)
    result = k.result()
    assert blamed(result) == ["process_exit/no_return"]
    assert "expected no return, got a return" in result.divergences[0].text


def test_call_that_was_not_to_return_may_be_refused():
    k = Script()
    k.stays(0)
    k.does(0, "task_kill", Status.ZX_ERR_BAD_HANDLE, handle=0)
    assert k.result().end is CaseEndKind.PASSED


def test_wait_that_is_not_to_return_passes_with_its_case():
    k = Script()
    handle = k.event()
    k.stays(1)
    waits(k, handle)
    k.does(0, "handle_close", handle=k.event())
    result = k.result()
    assert result.end is CaseEndKind.PASSED
    assert result.calls[1].status == "did not return"


def test_process_exit_without_notice_is_a_crash():
    k = Script()
    k.c(0, "process_exit", retcode=0)
    assert k.result(ends=False).end is CaseEndKind.CRASHED


def test_handles_of_a_process_that_exits_may_be_closed_at_any_time():
    for text in (None, "closed"):
        k = Script()
        a, b = second_process(k)
        k.does(5, "event_create", outs={"out": 0x55})
        k.c(5, "thread_exit")
        k.does(0, "handle_close", handle=b)
        if text:
            k.does(0, "channel_write", Status.ZX_ERR_PEER_CLOSED, handle=a, bytes=b"")
        assert blamed(k.result()) == []


def test_process_that_exits_closes_its_end():
    k = Script("channel_write/peer_closed")
    a, b = second_process(k)
    k.does(0, "handle_close", handle=b)
    k.c(5, "thread_exit")
    k.does(0, "channel_write", Status.ZX_ERR_PEER_CLOSED, handle=a, bytes=b"")
    result = k.result()
    assert (result.end, blamed(result)) == (CaseEndKind.PASSED, [])
