"""Reports of exceptions: packets of a port that was bound to a task."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from zxhil.abi.kinds import PortPacket
from zxhil.model.clause import Difference
from zxhil.model.objects import KernelObject
from zxhil.model.state import State
from zxhil.model.task_objects import KernelTask

_EXCEPTION = 8
_TYPE_MASK = 0xFF
_KOIDS = struct.Struct("<QQ")


def is_report(packet: PortPacket | None) -> bool:
    """Is the packet a report of an exception?"""
    return packet is not None and packet.type & _TYPE_MASK == _EXCEPTION


def wrong_report(
    s: State, port: KernelObject | None, packet: PortPacket | None
) -> Iterator[Difference]:
    """Check the key of a report: it is one that the port was bound with."""
    if packet is None or not is_report(packet) or port is None or port.unidentified:
        return
    bound = [
        pair for task in s.every_object() if isinstance(task, KernelTask) for pair in task.keys
    ]
    keys = {key for other, key in bound if other is port}
    if keys and packet.key not in keys:
        yield Difference(f"key={' or '.join(map(str, sorted(keys)))}", str(packet.key))


def saw_report(s: State, port: KernelObject | None, packet: PortPacket) -> bool:
    """A report was read: the thread waits in the exception. Was the port seen to be bound?"""
    _, koid = _KOIDS.unpack_from(packet.content)
    thread = s.by_koid.get(koid)
    if isinstance(thread, KernelTask) and port is not None and not port.unidentified:
        s.saw(thread.started, True)
        s.saw(thread.resumed, True)
        thread.reported_to = port
    return port is not None and not port.unidentified
