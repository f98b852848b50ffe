"""Calls that show what a call did: an effect that nothing looks at is not judged."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from zxhil.abi.calls import BY_NAME
from zxhil.explore.program import Ref, Step, refs

_ALL_SIGNALS = 0x7FFFFFFF
_BASIC = 2
_NAME = 3
_MOST = 6
#: Calls after which no port has more or fewer packets.
_NO_PACKETS = ("object_get_", "vmo_", "fifo_create", "cprng_", "futex_", "port_wait", "resource_")


def observations(
    step: Step, number: int, peers: Sequence[Ref], ports: Sequence[Ref] = ()
) -> list[Step]:
    """Calls that show what call `number` did; `peers` are handles to the other end of its object.

    They come right after it; one may refer to those before it. `ports` may have got packets.
    """
    handle = step.given.get("handle")
    if not isinstance(handle, Ref):
        handle = None
    shown = list(itertools.islice(_of(step, number, handle, list(peers)), _MOST))
    if not step.name.startswith(_NO_PACKETS):
        # A second one shows that there is no more than one packet.
        shown += [_packet(port) for port in ports for _ in range(2)]
    return shown


class _Made(NamedTuple):
    """Call `number`: what it was given, its object and the handles to the other end of that."""

    number: int
    given: Mapping[str, Any]
    handle: Ref
    peers: Sequence[Ref]

    def some(self, *names: str) -> dict[str, Any]:
        """What it was given for these parameters."""
        return {name: self.given[name] for name in names if name in self.given}


def _of(step: Step, number: int, handle: Ref | None, peers: list[Ref]) -> Iterator[Step]:
    name = step.name
    for parameter in BY_NAME[name].parameters:
        if parameter.kind.writes and parameter.kind.is_handle and not parameter.kind.reads:
            yield _info(Ref(number, parameter.name))
    if name in ("channel_read", "channel_read_etc"):
        yield from (_info(Ref(number, "handles", place)) for place in range(3))
    if name == "handle_close_many":
        yield from (_info(ref) for ref in refs(step.given.get("handles")))
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
        yield from maker(_Made(number, step.given, handle, peers))
    yield _signals(handle)
    yield from (_signals(peer) for peer in peers[:1])


def _info(ref: Ref) -> Step:
    return Step("object_get_info", {"handle": ref, "topic": _BASIC})


def _signals(ref: Ref) -> Step:
    return Step("object_wait_one", {"handle": ref, "signals": _ALL_SIGNALS, "deadline": 0})


def _packet(port: Ref) -> Step:
    return Step("port_wait", {"handle": port, "deadline": 0})


def _read_socket(made: _Made) -> Iterator[Step]:
    for peer in made.peers[:1]:
        yield Step("socket_read", {"handle": peer, **made.some("options"), "buffer_size": 256})


def _use_socket(made: _Made) -> Iterator[Step]:
    for end in (made.handle, *made.peers[:1]):
        yield Step("socket_write", {"handle": end, "options": 0, "buffer": b"a"})
    yield Step("socket_read", {"handle": made.handle, "options": 0, "buffer_size": 256})


def _read_fifo(made: _Made) -> Iterator[Step]:
    for peer in made.peers[:1]:
        size = {"elem_size": made.given.get("elem_size", 8), "count": 4}
        yield Step("fifo_read", {"handle": peer, **size})


def _accept(made: _Made) -> Iterator[Step]:
    for peer in made.peers[:1]:
        yield Step("socket_accept", {"handle": peer})
        yield _info(Ref(made.number + 1, "out_socket"))


def _read_vmo(made: _Made) -> Iterator[Step]:
    yield Step("vmo_get_size", {"handle": made.handle})
    yield _bytes_of(made.handle, made.given.get("offset", 0))


def _bytes_of(vmo: Ref, offset: Any) -> Step:
    return Step("vmo_read", {"handle": vmo, "offset": offset, "buffer_size": 16})


def _use_clone(made: _Made) -> Iterator[Step]:
    clone, offset = Ref(made.number, "out"), made.given.get("offset", 0)
    yield Step("vmo_get_size", {"handle": clone})
    yield Step("vmo_write", {"handle": clone, "offset": 1, "buffer": b"xy"})
    yield _bytes_of(clone, 0)
    yield _bytes_of(made.handle, offset)


def _get_property(made: _Made) -> Iterator[Step]:
    size = 32 if made.given.get("property") == _NAME else 8
    same = {"handle": made.handle, **made.some("property"), "value_size": size}
    yield Step("object_get_property", same)


def _get_cookie(made: _Made) -> Iterator[Step]:
    for other in (made.handle, *made.peers[:1]):
        yield Step("object_get_cookie", {"handle": other, **made.some("scope")})


def _take(made: _Made) -> Iterator[Step]:
    yield _packet(made.handle)


def _closed(made: _Made) -> Iterator[Step]:
    yield _info(made.handle)


_AFTER: dict[str, Callable[[_Made], Iterator[Step]]] = {
    "socket_write": _read_socket,
    "socket_share": _accept,
    "socket_shutdown": _use_socket,
    "fifo_write": _read_fifo,
    "vmo_write": _read_vmo,
    "vmo_set_size": _read_vmo,
    "vmo_op_range": _read_vmo,
    "vmo_set_cache_policy": _read_vmo,
    "vmo_clone": _use_clone,
    "object_set_property": _get_property,
    "object_set_cookie": _get_cookie,
    "port_queue": _take,
    "port_cancel": _take,
    "handle_close": _closed,
    "handle_replace": _closed,
}
