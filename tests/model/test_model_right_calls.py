"""Right calls that were once accused, each the shortest sequence of its kind."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from model_broken import related_koid
from model_make import ACCEPT, SAME, entry
from zxhil.abi.kinds import Memory
from zxhil.abi.kinds.values import FutexPointer
from zxhil.abi.objects import InfoTopic, ObjType
from zxhil.abi.rights import DEFAULT_RIGHTS, RIGHTS_BASIC, Rights
from zxhil.abi.sample import sample
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import Verdict, VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.oracle.simulate import BOOTSTRAP, JOB, PROCESS, RESOURCE

OK = 0
EVENT_RIGHTS = RIGHTS_BASIC | int(Rights.SIGNAL)


class Scripted(Kernel):
    """A kernel that returns what the test says; `says` asserts that there is no divergence."""

    def __init__(self, known: frozenset[str] = frozenset()) -> None:
        super().__init__(tuple(BOOTSTRAP.values()))
        self.state.known_clauses = known

    def answers(
        self, status: int, syscall: str, outs: dict[str, Any] | None = None, **given: Any
    ) -> Verdict:
        return self.observe(self.make(syscall, **given), Outcome(status, outs or {}))

    def says(self, status: int, syscall: str, /, **given: Any) -> None:
        outs = given.pop("outs", {})
        verdict = self.answers(status, syscall, outs, **given)
        assert verdict.kind is VerdictKind.CONFORMS, (syscall, verdict)

    def basic(
        self, handle: int, koid: int, type_: int, rights: int, related: int = 0
    ) -> tuple[Any, ...]:
        object_ = self.state.object(handle)
        if not related and object_ is not None:
            related = related_koid(object_)
        raw = struct.pack("<QIIQI4x", koid, rights, type_, related, 1)
        given = {"handle": handle, "topic": InfoTopic.HANDLE_BASIC, "buffer_size": 32}
        return "object_get_info", {"buffer": raw, "actual": 1, "avail": 1}, given

    def looks(self, handle: int, koid: int, type_: int, rights: int, related: int = 0) -> None:
        syscall, outs, given = self.basic(handle, koid, type_, rights, related)
        self.says(OK, syscall, outs=outs, **given)

    def lists(self, handle: int, topic: int, *koids: int) -> None:
        raw = b"".join(struct.pack("<Q", koid) for koid in koids)
        outs = {"buffer": raw, "actual": len(koids), "avail": len(koids)}
        self.says(OK, "object_get_info", outs=outs, handle=handle, topic=topic, buffer_size=256)


@pytest.fixture
def k() -> Scripted:
    return Scripted()


def event(k: Kernel) -> int:
    return k.event_create().handles[0]


# ---- what was not recorded is unknown


@pytest.mark.parametrize("keeps", [True, False])
def test_entries_past_the_wires_limit_may_have_been_consumed(k, keeps):
    a, _ = k.channel_create()
    sent = [event(k) for _ in range(67)]
    k.says(Status.ZX_ERR_OUT_OF_RANGE, "channel_write", handle=a, handles=sent)
    k.says(Status.ZX_ERR_BAD_HANDLE, "handle_close", handle=sent[65])
    k.says(OK if keeps else Status.ZX_ERR_BAD_HANDLE, "handle_close", handle=sent[66])


def test_entries_past_the_wires_limit_may_be_at_fault(k):
    a, _ = k.channel_create()
    sent = [event(k) for _ in range(66)]
    k.says(Status.ZX_ERR_NOT_SUPPORTED, "channel_write", handle=a, handles=[*sent, a])


@pytest.mark.parametrize("call", ["channel_read", "channel_read_etc"])
@pytest.mark.parametrize(
    "given",
    [{"actual_handles": None, "num_handles": 4}, {"handles": None, "num_handles": 4}],
    ids=["no actual_handles", "no handles"],
)
def test_handle_received_unseen_may_have_the_value_that_was_sent(k, call, given):
    a, b = k.channel_create()
    sent = event(k)
    k.says(OK, "channel_write", handle=a, handles=[sent])
    reported = {"bytes": sample(b""), "actual_bytes": 0}
    if given.get("actual_handles", 1):
        reported["actual_handles"] = 1
    k.says(OK, call, outs=reported, handle=b, num_bytes=4, **given)
    k.looks(sent, 2000, ObjType.EVENT, EVENT_RIGHTS)


def test_value_that_may_come_back_unseen_may_come_back_with_other_rights(k):
    a, b = k.channel_create()
    k.says(OK, "channel_write", handle=a, handles=[event(k)])
    k.says(OK, "channel_read", handle=b, num_handles=4, actual_handles=None)
    # A handle that was received unseen, so of unknown object, and a copy without rights.
    k.says(OK, "handle_duplicate", outs={"out": 0x51}, handle=0x55, rights=0)
    k.says(Status.ZX_ERR_INVALID_ARGS, "channel_write_etc", handle=a, handles=[entry(0x51)])
    k.says(OK, "channel_create", outs={"out0": 0x59, "out1": 0x59})
    k.says(Status.ZX_ERR_SHOULD_WAIT, "channel_read", handle=0x51)
    k.says(OK, "channel_write", handle=0x51, bytes=b"x")


def test_socket_accepted_without_query_is_open(k):
    a, b = k.socket_create(ACCEPT)
    c, d = k.socket_create()
    k.says(OK, "socket_share", handle=a, socket_to_share=c)
    k.says(Status.ZX_ERR_INVALID_ARGS, "socket_accept", handle=b, out_socket=Memory.INVALID)
    k.says(OK, "socket_write", outs={"actual": 4}, handle=d, buffer=b"abcd")


def test_stream_read_without_actual_may_have_taken_all(k):
    a, b = k.socket_create()
    k.says(OK, "socket_write", outs={"actual": 4}, handle=a, buffer=b"abcd")
    k.says(OK, "socket_write", outs={"actual": 4}, handle=a, buffer=b"efgh")
    k.says(OK, "socket_read", handle=b, buffer_size=8, actual=None)
    k.says(Status.ZX_ERR_SHOULD_WAIT, "socket_read", handle=b, buffer_size=8)


def test_stream_read_without_actual_leaves_what_did_not_fit(k):
    a, b = k.socket_create()
    k.says(OK, "socket_write", outs={"actual": 8}, handle=a, buffer=b"abcdefgh")
    k.says(OK, "socket_read", handle=b, buffer_size=3, actual=None)
    rest = {"actual": 5, "buffer": sample(b"defgh")}
    k.says(OK, "socket_read", outs=rest, handle=b, buffer_size=8)


def test_short_write_without_actual_leaves_less(k):
    a, b = k.socket_create()
    k.says(OK, "socket_write", handle=a, buffer=b"abcdefgh", actual=None)
    short = {"actual": 3, "buffer": sample(b"abc")}
    k.says(OK, "socket_read", outs=short, handle=b, buffer_size=8)


def test_two_outputs_in_one_place_show_one_handle(k):
    k.says(OK, "channel_create", outs={"out0": 0x55, "out1": 0x55})
    k.says(OK, "handle_close", handle=0x55)


def test_stale_result_of_the_caller_is_not_a_failed_entry(k):
    a, b = k.channel_create()
    given = {"handle": a, "bytes": b"abc", "handles": [entry(event(k), result=-1)]}
    invalid = Status.ZX_ERR_INVALID_ARGS
    k.says(invalid, "channel_write_etc", outs={"handles": (-1,)}, **given)
    reported = {"bytes": sample(b"abc"), "actual_bytes": 3, "actual_handles": 0, "handles": ()}
    k.says(OK, "channel_read", outs=reported, handle=b, num_bytes=4)


def test_signals_of_an_object_of_unseen_state_are_open(k):
    k.says(OK, "socket_create", outs={"out0": 0x55, "out1": 0x55}, options=ACCEPT)
    a, _ = k.socket_create(ACCEPT)
    k.says(OK, "socket_write", outs={"actual": 1}, handle=0x55, buffer=b"x")
    k.says(OK, "object_wait_one", outs={"observed": 0x100}, handle=a, signals=0x100)


def test_signal_of_its_own_may_be_set_on_an_unknown_object(k):
    k.says(OK, "eventpair_create", outs={"out0": 0x55, "out1": 0x55})
    k.says(OK, "object_signal", handle=0x55, set_mask=8)


def test_failed_write_may_have_sent_a_channel_to_its_own_peer(k):
    """No page says what becomes of the handle, or of the message: it may keep the channel open."""
    a, b = k.channel_create()
    given = {"handle": a, "options": 1, "bytes": b"x", "handles": [entry(b)]}
    k.says(Status.ZX_ERR_INVALID_ARGS, "channel_write_etc", outs={"handles": (0,)}, **given)
    k.says(OK, "channel_write", handle=a, bytes=b"x")
    k.says(Status.ZX_ERR_BAD_HANDLE, "handle_close", handle=b)


@pytest.mark.parametrize("call", ["channel_read", "channel_read_etc"])
@pytest.mark.parametrize("where", ["bytes", "handles"])
def test_null_for_a_buffer_that_has_a_size_may_be_refused(k, call, where):
    a, b = k.channel_create()
    k.says(OK, "channel_write", handle=a, bytes=b"abc", handles=[event(k)])
    given = {"handle": b, "num_bytes": 8, "num_handles": 4, where: None}
    k.says(Status.ZX_ERR_INVALID_ARGS, call, **given)


@pytest.mark.parametrize(("kind", "plane"), [(1, 0), (2, 4)])
def test_message_of_no_bytes_may_be_refused(k, kind, plane):
    a, _ = k.socket_create(kind)
    given = {"handle": a, "buffer": b"", "options": plane}
    k.says(Status.ZX_ERR_INVALID_ARGS, "socket_write", **given)


def test_range_may_be_refused(k):
    given = {"parent_rsrc": RESOURCE, "options": 0, "base": 1, "name": b""}
    k.says(Status.ZX_ERR_INVALID_ARGS, "resource_create", **given)


def test_replacement_may_have_the_value_that_it_replaced(k):
    handle = event(k)
    k.says(OK, "handle_replace", outs={"out": handle}, handle=handle, rights=SAME)
    k.says(OK, "handle_close", handle=handle)


def test_process_and_vmar_in_one_place_show_one_handle(k):
    outs = {"proc_handle": 0x55, "vmar_handle": 0x55}
    k.says(OK, "process_create", outs=outs, job=JOB, name=b"p")
    k.says(OK, "handle_close", handle=0x55)
    k.says(OK, "handle_close", handle=0x59)


def test_memory_that_ran_out_before_the_entries_leaves_their_results(k):
    a, _ = k.channel_create()
    given = {"handle": a, "bytes": b"x", "handles": [entry(event(k), type_=int(ObjType.VMO))]}
    k.says(Status.ZX_ERR_NO_MEMORY, "channel_write_etc", outs={"handles": (0,)}, **given)


# ---- a list before info


def test_child_listed_before_its_info_is_the_same(k):
    (j,) = k.job_create(JOB)
    k.lists(JOB, InfoTopic.JOB_CHILDREN, 2000)
    k.looks(j, 2000, ObjType.JOB, DEFAULT_RIGHTS["job"], 903)
    k.says(OK, "handle_close", handle=j)
    k.says(Status.ZX_ERR_NOT_FOUND, "object_get_child", handle=JOB, koid=2000, rights=SAME)


def test_listed_child_that_had_no_koid_yet_is_found(k):
    (j,) = k.job_create(JOB)
    k.lists(JOB, InfoTopic.JOB_CHILDREN, 2000, 2001)
    k.says(OK, "object_get_child", outs={"out": 0x7777}, handle=JOB, koid=2000, rights=SAME)
    k.says(OK, "object_signal", handle=0x7777, set_mask=1 << 24)
    outs = {"observed": 1 << 24}
    k.says(OK, "object_wait_one", outs=outs, handle=j, signals=1 << 24)
    k.looks(j, 2000, ObjType.JOB, DEFAULT_RIGHTS["job"], 903)


# ---- pages that are silent, or say it elsewhere


@pytest.mark.parametrize("consumed", [True, False])
def test_read_that_fails_may_or_may_not_consume(k, consumed):
    a, b = k.channel_create()
    k.says(OK, "channel_write", handle=a, bytes=b"hello")
    given = {"handle": b, "bytes": Memory.INVALID, "num_bytes": 8}
    k.says(Status.ZX_ERR_INVALID_ARGS, "channel_read", **given)
    if consumed:
        k.says(Status.ZX_ERR_SHOULD_WAIT, "channel_read", handle=b, num_bytes=8)
        return
    reported = {
        "bytes": sample(b"hello"),
        "handles": (),
        "actual_bytes": 5,
        "actual_handles": 0,
    }
    k.says(OK, "channel_read", outs=reported, handle=b, num_bytes=8)
    k.says(Status.ZX_ERR_SHOULD_WAIT, "channel_read", handle=b, num_bytes=8)


@pytest.mark.parametrize("consumed", [True, False])
def test_accept_that_fails_may_or_may_not_consume(k, consumed):
    a, b = k.socket_create(ACCEPT)
    c, _ = k.socket_create()
    k.says(OK, "socket_share", handle=a, socket_to_share=c)
    k.says(Status.ZX_ERR_INVALID_ARGS, "socket_accept", handle=b, out_socket=Memory.INVALID)
    if consumed:
        k.says(Status.ZX_ERR_SHOULD_WAIT, "socket_accept", handle=b)
    else:
        k.says(OK, "socket_accept", outs={"out_socket": 0x7777}, handle=b)


def test_socket_read_that_fails_may_consume(k):
    a, b = k.socket_create()
    k.says(OK, "socket_write", outs={"actual": 4}, handle=a, buffer=b"abcd")
    given = {"handle": b, "buffer": Memory.INVALID, "buffer_size": 8}
    k.says(Status.ZX_ERR_INVALID_ARGS, "socket_read", **given)
    k.says(Status.ZX_ERR_SHOULD_WAIT, "socket_read", handle=b, buffer_size=8)


def test_thread_topic_may_answer_bad_state(k):
    (thread,) = k.thread_create(PROCESS)
    given = {"handle": thread, "topic": 11, "buffer_size": 256}
    k.says(Status.ZX_ERR_BAD_STATE, "object_get_info", **given)


def test_read_with_outputs_not_asked_for_may_bring_a_handle_of_a_failed_write(k):
    a, b = k.channel_create()
    (e,) = k.event_create()
    given = {"handle": a, "bytes": Memory.INVALID, "num_bytes": 2, "handles": [entry(e)]}
    outs = {"handles": (0,)}
    k.says(Status.ZX_ERR_INVALID_ARGS, "channel_write_etc", outs=outs, **given, num_handles=1)
    k.says(OK, "channel_read_etc", handle=b, num_bytes=32, num_handles=4, handles=Memory.WRITABLE)
    k.says(OK, "handle_close", handle=0x103F)


@pytest.mark.parametrize(
    ("lacking", "refused"),
    [(Rights.WRITE, None), (Rights.WRITE | Rights.MANAGE_PROCESS, True), (Rights.TRANSFER, False)],
)
def test_process_is_created_with_either_of_two_rights(
    lacking: Rights, refused: bool | None
) -> None:
    """RIGHTS and ERRORS ask for different rights of the job."""
    k = Kernel(tuple(BOOTSTRAP.values()))
    (job,) = k.job_create(JOB)
    (bare,) = k.handle_duplicate(job, DEFAULT_RIGHTS["job"] & ~lacking)
    permits = k.allowed(k.make("process_create", job=bare, name=b"p"))
    assert permits.ok is (refused is not True)
    assert (Status.ZX_ERR_ACCESS_DENIED in permits.statuses) is (refused is not False)


def test_waking_nobody_at_a_misaligned_address_may_be_no_error() -> None:
    k = Kernel()
    for count, ok in ((0, True), (1, False)):
        pointer = FutexPointer(Memory.WRITABLE, False, 0x11, 5)
        permits = k.allowed(k.make("futex_wake", value_ptr=pointer, wake_count=count))
        assert permits.ok is ok
        assert Status.ZX_ERR_INVALID_ARGS in permits.statuses
