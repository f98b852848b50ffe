"""A kernel that keeps to its pages and chooses, wherever they leave a choice.

It shares nothing with the oracle's model but numbers and the prototypes: one definite state, a
handle table, reference counts. Each call gathers the documented conditions that hold (True) and
those that pages leave open (None), and answers any of them.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from zxhil.abi.calls import CALLS, AnyCall
from zxhil.abi.kinds import Disposition, HandleInfoRecord, Memory
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import DEFAULT_RIGHTS, RIGHTS_BASIC
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.status import Status as S  # noqa: N817

NAMES = {call.type: call.name for call in CALLS}
SAME = 1 << 31
IO = int(R.READ | R.WRITE)
CREATED = {
    T.CHANNEL: (RIGHTS_BASIC & ~int(R.DUPLICATE)) | IO | int(R.SIGNAL | R.SIGNAL_PEER),
    T.EVENT: RIGHTS_BASIC | int(R.SIGNAL),
    T.EVENTPAIR: RIGHTS_BASIC | IO | int(R.SIGNAL | R.SIGNAL_PEER),
    T.PORT: RIGHTS_BASIC & ~int(R.WAIT) | IO,
    T.TIMER: RIGHTS_BASIC | IO | int(R.SIGNAL),
    T.RESOURCE: RIGHTS_BASIC | int(R.WRITE | R.ENUMERATE),
    **{T[name.upper()]: rights for name, rights in DEFAULT_RIGHTS.items()},
}
USER = 0xFF000000
HAS_COOKIE = (T.EVENT, T.EVENTPAIR, T.RESOURCE, T.VMO)
CHILDREN = {T.PROCESS: (T.THREAD,), T.JOB: (T.JOB, T.PROCESS), T.RESOURCE: (T.RESOURCE,)}

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
    options: int = 0
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


class Reference:
    """One process's kernel. `call` answers a decoded call; `full` are all entries of its array."""

    def __init__(self, rng: random.Random, given: Iterable[tuple[int, int, int, int]]) -> None:
        self.rng = rng
        self.table: dict[int, Handle] = {}
        self.dead: list[int] = []
        self.koids: dict[int, Object] = {}
        self.bytes: dict[int, bytes] = {}
        self._next = 0x1003
        self._koid = 2000
        for value, type_, rights, koid in given:
            object_ = Object(T(type_), koid, strange=True)
            object_.handles += 1
            self.koids[koid] = object_
            self.table[value] = Handle(object_, rights)
        by_type = {h.object.type: h.object for h in self.table.values()}
        self._adopt(by_type[T.PROCESS], by_type[T.THREAD])
        self._adopt(by_type[T.JOB], by_type[T.PROCESS])
        for parent, type_ in ((T.JOB, T.JOB), (T.JOB, T.PROCESS), (T.PROCESS, T.THREAD)):
            if rng.random() < 0.5:
                self._adopt(by_type[parent], self._object(type_, strange=True))

    def call(self, call: AnyCall, full: list[Any]) -> tuple[int, dict[str, Any]]:
        """Answer a call: the status, and the outputs as a guest would record them."""
        method: Callable[..., tuple[int, dict[str, Any]]] = getattr(self, NAMES[type(call)])
        return method(call, full) if full or hasattr(call, "handles") else method(call)

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
        return self.put(Handle(object_, CREATED[object_.type] if rights is None else rights))

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
        if object_.handles or object_.type not in (T.CHANNEL, T.SOCKET):
            return
        waiting = [h for m in object_.queue for h in m.handles] + object_.shares
        object_.queue, object_.shares, object_.data, object_.control = [], [], [], []
        for inner in waiting:
            self.drop(inner)

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

    def reported(self, call: AnyCall, status: int, **values: Any) -> tuple[int, dict[str, Any]]:
        """Outputs as the recorder has them: what can't be read there is not in it."""
        outs = {}
        for name, value in values.items():
            if getattr(call, name).memory is Memory.WRITABLE:
                outs[name] = value if status == 0 else 0
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

    # ---- handles

    def handle_close(self, c: Any) -> tuple[int, dict[str, Any]]:
        status = self.answer([(S.ZX_ERR_BAD_HANDLE, c.handle != 0 and self.bad(c.handle))])
        if not status:
            self.drop(self.take(c.handle))
        return status, {}

    def handle_duplicate(self, c: Any) -> tuple[int, dict[str, Any]]:
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_INVALID_ARGS, self.more(c.handle, c.rights)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.DUPLICATE)),
                self.rare(),
            ]
        )
        return self.made(c, status, {"out": lambda: self._copy(c)})

    def _copy(self, c: Any) -> int:
        own = self.table[c.handle]
        return self.grant(own.object, own.rights if c.rights == SAME else c.rights)

    def handle_replace(self, c: Any) -> tuple[int, dict[str, Any]]:
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_INVALID_ARGS, self.more(c.handle, c.rights)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out)),
                self.rare(),
            ]
        )
        if status:
            self.drop(self.take(c.handle))
            return self.reported(c, status, out=0)
        own = self.table[c.handle]
        if self.flip():
            # Values are the kernel's choice: the same one again, for one.
            self.take(c.handle)
            value = self.grant(own.object, own.rights if c.rights == SAME else c.rights)
        else:
            value = self._copy(c)
            self.take(c.handle)
        own.object.handles -= 1
        return self.reported(c, 0, out=value)

    # ---- creating

    def _create(self, c: Any, type_: T, bad: Conditions) -> tuple[int, dict[str, Any]]:
        conditions = [*bad, (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out)), self.rare()]
        return self.made(
            c, self.answer(conditions), {"out": lambda: self.grant(self._object(type_))}
        )

    def _pair(self, c: Any, type_: T, bad: Conditions) -> tuple[int, dict[str, Any]]:
        outs = [(S.ZX_ERR_INVALID_ARGS, self.bad_out(p)) for p in (c.out0, c.out1)]
        ends = self._object(type_), self._object(type_)
        ends[0].peer, ends[1].peer = ends[1], ends[0]
        ends[0].options = ends[1].options = c.options
        makers = {"out0": lambda: self.grant(ends[0]), "out1": lambda: self.grant(ends[1])}
        return self.made(c, self.answer([*bad, *outs, self.rare()]), makers)

    def event_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        return self._create(c, T.EVENT, [(S.ZX_ERR_INVALID_ARGS, c.options != 0)])

    def port_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        return self._create(c, T.PORT, [(S.ZX_ERR_INVALID_ARGS, c.options not in (0, 1))])

    def timer_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        bad = c.options > 2 or c.clock_id != 0
        return self._create(c, T.TIMER, [(S.ZX_ERR_INVALID_ARGS, bad)])

    def vmo_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        bad = {0: False, 1: None}.get(c.options, True)
        return self._create(c, T.VMO, [(S.ZX_ERR_INVALID_ARGS, bad)])

    def channel_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        return self._pair(c, T.CHANNEL, [(S.ZX_ERR_INVALID_ARGS, c.options != 0)])

    def eventpair_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        return self._pair(c, T.EVENTPAIR, [(S.ZX_ERR_NOT_SUPPORTED, c.options != 0)])

    def socket_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        bad = True if c.options & ~7 else None if c.options & 6 else False
        return self._pair(c, T.SOCKET, [(S.ZX_ERR_INVALID_ARGS, bad)])

    def job_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        write, manage = (self.lacks(c.parent_job, r) for r in (R.WRITE, R.MANAGE_JOB))
        denied = manage if manage == write else None
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.parent_job)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.parent_job, T.JOB)),
                (S.ZX_ERR_INVALID_ARGS, c.options != 0),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out)),
                (S.ZX_ERR_ACCESS_DENIED, denied),
                self.rare(),
            ]
        )
        parent = self.of(c.parent_job, T.JOB)
        return self.made(c, status, {"out": lambda: self.grant(self._object(T.JOB, parent))})

    def process_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        unnamed = self.lacks(c.job, R.MANAGE_PROCESS)
        some = self.rng.choice((S.ZX_ERR_ACCESS_DENIED, S.ZX_ERR_INVALID_ARGS))
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.job)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.job, T.JOB)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.job, R.WRITE)),
                (some, None if unnamed else False),
                (S.ZX_ERR_INVALID_ARGS, self.bad_in(c.name, c.name_size, null_ok=False)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.proc_handle)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.vmar_handle)),
                (S.ZX_ERR_INVALID_ARGS, c.options != 0),
                self.rare(),
            ]
        )
        job = self.of(c.job, T.JOB)
        makers = {
            "proc_handle": lambda: self.grant(self._object(T.PROCESS, job)),
            "vmar_handle": lambda: self.grant(self._object(T.VMAR)),
        }
        return self.made(c, status, makers)

    def thread_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.process)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.process, T.PROCESS)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.process, R.MANAGE_THREAD)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_in(c.name, c.name_size, null_ok=False)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out)),
                (S.ZX_ERR_INVALID_ARGS, c.options != 0),
                self.rare(),
            ]
        )
        process = self.of(c.process, T.PROCESS)
        return self.made(c, status, {"out": lambda: self.grant(self._object(T.THREAD, process))})

    def resource_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        kind = c.options & 0xFFFF
        parent = self.of(c.parent_rsrc, T.RESOURCE)
        bad_kind = True if c.options & 0xFFFE0000 else None if kind > 4 else False
        some = self.rng.choice((S.ZX_ERR_ACCESS_DENIED, S.ZX_ERR_INVALID_ARGS))
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.parent_rsrc)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.parent_rsrc, T.RESOURCE)),
                (
                    S.ZX_ERR_ACCESS_DENIED,
                    bool(parent and not parent.strange and parent.options != 4),
                ),
                (some, None if self.lacks(c.parent_rsrc, R.WRITE) else False),
                (some, None if self.bad_out(c.resource_out) is not False else False),
                (some, None if kind not in (3, 4) else False),
                (S.ZX_ERR_INVALID_ARGS, self.bad_in(c.name, c.name_size)),
                (S.ZX_ERR_INVALID_ARGS, bad_kind),
                (S.ZX_ERR_INVALID_ARGS, kind in (3, 4) and bool(c.base or c.size)),
                self.rare(),
            ]
        )

        def maker() -> int:
            resource = self._object(T.RESOURCE, parent)
            resource.options = kind
            return self.grant(resource)

        return self.made(c, status, {"resource_out": maker})

    # ---- objects

    def object_get_info(self, c: Any) -> tuple[int, dict[str, Any]]:
        lists = {4: (T.PROCESS, T.THREAD), 8: (T.JOB, T.JOB), 9: (T.JOB, T.PROCESS)}
        types = {topic: pair[0] for topic, pair in lists.items()} | {3: T.PROCESS}
        right = {4: R.ENUMERATE, 8: R.ENUMERATE, 9: R.ENUMERATE, 3: R.INSPECT, 19: R.INSPECT}
        sizes = {1: 0, 2: 32, 3: 16, 4: 8, 8: 8, 9: 8, 19: 4}
        known, listed, none = c.topic in sizes, c.topic in lists, c.topic == 1
        buffer = self.maybe(self.bad_out(c.buffer), self._has_to_write(c, lists))
        too_small = known and not listed and c.buffer_size < sizes[c.topic]
        some = (S.ZX_ERR_WRONG_TYPE, S.ZX_ERR_ACCESS_DENIED, S.ZX_ERR_BUFFER_TOO_SMALL)
        strange: Conditions = [] if known else [(status, None) for status in some]
        if not known:
            strange.append((S.ZX_ERR_NOT_SUPPORTED, None if c.topic <= 23 else True))
            strange.append((S.ZX_ERR_BAD_STATE, None))
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, c.topic in types and self.wrong(c.handle, types[c.topic])),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, right.get(c.topic, 0))),
                (S.ZX_ERR_INVALID_ARGS, False if none else buffer),
                (
                    S.ZX_ERR_INVALID_ARGS,
                    self.maybe(self.bad_out(c.actual, optional=True), not none),
                ),
                (S.ZX_ERR_INVALID_ARGS, self.maybe(self.bad_out(c.avail, optional=True), not none)),
                (S.ZX_ERR_BUFFER_TOO_SMALL, too_small),
                *strange,
                self.rare(),
            ]
        )
        if status:
            return self.reported(c, status, actual=0, avail=0)
        size = sizes.get(c.topic, 0)
        records = self._records(c, lists) if known else []
        fit = min(len(records), c.buffer_size // size) if size else 0
        outs = self.reported(c, 0, actual=fit, avail=len(records))[1]
        counted = c.actual.memory is not Memory.NULL or c.topic not in (2, 3, 19)
        readable = c.buffer.memory is Memory.WRITABLE
        if size and c.buffer_size >= size and (readable or (counted and not fit)):
            if not counted:
                outs["buffer"] = records[0]
            elif c.actual.memory is Memory.WRITABLE:
                outs["buffer"] = b"".join(records[:fit])
        return 0, outs

    def _has_to_write(self, c: Any, lists: Any) -> bool:
        """A list writes only what there is and fits; the other topics always write."""
        if c.topic not in lists:
            return bool(c.buffer_size)
        if c.buffer_size < 8 or self.bad(c.handle) or self.wrong(c.handle, lists[c.topic][0]):
            return False
        return bool(self._records(c, lists))

    def _records(self, c: Any, lists: Any) -> list[bytes]:
        handle = self.table[c.handle]
        object_ = handle.object
        if c.topic == 2:
            related = object_.peer or object_.parent
            koid = 0 if related is None else related.koid
            waits = int(object_.type is not T.PORT)
            return [struct.pack("<QIIQI4x", object_.koid, handle.rights, object_.type, koid, waits)]
        if c.topic == 3:
            return [struct.pack("<q???5x", 0, object_.strange, False, False)]
        if c.topic == 19:
            return [struct.pack("<I", object_.handles)]
        if c.topic not in lists:
            return []
        wanted = lists[c.topic][1]
        there = [child for child in object_.children if child.type is wanted and child.lives()]
        if wanted is T.THREAD:
            # One that was never started: no page says that it is listed.
            there = [child for child in there if child.strange or child.outlives]
        return [struct.pack("<Q", child.koid) for child in there]

    _SOME = (S.ZX_ERR_BAD_HANDLE, S.ZX_ERR_NOT_SUPPORTED, S.ZX_ERR_ACCESS_DENIED)

    def _cookie(self, c: Any) -> Conditions:
        object_ = self.of(c.handle, *HAS_COOKIE)
        pair_gone = object_ is not None and object_.type is T.EVENTPAIR and self.gone(object_)
        cookie = None if object_ is None else object_.cookie
        scope = None if self.bad(c.scope) else self.table[c.scope].object
        lost = cookie is not None and not cookie[0].handles
        return [
            *((status, pair_gone) for status in self._SOME),
            *((status, lost) for status in self._SOME),
            (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle) or self.bad(c.scope)),
            (S.ZX_ERR_NOT_SUPPORTED, self.wrong(c.handle, *HAS_COOKIE)),
            (S.ZX_ERR_ACCESS_DENIED, bool(cookie and scope and cookie[0] is not scope)),
        ]

    def object_set_cookie(self, c: Any) -> tuple[int, dict[str, Any]]:
        object_ = self.of(c.handle, *HAS_COOKIE)
        unset = object_ is not None and object_.cookie is None
        denied = (S.ZX_ERR_ACCESS_DENIED, None if unset and self.flip(0.3) else False)
        status = self.answer([*self._cookie(c), denied])
        if not status and object_ is not None:
            object_.cookie = (self.table[c.scope].object, c.cookie)
        return status, {}

    def object_get_cookie(self, c: Any) -> tuple[int, dict[str, Any]]:
        object_ = self.of(c.handle, *HAS_COOKIE)
        cookie = None if object_ is None else object_.cookie
        status = self.answer(
            [
                *self._cookie(c),
                (S.ZX_ERR_ACCESS_DENIED, object_ is not None and cookie is None),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.cookie)),
            ]
        )
        return self.reported(c, status, cookie=cookie[1] if cookie else 0)

    def object_get_child(self, c: Any) -> tuple[int, dict[str, Any]]:
        parent = self.of(c.handle, T.PROCESS, T.JOB, T.RESOURCE)
        child = None
        if parent is not None:
            there = (o for o in parent.children if o.koid == c.koid and o.lives())
            child = next(there, None)
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.PROCESS, T.JOB, T.RESOURCE)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.ENUMERATE)),
                (S.ZX_ERR_ACCESS_DENIED, self.more(c.handle, c.rights)),
                (S.ZX_ERR_NOT_FOUND, parent is not None and child is None),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out)),
                self.rare(),
            ]
        )
        rights = 0 if self.bad(c.handle) else self.table[c.handle].rights
        rights = rights if c.rights == SAME else c.rights
        return self.made(c, status, {"out": lambda: self.grant(child, rights)})

    def asserted(self, object_: Object) -> int:
        signals = object_.signals
        gone = 4 * self.gone(object_)
        if object_.type is T.EVENTPAIR:
            return signals | gone
        if object_.type is T.CHANNEL:
            return signals | gone | bool(object_.queue) | 2 * (not gone)
        if object_.type is T.SOCKET:
            free = object_.peer is not None and not object_.peer.shares and not gone
            share = 0x200 if object_.options & 4 and free else 0
            accept = 0x100 if object_.options & 4 and object_.shares else 0
            control = 0x40 * bool(object_.control)
            if object_.options & 2 and object_.peer is not None and not gone:
                control |= 0x80 * (not object_.peer.control or self.flip())
            return signals | gone | bool(object_.data) | 2 * (not gone) | share | accept | control
        return signals | (8 if object_.type is T.VMO else 0)

    def object_wait_one(self, c: Any) -> tuple[int, dict[str, Any]]:
        object_ = None if self.bad(c.handle) else self.table[c.handle].object
        seen = 0 if object_ is None else self.asserted(object_)
        status = self.answer(
            [
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.observed, optional=True)),
                (S.ZX_ERR_BAD_HANDLE, object_ is None),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WAIT)),
                (S.ZX_ERR_TIMED_OUT, object_ is not None and not seen & c.signals),
                (S.ZX_ERR_NOT_SUPPORTED, object_ is not None and object_.type is T.PORT),
            ]
        )
        outs = self.reported(c, status, observed=seen)[1]
        if status == S.ZX_ERR_TIMED_OUT and outs:
            outs["observed"] = seen
        return status, outs

    def object_signal(self, c: Any) -> tuple[int, dict[str, Any]]:
        object_ = None if self.bad(c.handle) else self.table[c.handle].object
        own = 8 if object_ is not None and object_.type in (T.EVENT, T.EVENTPAIR) else 0
        asked = c.clear_mask | c.set_mask
        bad = object_ is not None and bool(asked & ~(USER | own))
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, object_ is None),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.SIGNAL)),
                (S.ZX_ERR_INVALID_ARGS, bad),
            ]
        )
        if not status and object_ is not None:
            object_.signals = object_.signals & ~c.clear_mask | c.set_mask
        return status, {}

    # ---- channels

    def channel_write(self, c: Any, full: list[int]) -> tuple[int, dict[str, Any]]:
        channel = self.of(c.handle, T.CHANNEL)
        listed = full if c.handles.memory in (Memory.READABLE, Memory.WRITABLE) else []
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_BAD_HANDLE, any(self.bad(h) for h in listed)),
                (S.ZX_ERR_BAD_HANDLE, len(set(listed)) < len(listed)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.CHANNEL)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_in(c.bytes, c.num_bytes)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_in(c.handles, c.num_handles)),
                (S.ZX_ERR_INVALID_ARGS, c.options != 0),
                (S.ZX_ERR_NOT_SUPPORTED, c.handle in listed),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
                (S.ZX_ERR_ACCESS_DENIED, any(self.lacks(h, R.TRANSFER) for h in listed)),
                (S.ZX_ERR_PEER_CLOSED, channel is not None and self.gone(channel)),
                self.rare(),
                (S.ZX_ERR_OUT_OF_RANGE, c.num_bytes > 65536 or c.num_handles > 64),
            ]
        )
        taken = [handle for handle in map(self.take, listed) if handle is not None]
        if status or channel is None or channel.peer is None:
            for handle in taken:
                self.drop(handle)
        else:
            channel.peer.queue.append(Message(self._data(c.bytes, c.num_bytes), taken))
        return status, {}

    def _data(self, pointer: Any, size: int) -> bytes:
        data = b"" if pointer.digest is None else self.bytes.get(pointer.digest, b"")
        return data if len(data) == size else bytes(size)

    def _entry(self, c: Any, e: Disposition, listed: list[Disposition]) -> Conditions:
        again = sum(other.handle == e.handle for other in listed) > 1
        moved = any(o.handle == e.handle and o.operation != 1 for o in listed)
        other_type = not self.bad(e.handle) and self.table[e.handle].object.type != e.type
        return [
            (S.ZX_ERR_BAD_HANDLE, self.bad(e.handle)),
            (S.ZX_ERR_BAD_HANDLE, None if again and moved else False),
            (S.ZX_ERR_WRONG_TYPE, e.type != 0 and other_type),
            (S.ZX_ERR_INVALID_ARGS, e.operation not in (0, 1)),
            (S.ZX_ERR_INVALID_ARGS, self.more(e.handle, e.rights)),
            (S.ZX_ERR_NOT_SUPPORTED, e.handle == c.handle),
            (S.ZX_ERR_ACCESS_DENIED, self.lacks(e.handle, R.TRANSFER)),
            (S.ZX_ERR_ACCESS_DENIED, e.operation == 1 and self.lacks(e.handle, R.DUPLICATE)),
        ]

    def channel_write_etc(self, c: Any, full: list[Any]) -> tuple[int, dict[str, Any]]:
        channel = self.of(c.handle, T.CHANNEL)
        readable = c.handles.memory in (Memory.READABLE, Memory.WRITABLE)
        listed = [Disposition(*e) for e in full] if readable else []
        bad_handles = self.bad_in(c.handles, c.num_handles, null_ok=False)
        if c.handles.memory is Memory.READABLE and c.num_handles:
            bad_handles = True
        of_call: Conditions = [
            (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
            (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.CHANNEL)),
            (S.ZX_ERR_INVALID_ARGS, self.bad_in(c.bytes, c.num_bytes, null_ok=False)),
            (S.ZX_ERR_INVALID_ARGS, bad_handles),
            (S.ZX_ERR_INVALID_ARGS, c.options != 0),
            (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
            (S.ZX_ERR_PEER_CLOSED, channel is not None and self.gone(channel)),
            (S.ZX_ERR_OUT_OF_RANGE, c.num_bytes > 65536 or c.num_handles > 64),
        ]
        results = self._results(c, listed)
        failed = [result for result in results if result]
        if any(e.result for e in listed) and self.flip():
            of_call.append((self.rng.choice((S.ZX_ERR_INVALID_ARGS, S.ZX_ERR_BAD_HANDLE)), True))
        of_call.append(self.rare())
        status = self.answer(of_call)
        written = results
        if failed and (not status or self.flip()):
            status = failed[0]
        elif status:
            written = [e.result for e in listed]
        if status:
            self._not_sent(c, channel, listed, attempted=bool(failed))
        else:
            self._sent(c, channel, listed)
        outs = {}
        if c.handles.memory is Memory.WRITABLE:
            outs["handles"] = tuple(written[:66])
        return status, outs

    def _results(self, c: Any, listed: list[Disposition]) -> list[int]:
        """Each entry's error; of handles that stand twice, and are moved, at least one fails."""
        results = [self.answer(self._entry(c, e, listed)) for e in listed]
        seen: dict[int, list[int]] = {}
        for i, entry in enumerate(listed):
            seen.setdefault(entry.handle, []).append(i)
        for places in seen.values():
            moves = [i for i in places if listed[i].operation != 1]
            if len(moves) > 1 and not any(results[i] for i in places):
                results[self.rng.choice(moves)] = int(S.ZX_ERR_BAD_HANDLE)
            elif (
                moves
                and len(places) > 1
                and not any(results[i] for i in places)
                and listed[places[0]].operation != 1
            ):
                # A duplicate and a move: the duplicate may save it if it comes first.
                results[places[-1]] = int(S.ZX_ERR_BAD_HANDLE)
        return results

    def _sent(self, c: Any, channel: Object | None, listed: list[Disposition]) -> None:
        assert channel is not None and channel.peer is not None
        sent = []
        for e in listed:
            own = self.table.get(e.handle)
            assert own is not None
            rights = own.rights if e.rights == SAME else e.rights
            own.object.handles += 1
            sent.append(Handle(own.object, rights))
        for e in listed:
            if e.operation == 0:
                self.drop(self.take(e.handle))
        channel.peer.queue.append(Message(self._data(c.bytes, c.num_bytes), sent))

    def _not_sent(
        self, c: Any, channel: Object | None, listed: list[Disposition], *, attempted: bool
    ) -> None:
        """No page says what becomes of the handles, nor, unless an entry failed, of the message."""
        if not attempted and channel is not None and channel.peer is not None and self.flip(0.2):
            sent = []
            for e in listed:
                if (taken := self.take(e.handle)) is not None:
                    sent.append(taken)
            if channel.peer.handles:
                channel.peer.queue.append(Message(b"sent", sent))
                return
            for handle in sent:
                self.drop(handle)
            return
        for e in listed:
            if self.flip():
                self.drop(self.take(e.handle))

    def _read(self, c: Any) -> tuple[int, Message | None]:
        channel = self.of(c.handle, T.CHANNEL)
        front = channel.queue[0] if channel is not None and channel.queue else None
        gone = channel is not None and self.gone(channel)
        big = front is not None and (
            len(front.data) > c.num_bytes or len(front.handles) > c.num_handles
        )
        buffers = [(c.bytes, c.num_bytes), (c.handles, c.num_handles)]
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.CHANNEL)),
                *((S.ZX_ERR_INVALID_ARGS, self.bad_buffer(p, n)) for p, n in buffers),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.actual_bytes, optional=True)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.actual_handles, optional=True)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.READ)),
                (S.ZX_ERR_SHOULD_WAIT, channel is not None and front is None),
                (S.ZX_ERR_PEER_CLOSED, gone and front is None),
                (S.ZX_ERR_PEER_CLOSED, None if gone and front and self.flip(0.2) else False),
                self.rare(),
                (S.ZX_ERR_BUFFER_TOO_SMALL, big),
            ]
        )
        if channel is None or front is None:
            return status, front
        silent = (S.ZX_ERR_SHOULD_WAIT, S.ZX_ERR_BUFFER_TOO_SMALL)
        discarded = status == S.ZX_ERR_BUFFER_TOO_SMALL and c.options & 1
        if status == 0:
            channel.queue.pop(0)
        elif discarded or (status not in silent and self.flip()):
            for handle in channel.queue.pop(0).handles:
                self.drop(handle)
        return status, front

    def _got(self, c: Any, status: int, front: Message | None, entries: Any) -> dict[str, Any]:
        size = 0 if front is None else len(front.data)
        count = 0 if front is None else len(front.handles)
        reported = status in (0, S.ZX_ERR_BUFFER_TOO_SMALL)
        outs: dict[str, Any] = {}
        for name, value in (("actual_bytes", size), ("actual_handles", count)):
            if getattr(c, name).memory is Memory.WRITABLE:
                outs[name] = value if reported else 0
        if status or front is None:
            return outs
        if "actual_bytes" in outs and (not size or c.bytes.memory is Memory.WRITABLE):
            outs["bytes"] = zlib.crc32(front.data)
        if "actual_handles" in outs and (not count or c.handles.memory is Memory.WRITABLE):
            outs["handles"] = tuple(entries)
        return outs

    def channel_read(self, c: Any, _: list[int]) -> tuple[int, dict[str, Any]]:
        status, front = self._read(c)
        values = [self.put(h) for h in front.handles] if front and not status else []
        return status, self._got(c, status, front, values)

    def channel_read_etc(self, c: Any, _: list[int]) -> tuple[int, dict[str, Any]]:
        status, front = self._read(c)
        infos = []
        if front and not status:
            infos = [
                HandleInfoRecord(self.put(h), int(h.object.type), h.rights, 0)
                for h in front.handles
            ]
        return status, self._got(c, status, front, infos)

    # ---- sockets

    def socket_share(self, c: Any) -> tuple[int, dict[str, Any]]:
        through, shared = self.of(c.handle, T.SOCKET), self.of(c.socket_to_share, T.SOCKET)
        full = through is not None and through.peer is not None and bool(through.peer.shares)
        same = shared is not None and through in (shared, shared.peer)
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle) or self.bad(c.socket_to_share)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.SOCKET)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.socket_to_share, T.SOCKET)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.socket_to_share, R.TRANSFER)),
                (S.ZX_ERR_BAD_STATE, same),
                (S.ZX_ERR_BAD_STATE, shared is not None and bool(shared.options & 4)),
                (S.ZX_ERR_SHOULD_WAIT, full),
                (S.ZX_ERR_NOT_SUPPORTED, through is not None and not through.options & 4),
                (S.ZX_ERR_PEER_CLOSED, through is not None and self.gone(through)),
            ]
        )
        handle = self.take(c.socket_to_share)
        if status or handle is None or through is None or through.peer is None:
            self.drop(handle)
        else:
            through.peer.shares.append(handle)
        return status, {}

    def socket_accept(self, c: Any) -> tuple[int, dict[str, Any]]:
        socket = self.of(c.handle, T.SOCKET)
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.SOCKET)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.READ)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out_socket)),
                (S.ZX_ERR_SHOULD_WAIT, socket is not None and not socket.shares),
                (S.ZX_ERR_NOT_SUPPORTED, socket is not None and not socket.options & 4),
            ]
        )
        silent = status not in (0, S.ZX_ERR_SHOULD_WAIT) and self.flip()
        if socket is not None and socket.shares and silent:
            self.drop(socket.shares.pop(0))
        if status or socket is None:
            return self.reported(c, status, out_socket=0)
        return self.reported(c, 0, out_socket=self.put(socket.shares.pop(0)))

    def socket_write(self, c: Any) -> tuple[int, dict[str, Any]]:
        socket = self.of(c.handle, T.SOCKET)
        control = bool(c.options & 4)
        peer = None if socket is None else socket.peer
        plane = [] if peer is None else peer.control if control else peer.data
        bounded = socket is not None and (control or bool(socket.options & 1))
        other = bool(c.options & ~4) or self.bad_out(c.actual, optional=True) is not False
        other = other or (bounded and not c.buffer_size)
        some = self.rng.choice((S.ZX_ERR_INVALID_ARGS, S.ZX_ERR_BAD_STATE))
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_BAD_STATE, control and socket is not None and not socket.options & 2),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.SOCKET)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_in(c.buffer, c.buffer_size)),
                (some, None if other else False),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
                (S.ZX_ERR_SHOULD_WAIT, None if plane and self.flip(0.3) else False),
                (S.ZX_ERR_OUT_OF_RANGE, None if bounded and self.flip(0.1) else False),
                (S.ZX_ERR_PEER_CLOSED, socket is not None and self.gone(socket)),
                self.rare(),
            ]
        )
        if status or socket is None:
            return self.reported(c, status, actual=0)
        data = self._data(c.buffer, c.buffer_size)
        if data and not bounded and self.flip(0.3):
            data = data[: self.rng.randrange(1, len(data) + 1)]
        if data:
            plane.append(data)
        return self.reported(c, 0, actual=len(data))

    def socket_read(self, c: Any) -> tuple[int, dict[str, Any]]:
        socket = self.of(c.handle, T.SOCKET)
        control = c.options == 4
        plane = [] if socket is None else socket.control if control else socket.data
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_BAD_STATE, control and socket is not None and not socket.options & 2),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.SOCKET)),
                (S.ZX_ERR_INVALID_ARGS, self.maybe(self.bad_out(c.buffer), bool(c.buffer_size))),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.actual, optional=True)),
                (S.ZX_ERR_INVALID_ARGS, c.options not in (0, 4)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.READ)),
                (S.ZX_ERR_SHOULD_WAIT, socket is not None and not plane),
                (S.ZX_ERR_PEER_CLOSED, socket is not None and not plane and self.gone(socket)),
            ]
        )
        datagram = socket is not None and (bool(socket.options & 1) or control)
        if status:
            if status != S.ZX_ERR_SHOULD_WAIT and plane and self.flip():
                self._taken(plane, c.buffer_size, datagram=datagram)
            return self.reported(c, status, actual=0)
        data = self._taken(plane, c.buffer_size, datagram=datagram)
        outs = self.reported(c, 0, actual=len(data))[1]
        if "actual" in outs and (not data or c.buffer.memory is Memory.WRITABLE):
            outs["buffer"] = zlib.crc32(data)
        return 0, outs

    @staticmethod
    def _taken(plane: list[bytes], room: int, *, datagram: bool) -> bytes:
        if datagram:
            return plane.pop(0)[:room]
        data = b"".join(plane)
        plane[:] = [data[room:]] if data[room:] else []
        return data[:room]
