"""The model's state: handle table, objects, and the questions that pages ask of them.

Questions return `Tri`. A question about a handle that may be dead is answered for the living
handle and weakened to MAYBE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from harness.abi.kinds import (
    BytesPointer,
    DispositionsPointer,
    HandlesPointer,
    Memory,
    OutPointer,
)
from harness.abi.objects import ObjType
from harness.abi.rights import Rights
from harness.model.facts import Fact, Promise
from harness.model.objects import (
    Channel,
    HandleEntry,
    KernelObject,
    KnownRights,
    Socket,
    Transit,
)
from harness.model.page import Clause
from harness.model.tri import MAYBE, NO, YES, Tri, both, either, negate, tri

SAME_RIGHTS = int(Rights.SAME_RIGHTS)


class Bootstrap(NamedTuple):
    """A bootstrap handle as the kernel described it: given, not judged."""

    value: int
    type: int
    rights: int
    koid: int
    related_koid: int = 0


class State:
    """One process's view of the kernel. `calls` counts the calls applied so far."""

    def __init__(self, bootstrap: Sequence[Bootstrap] = ()) -> None:
        self.table: dict[int, HandleEntry] = {}
        self.objects: list[KernelObject] = []
        self.promised: list[Fact[Any]] = []
        self.seen: set[str] = set()
        """Ids of effect clauses that an observation bore out or contradicted."""
        self.calls = 0
        by_koid: dict[int, KernelObject] = {}
        for given in bootstrap:
            object_ = by_koid.get(given.koid)
            if object_ is None:
                object_ = by_koid[given.koid] = self.new_object(_made(given.type, given.koid))
            object_.given = True
            self.table[given.value] = self._entry(
                given.value, Fact(object_), Fact(KnownRights(given.rights)), Fact(True)
            )
        for given in bootstrap:
            by_koid[given.koid].parent = by_koid.get(given.related_koid)

    # ---- promises

    def promise(self, clause: Clause | None) -> Promise | None:
        """Note that the call now applied promises `clause`."""
        return None if clause is None else Promise(self.calls, clause)

    def fact(self, value: Any, clause: Clause | None) -> Fact[Any]:
        """Make a fact that rests on `clause`; on nothing if that is None."""
        fact: Fact[Any] = Fact(value, self.promise(clause))
        if clause is not None and value is not None:
            self.promised.append(fact)
        return fact

    def reach(self, clause: Clause, happened: bool = True) -> None:
        """Note that an effect clause was reached: what it speaks of `happened` and was seen."""
        if happened:
            self.seen.add(clause.id)

    def change(self, fact: Fact[Any], value: Any, clause: Clause | None) -> None:
        """Give a fact another value on the word of `clause`; None leaves it open."""
        fact.value = value
        fact.promise = self.promise(clause)
        if fact.promise is not None and value is not None:
            self.promised.append(fact)

    def saw(self, fact: Fact[Any], value: Any) -> None:
        """An observation shows `fact` to have `value`; its promise, if any, is kept or broken."""
        if fact.promise is not None:
            self.seen.add(fact.promise.clause.id)
        fact.observed(value)

    def open_promises(self) -> list[Fact[Any]]:
        """Facts that no observation bore out yet, the latest first."""
        self.promised = [f for f in self.promised if f.promise is not None]
        return self.promised[::-1]

    # ---- making and unmaking

    def new_object(self, object_: KernelObject, parent: KernelObject | None = None) -> KernelObject:
        """Take a new object into the model, as a child of `parent` if that is given."""
        self.objects.append(object_)
        object_.parent = parent
        return object_

    def _entry(
        self, value: int, object_: Fact[KernelObject], rights: Fact[KnownRights], live: Fact[bool]
    ) -> HandleEntry:
        entry = HandleEntry(value, object_, rights, live)
        if object_.value is not None:
            object_.value.handles.append(entry)
        return entry

    def new_handle(
        self,
        value: int | None,
        object_: KernelObject | Fact[KernelObject],
        rights: Fact[KnownRights],
        clause: Clause,
    ) -> None:
        """Enter a handle value that a call returned, its being alive promised by `clause`.

        A value of None (not recorded) or 0 enters nothing.
        """
        if not value:
            return
        as_object = object_ if isinstance(object_, Fact) else Fact(object_)
        self.table[value] = self._entry(value, as_object, rights, self.fact(True, clause))

    def take(self, value: int, clause: Clause | None) -> None:
        """The handle leaves the process, on the word of `clause`; None: the page is silent."""
        entry = self.table.get(value)
        if entry is not None and entry.live.value is not False:
            self.change(entry.live, None if clause is None else False, clause)

    def keep(self, value: int, clause: Clause) -> None:
        """The handle stays with the process, on the word of `clause`."""
        entry = self.table.get(value)
        if entry is not None and entry.live.value is True:
            self.change(entry.live, True, clause)

    def in_transit(
        self,
        value: int,
        clause: Clause,
        *,
        rights: int = SAME_RIGHTS,
        on_word: Clause | None = None,
    ) -> Transit:
        """Make the in-transit counterpart of a handle; `on_word` promises its rights."""
        entry = self.table.get(value)
        object_ = None if entry is None else entry.object.value
        if rights == SAME_RIGHTS:
            as_rights = self.same_rights(value, on_word or clause)
        else:
            as_rights = self.fact(KnownRights(rights), on_word or clause)
        transit = Transit(self.fact(object_, clause), as_rights)
        if object_ is not None:
            object_.in_transit.append(transit)
        return transit

    def same_rights(self, value: int, clause: Clause) -> Fact[KnownRights]:
        """The rights of a handle, passed on to another one on the word of `clause`.

        Rights that are themselves a promise not yet seen kept are passed on as that promise.
        """
        entry = self.table.get(value)
        if entry is None:
            return Fact(None)
        if entry.rights.promise is not None:
            return entry.rights
        return self.fact(entry.rights.value, clause)

    def adopt(self, value: int | None, transit: Transit, clause: Clause) -> None:
        """A handle in transit becomes `value` of this process."""
        if not value:
            return
        entry = self._entry(value, transit.object, transit.rights, self.fact(True, clause))
        self.table[value] = entry

    def receive_handles(
        self, values: Sequence[int], transits: Sequence[Transit], clause: Clause
    ) -> None:
        """The handles of a message become the process's; one too many is of unknown object."""
        for i, value in enumerate(values):
            transit = transits[i] if i < len(transits) else Transit(Fact(None), Fact(None))
            self.adopt(value, transit, clause)

    def saw_handle(self, value: int, type_: int, rights: int) -> None:
        """The kernel told type and rights of a handle; the model takes them from there."""
        entry = self.table.get(value)
        if entry is None:
            return
        self.saw(entry.live, True)
        self.saw(entry.rights, KnownRights(rights))
        object_ = entry.object.value
        if object_ is not None and object_.type is ObjType.NONE:
            object_.type = as_type(type_)
        elif object_ is None or object_.type != type_:
            self._rebind(entry, self.new_object(_made(type_, None)))

    def saw_koid(self, value: int, koid: int) -> None:
        """The kernel told the koid of a handle's object."""
        entry = self.table.get(value)
        object_ = None if entry is None else entry.object.value
        if entry is None or object_ is None:
            return
        if object_.koid is None:
            object_.koid = koid
        elif object_.koid != koid:
            known = next((o for o in self.objects if o.koid == koid), None)
            self._rebind(entry, known or self.new_object(_made(object_.type, koid)))
        self.saw(entry.object, entry.object.value)

    def _rebind(self, entry: HandleEntry, object_: KernelObject) -> None:
        """The handle turned out to refer to another object."""
        entry.object.observed(object_)
        object_.handles.append(entry)

    # ---- handles

    def entry(self, value: int) -> HandleEntry | None:
        """The entry of a value that was ever seen; None for one that never was."""
        return self.table.get(value)

    def valid(self, value: int) -> Tri:
        """Is `value` a handle of the process?"""
        entry = self.table.get(value)
        return NO if entry is None else tri(entry.live.value)

    def invalid(self, value: int) -> Tri:
        """Is `value` no handle of the process?"""
        return negate(self.valid(value))

    def object(self, value: int) -> KernelObject | None:
        """The object behind a handle; None if there is none or it is not known."""
        entry = self.table.get(value)
        return None if entry is None else entry.object.value

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
        unknown = object_ is None or object_.type is ObjType.NONE
        other = MAYBE if object_ is None or unknown else tri(object_.type not in types)
        return both(tri(entry.live.value), other)

    def lacks(self, value: int, right: Rights) -> Tri:
        """Is it a valid handle without `right`?"""
        entry = self.table.get(value)
        if entry is None:
            return NO
        rights = entry.rights.value
        return both(tri(entry.live.value), _beyond(rights, right))

    def more_than(self, value: int, requested: int) -> Tri:
        """Does `requested` ask for rights that the handle has not?"""
        entry = self.table.get(value)
        if entry is None or requested == SAME_RIGHTS:
            return NO
        return both(tri(entry.live.value), _beyond(entry.rights.value, requested))

    def any_of(self, questions: Iterable[Tri]) -> Tri:
        """*Or* over entries of an array."""
        worst: Tri = NO
        for answer in questions:
            if answer == YES:
                return YES
            worst = either(worst, answer)
        return worst

    def repeated(self, values: Iterable[int]) -> Tri:
        """Is there a value that stands twice?"""
        listed = list(values)
        return tri(len(set(listed)) < len(listed))

    # ---- life and death

    def held(self, object_: KernelObject) -> Tri:
        """Is there a handle to the object, in the process or in transit?"""
        return self._held(object_, set())

    def _held(self, object_: KernelObject, visiting: set[int]) -> Tri:
        best: Tri = NO
        for entry in object_.handles:
            if entry.object.value is object_:
                best = either(best, tri(entry.live.value))
                if best == YES:
                    return YES
        if id(object_) in visiting:
            # An endpoint that only a message in its own queue holds: no page says if it lives.
            return MAYBE
        visiting.add(id(object_))
        for transit in object_.in_transit:
            holder = transit.holder
            if holder is not None:
                inside = tri(holder.present.value)
                best = either(best, both(inside, self._held(holder.owner, visiting)))
        return best

    def peer_closed(self, value: int) -> Tri:
        """Is the other side of this channel, socket or event pair closed?"""
        object_ = self.object(value)
        if object_ is None or object_.peer is None:
            return NO
        return both(self.valid(value), negate(self.held(object_.peer)))

    # ---- pointers

    def bad_input(
        self,
        pointer: BytesPointer | HandlesPointer | DispositionsPointer,
        size: int,
        *,
        null_when_empty: bool,
    ) -> Tri:
        """Is it an invalid pointer to `size` bytes or entries that the call reads?

        `null_when_empty`: the page says that NULL is fine for a size of zero. What a bad
        pointer does where nothing is to be read, and a misaligned one anywhere, no page says.
        """
        if pointer.memory is Memory.NULL:
            if size == 0:
                return NO if null_when_empty else MAYBE
            return YES
        if pointer.memory is Memory.INVALID:
            return YES if size else MAYBE
        return NO if pointer.aligned or not size else MAYBE

    def bad_buffer(self, pointer: OutPointer, size: int) -> Tri:
        """Is it neither NULL nor a valid pointer to a buffer of `size`? Of size 0, nobody says."""
        bad = self.bad_output(pointer, optional=True)
        return both(bad, MAYBE) if size == 0 else bad

    def bad_inout(self, pointer: DispositionsPointer, entries: int) -> Tri:
        """Is it an invalid pointer to entries that the call reads and writes?"""
        if pointer.memory is Memory.READABLE and entries:
            return YES
        return self.bad_input(pointer, entries, null_when_empty=False)

    def bad_output(self, pointer: OutPointer, *, optional: bool = False) -> Tri:
        """Is it an invalid pointer for the call to write through? NULL is one unless `optional`."""
        if pointer.memory is Memory.NULL:
            return NO if optional else YES
        if pointer.memory is not Memory.WRITABLE:
            return YES
        return NO if pointer.aligned else MAYBE

    # ---- what an observation of these handles can settle

    def facts_about(self, values: Iterable[int]) -> Iterator[Fact[bool]]:
        """Yes-or-no facts that an answer about these handles may depend on."""
        for value in values:
            entry = self.table.get(value)
            if entry is None:
                continue
            yield entry.live
            object_ = entry.object.value
            if object_ is not None:
                yield from _facts_of(object_)


def _beyond(rights: KnownRights | None, wanted: int) -> Tri:
    """Does `wanted` go beyond `rights`?"""
    if rights is None:
        return MAYBE
    if not wanted & ~rights.bits:
        return NO
    return YES if rights.exact else MAYBE


def _facts_of(object_: KernelObject) -> Iterator[Fact[bool]]:
    for side in (object_, object_.peer):
        if side is None:
            continue
        if side is not object_:
            for entry in side.handles:
                yield entry.live
        if isinstance(side, Channel):
            for message in side.queue:
                yield message.present
        if isinstance(side, Socket):
            for slot in side.shares:
                yield slot.present
        if side.cookie is not None:
            yield side.cookie.present
            scope = side.cookie.scope
            yield from (entry.live for entry in (scope.handles if scope else ()))


def as_type(value: int) -> ObjType:
    """An object type by number; NONE for one that the headers do not name."""
    try:
        return ObjType(value)
    except ValueError:
        return ObjType.NONE


def _made(type_: int, koid: int | None) -> KernelObject:
    named = as_type(type_)
    if named is ObjType.CHANNEL:
        return Channel(koid)
    if named is ObjType.SOCKET:
        return Socket(0, koid)
    return KernelObject(named, koid)
