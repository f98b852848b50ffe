"""Random calls, as curious programs make them: on any handle, to any memory, looking or not."""

from __future__ import annotations

import random
import zlib
from typing import Any

from player import HAS_COOKIE, SAME
from reference import NAMES, Reference
from zxhil.abi.calls import BY_NAME, AnyCall
from zxhil.abi.kinds import Kind, Memory, OutPointer
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import Rights
from zxhil.model.arguments import make_call
from zxhil.model.pages import MODELLED

OFTEN = {
    "channel_write": 6,
    "channel_read": 5,
    "channel_read_etc": 3,
    "channel_write_etc": 6,
    "handle_close": 4,
    "channel_create": 3,
    "socket_create": 3,
    "socket_share": 3,
    "socket_accept": 3,
    "socket_write": 3,
    "socket_read": 3,
    "socket_shutdown": 2,
    "port_create": 2,
    "port_queue": 3,
    "port_wait": 6,
    "port_cancel": 3,
    "object_wait_async": 6,
    "object_wait_many": 4,
    "object_signal": 3,
    "fifo_create": 2,
    "fifo_read": 4,
    "fifo_write": 4,
    "object_get_info": 5,
    "object_wait_one": 3,
    "object_set_cookie": 4,
    "object_get_cookie": 4,
    "object_get_child": 3,
    "vmo_create": 2,
    "vmo_get_size": 3,
    "vmo_set_size": 3,
    "vmo_read": 6,
    "vmo_write": 6,
    "vmo_clone": 4,
    "vmo_op_range": 2,
    "interrupt_create": 3,
    "interrupt_bind": 3,
    "interrupt_trigger": 6,
    "interrupt_wait": 4,
    "interrupt_ack": 4,
    "object_get_property": 4,
    "object_set_property": 4,
}
#: The pages whose calls the reference plays.
PLAYED = tuple(name for name in MODELLED if hasattr(Reference, name))
_EVERY = 0xFFFFF
_FIFO = {
    "elem_count": (1, 2, 4, 4, 8, 4096, 0, 3),
    "elem_size": (8, 8, 8, 8, 8, 1, 16, 0),
    "count": (1, 1, 1, 2, 3, 4, 9, 0),
}
_ABOUT: dict[str, tuple[T, ...]] = {
    "channel_": (T.CHANNEL,),
    "socket_": (T.SOCKET,),
    "fifo_": (T.FIFO,),
    "port_": (T.PORT,),
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
        choices = (
            SAME,
            SAME,
            SAME,
            _EVERY & ~int(Rights.TRANSFER),
            int(Rights.TRANSFER | Rights.WAIT | Rights.READ | Rights.WRITE),
            int(Rights.TRANSFER | Rights.DUPLICATE),
            0,
        )
        return self.rng.choice(choices)

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
        if name == "rights":
            return self.rights()
        if name == "koid":
            koids = list(self.kernel.koids)
            return self.rng.choice((*koids[-10:], *koids[:6], 0, 1, 1 << 63, 4242))
        if name == "topic":
            return self.rng.choice((1, 2, 2, 2, 2, 3, 4, 4, 8, 8, 8, 9, 9, 19, 77))
        if name in ("num_bytes", "num_handles", "buffer_size"):
            return self.rng.choice((0, 1, 4, 8, 16, 32, 64, 65, 100, 256))
        if name in ("signals", "clear_mask", "set_mask"):
            return self.rng.choice((0, 1, 4, 8, 0x100, 0x200, 0x300, 0xC00, 1 << 24, 3 << 24))
        if name == "property":
            return self.rng.choice((3, 3, 5, 6, 12, 12, 13, 13, 13, 15, 2, 4, 1000, 1))
        if name == "value_size":
            return self.rng.choice((32, 32, 8, 8, 8, 0, 7, 31, 40))
        if name == "key":
            return self.rng.choice((1, 1, 2, 1 << 63))
        if name == "timestamp":
            return self.rng.choice((1, 1000, 2000, 0, -1))
        if name == "deadline":
            return 0
        if call.startswith("fifo"):
            return self.rng.choice(_FIFO.get(name, (0, 0, 0, 1)))
        if name == "cookie":
            return self.rng.choice((0, 1, 2, 1 << 63))
        if name == "options":
            return self._options(call)
        if name == "offset":
            edges = (0, 0, 0, 0, 2, 4090, 4096, 4096, 8190, 8192, 1 << 20, (1 << 64) - 4096)
            return self.rng.choice(edges)
        if name == "op":
            return self.rng.choice((1, 1, 2, 2, 2, 3, 4, 6, 7, 8, 9, 0, 10))
        if name == "cache_policy":
            return self.rng.choice((0, 0, 1, 2, 3, 4))
        if name == "size" and call.startswith("vmo_"):
            return self.rng.choice(
                (0, 1, 4096, 4097, 8192, 1 << 20, 1 << 30, (1 << 64) - 4096, (1 << 64) - 1)
            )
        return 0 if self.rng.random() < 0.95 else 1

    def _options(self, call: str) -> int:
        common = {
            "interrupt_create": (16, 16, 16, 16, 16, 0, 8, 0xE, 24, 48),
            "port_create": (0, 0, 1, 1, 2),
            "vmo_clone": (1, 1, 1, 1, 3, 0, 2, 5),
            "socket_create": (0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8),
            "socket_write": (0, 0, 0, 0, 4, 4, 1),
            "socket_read": (0, 0, 0, 0, 4, 4, 1),
            "socket_shutdown": (0, 1, 2, 2, 3, 4),
            "object_wait_async": (0, 0, 0, 1, 1, 1, 2),
            "channel_read": (0, 0, 1),
            "channel_read_etc": (0, 0, 1),
            "resource_create": (4, 4, 4, 0, 3, 9, 0x20000),
        }
        if call in common:
            return self.rng.choice(common[call])
        return int(self.rng.random() < 0.06)
