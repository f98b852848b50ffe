"""Situations for every clause of the five pages: one where it holds, one that only just is not.

Each function takes a kernel, brings it into the situation, and returns the call to be made.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.abi.calls import AnyCall
from harness.abi.kinds import Memory
from harness.abi.objects import MAX_MSG_BYTES, MAX_MSG_HANDLES, HandleOp, ObjType
from harness.abi.rights import Rights
from harness.model.kernel import Kernel
from harness.oracle.simulate import JOB, PROCESS, THREAD

MOVE, DUPLICATE = int(HandleOp.MOVE), int(HandleOp.DUPLICATE)
SAME = int(Rights.SAME_RIGHTS)
NEVER = 0xDEADBEEF
ACCEPT = 4

Situation = Callable[[Kernel], AnyCall]
HOLDS: dict[str, Situation] = {}
MISSES: dict[str, Situation] = {}


def holds(*clauses: str) -> Callable[[Situation], Situation]:
    def add(function: Situation) -> Situation:
        for clause in clauses:
            assert clause not in HOLDS
            HOLDS[clause] = function
        return function

    return add


def misses(*clauses: str) -> Callable[[Situation], Situation]:
    def add(function: Situation) -> Situation:
        for clause in clauses:
            assert clause not in MISSES
            MISSES[clause] = function
        return function

    return add


# ---- things to make


def event(k: Kernel) -> int:
    (handle,) = k.event_create()
    return handle


def events(k: Kernel, count: int) -> list[int]:
    return [event(k) for _ in range(count)]


def channel(k: Kernel) -> int:
    return k.channel_create().handles[0]


def rights_of(k: Kernel, handle: int) -> int:
    k.object_get_info(handle)
    rights = k.state.rights(handle)
    assert rights is not None
    return rights.bits


def koid_of(k: Kernel, handle: int) -> int:
    k.object_get_info(handle)
    object_ = k.state.object(handle)
    assert object_ is not None and object_.koid is not None
    return object_.koid


def without(k: Kernel, handle: int, right: Rights) -> int:
    """Replace the handle by one that lacks `right`, and look at that."""
    (reduced,) = k.handle_replace(handle, rights_of(k, handle) & ~int(right))
    k.object_get_info(reduced)
    return reduced


def looked_at(k: Kernel, handle: int) -> int:
    k.object_get_info(handle)
    return handle


# ---- channel_write

W = "channel_write/"


def _write(k: Kernel, **given: object) -> AnyCall:
    given.setdefault("handle", looked_at(k, channel(k)))
    return k.make("channel_write", **given)


@misses(
    W + "bad_handle_handle",
    W + "wrong_type",
    W + "invalid_args_options",
    W + "access_denied_write",
    W + "peer_closed",
)
def plain_write(k: Kernel) -> AnyCall:
    return _write(k, bytes=b"x")


@misses(
    W + "bad_handle_entry",
    W + "bad_handle_repeated",
    W + "access_denied_transfer",
    W + "not_supported_self",
)
def write_with_handles(k: Kernel) -> AnyCall:
    handles = [looked_at(k, h) for h in events(k, 3)]
    return _write(k, handles=handles)


@misses(W + "invalid_args_bytes", W + "invalid_args_handles")
def write_null_and_nothing(k: Kernel) -> AnyCall:
    return _write(k, bytes=None, handles=None)


@misses(W + "out_of_range_bytes")
def write_most_bytes(k: Kernel) -> AnyCall:
    return _write(k, bytes=bytes(MAX_MSG_BYTES))


@misses(W + "out_of_range_handles")
def write_most_handles(k: Kernel) -> AnyCall:
    return _write(k, handles=[looked_at(k, h) for h in events(k, MAX_MSG_HANDLES)])


@holds(W + "bad_handle_handle")
def write_to_closed(k: Kernel) -> AnyCall:
    handle = channel(k)
    k.handle_close(handle)
    k.object_get_info(handle)
    return _write(k, handle=handle, bytes=b"x")


@holds(W + "bad_handle_entry")
def write_never_a_handle(k: Kernel) -> AnyCall:
    return _write(k, handles=[event(k), NEVER])


@holds(W + "bad_handle_repeated")
def write_twice_the_same(k: Kernel) -> AnyCall:
    return _write(k, handles=[event(k)] * 2)


@holds(W + "wrong_type")
def write_to_vmo(k: Kernel) -> AnyCall:
    return _write(k, handle=looked_at(k, k.vmo_create(4096).handles[0]), bytes=b"x")


@holds(W + "invalid_args_bytes")
def write_unmapped_bytes(k: Kernel) -> AnyCall:
    return _write(k, bytes=Memory.INVALID, num_bytes=1)


@holds(W + "invalid_args_handles")
def write_null_handles(k: Kernel) -> AnyCall:
    return _write(k, handles=None, num_handles=1)


@holds(W + "invalid_args_options")
def write_with_options(k: Kernel) -> AnyCall:
    return _write(k, bytes=b"x", options=1)


@holds(W + "not_supported_self")
def write_itself(k: Kernel) -> AnyCall:
    handle = looked_at(k, channel(k))
    return _write(k, handle=handle, handles=[handle])


@holds(W + "access_denied_write")
def write_read_only(k: Kernel) -> AnyCall:
    return _write(k, handle=without(k, channel(k), Rights.WRITE), bytes=b"x")


@holds(W + "access_denied_transfer")
def write_what_must_stay(k: Kernel) -> AnyCall:
    return _write(k, handles=[without(k, event(k), Rights.TRANSFER)])


@holds(W + "peer_closed")
def write_to_nobody(k: Kernel) -> AnyCall:
    a, b = k.channel_create()
    k.handle_close(b)
    k.object_get_info(b)
    return _write(k, handle=looked_at(k, a), bytes=b"x")


@holds(W + "out_of_range_bytes")
def write_a_byte_too_many(k: Kernel) -> AnyCall:
    return _write(k, bytes=bytes(MAX_MSG_BYTES + 1))


@holds(W + "out_of_range_handles")
def write_a_handle_too_many(k: Kernel) -> AnyCall:
    return _write(k, handles=events(k, MAX_MSG_HANDLES + 1))


# ---- channel_write_etc

E = "channel_write_etc/"


def entry(
    handle: int, operation: int = MOVE, type_: int = 0, rights: int = SAME, result: int = 0
) -> tuple[int, int, int, int, int]:
    return operation, handle, type_, rights, result


def _etc(k: Kernel, *entries: tuple[int, int, int, int, int], **given: object) -> AnyCall:
    given.setdefault("handle", looked_at(k, channel(k)))
    given.setdefault("bytes", b"x")
    given.setdefault("handles", list(entries))
    return k.make("channel_write_etc", **given)


@misses(
    E + "bad_handle_handle",
    E + "wrong_type_handle",
    E + "invalid_args_bytes",
    E + "invalid_args_handles",
    E + "invalid_args_options",
    E + "access_denied_write",
    E + "peer_closed",
    E + "bad_handle_entry",
    E + "wrong_type_entry",
    E + "invalid_args_operation",
    E + "not_supported_self",
    E + "access_denied_transfer",
    E + "access_denied_duplicate",
)
def etc_moves_and_duplicates(k: Kernel) -> AnyCall:
    first, second = looked_at(k, event(k)), looked_at(k, event(k))
    return _etc(k, entry(first, type_=ObjType.EVENT), entry(second, DUPLICATE))


@misses(E + "bad_handle_repeated")
def etc_duplicates_twice(k: Kernel) -> AnyCall:
    handle = looked_at(k, event(k))
    return _etc(k, entry(handle, DUPLICATE), entry(handle, DUPLICATE))


@misses(E + "invalid_args_rights")
def etc_all_its_rights(k: Kernel) -> AnyCall:
    handle = event(k)
    return _etc(k, entry(handle, rights=rights_of(k, handle)))


@misses(E + "out_of_range_bytes")
def etc_most_bytes(k: Kernel) -> AnyCall:
    return _etc(k, entry(looked_at(k, event(k))), bytes=bytes(MAX_MSG_BYTES))


@misses(E + "out_of_range_handles")
def etc_most_handles(k: Kernel) -> AnyCall:
    return _etc(k, *[entry(looked_at(k, h)) for h in events(k, MAX_MSG_HANDLES)])


@holds(E + "bad_handle_handle")
def etc_to_closed(k: Kernel) -> AnyCall:
    handle = channel(k)
    k.handle_close(handle)
    k.object_get_info(handle)
    return _etc(k, entry(event(k)), handle=handle)


@holds(E + "bad_handle_entry")
def etc_never_a_handle(k: Kernel) -> AnyCall:
    return _etc(k, entry(NEVER))


@holds(E + "bad_handle_repeated")
def etc_moves_twice(k: Kernel) -> AnyCall:
    handle = event(k)
    return _etc(k, entry(handle), entry(handle))


@holds(E + "wrong_type_handle")
def etc_to_vmo(k: Kernel) -> AnyCall:
    return _etc(k, entry(event(k)), handle=looked_at(k, k.vmo_create(4096).handles[0]))


@holds(E + "wrong_type_entry")
def etc_event_as_channel(k: Kernel) -> AnyCall:
    return _etc(k, entry(looked_at(k, event(k)), type_=ObjType.CHANNEL))


@holds(E + "invalid_args_bytes")
def etc_unmapped_bytes(k: Kernel) -> AnyCall:
    return _etc(k, entry(event(k)), bytes=Memory.INVALID, num_bytes=1)


@holds(E + "invalid_args_handles")
def etc_read_only_handles(k: Kernel) -> AnyCall:
    return _etc(k, handles=Memory.READABLE, num_handles=1)


@holds(E + "invalid_args_options")
def etc_with_options(k: Kernel) -> AnyCall:
    return _etc(k, entry(event(k)), options=1)


@holds(E + "invalid_args_operation")
def etc_third_operation(k: Kernel) -> AnyCall:
    return _etc(k, entry(looked_at(k, event(k)), 2))


@holds(E + "invalid_args_rights")
def etc_more_rights(k: Kernel) -> AnyCall:
    handle = without(k, event(k), Rights.SIGNAL)
    return _etc(k, entry(handle, rights=int(Rights.SIGNAL | Rights.TRANSFER)))


@holds(E + "not_supported_self")
def etc_itself(k: Kernel) -> AnyCall:
    handle = looked_at(k, channel(k))
    return _etc(k, entry(handle), handle=handle)


@holds(E + "access_denied_write")
def etc_read_only(k: Kernel) -> AnyCall:
    return _etc(k, entry(event(k)), handle=without(k, channel(k), Rights.WRITE))


@holds(E + "access_denied_transfer")
def etc_what_must_stay(k: Kernel) -> AnyCall:
    return _etc(k, entry(without(k, event(k), Rights.TRANSFER)))


@holds(E + "access_denied_duplicate")
def etc_what_is_unique(k: Kernel) -> AnyCall:
    return _etc(k, entry(without(k, event(k), Rights.DUPLICATE), DUPLICATE))


@holds(E + "peer_closed")
def etc_to_nobody(k: Kernel) -> AnyCall:
    a, b = k.channel_create()
    k.handle_close(b)
    k.object_get_info(b)
    return _etc(k, entry(event(k)), handle=looked_at(k, a))


@holds(E + "out_of_range_bytes")
def etc_a_byte_too_many(k: Kernel) -> AnyCall:
    return _etc(k, entry(event(k)), bytes=bytes(MAX_MSG_BYTES + 1))


@holds(E + "out_of_range_handles")
def etc_a_handle_too_many(k: Kernel) -> AnyCall:
    return _etc(k, *[entry(h) for h in events(k, MAX_MSG_HANDLES + 1)])


# ---- socket_share

S = "socket_share/"


def sharing(k: Kernel) -> tuple[int, int]:
    a, b = k.socket_create(ACCEPT)
    return looked_at(k, a), looked_at(k, b)


def socket(k: Kernel) -> int:
    return looked_at(k, k.socket_create().handles[0])


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

C = "object_set_cookie/"


def _set(k: Kernel, handle: int, scope: int, cookie: int = 7) -> AnyCall:
    return k.make("object_set_cookie", handle=handle, scope=scope, cookie=cookie)


def with_cookie(k: Kernel, handle: int | None = None) -> tuple[int, int]:
    """An object with a cookie, and its scope."""
    made, scope = handle or event(k), event(k)
    k.object_set_cookie(made, scope, 5)
    k.object_get_cookie(made, scope)
    return made, scope


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

G = "object_get_child/"


def _child(k: Kernel, handle: int, koid: int, **given: object) -> AnyCall:
    given.setdefault("rights", SAME)
    return k.make("object_get_child", handle=handle, koid=koid, **given)


def job(k: Kernel, parent: int = JOB) -> int:
    return looked_at(k, k.job_create(parent).handles[0])


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


def thread_of_process(k: Kernel) -> AnyCall:
    return _child(k, PROCESS, koid_of(k, THREAD))
