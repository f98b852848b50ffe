"""Whom to blame: a known sentence, the call's own, what its outputs point to, older ones last."""

from __future__ import annotations

import pytest
from model_make import ACCEPT, SAME, entry, looked_at
from test_model_right_calls import EVENT_RIGHTS, OK, Scripted, event
from zxhil.abi.kinds import HandleInfoRecord, Memory, OutPointer
from zxhil.abi.objects import InfoTopic, ObjType, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.sample import sample
from zxhil.abi.status import Status
from zxhil.model.judge import Verdict
from zxhil.model.state import Bootstrap, State
from zxhil.oracle.simulate import BOOTSTRAP, JOB, PROCESS, RESOURCE

TIMED_OUT = int(Status.ZX_ERR_TIMED_OUT)
BAD_HANDLE, WRONG_TYPE = int(Status.ZX_ERR_BAD_HANDLE), int(Status.ZX_ERR_WRONG_TYPE)


@pytest.fixture
def k() -> Scripted:
    return Scripted()


def blamed(verdict: Verdict) -> list[str]:
    return [clause.id for clause in verdict.blamed]


def test_signal_seen_on_a_duplicate_is_blamed_on_its_own_sentence(k):
    a, b = k.socket_create(ACCEPT)
    (copy,) = k.handle_duplicate(a)
    k.handle_close(b)
    given = {"handle": copy, "signals": 1}
    verdict = k.answers(TIMED_OUT, "object_wait_one", {"observed": 0x204}, **given)
    assert blamed(verdict) == ["socket_share/signal_share"]


def test_cookie_refused_on_a_duplicate_is_blamed_on_the_grant(k):
    scope = event(k)
    (copy,) = k.handle_duplicate(k.resource_create(RESOURCE, 4).handles[0])
    given = {"handle": copy, "scope": scope}
    verdict = k.answers(Status.ZX_ERR_NOT_SUPPORTED, "object_get_cookie", **given)
    assert blamed(verdict)[0] == "object_get_cookie/may_have"
    assert "handle_duplicate/same_object" not in blamed(verdict)


def test_wrong_type_that_answers_bad_handle_is_blamed_on_wrong_type(k):
    verdict = k.answers(BAD_HANDLE, "channel_write", handle=event(k), bytes=b"x")
    assert blamed(verdict) == ["channel_write/wrong_type"]


def test_results_that_name_no_entry_blame_none(k):
    given = {"handle": event(k), "bytes": b"x", "handles": [entry(event(k))]}
    verdict = k.answers(BAD_HANDLE, "channel_write_etc", {"handles": (0,)}, **given)
    assert blamed(verdict) == ["channel_write_etc/wrong_type_handle"]


def test_result_that_names_an_entry_clears_the_pointers(k):
    handle = looked_at(k, k.channel_create().handles[0])
    invalid = int(Status.ZX_ERR_INVALID_ARGS)
    given = {
        "handle": handle,
        "bytes": b"x",
        "handles": [entry(looked_at(k, event(k)), rights=SAME)],
    }
    verdict = k.answers(invalid, "channel_write_etc", {"handles": (invalid,)}, **given)
    assert "channel_write_etc/invalid_args_rights" in blamed(verdict)[:2]
    assert "channel_write_etc/invalid_args_bytes" not in blamed(verdict)


@pytest.mark.parametrize("sent", ["channel_write", "channel_write_etc"])
def test_right_that_a_sent_handle_loses_is_blamed_on_the_sender(k, sent):
    a, b = k.channel_create()
    moved = event(k)
    handles = [moved] if sent == "channel_write" else [entry(moved)]
    k.says(OK, sent, handle=a, bytes=b"", handles=handles)
    few = EVENT_RIGHTS & ~int(Rights.SIGNAL)
    info = HandleInfoRecord(0x7777, int(ObjType.EVENT), few, 0)
    reported = {"bytes": sample(b""), "handles": (info,), "actual_bytes": 0, "actual_handles": 1}
    verdict = k.answers(OK, "channel_read_etc", reported, handle=b, num_handles=4)
    assert blamed(verdict)[0].startswith(f"{sent}/")


