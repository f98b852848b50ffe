"""Random calls, as curious programs make them: on any handle, to any memory, looking or not."""

from __future__ import annotations

import random
import zlib
from typing import Any

from player import HAS_COOKIE, SAME
from reference import NAMES, Reference
from zxhil.abi.calls import BY_NAME, AnyCall
from zxhil.abi.kinds import Kind, Memory, OutPointer, Scalar
from zxhil.abi.objects import ObjType as T
from zxhil.explore.numbers import candidates
from zxhil.explore.weights import OFTEN
from zxhil.model.arguments import make_call
from zxhil.model.pages import MODELLED

#: The pages whose calls the reference plays.
PLAYED = tuple(name for name in MODELLED if hasattr(Reference, name))
#: The topics of information that the reference knows, and one that no kernel does.
_TOPICS = (1, 2, 2, 2, 2, 3, 4, 4, 8, 8, 8, 9, 9, 19, 77)
_ABOUT: dict[str, tuple[T, ...]] = {
    "channel_": (T.CHANNEL,),
    "socket_": (T.SOCKET,),
    "fifo_": (T.FIFO,),
    "port_": (T.PORT,),
    "timer_": (T.TIMER,),
    "vmo_": (T.VMO,),
    "interrupt_create": (T.RESOURCE,),
    "interrupt_": (T.INTERRUPT,),
    "job_create": (T.JOB,),
    "process_create": (T.JOB,),
    "thread_create": (T.PROCESS,),
    "resource_create": (T.RESOURCE,),
    "object_get_child": (T.PROCESS, T.JOB, T.RESOURCE),
    "object_get_property": (T.PROCESS, T.THREAD, T.SOCKET, T.SOCKET),
    "object_set_property": (T.PROCESS, T.THREAD, T.SOCKET, T.SOCKET, T.JOB),
    "object_set_cookie": HAS_COOKIE,
    "object_get_cookie": HAS_COOKIE,
}


