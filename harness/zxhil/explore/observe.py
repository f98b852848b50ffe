"""Calls that show what a call did: an effect that nothing looks at is not judged."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from zxhil.abi.calls import BY_NAME
from zxhil.explore.program import Ref, Step

_ALL_SIGNALS = 0x7FFFFFFF
_BASIC = 2
_MOST = 6


def observations(step: Step, number: int, peers: Sequence[Ref]) -> list[Step]:
    """Calls that show what call `number` did; `peers` are handles to the other end of its object.

    They come right after it; one may refer to those before it.
    """
    handle = step.given.get("handle")
    if not isinstance(handle, Ref):
        handle = None
    return list(itertools.islice(_of(step, number, handle, list(peers)), _MOST))


def _of(step: Step, number: int, handle: Ref | None, peers: list[Ref]) -> Iterator[Step]:
    name = step.name
    for parameter in BY_NAME[name].parameters:
        if parameter.kind.writes and parameter.kind.is_handle and not parameter.kind.reads:
            yield _info(Ref(number, parameter.name))
    if name in ("channel_read", "channel_read_etc"):
        yield from (_info(Ref(number, "handles", place)) for place in range(3))
    if handle is None:
        return
    if name.startswith("channel_write") and peers:
        rooms = {"options": 0, "num_bytes": 0x10000, "num_handles": 64}
        yield Step("channel_read_etc", {"handle": peers[0], **rooms})
        yield from (_info(Ref(number + 1, "handles", place)) for place in range(3))
        yield _signals(peers[0])
        return
    maker = _AFTER.get(name)
    if maker is not None:
        yield from maker(step.given, handle, peers)
    yield _signals(handle)
    yield from (_signals(peer) for peer in peers[:1])


def _info(ref: Ref) -> Step:
    return Step("object_get_info", {"handle": ref, "topic": _BASIC})


def _signals(ref: Ref) -> Step:
    return Step("object_wait_one", {"handle": ref, "signals": _ALL_SIGNALS, "deadline": 0})


def _some(given: Any, *names: str) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}


Maker = Callable[[Any, Ref, list[Ref]], Iterator[Step]]


def _read_socket(given: Any, handle: Ref, peers: list[Ref]) -> Iterator[Step]:
    for peer in peers[:1]:
        yield Step("socket_read", {"handle": peer, **_some(given, "options"), "buffer_size": 256})


def _read_fifo(given: Any, handle: Ref, peers: list[Ref]) -> Iterator[Step]:
    for peer in peers[:1]:
        size = {"elem_size": given.get("elem_size", 8), "count": 4}
        yield Step("fifo_read", {"handle": peer, **size})


def _accept(given: Any, handle: Ref, peers: list[Ref]) -> Iterator[Step]:
    for peer in peers[:1]:
        yield Step("socket_accept", {"handle": peer})


def _read_vmo(given: Any, handle: Ref, peers: list[Ref]) -> Iterator[Step]:
    yield Step("vmo_get_size", {"handle": handle})
    yield Step("vmo_read", {"handle": handle, "offset": given.get("offset", 0), "buffer_size": 16})


def _get_property(given: Any, handle: Ref, peers: list[Ref]) -> Iterator[Step]:
    size = 32 if given.get("property") == 3 else 8
    same = {"handle": handle, **_some(given, "property"), "value_size": size}
    yield Step("object_get_property", same)


def _get_cookie(given: Any, handle: Ref, peers: list[Ref]) -> Iterator[Step]:
    for other in (handle, *peers[:1]):
        yield Step("object_get_cookie", {"handle": other, **_some(given, "scope")})


def _take(given: Any, handle: Ref, peers: list[Ref]) -> Iterator[Step]:
    yield Step("port_wait", {"handle": handle, "deadline": 0})


def _closed(given: Any, handle: Ref, peers: list[Ref]) -> Iterator[Step]:
    yield _info(handle)


_AFTER: dict[str, Maker] = {
    "socket_write": _read_socket,
    "socket_share": _accept,
    "fifo_write": _read_fifo,
    "vmo_write": _read_vmo,
    "vmo_set_size": _read_vmo,
    "vmo_op_range": _read_vmo,
    "object_set_property": _get_property,
    "object_set_cookie": _get_cookie,
    "port_queue": _take,
    "port_cancel": _take,
    "handle_close": _closed,
    "handle_replace": _closed,
}