def test_handles_delivered_in_reverse_are_blamed_on_the_writer(k):
    a, b = k.channel_create()
    first, second = event(k), k.channel_create().handles[0]
    k.says(OK, "channel_write", handle=a, handles=[first, second])
    channel_rights = int(Rights.TRANSFER | Rights.READ | Rights.WRITE)
    infos = (
        HandleInfoRecord(0x7777, int(ObjType.CHANNEL), channel_rights, 0),
        HandleInfoRecord(0x777B, int(ObjType.EVENT), EVENT_RIGHTS, 0),
    )
    reported = {"bytes": sample(b""), "handles": infos, "actual_bytes": 0, "actual_handles": 2}
    verdict = k.answers(OK, "channel_read_etc", reported, handle=b, num_handles=4)
    assert blamed(verdict)[0] == "channel_write/delivered"
    assert "channel_read_etc/infos_returned" not in blamed(verdict)


def test_get_cookie_that_asks_for_no_scope_is_blamed_itself(k):
    made, scope, other = event(k), event(k), event(k)
    k.says(OK, "object_set_cookie", handle=made, scope=scope, cookie=5)
    k.says(OK, "object_get_cookie", outs={"cookie": 5}, handle=made, scope=scope)
    denied = Status.ZX_ERR_ACCESS_DENIED
    k.says(denied, "object_set_cookie", handle=made, scope=other, cookie=9)
    verdict = k.answers(OK, "object_get_cookie", {"cookie": 5}, handle=made, scope=other)
    assert blamed(verdict)[0] == "object_get_cookie/access_denied_scope"
    k.says(OK, "object_get_cookie", outs={"cookie": 5}, handle=made, scope=scope)
    k.says(denied, "object_set_cookie", handle=made, scope=other, cookie=9)
    k.says(OK, "object_set_cookie", handle=made, scope=scope, cookie=6)
    k.says(OK, "object_get_cookie", outs={"cookie": 6}, handle=made, scope=scope)


@pytest.mark.parametrize("shown_by", ["set", "get"])
def test_cookie_that_outlives_the_peer_is_blamed_once(k, shown_by):
    end, peer = k.eventpair_create()
    scope = event(k)
    k.says(OK, "object_set_cookie", handle=end, scope=scope, cookie=5)
    k.handle_close(peer)
    k.says(BAD_HANDLE, "handle_close", handle=peer)
    given = {"handle": end, "scope": scope}
    if shown_by == "set":
        verdict = k.answers(OK, "object_set_cookie", cookie=6, **given)
        assert blamed(verdict) == ["object_set_cookie/eventpair_invalidated"]
    else:
        verdict = k.answers(OK, "object_get_cookie", {"cookie": 5}, **given)
        assert blamed(verdict) == ["object_get_cookie/eventpair_invalidated"]
        k.says(OK, "object_set_cookie", cookie=6, **given)
    k.says(OK, "object_get_cookie", outs={"cookie": 6}, **given)
    wrong = k.answers(OK, "object_get_cookie", {"cookie": 5}, **given)
    assert blamed(wrong) == ["object_get_cookie/cookie_read"]
    k.says(Status.ZX_ERR_ACCESS_DENIED, "object_get_cookie", **given)


def test_discarded_handle_that_the_kernel_keeps_is_blamed_on_discarding(k):
    carrier, gone = k.channel_create()
    end, peer = k.channel_create()
    for closed in (gone, peer):
        if closed == peer:
            given = {"handle": carrier, "handles": [peer]}
            k.says(Status.ZX_ERR_PEER_CLOSED, "channel_write", **given)
        else:
            k.handle_close(gone)
        k.says(BAD_HANDLE, "handle_close", handle=closed)
    given = {"handle": end, "signals": 4}
    verdict = k.answers(TIMED_OUT, "object_wait_one", {"observed": 2}, **given)
    assert blamed(verdict) == ["channel_write/discarded_on_failure"]
    k.says(OK, "channel_write", handle=end, bytes=b"x")


def test_shared_socket_that_the_kernel_keeps_is_blamed_on_discarding(k):
    carrier, gone = k.socket_create(ACCEPT)
    k.handle_close(gone)
    k.says(BAD_HANDLE, "handle_close", handle=gone)
    end, peer = k.socket_create()
    given = {"handle": carrier, "socket_to_share": peer}
    k.says(Status.ZX_ERR_PEER_CLOSED, "socket_share", **given)
    k.says(BAD_HANDLE, "handle_close", handle=peer)
    verdict = k.answers(TIMED_OUT, "object_wait_one", {"observed": 2}, handle=end, signals=4)
    assert blamed(verdict) == ["socket_share/discarded_on_failure"]


