"""Situations for the clauses of the pages on sharing, cookies and children."""

from __future__ import annotations

from model_make import (
    NEVER,
    SAME,
    C,
    G,
    S,
    channel,
    event,
    holds,
    job,
    koid_of,
    looked_at,
    misses,
    sharing,
    socket,
    with_cookie,
    without,
)
from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import Memory
from zxhil.abi.rights import Rights
from zxhil.model.kernel import Kernel
from zxhil.oracle.simulate import JOB, PROCESS

# ---- socket_share


def _share(k: Kernel, handle: int, shared: int) -> AnyCall:
    return k.make("socket_share", handle=handle, socket_to_share=shared)


@misses(*(S + name for name in (
    "bad_handle_handle", "bad_handle_share", "wrong_type_handle", "wrong_type_share",
    "access_denied_write", "access_denied_transfer", "bad_state_self", "bad_state_peer",
    "bad_state_share_capable", "not_supported", "peer_closed",
)))  # fmt: skip
def share_a_socket(k: Kernel) -> AnyCall:
    return _share(k, sharing(k)[0], socket(k))


@misses(S + "should_wait")
def share_after_accept(k: Kernel) -> AnyCall:
    a, b = sharing(k)
    k.socket_share(a, socket(k))
    k.socket_accept(b)
    return _share(k, a, socket(k))


@holds(S + "bad_handle_handle")
def share_through_never(k: Kernel) -> AnyCall:
    return _share(k, NEVER, socket(k))


@holds(S + "bad_handle_share")
def share_never(k: Kernel) -> AnyCall:
    return _share(k, sharing(k)[0], NEVER)


@holds(S + "wrong_type_handle")
def share_through_channel(k: Kernel) -> AnyCall:
    return _share(k, looked_at(k, channel(k)), socket(k))


@holds(S + "wrong_type_share")
def share_a_channel(k: Kernel) -> AnyCall:
    return _share(k, sharing(k)[0], looked_at(k, channel(k)))


@holds(S + "access_denied_write")
def share_through_read_only(k: Kernel) -> AnyCall:
    return _share(k, without(k, sharing(k)[0], Rights.WRITE), socket(k))


@holds(S + "access_denied_transfer")
def share_what_must_stay(k: Kernel) -> AnyCall:
    return _share(k, sharing(k)[0], without(k, socket(k), Rights.TRANSFER))


@holds(S + "bad_state_self")
def share_itself(k: Kernel) -> AnyCall:
    a, _ = sharing(k)
    return _share(k, a, k.handle_duplicate(a).handles[0])


@holds(S + "bad_state_peer")
def share_its_peer(k: Kernel) -> AnyCall:
    a, b = sharing(k)
    return _share(k, a, b)


@holds(S + "bad_state_share_capable")
def share_one_that_can_share(k: Kernel) -> AnyCall:
    return _share(k, sharing(k)[0], sharing(k)[0])


@holds(S + "should_wait")
def share_a_second(k: Kernel) -> AnyCall:
    a, b = sharing(k)
    k.socket_share(a, socket(k))
    k.object_wait_one(b, 0x100)
    return _share(k, a, socket(k))


@holds(S + "not_supported")
def share_through_plain(k: Kernel) -> AnyCall:
    return _share(k, socket(k), socket(k))


@holds(S + "peer_closed")
def share_with_nobody(k: Kernel) -> AnyCall:
    a, b = sharing(k)
    k.handle_close(b)
    k.object_get_info(b)
    return _share(k, a, socket(k))


# ---- object_set_cookie


def _set(k: Kernel, handle: int, scope: int, cookie: int = 7) -> AnyCall:
    return k.make("object_set_cookie", handle=handle, scope=scope, cookie=cookie)


@misses(*(C + name for name in (
    "bad_handle_handle", "bad_handle_scope", "not_supported", "access_denied_scope",
    "access_denied_not_set", "scope_gone",
)))  # fmt: skip
def set_anew(k: Kernel) -> AnyCall:
    return _set(k, *with_cookie(k))


@misses(C + "eventpair_invalidated")
def set_on_open_pair(k: Kernel) -> AnyCall:
    return _set(k, *with_cookie(k, k.eventpair_create().handles[0]))


@holds(C + "bad_handle_handle")
def set_on_never(k: Kernel) -> AnyCall:
    return _set(k, NEVER, event(k))


@holds(C + "bad_handle_scope")
def set_with_never(k: Kernel) -> AnyCall:
    return _set(k, event(k), NEVER)


@holds(C + "not_supported")
def set_on_channel(k: Kernel) -> AnyCall:
    return _set(k, looked_at(k, channel(k)), event(k))


@holds(C + "access_denied_scope")
def set_with_other_scope(k: Kernel) -> AnyCall:
    made, _ = with_cookie(k)
    return _set(k, made, event(k))


@holds(C + "access_denied_not_set")
def set_for_the_first_time(k: Kernel) -> AnyCall:
    return _set(k, event(k), event(k))


@holds(C + "eventpair_invalidated")
def set_on_half_a_pair(k: Kernel) -> AnyCall:
    a, b = k.eventpair_create()
    made, scope = with_cookie(k, a)
    k.handle_close(b)
    k.object_get_info(b)
    return _set(k, made, scope)


@holds(C + "scope_gone")
def set_without_scope(k: Kernel) -> AnyCall:
    made, scope = with_cookie(k)
    k.handle_close(scope)
    k.object_get_info(scope)
    return _set(k, made, event(k))


# ---- object_get_child


def _child(k: Kernel, handle: int, koid: int, **given: object) -> AnyCall:
    given.setdefault("rights", SAME)
    return k.make("object_get_child", handle=handle, koid=koid, **given)


@misses(*(G + name for name in (
    "bad_handle", "wrong_type", "access_denied_enumerate", "access_denied_rights",
    "not_found", "invalid_args_out",
)))  # fmt: skip
def child_job(k: Kernel) -> AnyCall:
    return _child(k, JOB, koid_of(k, job(k)))


@holds(G + "bad_handle")
def child_of_never(k: Kernel) -> AnyCall:
    return _child(k, NEVER, koid_of(k, job(k)))


@holds(G + "wrong_type")
def child_of_event(k: Kernel) -> AnyCall:
    return _child(k, looked_at(k, event(k)), koid_of(k, job(k)))


@holds(G + "access_denied_enumerate")
def child_without_enumerate(k: Kernel) -> AnyCall:
    parent = job(k)
    koid = koid_of(k, job(k, parent))
    return _child(k, without(k, parent, Rights.ENUMERATE), koid)


@holds(G + "access_denied_rights")
def child_with_more_rights(k: Kernel) -> AnyCall:
    parent = job(k)
    koid = koid_of(k, job(k, parent))
    return _child(k, without(k, parent, Rights.DESTROY), koid, rights=int(Rights.DESTROY))


@holds(G + "not_found")
def child_that_is_not(k: Kernel) -> AnyCall:
    return _child(k, job(k), koid_of(k, PROCESS))


@holds(G + "invalid_args_out")
def child_to_nowhere(k: Kernel) -> AnyCall:
    return _child(k, JOB, koid_of(k, job(k)), out=Memory.INVALID)
