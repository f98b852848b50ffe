"""Right calls that were once accused: of a state that was not looked at, or is not known."""

from __future__ import annotations

import struct

import pytest
from model_make import ACCEPT, DUPLICATE, MOVE, SAME, entry
from test_model_right_calls import OK, Scripted, event
from zxhil.abi.kinds import HandleInfoRecord, Memory
from zxhil.abi.objects import LIMITS, InfoTopic, ObjType
from zxhil.abi.rights import RIGHTS_BASIC, Rights
from zxhil.abi.sample import Sample, sample
from zxhil.abi.status import Status
from zxhil.oracle.simulate import JOB, RESOURCE

DATAGRAM = LIMITS["ZX_SOCKET_DATAGRAM"]


@pytest.fixture
def k() -> Scripted:
    return Scripted()


# ---- the state that the call is about


@pytest.mark.parametrize("status", [OK, Status.ZX_ERR_SHOULD_WAIT])
def test_control_plane_that_is_full_may_make_a_second_write_wait(k, status):
    a, _ = k.socket_create(2)
    k.says(OK, "socket_write", outs={"actual": 4}, handle=a, buffer=b"abcd", options=4)
    outs = {"actual": 4} if status == OK else {}
    k.says(status, "socket_write", outs=outs, handle=a, buffer=b"abcd", options=4)


# ---- after a divergence


def test_share_signal_that_stays_does_not_bring_the_peer_back():
    k = Scripted(frozenset({"socket_share/signal_share"}))
    a, b = k.socket_create(ACCEPT)
    k.says(OK, "handle_close", handle=a)
    for _ in range(2):
        given = {"handle": b, "signals": 1, "deadline": 0}
        verdict = k.answers(
            Status.ZX_ERR_TIMED_OUT, "object_wait_one", {"observed": 0x204}, **given
        )
        assert [c.id for c in verdict.blamed] == ["socket_share/signal_share"]
    k.says(Status.ZX_ERR_PEER_CLOSED, "socket_write", handle=b, buffer=b"x")
    k.says(Status.ZX_ERR_BAD_HANDLE, "handle_close", handle=a)


@pytest.mark.parametrize("known", [True, False])
def test_rights_that_arrive_wrong_leave_the_channel_known(known):
    k = Scripted(frozenset({"eventpair_create/usable_rights"} if known else ()))
    a, b = k.channel_create()
    (a,), (b,) = k.handle_replace(a), k.handle_replace(b)
    pair = k.eventpair_create().handles[0]
    k.says(OK, "channel_write", handle=a, handles=[pair])
    few = RIGHTS_BASIC | int(Rights.SIGNAL | Rights.SIGNAL_PEER)
    info = HandleInfoRecord(0x7777, int(ObjType.EVENTPAIR), few, 0)
    reported = {"bytes": sample(b""), "handles": (info,), "actual_bytes": 0, "actual_handles": 1}
    verdict = k.answers(OK, "channel_read_etc", reported, handle=b, num_handles=4)
    first = "eventpair_create/usable_rights" if known else "channel_write/delivered"
    assert verdict.blamed[0].id == first
    k.says(OK, "channel_write", handle=a, bytes=b"x")
    empty = k.answers(Status.ZX_ERR_SHOULD_WAIT, "channel_read", handle=b, num_bytes=4)
    assert empty.blamed[0].id == "channel_write/delivered"
    k.says(OK, "handle_close", handle=b)
    k.says(Status.ZX_ERR_PEER_CLOSED, "channel_write", handle=a, bytes=b"x")


def test_resource_without_a_cookie_keeps_its_scope_known():
    k = Scripted(frozenset({"object_set_cookie/may_have_resource"}))
    scope, made = event(k), event(k)
    (resource,) = k.resource_create(RESOURCE, 4)
    k.answers(
        Status.ZX_ERR_NOT_SUPPORTED, "object_set_cookie", handle=resource, scope=scope, cookie=1
    )
    k.says(OK, "object_set_cookie", handle=made, scope=scope, cookie=7)
    k.says(OK, "object_get_cookie", outs={"cookie": 7}, handle=made, scope=scope)
    k.says(OK, "handle_close", handle=scope)