def test_signal_that_does_not_come_disproves_no_delivery(k):
    a, b = k.channel_create()
    k.says(OK, "channel_write", handle=a, bytes=b"x")
    k.answers(TIMED_OUT, "object_wait_one", {"observed": 2}, handle=b, signals=1)
    k.says(TIMED_OUT, "object_wait_one", outs={"observed": 2}, handle=b, signals=4)
    told = {"bytes": sample(b"x"), "handles": (), "actual_bytes": 1, "actual_handles": 0}
    k.says(OK, "channel_read", outs=told, handle=b, num_bytes=1, num_handles=0)


def test_message_that_is_not_discarded_is_blamed_on_may_discard(k):
    a, b = k.channel_create()
    end, peer = k.channel_create()
    k.says(OK, "channel_write", handle=a, bytes=b"lost", handles=[peer])
    k.says(OK, "channel_write", handle=a, bytes=b"next")
    sizes = {"actual_bytes": 4, "actual_handles": 1}
    too_small = Status.ZX_ERR_BUFFER_TOO_SMALL
    k.says(too_small, "channel_read", outs=sizes, handle=b, options=1, num_bytes=4)
    verdict = k.answers(TIMED_OUT, "object_wait_one", {"observed": 2}, handle=end, signals=4)
    assert blamed(verdict)[0] == "channel_read/may_discard"
    told = {"bytes": sample(b"lost"), "handles": (0x7777,), **sizes}
    k.says(OK, "channel_read", outs=told, handle=b, num_bytes=4, num_handles=4)
    told = {"bytes": sample(b"next"), "actual_bytes": 4, "actual_handles": 0}
    k.says(OK, "channel_read", outs=told, handle=b, num_bytes=4, num_handles=4)


def test_discarded_message_that_is_read_is_blamed_on_may_discard(k):
    a, b = k.channel_create()
    k.says(OK, "channel_write", handle=a, bytes=b"lost")
    k.says(OK, "channel_write", handle=a, bytes=b"next")
    sizes = {"actual_bytes": 4, "actual_handles": 0}
    k.says(Status.ZX_ERR_BUFFER_TOO_SMALL, "channel_read", outs=sizes, handle=b, options=1)
    told = {"bytes": sample(b"lost"), **sizes}
    verdict = k.answers(OK, "channel_read", told, handle=b, num_bytes=4)
    assert blamed(verdict)[0] == "channel_read/may_discard"
    told = {"bytes": sample(b"next"), **sizes}
    k.says(OK, "channel_read", outs=told, handle=b, num_bytes=4)


@pytest.mark.parametrize("got", [Rights.READ, Rights.READ | Rights.WAIT])
@pytest.mark.parametrize("syscall", ["handle_duplicate", "handle_replace"])
def test_rights_that_should_have_been_refused_are_blamed_once(k, syscall, got):
    (reduced,) = k.handle_duplicate(event(k), int(Rights.DUPLICATE | Rights.READ))
    given = {"handle": reduced, "rights": int(Rights.READ | Rights.WAIT)}
    verdict = k.answers(OK, syscall, {"out": 0x7777}, **given)
    assert blamed(verdict) == [f"{syscall}/invalid_args_rights"]
    k.looks(0x7777, 0x999, int(ObjType.EVENT), int(got))


def test_process_without_the_thread_that_asks_is_blamed_on_the_list():
    k = Scripted()
    process = k.state.object(PROCESS).koid
    own = Bootstrap(0x21, int(ObjType.THREAD), EVENT_RIGHTS, 999, process)
    k.state = State((*BOOTSTRAP.values(), own))
    given = {"handle": PROCESS, "topic": InfoTopic.PROCESS_THREADS, "buffer_size": 0}
    k.says(OK, "object_get_info", outs={"actual": 0, "avail": 1}, **given)
    verdict = k.answers(OK, "object_get_info", {"actual": 0, "avail": 0}, **given)
    assert blamed(verdict) == ["object_get_info/children_listed"]


def test_child_not_found_that_answers_bad_handle_is_wrong_each_time(k):
    (j,) = k.job_create(JOB)
    for _ in range(2):
        verdict = k.answers(BAD_HANDLE, "object_get_child", handle=j, koid=4242, rights=SAME)
        assert blamed(verdict)[0] == "object_get_child/not_found"
    k.says(OK, "handle_close", handle=j)


def test_bad_handle_for_a_koid_that_may_be_a_child_blames_not_found_as_well(k):
    verdict = k.answers(BAD_HANDLE, "object_get_child", handle=JOB, koid=4242, rights=SAME)
    assert blamed(verdict)[:2] == ["object_get_child/not_found", "object_get_child/bad_handle"]


