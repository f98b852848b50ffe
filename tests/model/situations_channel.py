"""Situations for the clauses of the two pages on writing to a channel."""

from __future__ import annotations

from model_make import (
    DUPLICATE,
    NEVER,
    E,
    W,
    channel,
    entry,
    event,
    events,
    holds,
    looked_at,
    misses,
    rights_of,
    without,
)
from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import MAX_MSG_BYTES, MAX_MSG_HANDLES, ObjType
from zxhil.abi.rights import Rights
from zxhil.model.kernel import Kernel

# ---- channel_write


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
