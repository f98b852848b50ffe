"""The reference kernel: interrupts. Of one thread: a wait that nobody ends is never drawn."""

from __future__ import annotations

import struct
from typing import Any

from player import Handle, Object
from plays_ports import Packet, Ports
from zxhil.abi.kinds import PortPacket
from zxhil.abi.objects import LIMITS
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.status import Status as S  # noqa: N817

_VIRTUAL = LIMITS["ZX_INTERRUPT_VIRTUAL"]
_MODES = {value for name, value in LIMITS.items() if "ZX_INTERRUPT_MODE" in name} | {0}
_PACKET = LIMITS["ZX_PKT_TYPE_INTERRUPT"]


class Interrupts(Ports):
    """Creating, binding, triggering, waiting, acknowledging, destroying."""

    def hangs(self, name: str, c: Any) -> bool:
        """Would the call never return?"""
        if name != "interrupt_wait":
            return False
        it = self.of(c.handle, T.INTERRUPT)
        return it is not None and not (it.triggered or it.destroyed or it.port)

    def interrupt_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        physical = True if not c.options & _VIRTUAL else None if c.options != _VIRTUAL else False
        source = self.of(c.src_obj, T.RESOURCE)
        other = source is not None and not source.strange and source.options not in (1, 4)
        unsure = source is not None and not other
        bad = bool(c.options & ~0x1F) or c.options & 0xE not in _MODES
        some = (S.ZX_ERR_BAD_HANDLE, S.ZX_ERR_WRONG_TYPE, S.ZX_ERR_ACCESS_DENIED)
        some += (S.ZX_ERR_INVALID_ARGS, S.ZX_ERR_NO_MEMORY)

        def if_physical(holds: bool) -> bool | None:
            return self.maybe(holds, physical is True) if physical is not False else False

        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, if_physical(self.bad(c.src_obj))),
                (S.ZX_ERR_WRONG_TYPE, if_physical(self.wrong(c.src_obj, T.RESOURCE))),
                (S.ZX_ERR_ACCESS_DENIED, if_physical(other)),
                (S.ZX_ERR_ACCESS_DENIED, None if unsure and physical is not False else False),
                (S.ZX_ERR_INVALID_ARGS, True if bad else None if physical is None else False),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out_handle)),
                # Which numbers a physical one may have, no page says.
                (self.rng.choice(some), None if physical is not False else False),
                self.rare(),
            ]
        )

        def maker() -> int:
            interrupt = self._object(T.INTERRUPT)
            interrupt.options = c.options
            return self.grant(interrupt)

        return self.made(c, status, {"out_handle": maker})

    def interrupt_bind(self, c: Any) -> tuple[int, dict[str, Any]]:
        it, port = self.of(c.handle, T.INTERRUPT), self.of(c.port_handle, T.PORT)
        plain = port is not None and not port.options & 1
        some = self.rng.choice((S.ZX_ERR_WRONG_TYPE, S.ZX_ERR_INVALID_ARGS, S.ZX_ERR_BAD_STATE))
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle) or self.bad(c.port_handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.INTERRUPT)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.port_handle, T.PORT)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.READ)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.port_handle, R.WRITE)),
                (S.ZX_ERR_CANCELED, it is not None and it.destroyed),
                (S.ZX_ERR_ALREADY_BOUND, it is not None and it.port is not None),
                (S.ZX_ERR_INVALID_ARGS, c.options != 0),
                (some, plain),
            ]
        )
        if it is None or port is None or it.port is not None or it.destroyed:
            return status, {}
        # No page says that a call which fails binds nothing, but a port for it there must be.
        if not status or (not plain and self.flip(0.2)):
            it.port, it.key = port, c.key
            if it.triggered and self.flip():
                self._send(it, it.times[-1] if it.times else 0)
        return status, {}

    def _send(self, it: Object, timestamp: int) -> None:
        """The packet: where among others, no page says."""
        assert it.port is not None
        it.triggered = False
        if self._queued(it) or it.unread or not it.port.handles:
            it.again = timestamp
            return
        raw = struct.pack("<q", timestamp).ljust(32, b"\0")
        packet = Packet(PortPacket(it.key, _PACKET, 0, raw), source=it)
        it.port.packets.insert(self.rng.randint(0, len(it.port.packets)), packet)

    @staticmethod
    def _queued(it: Object) -> list[Packet]:
        return [] if it.port is None else [p for p in it.port.packets if p.source is it]

    def interrupt_trigger(self, c: Any) -> tuple[int, dict[str, Any]]:
        it = self.of(c.handle, T.INTERRUPT)
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.INTERRUPT)),
                (S.ZX_ERR_BAD_STATE, it is not None and not it.options & _VIRTUAL),
                (S.ZX_ERR_CANCELED, it is not None and it.destroyed),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.SIGNAL)),
                (S.ZX_ERR_INVALID_ARGS, c.options != 0),
            ]
        )
        if it is None or it.destroyed or (status and self.flip(0.8)):
            return status, {}
        it.times.append(c.timestamp)
        if it.port is not None:
            self._send(it, c.timestamp)
        else:
            it.triggered = True
        return status, {}

    def interrupt_wait(self, c: Any) -> tuple[int, dict[str, Any]]:
        it = self.of(c.handle, T.INTERRUPT)
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.INTERRUPT)),
                (S.ZX_ERR_BAD_STATE, it is not None and it.port is not None),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WAIT)),
                (S.ZX_ERR_CANCELED, it is not None and it.destroyed),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out_timestamp, optional=True)),
            ]
        )
        if it is None:
            return self.reported(c, status, out_timestamp=0)
        time = self.rng.choice(it.times) if it.times else 1
        if not status or self.flip(0.2):
            # Of one that was triggered several times no page says how many waits that ends.
            it.triggered = len(it.times) > 1 and self.flip()
            it.times = it.times if it.triggered else []
        return self.reported(c, status, out_timestamp=time)

    def interrupt_ack(self, c: Any) -> tuple[int, dict[str, Any]]:
        it = self.of(c.handle, T.INTERRUPT)
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.INTERRUPT)),
                (S.ZX_ERR_BAD_STATE, it is not None and it.port is None),
                (S.ZX_ERR_CANCELED, it is not None and it.destroyed),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
            ]
        )
        if it is None or it.port is None or (status and self.flip(0.8)):
            return status, {}
        if self._queued(it) and self.flip():
            # No page says what it does to a packet that was not read.
            it.port.packets.remove(self._queued(it)[0])
        it.unread = False
        if it.again is not None:
            timestamp, it.again = it.again, None
            self._send(it, timestamp)
        return status, {}

    def interrupt_destroy(self, c: Any) -> tuple[int, dict[str, Any]]:
        it = self.of(c.handle, T.INTERRUPT)
        bound = it is not None and it.port is not None
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.INTERRUPT)),
                # ERRORS can be read as if any that is bound were meant.
                (S.ZX_ERR_NOT_FOUND, bound and it is not None and (it.unread or None)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
            ]
        )
        if it is not None and (status in (0, S.ZX_ERR_NOT_FOUND) or self.flip(0.2)):
            for packet in self._queued(it):
                assert it.port is not None
                it.port.packets.remove(packet)
            it.destroyed, it.triggered, it.port, it.again = True, False, None, None
        return status, {}

    def taken(self, packet: Packet) -> None:
        if packet.source is not None:
            packet.source.unread = True

    def drop(self, handle: Handle | None) -> None:
        super().drop(handle)
        if handle is None or handle.object.handles or handle.object.type is not T.INTERRUPT:
            return
        for packet in self._queued(handle.object):
            if self.flip() and handle.object.port is not None:
                handle.object.port.packets.remove(packet)