def test_undocumented_error_is_blamed_on_the_purpose_not_on_an_open_condition(k):
    given = {"parent_rsrc": RESOURCE, "options": ResourceKind.ROOT}
    verdict = k.answers(Status.ZX_ERR_NOT_FOUND, "resource_create", **given)
    assert blamed(verdict) == ["resource_create/created"]


def test_undocumented_error_is_blamed_on_the_purpose_not_on_a_condition_that_may_hold(k):
    """Whether a signal of a process is asserted is open, so its wait may time out."""
    verdict = k.answers(WRONG_TYPE, "object_wait_one", handle=PROCESS, signals=1 << 24)
    assert "object_wait_one/timed_out" in [clause.id for clause in verdict.allowed.may_hold]
    assert blamed(verdict)[0] == "object_wait_one/observed"


def test_undocumented_error_is_not_put_under_the_deadline_that_passed(k):
    """The wait was refused: that none of the signals was asserted in time does not apply."""
    verdict = k.answers(WRONG_TYPE, "object_wait_one", handle=event(k), signals=1 << 24)
    assert [clause.id for clause in verdict.allowed.holds] == ["object_wait_one/timed_out"]
    assert blamed(verdict)[0] == "object_wait_one/observed"
    assert [[clause.id for clause in cause] for cause in verdict.causes] == [
        ["object_wait_one/observed"]
    ]


def test_rights_that_are_corrected_reach_the_rights_derived_from_them(k):
    pair = k.eventpair_create().handles[0]
    (copy,) = k.handle_duplicate(pair)
    few = int(Rights.TRANSFER | Rights.DUPLICATE | Rights.WAIT | Rights.SIGNAL)
    syscall, outs, given = k.basic(pair, 2000, ObjType.EVENTPAIR, few)
    assert blamed(k.answers(OK, syscall, outs, **given)) == ["eventpair_create/usable_rights"]
    k.looks(copy, 2000, ObjType.EVENTPAIR, few)


def test_known_clause_is_blamed_before_a_later_one():
    k = Scripted(frozenset({"eventpair_create/usable_rights"}))
    (copy,) = k.handle_duplicate(k.eventpair_create().handles[0])
    syscall, outs, given = k.basic(copy, 2000, ObjType.EVENTPAIR, int(Rights.TRANSFER))
    assert blamed(k.answers(OK, syscall, outs, **given)) == ["eventpair_create/usable_rights"]


def test_known_missing_error_does_not_explain_that_others_are_missing_too():
    k = Scripted(frozenset({"channel_write/access_denied_write"}))
    (bare,) = k.handle_duplicate(event(k), rights=0)
    verdict = k.answers(OK, "channel_write", handle=bare, options=1)
    assert blamed(verdict)[0] != "channel_write/access_denied_write"
    (cause,) = verdict.causes
    assert {clause.id for clause in cause} == {
        "channel_write/wrong_type",
        "channel_write/access_denied_write",
        "channel_write/invalid_args_options",
    }


def test_older_expectations_each_explain_alone(k):
    copy = looked_at(k, event(k))
    verdict = k.answers(BAD_HANDLE, "handle_close", handle=copy)
    assert verdict.causes == tuple((clause,) for clause in verdict.blamed)


def test_second_page_that_contradicts_a_suspect_moves_the_blame(k):
    """A write that finds no peer may be wrong itself; a second page that says so settles it."""
    c, _ = k.channel_create()
    second = k.answers(BAD_HANDLE, "channel_write", handle=c, bytes=b"x")
    assert blamed(second)[0] == "channel_write/bad_handle_handle"
    k.says(BAD_HANDLE, "handle_close", handle=c)
    assert blamed(second.revised()) == ["channel_create/both_ends"]


def test_write_that_finds_no_peer_is_blamed_before_the_message_that_holds_the_peer(k):
    a, _ = k.channel_create()
    end, peer = k.channel_create()
    k.says(OK, "channel_write", handle=a, handles=[peer])
    given = {"handle": end, "bytes": b"x"}
    verdict = k.answers(Status.ZX_ERR_PEER_CLOSED, "channel_write", **given)
    assert blamed(verdict) == ["channel_write/peer_closed"]
    assert verdict.blamed_call == verdict.call


def test_write_that_finds_no_peer_is_cleared_by_the_message_that_lost_the_peer(k):
    a, b = k.channel_create()
    end, peer = k.channel_create()
    k.says(OK, "channel_write", handle=a, handles=[peer])
    given = {"handle": end, "bytes": b"x"}
    first = k.answers(Status.ZX_ERR_PEER_CLOSED, "channel_write", **given)
    empty = {"bytes": sample(b""), "handles": (), "actual_bytes": 0, "actual_handles": 0}
    second = k.answers(OK, "channel_read", empty, handle=b, num_handles=4)
    for verdict in (first.revised(), second):
        assert blamed(verdict) == ["channel_write/delivered"]
        assert verdict.blamed_call == first.call - 1


