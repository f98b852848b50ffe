"""What every call of the reference kernel needs: objects, the handle table, choices, pointers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import DEFAULT_RIGHTS, RIGHTS_BASIC, most_rights
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.status import Status as S  # noqa: N817

SAME = 1 << 31
IO = int(R.READ | R.WRITE)
CREATED = {
    T.CHANNEL: (RIGHTS_BASIC & ~int(R.DUPLICATE)) | IO | int(R.SIGNAL | R.SIGNAL_PEER),
    T.EVENT: RIGHTS_BASIC | int(R.SIGNAL),
    T.EVENTPAIR: RIGHTS_BASIC | IO | int(R.SIGNAL | R.SIGNAL_PEER),
    T.PORT: RIGHTS_BASIC & ~int(R.WAIT) | IO,
    T.INTERRUPT: RIGHTS_BASIC | IO | int(R.SIGNAL),
    T.TIMER: RIGHTS_BASIC | IO | int(R.SIGNAL),
    T.RESOURCE: RIGHTS_BASIC | int(R.WRITE | R.ENUMERATE),
    **{T[name.upper()]: rights for name, rights in DEFAULT_RIGHTS.items()},
}
#: The rights that a type's page, or handles.md, promises of a new handle: others may be missing.
PROMISED = {
    T.CHANNEL: int(R.TRANSFER) | IO,
    T.EVENT: RIGHTS_BASIC | int(R.SIGNAL),
    T.EVENTPAIR: int(R.TRANSFER | R.DUPLICATE | R.SIGNAL | R.SIGNAL_PEER) | IO,
    T.PORT: int(R.TRANSFER | R.DUPLICATE) | IO,
    T.TIMER: int(R.TRANSFER | R.DUPLICATE) | IO,
    T.VMO: int(R.TRANSFER | R.DUPLICATE | R.EXECUTE | R.MAP | R.GET_PROPERTY | R.SET_PROPERTY) | IO,
    T.RESOURCE: int(R.TRANSFER | R.DUPLICATE | R.INSPECT | R.WRITE),
}
USER = 0xFF000000
HAS_COOKIE = (T.EVENT, T.EVENTPAIR, T.RESOURCE, T.VMO)

_ARGS = (S.ZX_ERR_BAD_HANDLE, S.ZX_ERR_WRONG_TYPE, S.ZX_ERR_ACCESS_DENIED, S.ZX_ERR_INVALID_ARGS)
_MESSAGE = (*_ARGS, S.ZX_ERR_PEER_CLOSED, S.ZX_ERR_OUT_OF_RANGE, S.ZX_ERR_NO_MEMORY)
#: The statuses of pages that demand something without saying which one comes.
DOCUMENTED = {
    "socket_write": (*_MESSAGE, S.ZX_ERR_BAD_STATE, S.ZX_ERR_SHOULD_WAIT),
    "channel_write_etc": (*_MESSAGE, S.ZX_ERR_NOT_SUPPORTED),
    "process_create": (*_ARGS, S.ZX_ERR_NO_MEMORY, S.ZX_ERR_BAD_STATE),
    "resource_create": (*_ARGS, S.ZX_ERR_NO_MEMORY),
    "vmo_clone": (*_ARGS, S.ZX_ERR_OUT_OF_RANGE, S.ZX_ERR_NO_MEMORY),
    "vmo_op_range": (*_ARGS, S.ZX_ERR_OUT_OF_RANGE, S.ZX_ERR_NOT_SUPPORTED),
}

Conditions = list[tuple[int, bool | None]]


@dataclass(eq=False)
class Object:
    type: T
    koid: int
    peer: Object | None = None
    parent: Object | None = None
    children: list[Object] = field(default_factory=list)
    handles: int = 0
    """How many handles refer to it, in the process or in messages that wait."""
    outlives: bool = False
    """Lives on without a handle, where no page says that it dies."""
    strange: bool = False
    """Somebody else's: it lives for as long as it likes."""
    queue: list[Message] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    control: list[bytes] = field(default_factory=list)
    shares: list[Handle] = field(default_factory=list)
    shut: bool = False
    """Neither can this end be read, nor the other one written."""
    drains: bool = True
    """Do the pages agree that it can be read until it is empty?"""
    options: int = 0
    packets: list[Any] = field(default_factory=list)
    waits: list[Any] = field(default_factory=list)
    elements: list[bytes] = field(default_factory=list)
    fired: bool = False
    due: int | None = None
    """From when on a timer that is set may fire."""
    capacity: int = 0
    size: int = 0
    pages: dict[int, bytearray] = field(default_factory=dict)
    source: tuple[Object, int] | None = None
    """What a VMO is a clone of, and from which page on."""
    snapshot: bool = False
    """Does the clone keep what the other VMO held when it was made?"""
    policy: int | None = None
    committed: bool | None = False
    port: Object | None = None
    """What an interrupt is bound to."""
    key: int = 0
    times: list[int] = field(default_factory=list)
    """What it was triggered with."""
    triggered: bool = False
    destroyed: bool = False
    unread: bool = False
    """Was its packet read and not acknowledged?"""
    again: int | None = None
    """When it was triggered meanwhile."""
    properties: dict[int, bytes] = field(default_factory=dict)
    signals: int = 0
    cookie: tuple[Object, int] | None = None

    def lives(self) -> bool:
        if self.handles or self.strange:
            return True
        return self.outlives and (self.type is T.THREAD or any(c.lives() for c in self.children))


