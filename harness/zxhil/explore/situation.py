"""In which state an object is when a call is given a handle to it, by the model, in short words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from zxhil.abi.objects import ObjType
from zxhil.model.objects import NO_POLICY, HandleEntry, KernelObject


def situation(entry: HandleEntry) -> str:
    """The type of the object and its state: ``CHANNEL peer closed, messages``."""
    object_ = entry.object.value
    if object_ is None:
        return "unknown"
    if not entry.live.value:
        return f"{object_.type.name} closed"
    words = [*_of_any(entry, object_), *_OF_TYPE.get(object_.type, _nothing)(object_)]
    return f"{object_.type.name} {', '.join(words)}".rstrip()


def situations(entry: HandleEntry) -> list[str]:
    """Its type with each word of its state: ``CHANNEL peer closed``, ``CHANNEL messages``."""
    type_, _, words = situation(entry).partition(" ")
    return [f"{type_} {word}".rstrip() for word in words.split(", ")]


def _of_any(entry: HandleEntry, object_: KernelObject) -> Iterator[str]:
    peer, cookie = object_.peer, object_.cookie
    if peer is not None and not is_held(peer):
        yield "peer closed"
    if object_.signals.value:
        yield "signaled"
    if cookie is not None and cookie.present.value:
        scope = None if cookie.scope is None else cookie.scope.value
        yield "cookie" if scope is None or is_held(scope) else "cookie scope lost"
    if object_.in_transit:
        yield "in transit"
    mine = entry.rights.value
    every = [each.rights.value for each in object_.handles]
    if mine is not None and any(each and each.bits & ~mine.bits for each in every):
        yield "fewer rights"


def is_held(object_: KernelObject) -> bool:
    """Does a handle to it live, as far as the model knows?"""
    held = any(entry.live.value for entry in object_.handles)
    return object_.given or held or bool(object_.in_transit)


def _nothing(object_: Any) -> Iterator[str]:
    yield from ()


def _channel(channel: Any) -> Iterator[str]:
    if channel.queue:
        yield "messages" if len(channel.queue) > 1 else "message"
    if any(message.transits for message in channel.queue):
        yield "handles"


def _socket(socket: Any) -> Iterator[str]:
    yield from (name for name in ("data", "control") if getattr(socket, name).chunks)
    if socket.shares:
        yield "share"
    if socket.shut.value:
        yield "shut"
    if socket.properties:
        yield "threshold"


def _fifo(fifo: Any) -> Iterator[str]:
    peer = fifo.peer
    if fifo.waiting.value:
        yield "elements"
    if peer is not None and peer.waiting.value == peer.capacity:
        yield "full"


def _port(port: Any) -> Iterator[str]:
    if port.queue:
        yield "packets" if len(port.queue) > 1 else "packet"
    if port.waits:
        yield "waits"


def _timer(timer: Any) -> Iterator[str]:
    if timer.pending:
        yield "armed"
    if timer.fired.value:
        yield "fired"


def _interrupt(interrupt: Any) -> Iterator[str]:
    names = ("bound", "destroyed", "triggered", "unacknowledged")
    yield from (name for name in names if getattr(interrupt, name).value)


def _vmo(vmo: Any) -> Iterator[str]:
    if vmo.clones:
        yield "cloned"
    if vmo.source is not None:
        yield "clone"
    if vmo.size.value == 0:
        yield "empty"
    if vmo.spans:
        yield "written"
    if vmo.policy.value != NO_POLICY:
        yield "policy"
    if vmo.mapped:
        yield "mapped"


def _vmar(vmar: Any) -> Iterator[str]:
    if vmar.gone.value:
        yield "destroyed"
    if vmar.regions:
        yield "regions"


def _task(task: Any) -> Iterator[str]:
    yield from (name for name in ("started", "ended", "closed") if getattr(task, name).value)
    if task.children:
        yield "children"
    if task.policies:
        yield "policies"


_OF_TYPE: Mapping[ObjType, Callable[[Any], Iterator[str]]] = {
    ObjType.CHANNEL: _channel,
    ObjType.SOCKET: _socket,
    ObjType.FIFO: _fifo,
    ObjType.PORT: _port,
    ObjType.TIMER: _timer,
    ObjType.INTERRUPT: _interrupt,
    ObjType.VMO: _vmo,
    ObjType.VMAR: _vmar,
    ObjType.JOB: _task,
    ObjType.PROCESS: _task,
    ObjType.THREAD: _task,
}
