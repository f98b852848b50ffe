"""The questions that pages ask of the model's state.

Answers are `Tri`. What is asked of a handle is asked of a living one: of a handle that may be
dead the answer is weakened to MAYBE, of a dead one it is NO. Where the model does not know what
a handle refers to, nearly everything is MAYBE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zxhil.abi.kinds import (
    BytesPointer,
    Disposition,
    FutexPointer,
    HandlesPointer,
    Memory,
    OutPointer,
    StructsPointer,
)
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.objects import Channel, HandleEntry, KernelObject, Socket
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate, tri

SAME_RIGHTS = int(Rights.SAME_RIGHTS)
#: Types of objects that have a peer.
PAIRED = (ObjType.CHANNEL, ObjType.SOCKET, ObjType.EVENTPAIR, ObjType.FIFO)
_MAY_BE_PAIRED = (*PAIRED, ObjType.NONE)


class StateQueries:
    """What pages may ask. `table` has an entry for each handle value that was ever seen."""

    def __init__(self) -> None:
        self.table: dict[int, HandleEntry] = {}
        self.process = 0
        """Whose handle table `table` is: that of the process whose call is judged."""
        self.tables: dict[int, dict[int, HandleEntry]] = {}
        """The tables of all other processes."""
        self.unbound: list[HandleEntry] = []
        """Handles of which it is not, or was not, known what they refer to."""
        self.by_koid: dict[int, KernelObject] = {}

    # ---- processes

    def switch(self, process: int) -> None:
        """From now on calls are those of `process`: `table` is its handle table."""
        if process != self.process:
            self.tables[self.process] = self.table
            self.table = self.tables.pop(process, {})
            self.process = process

    def every_entry(self) -> Iterator[HandleEntry]:
        """The entries of all tables."""
        yield from self.table.values()
        for table in self.tables.values():
            yield from table.values()

    # ---- handles

    def entry(self, value: int) -> HandleEntry | None:
        """The entry of a value that was ever seen; None for one that never was."""
        return self.table.get(value)

    def valid(self, value: int) -> Tri:
        """Is `value` a handle of the process?"""
        entry = self.table.get(value)
        if entry is None:
            return NO
        live = entry.live.value
        return MAYBE if live is None else YES if live else NO

    def invalid(self, value: int) -> Tri:
        """Is `value` no handle of the process?"""
        entry = self.table.get(value)
        if entry is None:
            return YES
        # Spelled out like `valid`: no question is asked as often as these two.
        live = entry.live.value
        return MAYBE if live is None else NO if live else YES

    def any_invalid(self, values: Iterable[int]) -> Tri:
        """Is one of them no handle of the process?"""
        worst: Tri = NO
        table = self.table
        for value in values:
            entry = table.get(value)
            if entry is None or entry.live.value is False:
                return YES
            if entry.live.value is None:
                worst = MAYBE
        return worst

    def object(self, value: int) -> KernelObject | None:
        """The object behind a handle; None if there is none or it is not known."""
        entry = self.table.get(value)
        return None if entry is None else entry.object.value

    def unknown(self, value: int) -> Tri:
        """MAYBE for a handle of which the model does not know what it refers to, else NO."""
        entry = self.table.get(value)
        if entry is None or entry.live.value is False:
            return NO
        object_ = entry.object.value
        return MAYBE if object_ is None or object_.type is ObjType.NONE else NO

    def is_same(self, value: int, object_: KernelObject | None) -> Tri:
        """Does the handle, if it is valid, refer to `object_`?"""
        own = self.object(value)
        if own is None or object_ is None:
            return MAYBE
        if own is object_:
            return YES
        return self.may_be_same(own, object_)

    def may_be_same(self, one: KernelObject, other: KernelObject | None) -> Tri:
        """May two objects of the model be one of the kernel's? Of None nothing is known."""
        if other is None:
            return MAYBE
        if not (one.unidentified or other.unidentified):
            return NO
        types = {one.type, other.type} - {ObjType.NONE}
        koids = {one.koid, other.koid} - {None}
        return MAYBE if len(types) < 2 and len(koids) < 2 else NO

    def rights(self, value: int) -> KnownRights | None:
        """The rights of a handle; None if they are not known."""
        entry = self.table.get(value)
        return None if entry is None else entry.rights.value

    def not_a(self, value: int, *types: ObjType) -> Tri:
        """Is it a valid handle to an object of another type than `types`?"""
        entry = self.table.get(value)
        if entry is None:
            return NO
        object_ = entry.object.value
        if object_ is None or object_.type is ObjType.NONE:
            return both(MAYBE, tri(entry.live.value))
        return NO if object_.type in types else tri(entry.live.value)

    def is_a(self, value: int, *types: ObjType) -> Tri:
        """Is it a valid handle to an object of one of these types?"""
        entry = self.table.get(value)
        if entry is None:
            return NO
        object_ = entry.object.value
        if object_ is None or object_.type is ObjType.NONE:
            return both(MAYBE, tri(entry.live.value))
        return tri(entry.live.value) if object_.type in types else NO

    def lacks(self, value: int, right: Rights) -> Tri:
        """Is it a valid handle without `right`?"""
        entry = self.table.get(value)
        if entry is None:
            return NO
        return both(tri(entry.live.value), _beyond(entry.rights, int(right)))

    def any_lacks(self, values: Iterable[int], right: Rights) -> Tri:
        """Is one of them a valid handle without `right`?"""
        wanted = int(right)
        worst: Tri = NO
        for value in values:
            entry = self.table.get(value)
            if entry is not None:
                lacking = both(tri(entry.live.value), _beyond(entry.rights, wanted))
                if lacking == YES:
                    return YES
                worst = either(worst, lacking)
        return worst

    def more_than(self, value: int, requested: int) -> Tri:
        """Does `requested` ask for rights that the handle has not?"""
        entry = self.table.get(value)
        if entry is None or requested == SAME_RIGHTS:
            return NO
        return both(tri(entry.live.value), _beyond(entry.rights, requested))

    def repeated(self, values: tuple[int, ...]) -> Tri:
        """Is there a value that stands twice?"""
        return tri(len(values) > 1 and len(set(values)) < len(values))

    def every_object(self) -> Iterator[KernelObject]:
        """Every object that the model can still get at, each once."""
        waiting = [e.object.value for e in self.every_entry()] + list(self.by_koid.values())
        met: set[int] = set()
        while waiting:
            object_ = waiting.pop()
            if object_ is None or id(object_) in met:
                continue
            met.add(id(object_))
            yield object_
            waiting += [object_.peer, object_.parent, *object_.children]
            if isinstance(object_, Channel):
                waiting += [t.object.value for m in object_.queue for t in m.transits]
            elif isinstance(object_, Socket):
                waiting += [t.object.value for slot in object_.shares for t in slot.transits]

    # ---- life and death

    def held(self, object_: KernelObject) -> Tri:
        """Is there a handle to the object, in the process or in transit?"""
        best: Tri = NO
        for entry in object_.handles:
            if entry.live.value is not False and entry.object.value is object_:
                if entry.live.value is True:
                    return YES
                best = MAYBE
            elif entry.object.value is None and entry.live.value is not False:
                best = MAYBE
        if object_.in_transit:
            best = either(best, self._in_transit(object_, set()))
        if best == NO and self.unbound:
            best = tri(None if any(may_be_among(e, object_) for e in self.unbound) else False)
        return best if object_.kept is None else either(best, tri(object_.kept.value))

    def _in_transit(self, object_: KernelObject, visiting: set[int]) -> Tri:
        """Does the kernel hold a handle to it, in a message or share queue that itself lives?"""
        if id(object_) in visiting:
            # An endpoint that only a message in its own queue holds: no page says if it lives.
            return MAYBE
        visiting.add(id(object_))
        best: Tri = NO
        for transit in object_.in_transit:
            holder = transit.holder
            if holder is None:
                # Sent through an unknown channel, or received as an unrecorded value.
                best = either(best, MAYBE)
                continue
            if transit.object.value is not object_:
                best = either(best, tri(None if transit.object.value is None else False))
                continue
            owner = holder.owner
            lives: Tri = NO
            for entry in owner.handles:
                if entry.object.value is owner:
                    lives = either(lives, tri(entry.live.value))
            if lives == NO and any(may_be_among(e, owner) for e in self.unbound):
                lives = MAYBE
            if lives != YES and owner.in_transit:
                lives = either(lives, self._in_transit(owner, visiting))
            best = either(best, both(tri(holder.present.value), lives))
        return best

    def peer_closed(self, value: int) -> Tri:
        """Is the other side of this channel, socket or event pair closed?"""
        entry = self.table.get(value)
        object_ = None if entry is None else entry.object.value
        if entry is None or object_ is None:
            return self.unknown(value)
        if object_.peer is None or object_.unidentified:
            unseen_peer: Tri = MAYBE if object_.type in _MAY_BE_PAIRED else NO
            return both(unseen_peer, tri(entry.live.value))
        return both(tri(entry.live.value), negate(self.held(object_.peer)))

    # ---- pointers

    def bad_input(
        self,
        pointer: BytesPointer | HandlesPointer | FutexPointer | StructsPointer[Disposition],
        size: int,
        *,
        null_when_empty: bool,
    ) -> Tri:
        """Is it an invalid pointer to `size` bytes or entries that the call reads?

        `null_when_empty`: the page says that NULL is fine for a size of zero. What a bad
        pointer does where nothing is to be read, and a misaligned one anywhere, no page says.
        """
        memory = pointer.memory
        if memory is Memory.NULL:
            if size == 0:
                return NO if null_when_empty else MAYBE
            return YES
        if memory is Memory.INVALID:
            return YES if size else MAYBE
        return NO if pointer.aligned or not size else MAYBE

    def bad_buffer(self, pointer: OutPointer, size: int) -> Tri:
        """Is it neither NULL nor a valid pointer to a buffer of `size`?

        No page covers a size of 0, or bytes for which there is only NULL.
        """
        if pointer.memory is Memory.NULL:
            return MAYBE if size else NO
        bad = self.bad_output(pointer, optional=True)
        return both(bad, MAYBE) if size == 0 else bad

    def bad_inout(self, pointer: StructsPointer[Disposition], entries: int) -> Tri:
        """Is it an invalid pointer to entries that the call reads and writes?"""
        if pointer.memory is Memory.READABLE and entries:
            return YES
        return self.bad_input(pointer, entries, null_when_empty=False)

    def bad_output(self, pointer: OutPointer, *, optional: bool = False) -> Tri:
        """Is it an invalid pointer for the call to write through? NULL is one unless `optional`."""
        memory = pointer.memory
        if memory is Memory.WRITABLE:
            return NO if pointer.aligned else MAYBE
        if memory is Memory.PARTIAL:
            # What the call writes may fit. Whether it must, no page says.
            return MAYBE
        return NO if optional and memory is Memory.NULL else YES


def _beyond(fact: Fact[KnownRights], wanted: int) -> Tri:
    """Does `wanted` go beyond these rights?"""
    rights = fact.value
    if rights is None:
        answers = {_exceeds(each, wanted) for each in fact.options}
        return answers.pop() if len(answers) == 1 else MAYBE
    return _exceeds(rights, wanted)


def _exceeds(rights: KnownRights, wanted: int) -> Tri:
    if not wanted & ~rights.bits:
        return NO
    return YES if rights.exact else MAYBE


def may_be_among(entry: HandleEntry, object_: KernelObject) -> bool:
    """May this handle to an unknown object refer to `object_`?"""
    if entry.live.value is False:
        return False
    own = entry.object.value
    if own is None or own.type is ObjType.NONE:
        return True
    return own.unidentified and own.type is object_.type and own.koid in (None, object_.koid)