# ---- handles of unknown object


def test_handle_that_was_received_unseen_may_keep_a_peer_open(k):
    a, b = k.channel_create()
    c, d = k.channel_create()
    k.says(OK, "channel_write", handle=a, handles=[c])
    k.says(OK, "channel_read", handle=b, num_handles=4, actual_handles=None)
    k.says(OK, "channel_write", handle=d, bytes=b"x")


def test_moved_and_duplicated_entries_past_the_limit_are_open(k):
    a, _ = k.channel_create()
    sent = [entry(event(k), DUPLICATE if i % 2 else MOVE) for i in range(70)]
    k.says(Status.ZX_ERR_OUT_OF_RANGE, "channel_write_etc", handle=a, handles=sent)
    k.says(Status.ZX_ERR_BAD_HANDLE, "handle_close", handle=sent[69][1])


@pytest.mark.parametrize("given", [{"actual": Memory.INVALID}, {"buffer": Memory.INVALID}])
@pytest.mark.parametrize("written", [True, False])
def test_write_that_fails_for_a_pointer_may_have_written(k, given, written):
    """The data can be in the socket before the count cannot be written; Zircon does so."""
    a, b = k.socket_create()
    sent = {"buffer": b"1234567", "buffer_size": 7, **given}
    k.says(Status.ZX_ERR_INVALID_ARGS, "socket_write", handle=a, **sent)
    if written:
        k.says(
            OK,
            "socket_read",
            outs={"actual": 7, "buffer": Sample(b"", 1)},
            handle=b,
            buffer_size=16,
        )
    else:
        k.says(Status.ZX_ERR_SHOULD_WAIT, "socket_read", handle=b, buffer_size=16)


@pytest.mark.parametrize("exited", [False, True])
def test_child_that_was_only_found_may_be_a_process_that_was_started(k, exited):
    k.says(OK, "object_get_child", outs={"out": 0x55}, handle=JOB, koid=2003, rights=SAME)
    raw = struct.pack("<q???5x", 0, True, exited, False)
    given = {"handle": 0x55, "topic": InfoTopic.PROCESS, "buffer_size": 16}
    k.says(OK, "object_get_info", outs={"buffer": raw, "actual": 1, "avail": 1}, **given)


@pytest.mark.parametrize("waits", [True, False])
def test_datagram_of_no_bytes_may_wait_or_not(k, waits):
    a, b = k.socket_create(DATAGRAM)
    k.says(OK, "socket_write", outs={"actual": 0}, handle=a, buffer=b"")
    observed = 0x3 if waits else 0x2
    given = {"handle": b, "signals": 1}
    k.says(
        OK if waits else Status.ZX_ERR_TIMED_OUT,
        "object_wait_one",
        outs={"observed": observed},
        **given,
    )
    if waits:
        k.says(
            OK, "socket_read", outs={"actual": 0, "buffer": sample(b"")}, handle=b, buffer_size=4
        )
    k.says(Status.ZX_ERR_SHOULD_WAIT, "socket_read", handle=b, buffer_size=4)
    k.says(OK, "socket_write", outs={"actual": 2}, handle=a, buffer=b"xy")
    whole = {"actual": 2, "buffer": sample(b"xy")}
    k.says(OK, "socket_read", outs=whole, handle=b, buffer_size=4)


def test_thread_of_a_process_whose_handle_is_not_known_may_have_ended_with_it(k):
    outs = {"proc_handle": 0x7777, "vmar_handle": 0x7777}
    k.says(OK, "process_create", outs=outs, job=JOB, name=b"p", name_size=1)
    k.says(OK, "thread_create", outs={"out": 0x7783}, process=0x7777, name=b"t", name_size=1)
    k.says(OK, "handle_close", handle=0x7777)
    outs = {"observed": 1 << 3}
    k.says(Status.ZX_ERR_TIMED_OUT, "object_wait_one", outs=outs, handle=0x7783, signals=1 << 24)