def test_cookie_that_only_a_refused_set_can_have_set_is_blamed_on_that_set(k):
    made, scope = event(k), event(k)
    denied = Status.ZX_ERR_ACCESS_DENIED
    k.says(denied, "object_set_cookie", handle=made, scope=scope, cookie=5)
    given = {"handle": made, "scope": scope}
    verdict = k.answers(OK, "object_get_cookie", {"cookie": 5}, **given)
    assert blamed(verdict) == ["object_set_cookie/initially_unreadable"]
    assert verdict.blamed_call == verdict.call - 1
    k.says(denied, "object_set_cookie", handle=made, scope=event(k), cookie=6)
    k.says(OK, "object_get_cookie", outs={"cookie": 5}, **given)


def test_cookie_of_the_last_of_two_refused_sets_is_blamed_on_the_last(k):
    made, scope, other = event(k), event(k), event(k)
    k.says(OK, "object_set_cookie", handle=made, scope=scope, cookie=5)
    k.says(OK, "object_get_cookie", outs={"cookie": 5}, handle=made, scope=scope)
    denied = Status.ZX_ERR_ACCESS_DENIED
    k.says(denied, "object_set_cookie", handle=made, scope=other, cookie=9)
    refused = k.answers(denied, "object_set_cookie", handle=made, scope=scope, cookie=8)
    assert blamed(refused)[0] == "object_set_cookie/same_scope_modifies"
    verdict = k.answers(OK, "object_get_cookie", {"cookie": 8}, handle=made, scope=scope)
    assert verdict.blamed_call == refused.call
    assert blamed(refused.revised())[0] == "object_set_cookie/same_scope_modifies"


def test_handle_that_a_failed_call_returned_is_blamed_on_that_call(k):
    (j,) = k.job_create(JOB)
    koid = k.state.object(looked_at(k, j)).koid
    given = {
        "handle": JOB,
        "koid": koid,
        "rights": SAME,
        "out": OutPointer(Memory.WRITABLE, aligned=False),
    }
    k.says(Status.ZX_ERR_INVALID_ARGS, "object_get_child", outs={"out": 0x7777}, **given)
    verdict = k.answers(OK, "handle_duplicate", {"out": 0x8888}, handle=0x7777, rights=SAME)
    assert blamed(verdict) == ["object_get_child/invalid_args_out"]
    k.says(OK, "handle_close", handle=0x7777)


def test_signals_that_only_a_timeout_leaves_out_are_blamed_on_the_wait_once_a_wait_finds_them(k):
    made = event(k)
    k.says(OK, "object_signal", handle=made, set_mask=8)
    given = {"handle": made, "signals": 1 << 30}
    verdict = k.answers(TIMED_OUT, "object_wait_one", {"observed": 0}, **given)
    assert blamed(verdict) == ["object_wait_one/observed", "object_signal/event_signaled"]
    k.says(OK, "object_wait_one", outs={"observed": 8}, handle=made, signals=8)
    assert blamed(verdict.revised()) == ["object_wait_one/observed"]


def test_signals_that_a_wait_for_them_does_not_find_are_blamed_on_the_call_that_set_them(k):
    made = event(k)
    k.says(OK, "object_signal", handle=made, set_mask=8)
    given = {"handle": made, "signals": 1 << 30}
    first = k.answers(TIMED_OUT, "object_wait_one", {"observed": 0}, **given)
    second = k.answers(TIMED_OUT, "object_wait_one", {"observed": 0}, handle=made, signals=8)
    for verdict in (first.revised(), second):
        assert blamed(verdict) == ["object_signal/event_signaled"]
    k.says(TIMED_OUT, "object_wait_one", outs={"observed": 0}, **given)


def test_signals_left_out_after_the_call_that_sets_them_was_blamed_are_blamed_on_it_too(k):
    made = event(k)
    k.says(OK, "object_signal", handle=made, set_mask=8)
    k.answers(TIMED_OUT, "object_wait_one", {"observed": 0}, handle=made, signals=8)
    k.says(OK, "object_signal", handle=made, set_mask=8)
    given = {"handle": made, "signals": 1 << 30}
    verdict = k.answers(TIMED_OUT, "object_wait_one", {"observed": 0}, **given)
    assert blamed(verdict) == ["object_signal/event_signaled"]
