"""What was not recorded is unknown, never "it did not happen": the one place for it.

The wire carries 66 entries of an array, none of one that is not mapped as a whole, and of an
output only what the caller asked for. So a handle may be consumed that is not on the wire, and
one may be received whose value was not seen: it may be any value, even that of a closed handle.
And a call through a handle to an unknown object may have changed any object of its type.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zxhil.abi.kinds import HandlesPointer, Memory, StructsPointer
from zxhil.abi.objects import ObjType
from zxhil.model.facts import Fact
from zxhil.model.objects import Channel, Fifo, HandleEntry, KernelObject, Socket, Transit, Vmo
from zxhil.model.packets import KernelPort
from zxhil.model.regions import Mapped, Vmar
from zxhil.model.state_facts import StateFacts
from zxhil.model.task_objects import KernelTask


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
    entered = {id(entry) for entry in s.every_entry()}
    s.unbound[:] = [entry for entry in s.unbound if id(entry) in entered]


def has_unseen(array: HandlesPointer | StructsPointer[Any], number: int) -> bool:
    """Has an array of `number` entries any that the kernel may read and the wire did not carry?

    The first entries of an array whose end is not mapped are such: the recorder reads none.
    """
    return not array.complete or (array.memory is Memory.INVALID and number > 1)


def entries_unseen(s: StateFacts) -> None:
    """An array had entries that the wire did not carry: any handle may have been among them."""
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


def anything_happened(s: StateFacts, values: Iterable[int], *, unrecorded: bool) -> None:
    """A call of which no page is known may have done anything with the handles that it was given.

    They may be gone, and their objects, and what belongs to those, are in an unknown state for
    good: what the call started may go on. `unrecorded`: it was given handles that the wire does
    not carry, and may have received some.
    """
    entries = [entry for value in values if (entry := s.table.get(value)) is not None]
    for entry in entries:
        if entry.live.value is not False:
            s.change(entry.live, None, None)
    objects = [entry.object.value for entry in entries]
    if unrecorded or any(o is None or o.unidentified or o.type in _ACTS for o in objects):
        objects = list(s.every_object())
        entries_unseen(s)
    if unrecorded:
        received_unseen(s, [None])
    lost: list[KernelObject] = []
    for object_ in objects:
        _reach(object_, lost)
    for object_ in lost:
        _make_unknown(s, object_)


#: A task may act on all that it holds; these may be what the process itself runs in.
_ACTS = (ObjType.NONE, ObjType.JOB, ObjType.PROCESS, ObjType.THREAD)


def _reach(object_: KernelObject | None, found: list[KernelObject]) -> None:
    """Add an object, its other side, its children, and what waits in it."""
    if object_ is None or object_ in found:
        return
    found.append(object_)
    waiting: list[Transit] = []
    if isinstance(object_, Channel):
        waiting = [transit for message in object_.queue for transit in message.transits]
    elif isinstance(object_, Socket):
        waiting = [transit for slot in object_.shares for transit in slot.transits]
    for other in (object_.peer, *object_.children, *(each.object.value for each in waiting)):
        _reach(other, found)


def _make_unknown(s: StateFacts, object_: KernelObject) -> None:
    """Nothing that was known of the object holds any more, but its type and its koid."""
    cloud(s, object_)
    object_.unidentified = True
    object_.peer = None
    if isinstance(object_, Socket):
        object_.control.open(0)
    if object_.parent is not None:
        object_.parent.unseen = True
    s.unbound += [
        entry
        for entry in object_.handles
        if entry.object.value is object_ and entry not in s.unbound
    ]


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
        elif isinstance(side, KernelPort):
            side.queue, side.waits = [], []
        elif isinstance(side, Vmo):
            s.change(side.size, None, None)
        elif isinstance(side, Fifo):
            s.change(side.waiting, None, None)
            side.lose()
        elif isinstance(side, Vmar):
            _cloud_regions(s, side)
        elif isinstance(side, KernelTask):
            _cloud_task(s, side)
        elif isinstance(side, Socket):
            side.data.open(0)
            s.change(side.shut, None, None)
            for slot in side.shares:
                s.change(slot.present, None, None)
        side.cookie = None


def _cloud_regions(s: StateFacts, vmar: Vmar) -> None:
    """What is in the VMAR may be gone, or mapped otherwise, and other things may be there."""
    for fact in (vmar.gone, *(region.gone for region in vmar.regions)):
        s.change(fact, None, None)
    for region in vmar.regions:
        if isinstance(region.inside, Mapped):
            s.change(region.inside.options, None, None)
    vmar.strange = True


def _cloud_task(s: StateFacts, task: KernelTask) -> None:
    """It may have been started, killed, or bound to another port. What runs the program runs."""
    if not task.given:
        s.change(task.started, None, None)
        s.change(task.ended, None, None)
        s.change(task.closed, None, None)
    s.change(task.bound, None, None)
    task.policies = {}
