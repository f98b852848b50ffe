"""What a kernel that keeps to its pages could answer: a status, and the outputs that go with it.

Where pages leave a choice, the call succeeds if it may, and else fails as the first condition
on its page says.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from zxhil.abi.calls import (
    RETURN,
    AnyCall,
    ChannelRead,
    ChannelReadEtc,
    ChannelWriteEtc,
    ObjectGetCookie,
    ObjectGetInfo,
    ObjectWaitMany,
    ObjectWaitOne,
    PortWait,
    SocketRead,
    SocketWrite,
    VmoRead,
)
from zxhil.abi.kinds import HandleInfoRecord, Memory, OutPointer
from zxhil.abi.kinds.infos import RECORD_SIZE
from zxhil.abi.objects import InfoTopic, ObjType
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.children import exists
from zxhil.model.clause import Allowed, Outcome
from zxhil.model.messages import fronts
from zxhil.model.objects import Channel, KernelObject, Message, Socket, Vmo
from zxhil.model.page import AnyPage
from zxhil.model.pages.channel_write_etc import entry_results
from zxhil.model.signals import asserted
from zxhil.model.state import State
from zxhil.model.streams import expected, expected_control
from zxhil.model.tri import NO
from zxhil.model.vmo_memory import held

_BASIC = struct.Struct("<QIIQI4x")
_LISTED = {
    InfoTopic.PROCESS_THREADS: ObjType.THREAD,
    InfoTopic.JOB_CHILDREN: ObjType.JOB,
    InfoTopic.JOB_PROCESSES: ObjType.PROCESS,
}


class Numbers:
    """Where new handle values and koids come from: never the same one twice."""

    def __init__(self, handle: int = 0x1003, koid: int = 1024) -> None:
        self._handle = handle
        self._koid = koid

    def handle(self) -> int:
        """A handle value that was never given out."""
        self._handle += 4
        return self._handle

    def koid(self) -> int:
        """A koid that was never given out."""
        self._koid += 1
        return self._koid


def predict(page: AnyPage, s: State, call: AnyCall, permits: Allowed, new: Numbers) -> Outcome:
    """Make an outcome of `call` that `page` allows, and that later queries will confirm."""
    status = _status(s, call, permits)
    if isinstance(call, ChannelWriteEtc):
        return Outcome(status, {"handles": _results(s, call, permits)})
    outs = _outputs(page, s, call, new) if status == Status.ZX_OK else _failed(s, call, status)
    if isinstance(call, ObjectWaitMany) and page.modelled:
        outs = {"items": page.reported["items"](s, call)}
        if status == Status.ZX_ERR_TIMED_OUT:
            # A signal that may be asserted is not: it would have ended the wait.
            outs = {"items": tuple(_signals(s, item.handle) for item in call.items.values)}
    return Outcome(status, {n: v for n, v in outs.items() if _can_be_written(call, n)})


def _status(s: State, call: AnyCall, permits: Allowed) -> int:
    if isinstance(call, ChannelWriteEtc) and permits.holds:
        failed = [result for result in _results(s, call, permits) if result]
        if failed and failed[0] in permits.statuses:
            return failed[0]
    if isinstance(call, PortWait) and permits.may_hold and permits.ok:
        return int(permits.may_hold[0].statuses[0])
    if isinstance(call, ObjectWaitMany) and permits.ok:
        asked = ((s.object(item.handle), item.waitfor) for item in call.items.values)
        if not any(object_ and asserted(s, object_).yes & mask for object_, mask in asked):
            return int(Status.ZX_ERR_TIMED_OUT)
    if isinstance(call, ObjectWaitOne) and permits.ok:
        object_ = s.object(call.handle)
        if object_ is None or not asserted(s, object_).yes & call.signals:
            return int(Status.ZX_ERR_TIMED_OUT)
    return Status.ZX_OK if permits.ok else int(permits.holds[0].statuses[0])


def _results(s: State, call: ChannelWriteEtc, permits: Allowed) -> tuple[int, ...]:
    return entry_results(s, call) if permits.holds else tuple(0 for _ in call.handles.values)


def _can_be_written(call: AnyCall, name: str) -> bool:
    pointer = getattr(call, name, None)
    return not isinstance(pointer, OutPointer) or pointer.memory is Memory.WRITABLE


def _failed(s: State, call: AnyCall, status: int) -> dict[str, Any]:
    match call:
        case ChannelRead() | ChannelReadEtc() if status == Status.ZX_ERR_BUFFER_TOO_SMALL:
            content = None if (m := _front(s, call.handle)) is None else m.content.value
            if content is not None:
                return {"actual_bytes": content.size, "actual_handles": content.handles}
        case ObjectWaitOne() if status == Status.ZX_ERR_TIMED_OUT:
            return {"observed": _signals(s, call.handle)}
    return {}


def _outputs(page: AnyPage, s: State, call: AnyCall, new: Numbers) -> dict[str, Any]:
    match call:
        case ChannelRead() | ChannelReadEtc():
            return _message(s, call, new)
        case ObjectGetCookie():
            object_ = s.object(call.handle)
            cookie = None if object_ is None else object_.cookie
            return {"cookie": 0 if cookie is None else cookie.value.value or 0}
        case ObjectWaitOne():
            return {"observed": _signals(s, call.handle) or call.signals}
        case ObjectGetInfo():
            return _info(s, call, new)
        case SocketWrite():
            return {"actual": call.buffer_size}
        case SocketRead():
            return _data(s, call)
        case VmoRead():
            vmo = s.object(call.handle)
            if not isinstance(vmo, Vmo):
                return {}
            return {"buffer": held(vmo, call.offset, call.buffer_size).sample()}
    made: dict[str, Any] = {
        p.name: new.handle() for p in page.syscall.parameters if p.kind.is_new_handle
    }
    made |= {name: known(s, call) for name, known in page.reported.items()}
    if page.syscall.returns is not None and not page.syscall.has_status:
        made.setdefault(RETURN, 0)
    return made


def _signals(s: State, handle: int) -> int:
    object_ = s.object(handle)
    return 0 if object_ is None else asserted(s, object_).yes


def _front(s: State, handle: int) -> Message | None:
    channel = s.object(handle)
    return next(fronts(channel), None) if isinstance(channel, Channel) else None


def _message(s: State, call: ChannelRead | ChannelReadEtc, new: Numbers) -> dict[str, Any]:
    message = _front(s, call.handle)
    content = None if message is None else message.content.value
    if message is None or content is None:
        return {"bytes": Sample(b""), "handles": (), "actual_bytes": 0, "actual_handles": 0}
    handles: tuple[Any, ...] = tuple(new.handle() for _ in message.transits)
    if isinstance(call, ChannelReadEtc):
        handles = tuple(
            HandleInfoRecord(
                value,
                int(ObjType.NONE if t.object.value is None else t.object.value.type),
                0 if t.rights.value is None else t.rights.value.bits,
                0,
            )
            for value, t in zip(handles, message.transits, strict=True)
        )
    return {
        "bytes": content.data or Sample(b""),
        "handles": handles,
        "actual_bytes": content.size,
        "actual_handles": content.handles,
    }


def _data(s: State, call: SocketRead) -> dict[str, Any]:
    socket = s.object(call.handle)
    if not isinstance(socket, Socket):
        return {"actual": 0}
    plane = expected_control if call.options else expected
    waiting = plane(socket, call.buffer_size)
    if waiting is None:
        return {"actual": 0}
    return {"actual": waiting.size, "buffer": waiting.sample()}


def _info(s: State, call: ObjectGetInfo, new: Numbers) -> dict[str, Any]:
    object_, rights = s.object(call.handle), s.rights(call.handle)
    if object_ is None or rights is None or call.topic == InfoTopic.HANDLE_VALID:
        return {}
    if call.topic == InfoTopic.HANDLE_BASIC:
        peer = object_.peer or object_.parent
        related = 0 if peer is None else _koid(s, peer, new)
        raw = _BASIC.pack(_koid(s, object_, new), rights.bits, object_.type, related, 1)
        return {"buffer": raw, "actual": 1, "avail": 1}
    if call.topic in _LISTED:
        wanted = _LISTED[InfoTopic(call.topic)]
        there = [c for c in object_.children if c.type is wanted and exists(s, c) != NO]
        return _list(s, there, call.buffer_size // RECORD_SIZE[InfoTopic(call.topic)], new)
    return {"actual": 1, "avail": 1}


def _list(s: State, there: Sequence[KernelObject], room: int, new: Numbers) -> dict[str, Any]:
    raw = b"".join(struct.pack("<Q", _koid(s, child, new)) for child in there[:room])
    return {"buffer": raw, "actual": len(raw) // 8, "avail": len(there)}


def _koid(s: State, object_: KernelObject, new: Numbers) -> int:
    """The object's koid; it gets one now if it has none yet."""
    if object_.koid is None:
        object_.koid = new.koid()
        s.by_koid[object_.koid] = object_
    return object_.koid
