"""What was not recorded is unknown, never "it did not happen": the one place for it.

The wire carries 66 entries of an array, and of an output only what the caller asked for. So a
handle may be consumed that is not on the wire, and one may be received whose value was not seen:
it may be any value, even that of a closed handle. And a call through a handle to an unknown
object may have changed any object of its type.
"""

from __future__ import annotations

from zxhil.abi.objects import ObjType
from zxhil.model.facts import Fact
from zxhil.model.objects import Channel, HandleEntry, KernelObject, Socket, Transit
from zxhil.model.state_facts import StateFacts


class OpenTable(dict[int, HandleEntry]):
    """A handle table of a process that holds a handle whose value was not recorded.

    A value that was never seen may be that handle, all but ZX_HANDLE_INVALID.
    """

    def __init__(self, known: dict[int, HandleEntry], unbound: list[HandleEntry]) -> None:
        super().__init__(known)
        self._unbound = unbound

    def get(self, value: int, default: object = None) -> HandleEntry | None:  # type: ignore[override]
        """The entry of a value; an open one for a value that was never seen."""
        entry = super().get(value)
        if entry is None and value:
            entry = self[value] = HandleEntry(value, Fact(None), Fact(None), Fact(None))
            self._unbound.append(entry)
        return entry


def received_unseen(s: StateFacts, objects: list[KernelObject | None]) -> None:
    """The process received handles to `objects` (None: an unknown one), of unknown value."""
    for object_ in objects:
        if object_ is not None:
            object_.in_transit.append(Transit(Fact(object_), Fact(None)))
    for value, entry in list(s.table.items()):
        known = entry.object.value is not None or entry.rights.value is not None
        if entry.live.value is False or (entry.live.value is None and known):
            again = s.table[value] = HandleEntry(value, Fact(None), Fact(None), Fact(None))
            s.unbound.append(again)
    if not isinstance(s.table, OpenTable):
        s.table = OpenTable(s.table, s.unbound)
    # In place: the table holds the list as well.
    s.unbound[:] = [entry for entry in s.unbound if dict.get(s.table, entry.value) is entry]


def entries_unseen(s: StateFacts) -> None:
    """An array had more entries than the wire carries: any handle may have been among them."""
    for entry in s.table.values():
        if entry.live.value is True:
            s.change(entry.live, None, None)


def changed_unseen(s: StateFacts, value: int, type_: ObjType | None) -> None:
    """A call may have changed an object of `type_` (None: any) through this handle.

    If it is unknown which object that is, all of them are in an unknown state from now on.
    """
    entry = s.table.get(value)
    if entry is None:
        return
    object_ = entry.object.value
    if object_ is not None and object_.type is not ObjType.NONE and not object_.unidentified:
        return
    if object_ is not None and object_.type is not ObjType.NONE:
        type_ = object_.type
    for other in s.every_object():
        if type_ is None or other.type in (type_, ObjType.NONE):
            cloud(s, other)


def cloud(s: StateFacts, object_: KernelObject) -> None:
    """The state of this object is now unknown."""
    for side in (object_, object_.peer):
        if side is None:
            continue
        side.unseen = True
        s.change(side.signals, None, None)
        if isinstance(side, Channel):
            for message in side.queue:
                s.change(message.present, None, None)
        elif isinstance(side, Socket):
            side.data.open(0)
            for slot in side.shares:
                s.change(slot.present, None, None)
        side.cookie = None
