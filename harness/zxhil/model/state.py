"""The model's state: the handle table, the objects, and what each call does to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from zxhil.abi.objects import ObjType
from zxhil.model.clause import Clause
from zxhil.model.facts import Expectation, Fact, KnownRights
from zxhil.model.futex_waiters import Futexes
from zxhil.model.objects import (
    Channel,
    HandleEntry,
    KernelObject,
    Socket,
    Transit,
)
from zxhil.model.packets import KernelPort
from zxhil.model.queries import SAME_RIGHTS
from zxhil.model.regions import OF_ROOT, Vmar
from zxhil.model.settling import facts_of, is_open
from zxhil.model.state_facts import StateFacts
from zxhil.model.task_objects import TASKS, KernelTask
from zxhil.model.tri import YES
from zxhil.model.unknown import received_unseen

#: Which types an object of a type may have as children.
CHILD_TYPES = {
    ObjType.PROCESS: (ObjType.THREAD,),
    ObjType.JOB: (ObjType.JOB, ObjType.PROCESS),
    ObjType.RESOURCE: (ObjType.RESOURCE,),
}

_CHILDREN = frozenset(child for children in CHILD_TYPES.values() for child in children)
#: Types whose objects have a class of their own.
_OWN_CLASS = (ObjType.CHANNEL, ObjType.SOCKET, ObjType.FIFO, ObjType.PORT)


class Bootstrap(NamedTuple):
    """A bootstrap handle as the kernel described it: given, not judged."""

    value: int
    type: int
    rights: int
    koid: int
    related_koid: int = 0


class State(StateFacts):
    """The kernel as the program sees it: its first process, and others that it started."""

    def __init__(self, bootstrap: Sequence[Bootstrap] = ()) -> None:
        super().__init__()
        self.suspected = False
        """Some expectation is suspected, without being blamed."""
        self.ticks = 0
        """How many ticks a second has; 0 if that was not reported."""
        self.constants: dict[str, int] = {}
        """Numbers of the system that only booting may change, by the call that reported each."""
        self.drawn: set[bytes] = set()
        """Random bytes that were drawn, as far as they are too many to be drawn again."""
        self.futexes = Futexes()
        self.orphans = False
        """Something was made as a child of an unknown parent."""
        self.leftovers: dict[int, Expectation] = {}
        """Values that calls which failed left where they write handles, and who is to blame."""
        self.ports: list[KernelPort] = []
        """Ports with asynchronous waits."""
        self.moved: list[tuple[KernelObject | None, Transit]] = []
        """Handles on their way to a process that was started."""
        self.owners: dict[int, KernelObject] = {}
        """The process of each table but the first, where that is known."""
        for value, type_, rights, koid, _ in bootstrap:
            object_ = self.by_koid.get(koid)
            if object_ is None:
                object_ = self.by_koid[koid] = made(type_, koid)
                object_.given = object_.unseen = True
                object_.unidentified = False
                if isinstance(object_, Vmar):
                    object_.gone.value = False
                if isinstance(object_, KernelTask):
                    object_.started.value, object_.ended.value = True, False
                    object_.closed.value = False
            self.enter(value, Fact(object_), Fact(KnownRights(rights)), Fact(True))
        for _, _, _, koid, related in bootstrap:
            self.by_koid[koid].related = related or None
            if related in self.by_koid:
                self._relate(self.by_koid[koid], self.by_koid[related])
        self._give_root()

    def _give_root(self) -> None:
        """The VMAR that a program is given is the root of its own address space."""
        objects = self.by_koid.values()
        vmars = [each for each in objects if isinstance(each, Vmar)]
        processes = [each for each in objects if each.type is ObjType.PROCESS]
        for vmar in vmars if len(processes) == 1 else ():
            vmar.process = processes[0]
            vmar.can = OF_ROOT

    def _relate(self, object_: KernelObject, related: KernelObject) -> None:
        """Related are a child and its parent, or the two ends of a pair."""
        if object_.parent is not None:
            return
        if object_.type in CHILD_TYPES.get(related.type, ()):
            object_.parent = related
            related.children.append(object_)
        elif object_.type is related.type and isinstance(object_, Channel | Socket):
            object_.peer, related.peer = related, object_

    def let_go(self) -> None:
        """Take the objects apart that refer to one another: nothing will be asked again.

        So they are freed at once. The garbage collector would look at them several times before,
        which took a third of judging a suite.
        """
        for table in (self.table, *self.tables.values()):
            for entry in table.values():
                if entry.object.value is not None:
                    entry.object.value.let_go()
        for object_ in self.by_koid.values():
            object_.let_go()

    # ---- making and unmaking

    def new_object(self, object_: KernelObject, parent: KernelObject | None = None) -> KernelObject:
        """Take a new object into the model, as a child of `parent` if that is given."""
        object_.parent = parent
        if parent is not None:
            parent.children.append(object_)
        elif object_.type in _CHILDREN:
            self.orphans = True
        if object_.koid is not None:
            self.by_koid[object_.koid] = object_
        return object_

    def enter(
        self, value: int, object_: Fact[KernelObject], rights: Fact[KnownRights], live: Fact[bool]
    ) -> None:
        """Enter a handle into the table; a value that is given out again had died before."""
        former = self.table.get(value)
        if former is not None:
            self.saw(former.live, False)
        entry = self.table[value] = HandleEntry(value, object_, rights, live)
        own = object_.value
        if own is not None:
            own.handles.append(entry)
        if own is None or own.unidentified or own.type is ObjType.NONE:
            self.unbound.append(entry)

    def new_handle(
        self,
        value: int | None,
        object_: KernelObject | Fact[KernelObject],
        rights: Fact[KnownRights],
        clause: Clause,
    ) -> None:
        """Enter a handle value that a call returned; `clause` says that it is alive.

        None: the value was not recorded. 0 enters nothing.
        """
        as_fact = object_ if isinstance(object_, Fact) else Fact(object_)
        if as_fact.origin is None:
            as_fact.origin = self.expect(clause)
        if value:
            self.enter(value, as_fact, rights, self.fact(True, clause))
        elif value is None:
            received_unseen(self, [as_fact.value])

    def take(self, value: int, clause: Clause | None) -> None:
        """The handle leaves the process, as `clause` says; None: the page is silent."""
        entry = self.table.get(value)
        if entry is not None and entry.live.value is not False:
            self.change(entry.live, None if clause is None else False, clause)

    def discard(self, value: int, clause: Clause) -> None:
        """The handle leaves the process and is closed, both by `clause`.

        Its value may be gone while the kernel keeps the handle, and with it the object.
        """
        entry = self.table.get(value)
        if entry is None or entry.live.value is False:
            return
        self.take(value, clause)
        object_ = entry.object.value
        if object_ is not None:
            object_.kept = self.fact(False, clause)

    def keep(self, value: int, clause: Clause) -> None:
        """The handle stays with the process, as `clause` says."""
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
        """Make the in-transit counterpart of a handle; `on_word` is the clause for its rights."""
        entry = self.table.get(value)
        object_ = None if entry is None else entry.object.value
        if rights == SAME_RIGHTS:
            as_rights = self.same_rights(value, on_word or clause)
        else:
            as_rights = self.rights_given(value, rights, on_word or clause)
        transit = Transit(self.fact(object_, clause), as_rights)
        if object_ is not None:
            object_.in_transit.append(transit)
        return transit

    def waiting(self) -> list[Fact[bool]]:
        """Whether each message and each shared socket waits that should, or should not."""
        found: dict[int, Fact[bool]] = {}
        for entry in self.every_entry():
            object_ = entry.object.value
            if isinstance(object_, Channel):
                found.update((id(message), message.present) for message in object_.queue)
            elif isinstance(object_, Socket):
                found.update((id(slot), slot.present) for slot in object_.shares)
            elif isinstance(object_, KernelPort):
                found.update((id(packet), packet.present) for packet in object_.queue)
        return list(found.values())

    def rest_on(self, transit: Transit, clause: Clause) -> None:
        """The rights of a handle in transit rest on one more sentence first, `clause`."""
        transit.rights.basis = self.fact(transit.rights.value, clause)

    def rights_given(self, value: int, requested: int, clause: Clause) -> Fact[KnownRights]:
        """The rights that a call was asked to give, by `clause`.

        If it should have refused because `value` has fewer, no page says which rights it gave.
        """
        if self.more_than(value, requested) == YES:
            return Fact(None)
        return self.fact(KnownRights(requested), clause)

    def same_rights(self, value: int, clause: Clause) -> Fact[KnownRights]:
        """The rights of a handle, passed on to another one as `clause` says."""
        entry = self.table.get(value)
        passed_on = self.one_of(() if entry is None else entry.rights.possible, clause)
        if entry is not None and entry.rights.expectation is not None:
            passed_on.basis = entry.rights
            entry.rights.passed_on = True
        return passed_on

    def arrived(self, transit: Transit) -> None:
        """The handle is in transit no more."""
        transit.holder = None
        object_ = transit.object.value
        if object_ is not None and transit in object_.in_transit:
            object_.in_transit.remove(transit)

    def adopt(self, value: int | None, transit: Transit, clause: Clause) -> None:
        """A handle in transit becomes `value` of this process; None if that was not recorded."""
        if value:
            self.enter(value, transit.object, transit.rights, self.fact(True, clause))
        elif value is None:
            received_unseen(self, [transit.object.value])

    def receive_handles(
        self, values: Sequence[int] | None, transits: Sequence[Transit], clause: Clause
    ) -> None:
        """The handles of a message become the process's; one too many is of unknown object.

        With `values` of None their values were not recorded.
        """
        if values is None:
            if transits:
                received_unseen(self, [transit.object.value for transit in transits])
            return
        for i, value in enumerate(values):
            transit = transits[i] if i < len(transits) else Transit(Fact(None), Fact(None))
            self.adopt(value, transit, clause)

    # ---- what the kernel reported

    def saw_handle(self, value: int, type_: int, rights: int) -> None:
        """The kernel reported type and rights of a handle; the model takes them over."""
        entry = self.table.get(value)
        if entry is None:
            return
        self.saw(entry.live, True)
        self.saw(entry.rights, KnownRights(rights))
        object_ = entry.object.value or _candidate_object(entry)
        if object_ is not None and object_.type is ObjType.NONE and type_ not in _OWN_CLASS:
            object_.type = as_type(type_)
        elif object_ is not None and object_.type == type_ and entry.object.value is None:
            """Retracted, and nothing against it: the koid may settle it."""
        elif object_ is None or object_.type != type_:
            self._rebind(entry, made(type_, None))

    def saw_koid(self, value: int, koid: int) -> None:
        """The kernel reported the koid of a handle's object."""
        entry = self.table.get(value)
        if entry is None:
            return
        object_ = entry.object.value or _candidate_object(entry) or made(0, koid)
        known = self.by_koid.get(koid)
        if object_.koid is None and known is not None and known.unidentified:
            self._merge(known, object_)
            known = None
        if object_.koid is None and known is None:
            object_.koid = koid
            self.by_koid[koid] = object_
        if object_.koid == koid:
            self.saw(entry.object, object_)
        else:
            self._rebind(entry, known or self.new_object(made(object_.type, koid)))

    def _merge(self, alias: KernelObject, object_: KernelObject) -> None:
        """An observation shows that `alias` is `object_`."""
        for entry in self.every_entry():
            if entry.object.value is alias:
                entry.object.value = object_
                object_.handles.append(entry)
        for transit in alias.in_transit:
            transit.object.value = object_
        object_.in_transit += alias.in_transit
        object_.children += [child for child in alias.children if child not in object_.children]
        for child in alias.children:
            child.parent = object_
        object_.unseen = True

    def _rebind(self, entry: HandleEntry, object_: KernelObject) -> None:
        """An observation shows that the handle refers to another object."""
        self.saw(entry.object, object_)
        if entry not in object_.handles:
            object_.handles.append(entry)

    # ---- what an answer about handles can settle

    def open_facts(
        self, scalars: Iterable[int], arrays: Iterable[int], *, objects: bool, cookies: bool
    ) -> Iterator[Fact[Any]]:
        """Facts that are not settled, and on which an answer may depend: yes or no, or several.

        Of a handle in an array pages ask only if it is alive; of the others, with `objects`, about
        their objects as well, with `cookies` about the cookies of those too.
        """
        for value in scalars:
            entry = self.table.get(value)
            if entry is None:
                continue
            if is_open(entry.live):
                yield entry.live
            if entry.rights.options:
                yield entry.rights
            if objects and entry.object.value is not None:
                for fact in facts_of(entry.object.value, cookies=cookies):
                    if is_open(fact):
                        yield fact
        for value in arrays:
            entry = self.table.get(value)
            if entry is not None and is_open(entry.live):
                yield entry.live


def _candidate_object(entry: HandleEntry) -> KernelObject | None:
    """The object that a handle with a retracted object was believed to refer to."""
    suspect = entry.object.suspect
    believed: KernelObject | None = None if suspect is None else suspect.believed
    return believed


_TYPES = {int(type_): type_ for type_ in ObjType}


def as_type(value: int) -> ObjType:
    """An object type by number; NONE for one that the headers do not name."""
    return _TYPES.get(value, ObjType.NONE)


def made(type_: int, koid: int | None) -> KernelObject:
    """An object that is known by its type number alone: which one it is, and its state, is open."""
    named = as_type(type_)
    object_: KernelObject
    if named is ObjType.CHANNEL:
        object_ = Channel(koid)
    elif named is ObjType.SOCKET:
        object_ = Socket(None, koid)
        object_.data.open(0)
        object_.shut.value = None
    elif named is ObjType.VMAR:
        object_ = Vmar(koid=koid)
        object_.gone.value, object_.strange = None, True
    elif named in TASKS:
        object_ = KernelTask(named, koid)
        object_.begin_unknown()
    else:
        object_ = KernelObject(named, koid)
    object_.signals.value = None
    object_.unseen = object_.unidentified = True
    return object_
