"""How a kernel breaks the effects of the pages on sharing, cookies and children."""

from __future__ import annotations

from model_broken import (
    ACCESS_DENIED,
    NOT_FOUND,
    NOT_SUPPORTED,
    SHARE_BIT,
    SHOULD_WAIT,
    answered,
    breach,
    refused,
    seen,
)
from model_make import (
    SAME,
    C,
    G,
    S,
    event,
    job,
    koid_of,
    looked_at,
    rights_of,
    sharing,
    socket,
    with_cookie,
)
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.judge import Verdict
from zxhil.model.kernel import Kernel
from zxhil.oracle.simulate import JOB, PROCESS, RESOURCE

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
    k.socket_accept(b)
    at = k.state.calls
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