class Caller:
    """Draws calls about the handles of `kernel`, the living more often than the dead."""

    def __init__(self, rng: random.Random, kernel: Reference, *, curious: bool) -> None:
        self.rng = rng
        self.kernel = kernel
        self.curious = curious
        """Passes NULL and broken pointers, and arrays longer than the wire carries."""
        self.names = [name for name in PLAYED for _ in range(OFTEN.get(name, 1))]
        self.recent: list[int] = []

    def draw(self) -> tuple[AnyCall, list[Any]]:
        """The next call, which is one that returns, and all entries of its array."""
        while True:
            call, full = self._draw()
            if not self.kernel.hangs(NAMES[type(call)], call):
                return call, full

    def _draw(self) -> tuple[AnyCall, list[Any]]:
        name = self.rng.choice(self.names)
        syscall = BY_NAME[name]
        given: dict[str, Any] = {}
        full: list[Any] = []
        for parameter in syscall.parameters:
            kind = parameter.kind
            if kind.reads and kind.handles_given():
                waits = name == "object_wait_many"
                full = self._items() if waits else self._array(dispositions=kind.writes)
                given[parameter.name] = full
                if self._odd():
                    given[parameter.name] = self.rng.choice((None, Memory.INVALID))
                    full = []
                    given[kind.counted_by] = self.rng.randrange(3)
            elif kind.reads and not kind.counted_by:
                given[parameter.name] = self._packet()
            elif kind.reads and not kind.sized_by:
                given |= self._elements(parameter.name)
            elif kind.reads:
                data = self._value() if name == "object_set_property" else self._bytes()
                self.kernel.bytes[zlib.crc32(data)] = data
                given[parameter.name] = data
                if self._odd():
                    given[parameter.name] = self.rng.choice((None, Memory.INVALID))
                    given[kind.counted_by] = self.rng.randrange(3)
            elif kind.is_value:
                if parameter.name not in given and not self._sized(syscall, parameter.name):
                    given[parameter.name] = self._scalar(name, parameter.name, kind)
            else:
                given[parameter.name] = self._out()
        return make_call(name, given), full

    def _items(self) -> list[Any]:
        count = self.rng.choice((0, 1, 1, 2, 3, 8, 9))
        masks = (0, 1, 4, 8, 1 << 24, 3 << 24)
        return [
            (self._fitting("", "") if self.rng.random() < 0.95 else 0, self.rng.choice(masks), 7)
            for _ in range(count)
        ]

    def _packet(self) -> Any:
        if self._odd():
            return self.rng.choice((None, Memory.INVALID))
        content = self.rng.choice((b"", b"ab", bytes(range(32)))).ljust(32, b"\0")
        type_ = 0 if self.rng.random() < 0.9 else self.rng.choice((1, 77))
        return (self._scalar("port", "key"), type_, self.rng.choice((0, -3)), content)

    def _elements(self, name: str) -> dict[str, Any]:
        """Elements of a size that is given apart from their number."""
        count, each = self._scalar("fifo", "count"), self._scalar("fifo", "elem_size")
        data = bytes(self.rng.choice(b"ab\0\xff") for _ in range(count * each))
        self.kernel.bytes[zlib.crc32(data)] = data
        odd = self.rng.choice((None, Memory.INVALID)) if self._odd() else data
        return {name: odd, "count": count, "elem_size": each}

    def _value(self) -> bytes:
        """That of a property."""
        number = self.rng.choice((0, 1, 1, 2, 4, 7, 1 << 30)).to_bytes(8, "little")
        return self._bytes() if self.rng.random() < 0.3 else number

    def _bytes(self) -> bytes:
        """Few bytes, as a rule; else more than the trace carries whole, or as many."""
        size = self.rng.randrange(9)
        if self.rng.random() < 0.15:
            size = self.rng.choice((31, 32, 33, 63, 64, 65, 66, 120))
        # Few values, so that different messages are alike in part.
        return bytes(self.rng.choice(b"ab\0\xff") for _ in range(size))

    @staticmethod
    def _sized(syscall: Any, name: str) -> bool:
        return any(p.kind.sized_by == name for p in syscall.parameters)

    def _odd(self) -> bool:
        return self.rng.random() < (0.1 if self.curious else 0.02)

    def _out(self) -> OutPointer:
        if not self._odd():
            return OutPointer(Memory.WRITABLE, True)
        memory = self.rng.choice((Memory.NULL, Memory.NULL, *Memory))
        return OutPointer(memory, memory is Memory.NULL or self.rng.random() < 0.7)

    def handle(self) -> int:
        pick = self.rng.random()
        alive = list(self.kernel.table)
        if pick < 0.88 and alive:
            return self.rng.choice(alive[-12:] if self.rng.random() < 0.7 else alive)
        if pick < 0.97 and self.kernel.dead:
            return self.rng.choice(self.kernel.dead[-8:])
        return self.rng.choice((0, 7, 0xDEADBEEF))

    def _fitting(self, call: str, name: str) -> int:
        """A living handle that the call is about: one where something waits, for receivers."""
        types = next((t for prefix, t in _ABOUT.items() if call.startswith(prefix)), None)
        if name in ("port", "port_handle"):
            types = (T.PORT,)
        elif call in ("object_wait_one", "object_wait_async") and self.rng.random() < 0.3:
            types = (T.TIMER,)
        if name == "source":
            waits = [w for h in self.kernel.table.values() for w in h.object.waits if w.value]
            return self.rng.choice(waits).value if waits else self.handle()
        if types is None or name in ("scope", "source"):
            return self.handle()
        table = self.kernel.table.items()
        fitting = [(value, h.object) for value, h in table if h.object.type in types]
        if name == "socket_to_share":
            fitting = [(value, o) for value, o in fitting if not o.options & 4]
        elif call in ("socket_share", "socket_accept"):
            fitting = [(value, o) for value, o in fitting if o.options & 4]
        if call in ("channel_read", "channel_read_etc", "socket_read", "socket_accept"):
            waiting = [
                (value, o) for value, o in fitting if o.queue or o.shares or o.data or o.control
            ]
            fitting = waiting or fitting
        return self.rng.choice(fitting)[0] if fitting else self.handle()

    def rights(self) -> int:
        return self.rng.choice(candidates("", "rights", ""))

    def _array(self, *, dispositions: bool) -> list[Any]:
        count = self.rng.choice((0, 0, 1, 1, 2, 3))
        alive = list(self.kernel.table)
        if self.curious and self.rng.random() < 0.03:
            count = self.rng.choice((64, 65, 66, 67, 70))
        pool = alive[-10:]
        self.rng.shuffle(pool)
        handles = [
            pool.pop() if pool and self.rng.random() < 0.9 else self.handle() for _ in range(count)
        ]
        if not dispositions:
            return handles
        operations, types = (0, 0, 0, 1, 1, 2), (0, 0, 0, 4, 5, 14)
        return [
            (
                self.rng.choice(operations) if self.rng.random() < 0.9 else 2,
                handle,
                self.rng.choice(types),
                self.rights() if self.rng.random() < 0.4 else SAME,
                -int(self.rng.random() < 0.03),
            )
            for handle in handles
        ]

    def _scalar(self, call: str, name: str, kind: Kind | None = None) -> int:
        if kind is not None and kind.is_handle:
            return self._fitting(call, name) if self.rng.random() < 0.7 else self.handle()
        if name == "koid":
            koids = list(self.kernel.koids)
            return self.rng.choice((*koids[-10:], *koids[:6], 0, 1, 1 << 63, 4242))
        if name == "topic":
            return self.rng.choice(_TOPICS)
        if name == "deadline":
            return self._deadline(call)
        if name == "slack":
            return self.rng.choice((0, 0, 0, 100, 5000, 1 << 62, -1))
        if name == "nanoseconds":
            return self.rng.choice((0, 1, 10000, -1, -(1 << 63), (1 << 63) - 1))
        if call == "fifo":
            call = "fifo_write"
        value = self.rng.choice(candidates(call, name, ""))
        if isinstance(kind, Scalar) and kind.signed:
            return value
        bits = kind.bits if isinstance(kind, Scalar) else 64
        return value & ((1 << bits) - 1)

    def _deadline(self, call: str) -> int:
        """Nothing but a timer's own deadline may be infinite: the wait would not end."""
        soon = self.kernel.now + self.rng.choice((100, 20000, 1000000))
        if call == "timer_set":
            return self.rng.choice((0, -1, 1, soon, soon, soon, (1 << 63) - 1))
        return self.rng.choice((0, 0, 0, 1, -1, soon))