@dataclass(frozen=True)
class Handle:
    object: Object
    rights: int


@dataclass(frozen=True)
class Message:
    data: bytes
    handles: list[Handle]


class Process:
    """One process: its handle table, and the objects that it can get at."""

    def __init__(self, rng: random.Random, given: Iterable[tuple[int, int, int, int]]) -> None:
        self.rng = rng
        self.table: dict[int, Handle] = {}
        self.dead: list[int] = []
        self.koids: dict[int, Object] = {}
        self.bytes: dict[int, bytes] = {}
        self.now = 1
        """The time of the monotonic clock."""
        self._next = 0x1003
        self._koid = 2000
        for value, type_, rights, koid in given:
            object_ = Object(T(type_), koid, strange=True)
            object_.handles += 1
            self.koids[koid] = object_
            self.table[value] = Handle(object_, rights)
        for handle in self.table.values():
            if handle.object.type in HAS_COOKIE and self.flip():
                # Whoever had it before may have set its cookie.
                handle.object.cookie = (Object(T.EVENT, 1999, strange=True, handles=1), 7)
        by_type = {h.object.type: h.object for h in self.table.values()}
        self._adopt(by_type[T.PROCESS], by_type[T.THREAD])
        self._adopt(by_type[T.JOB], by_type[T.PROCESS])
        for parent, type_ in ((T.JOB, T.JOB), (T.JOB, T.PROCESS), (T.PROCESS, T.THREAD)):
            if rng.random() < 0.5:
                self._adopt(by_type[parent], self._object(type_, strange=True))

    # ---- choices

    def flip(self, chance: float = 0.5) -> bool:
        return self.rng.random() < chance

    def answer(self, conditions: Conditions) -> int:
        due = [int(status) for status, holds in conditions if holds]
        open_ = [int(status) for status, holds in conditions if holds is None]
        if due:
            return self.rng.choice(due + (open_ if self.flip(0.3) else []))
        if open_ and self.flip(0.4):
            return self.rng.choice(open_)
        return 0

    def any_of(self, page: str) -> int:
        """Any status that a page documents: it demands something, and does not say which."""
        return self.rng.choice(DOCUMENTED[page])

    def rare(self) -> tuple[int, bool | None]:
        return S.ZX_ERR_NO_MEMORY, None if self.flip(0.02) else False

    # ---- handles and objects

    def _adopt(self, parent: Object, child: Object) -> None:
        child.parent = parent
        parent.children.append(child)

    def _object(self, type_: T, parent: Object | None = None, *, strange: bool = False) -> Object:
        self._koid += self.rng.randrange(1, 4)
        object_ = Object(type_, self._koid, strange=strange)
        object_.outlives = self.flip()
        self.koids[self._koid] = object_
        if parent is not None:
            self._adopt(parent, object_)
        return object_

    def put(self, handle: Handle) -> int:
        """Give the handle a value: one that was used before, if there is one, or a new one."""
        if self.dead and self.flip(0.6):
            value = self.dead.pop(self.rng.randrange(len(self.dead)))
        else:
            self._next += 4
            value = self._next
        self.table[value] = handle
        return value

    def grant(self, object_: Object, rights: int | None = None) -> int:
        object_.handles += 1
        return self.put(Handle(object_, self.rights_of(object_.type) if rights is None else rights))

    def rights_of(self, type_: T) -> int:
        """The rights of a new handle: any between those that are promised and the most."""
        usual = CREATED[type_]
        if self.flip(0.7):
            return usual
        least, some = PROMISED.get(type_, usual), self.rng.getrandbits(21)
        named = type_ not in (T.RESOURCE, T.VMAR)
        return least | some & (most_rights(type_.name.lower()) if named else (1 << 21) - 1)

    def take(self, value: int) -> Handle | None:
        handle = self.table.pop(value, None)
        if handle is not None:
            self.dead.append(value)
        return handle

    def drop(self, handle: Handle | None) -> None:
        """A handle is closed; with the last one go the handles in what waits at the object."""
        if handle is None:
            return
        object_ = handle.object
        object_.handles -= 1
        if object_.type is T.PORT and not object_.handles:
            object_.packets, object_.waits = [], []
        if object_.type not in (T.CHANNEL, T.SOCKET):
            return
        if object_.handles and (object_.handles > self._in_own_queue(object_) or self.flip()):
            return
        waiting = [h for m in object_.queue for h in m.handles] + object_.shares
        object_.queue, object_.shares, object_.data, object_.control = [], [], [], []
        for inner in waiting:
            self.drop(inner)

    @staticmethod
    def _in_own_queue(object_: Object) -> int:
        """Handles to an endpoint that only its own queue holds: no page says if it lives then."""
        waiting = [h for m in object_.queue for h in m.handles] + object_.shares
        return sum(handle.object is object_ for handle in waiting)

    def of(self, value: int, *types: T) -> Object | None:
        handle = self.table.get(value)
        return None if handle is None or handle.object.type not in types else handle.object

    def bad(self, value: int) -> bool:
        return value not in self.table

    def wrong(self, value: int, *types: T) -> bool:
        return not self.bad(value) and self.table[value].object.type not in types

    def lacks(self, value: int, right: int) -> bool:
        return not self.bad(value) and bool(right & ~self.table[value].rights)

    def more(self, value: int, rights: int) -> bool:
        return rights != SAME and self.lacks(value, rights)

    def gone(self, object_: Object | None) -> bool:
        return object_ is not None and object_.peer is not None and not object_.peer.handles

    # ---- pointers

    def bad_out(self, pointer: Any, *, optional: bool = False) -> bool | None:
        if pointer.memory is Memory.WRITABLE:
            return False if pointer.aligned else None
        return not (optional and pointer.memory is Memory.NULL)

    def bad_in(self, pointer: Any, size: int, *, null_ok: bool = True) -> bool | None:
        if pointer.memory is Memory.NULL:
            return True if size else (False if null_ok else None)
        if pointer.memory is Memory.INVALID:
            return True if size else None
        return False if pointer.aligned or not size else None

    def bad_buffer(self, pointer: Any, size: int) -> bool | None:
        """No page says where bytes go for which there is only NULL, or memory of no size."""
        if pointer.memory is Memory.NULL:
            return None if size else False
        return self.maybe(self.bad_out(pointer), bool(size))

    @staticmethod
    def maybe(holds: bool | None, sure: bool) -> bool | None:
        return holds if sure or holds is False else None

    def read_bytes(self, pointer: Any, size: int) -> bytes:
        data = b"" if pointer.content is None else self.bytes.get(pointer.content.crc(), b"")
        return data if len(data) == size else bytes(size)

    def left(self) -> int:
        """What stands where a call that failed was to write: no page says it."""
        if self.flip(0.7):
            return 0
        return self.rng.choice((0xAAAAAAAA, self._next, self._next + 4, *self.table))

    def reported(self, call: AnyCall, status: int, **values: Any) -> tuple[int, dict[str, Any]]:
        """Outputs as the recorder has them: what can't be read there is not in it."""
        outs = {}
        for name, value in values.items():
            if getattr(call, name).memory is Memory.WRITABLE:
                outs[name] = value if status == 0 else self.left()
        return status, outs

    def made(
        self, call: AnyCall, status: int, handles: dict[str, Callable[[], int]]
    ) -> tuple[int, dict[str, Any]]:
        if status:
            return self.reported(call, status, **dict.fromkeys(handles, 0))
        values = {name: make() for name, make in handles.items()}
        if len(values) == 2 and self.flip(0.1):
            # Both outputs lie in one place.
            values = dict.fromkeys(values, self.rng.choice(list(values.values())))
        return self.reported(call, 0, **values)
