"""For every effect of the five pages: a kernel that breaks it, and where that shows.

Each function drives a kernel up to the broken promise, lets it answer as a broken kernel would,
and returns which call broke the promise and the verdict on the call that showed it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from model_situations import (
    DUPLICATE,
    NEVER,
    SAME,
    C,
    E,
    G,
    S,
    W,
    channel,
    entry,
    event,
    events,
    job,
    koid_of,
    looked_at,
    rights_of,
    sharing,
    socket,
    with_cookie,
)

from harness.abi.kinds import HandleInfoRecord
from harness.abi.objects import MAX_MSG_BYTES, MAX_MSG_HANDLES, ObjType
from harness.abi.rights import Rights
from harness.abi.status import Status
from harness.model.judge import Verdict
from harness.model.kernel import Kernel
from harness.model.page import Outcome
from harness.oracle.simulate import JOB, PROCESS, RESOURCE

Breach = Callable[[Kernel], tuple[int, Verdict]]
BREACHES: dict[str, Breach] = {}

INVALID_ARGS = int(Status.ZX_ERR_INVALID_ARGS)
OUT_OF_RANGE = int(Status.ZX_ERR_OUT_OF_RANGE)
NOT_SUPPORTED = int(Status.ZX_ERR_NOT_SUPPORTED)
NOT_FOUND = int(Status.ZX_ERR_NOT_FOUND)
SHOULD_WAIT = int(Status.ZX_ERR_SHOULD_WAIT)
ACCESS_DENIED = int(Status.ZX_ERR_ACCESS_DENIED)
WRONG_TYPE = int(Status.ZX_ERR_WRONG_TYPE)
BAD_HANDLE = int(Status.ZX_ERR_BAD_HANDLE)
SHARE_BIT = 0x200


def breach(clause: str) -> Callable[[Breach], Breach]:
    def add(function: Breach) -> Breach:
        assert clause not in BREACHES
        BREACHES[clause] = function
        return function

    return add


def answered(k: Kernel, status: int, syscall: str, outs: dict[str, Any], **given: Any) -> Verdict:
    """The kernel answers this call so."""
    return k.observe(k.make(syscall, **given), Outcome(status, outs))


def seen(k: Kernel, handle: int, *, rights: int | None = None, type_: int | None = None) -> Verdict:
    """A look at the handle finds it alive, with these rights and this type."""
    known, object_ = k.state.rights(handle), k.state.object(handle)
    bits = rights if rights is not None else 0 if known is None else known.bits
    of_type = type_ if type_ is not None else 0 if object_ is None else object_.type
    koid = 7777 if object_ is None or object_.koid is None else object_.koid
    peer = None if object_ is None else object_.peer
    related = 0 if peer is None or peer.koid is None else peer.koid
    raw = struct.pack("<QIIQI4x", koid, bits, of_type, related, 1)
    outs = {"buffer": raw, "actual": 1, "avail": 1}
    return answered(k, 0, "object_get_info", outs, handle=handle, topic=2, buffer_size=32)


def refused(k: Kernel, status: int, syscall: str, **given: Any) -> tuple[int, Verdict]:
    """The call itself fails, though the page says that it is fine."""
    at = k.state.calls
    return at, answered(k, status, syscall, {}, **given)


# ---- channel_write


@breach(W + "null_when_empty")
def null_refused(k: Kernel) -> tuple[int, Verdict]:
    handle = looked_at(k, channel(k))
    return refused(k, INVALID_ARGS, "channel_write", handle=handle)


@breach(W + "consumed_on_success")
def kept_on_success(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = channel(k), event(k)
    at = k.state.calls
    k.channel_write(handle, b"x", [sent])
    return at, seen(k, sent)


@breach(W + "delivered")
def other_bytes_arrive(k: Kernel) -> tuple[int, Verdict]:
    a, b = k.channel_create()
    at = k.state.calls
    k.channel_write(a, b"abc")
    outs = {"bytes": 0x1234, "handles": (), "actual_bytes": 3, "actual_handles": 0}
    return at, answered(k, 0, "channel_read", outs, handle=b, num_bytes=64, num_handles=64)


@breach(W + "discarded_on_failure")
def kept_on_failure(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = channel(k), event(k)
    at = k.state.calls
    k.channel_write(handle, b"x", [sent], options=1)
    return at, seen(k, sent)


@breach(W + "max_handles")
def sixty_four_refused(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = looked_at(k, channel(k)), events(k, MAX_MSG_HANDLES)
    return refused(k, OUT_OF_RANGE, "channel_write", handle=handle, handles=sent)


@breach(W + "max_bytes")
def most_bytes_refused(k: Kernel) -> tuple[int, Verdict]:
    handle, most = looked_at(k, channel(k)), bytes(MAX_MSG_BYTES)
    return refused(k, OUT_OF_RANGE, "channel_write", handle=handle, bytes=most)


# ---- channel_write_etc


@breach(E + "delivered")
def etc_never_arrives(k: Kernel) -> tuple[int, Verdict]:
    a, b = k.channel_create()
    at = k.state.calls
    k.channel_write_etc(a, b"abc", [entry(event(k))])
    given = {"handle": b, "num_bytes": 9, "num_handles": 9}
    return at + 1, answered(k, SHOULD_WAIT, "channel_read", {}, **given)


@breach(E + "moved")
def etc_moved_stays(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = channel(k), event(k)
    at = k.state.calls
    k.channel_write_etc(handle, b"x", [entry(sent)])
    return at, seen(k, sent)


@breach(E + "duplicated")
def etc_duplicated_leaves(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = channel(k), event(k)
    at = k.state.calls
    k.channel_write_etc(handle, b"x", [entry(sent, DUPLICATE)])
    return at, answered(k, BAD_HANDLE, "object_get_info", {}, handle=sent, topic=2, buffer_size=32)


def _etc_arrives_with(k: Kernel, asked: int, got: int) -> tuple[int, Verdict]:
    a, b = k.channel_create()
    sent = looked_at(k, event(k))
    at = k.state.calls
    k.channel_write_etc(a, b"", [entry(sent, rights=asked)])
    info = HandleInfoRecord(0x9999, int(ObjType.EVENT), got, 0)
    outs = {"bytes": 0, "handles": (info,), "actual_bytes": 0, "actual_handles": 1}
    return at, answered(k, 0, "channel_read_etc", outs, handle=b, num_bytes=9, num_handles=9)


@breach(E + "rights_at_receiver")
def etc_too_few_rights(k: Kernel) -> tuple[int, Verdict]:
    return _etc_arrives_with(k, int(Rights.TRANSFER | Rights.WAIT), int(Rights.TRANSFER))


@breach(E + "transfer_removable")
def etc_transfer_stays(k: Kernel) -> tuple[int, Verdict]:
    return _etc_arrives_with(k, int(Rights.WAIT), int(Rights.TRANSFER | Rights.WAIT))


@breach(E + "type_none_skips")
def etc_none_refused(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = looked_at(k, channel(k)), looked_at(k, event(k))
    at = k.state.calls
    outs = {"handles": (WRONG_TYPE,)}
    given = {"handle": handle, "handles": [entry(sent)]}
    return at, answered(k, WRONG_TYPE, "channel_write_etc", outs, **given)


def _etc_answers(k: Kernel, status: int, results: tuple[int, ...]) -> tuple[int, Verdict]:
    """Of three entries the first is of the wrong type and the third is no handle."""
    handle, first, second = looked_at(k, channel(k)), looked_at(k, event(k)), event(k)
    entries = [entry(first, type_=ObjType.VMO), entry(second), entry(NEVER)]
    at = k.state.calls
    given = {"handle": handle, "bytes": b"x", "handles": entries}
    return at, answered(k, status, "channel_write_etc", {"handles": results}, **given)


@breach(E + "result_written")
def etc_no_result(k: Kernel) -> tuple[int, Verdict]:
    return _etc_answers(k, WRONG_TYPE, (0, 0, 0))


@breach(E + "first_failure_returned")
def etc_last_failure(k: Kernel) -> tuple[int, Verdict]:
    return _etc_answers(k, BAD_HANDLE, (WRONG_TYPE, 0, BAD_HANDLE))


@breach(E + "all_attempted")
def etc_stops_at_the_first(k: Kernel) -> tuple[int, Verdict]:
    return _etc_answers(k, WRONG_TYPE, (WRONG_TYPE, 0, 0))


@breach(E + "all_must_succeed")
def etc_sent_all_the_same(k: Kernel) -> tuple[int, Verdict]:
    a, b = k.channel_create()
    at = k.state.calls
    k.channel_write_etc(a, b"x", [entry(NEVER)])
    outs = {"bytes": 5, "handles": (), "actual_bytes": 1, "actual_handles": 0}
    return at, answered(k, 0, "channel_read", outs, handle=b, num_bytes=9, num_handles=9)


@breach(E + "max_handles")
def etc_sixty_four_refused(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = looked_at(k, channel(k)), [entry(h) for h in events(k, MAX_MSG_HANDLES)]
    return refused(k, OUT_OF_RANGE, "channel_write_etc", handle=handle, handles=sent)


@breach(E + "max_bytes")
def etc_most_bytes_refused(k: Kernel) -> tuple[int, Verdict]:
    handle, most = looked_at(k, channel(k)), bytes(MAX_MSG_BYTES)
    given = {"handle": handle, "bytes": most, "handles": [entry(event(k))]}
    return refused(k, OUT_OF_RANGE, "channel_write_etc", **given)


# ---- socket_share


@breach(S + "signal_share")
def share_not_signalled(k: Kernel) -> tuple[int, Verdict]:
    a, _ = sharing(k)
    at = k.state.calls
    given = {"handle": a, "signals": SHARE_BIT}
    timed_out = int(Status.ZX_ERR_TIMED_OUT)
    return at, answered(k, timed_out, "object_wait_one", {"observed": 0}, **given)


@breach(S + "queued")
def shared_never_arrives(k: Kernel) -> tuple[int, Verdict]:
    a, b = sharing(k)
    shared = socket(k)
    at = k.state.calls
    k.socket_share(a, shared)
    return at, answered(k, SHOULD_WAIT, "socket_accept", {}, handle=b)


@breach(S + "consumed_on_success")
def shared_stays(k: Kernel) -> tuple[int, Verdict]:
    a, _ = sharing(k)
    shared = socket(k)
    at = k.state.calls
    k.socket_share(a, shared)
    return at, seen(k, shared)


@breach(S + "discarded_on_failure")
def not_shared_stays(k: Kernel) -> tuple[int, Verdict]:
    plain, shared = socket(k), socket(k)
    at = k.state.calls
    k.socket_share(plain, shared)
    return at, seen(k, shared)


@breach(S + "one_deep")
def queue_stays_full(k: Kernel) -> tuple[int, Verdict]:
    a, b = sharing(k)
    k.socket_share(a, socket(k))
    second = socket(k)
    at = k.state.calls
    k.socket_accept(b)
    given = {"handle": a, "socket_to_share": second}
    return at, answered(k, SHOULD_WAIT, "socket_share", {}, **given)


# ---- object_set_cookie


def _may_not(k: Kernel, handle: int) -> tuple[int, Verdict]:
    given = {"handle": looked_at(k, handle), "scope": looked_at(k, event(k)), "cookie": 1}
    return refused(k, NOT_SUPPORTED, "object_set_cookie", **given)


@breach(C + "may_have_event")
def no_cookie_on_event(k: Kernel) -> tuple[int, Verdict]:
    return _may_not(k, event(k))


@breach(C + "may_have_eventpair")
def no_cookie_on_eventpair(k: Kernel) -> tuple[int, Verdict]:
    a, b = k.eventpair_create()
    looked_at(k, b)
    return _may_not(k, a)


@breach(C + "may_have_resource")
def no_cookie_on_resource(k: Kernel) -> tuple[int, Verdict]:
    return _may_not(k, k.resource_create(RESOURCE, 4).handles[0])


@breach(C + "may_have_vmo")
def no_cookie_on_vmo(k: Kernel) -> tuple[int, Verdict]:
    return _may_not(k, k.vmo_create(1).handles[0])


@breach(C + "initially_unreadable")
def unset_is_readable(k: Kernel) -> tuple[int, Verdict]:
    scope = event(k)
    at = k.state.calls
    given = {"handle": event(k), "scope": scope}
    return at, answered(k, 0, "object_get_cookie", {"cookie": 0}, **given)


@breach(C + "cookie_set")
def other_cookie_read(k: Kernel) -> tuple[int, Verdict]:
    made, scope = event(k), event(k)
    at = k.state.calls
    k.object_set_cookie(made, scope, 5)
    given = {"handle": made, "scope": scope}
    return at, answered(k, 0, "object_get_cookie", {"cookie": 6}, **given)


@breach(C + "same_scope_modifies")
def set_once_only(k: Kernel) -> tuple[int, Verdict]:
    made, scope = with_cookie(k)
    given = {"handle": made, "scope": scope, "cookie": 9}
    return refused(k, ACCESS_DENIED, "object_set_cookie", **given)


@breach(C + "scope_never_changes")
def scope_changed_by_failure(k: Kernel) -> tuple[int, Verdict]:
    made, scope = with_cookie(k)
    other = event(k)
    at = k.state.calls
    k.object_set_cookie(made, other, 9)
    given = {"handle": made, "scope": scope}
    return at, answered(k, ACCESS_DENIED, "object_get_cookie", {}, **given)


# ---- object_get_child


def _child_has(k: Kernel, asked: int, got: int) -> tuple[int, Verdict]:
    koid = koid_of(k, job(k))
    rights_of(k, JOB)
    at = k.state.calls
    (child,) = k.object_get_child(JOB, koid, asked)
    return at, seen(k, child, rights=got)


@breach(G + "rights_granted")
def child_has_more_rights(k: Kernel) -> tuple[int, Verdict]:
    return _child_has(k, int(Rights.WAIT), int(Rights.WAIT | Rights.READ))


@breach(G + "same_rights")
def child_has_less_rights(k: Kernel) -> tuple[int, Verdict]:
    return _child_has(k, SAME, int(Rights.WAIT))


def _no_child(k: Kernel, parent: int, koid: int) -> tuple[int, Verdict]:
    given = {"handle": parent, "koid": koid, "rights": SAME}
    return refused(k, NOT_FOUND, "object_get_child", **given)


@breach(G + "process_thread")
def thread_not_found(k: Kernel) -> tuple[int, Verdict]:
    (thread,) = k.thread_create(PROCESS)
    return _no_child(k, PROCESS, koid_of(k, thread))


@breach(G + "job_job")
def job_not_found(k: Kernel) -> tuple[int, Verdict]:
    return _no_child(k, JOB, koid_of(k, job(k)))


@breach(G + "job_process")
def process_not_found(k: Kernel) -> tuple[int, Verdict]:
    return _no_child(k, JOB, koid_of(k, k.process_create(JOB).handles[0]))


@breach(G + "resource_resource")
def resource_not_found(k: Kernel) -> tuple[int, Verdict]:
    return _no_child(k, RESOURCE, koid_of(k, k.resource_create(RESOURCE, 4).handles[0]))


@breach(G + "immediate_only")
def grandchild_found(k: Kernel) -> tuple[int, Verdict]:
    koid = koid_of(k, job(k, job(k)))
    at = k.state.calls
    given = {"handle": JOB, "koid": koid, "rights": SAME}
    return at, answered(k, 0, "object_get_child", {"out": 0x9999}, **given)
