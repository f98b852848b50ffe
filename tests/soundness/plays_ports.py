"""The reference kernel: ports, packets, asynchronous waits."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from player import Handle, Object
from plays_objects import Objects
from zxhil.abi.kinds import Memory, PortPacket
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.status import Status as S  # noqa: N817


@dataclass(eq=False)
class Wait:
    """`value` is that of the handle that it was registered with; 0 once that is gone."""

    value: int
    handle: Handle
    key: int
    signals: int
    again: bool
    before: int = 0
    over: bool = False


@dataclass(eq=False)
class Packet:
    content: PortPacket
    wait: Wait | None = None
    observed: int = 0
    source: Object | None = None
    """The interrupt that it is of."""

    def shown(self) -> PortPacket:
        if self.wait is None:
            return self.content
        raw = struct.pack("<IIQ", self.wait.signals, self.observed, 1)
        return self.content._replace(content=raw.ljust(32, b"\0"))


class Ports(Objects):
    """Queuing, waiting, cancelling."""

    def port_queue(self, c: Any) -> tuple[int, dict[str, Any]]:
        port = self.of(c.handle, T.PORT)
        bad = not c.packet.values
        full = port is not None and bool(port.packets) and self.flip(0.1)
        odd = not bad and c.packet.values[0].type != 0
        some = (S.ZX_ERR_INVALID_ARGS, S.ZX_ERR_SHOULD_WAIT, S.ZX_ERR_WRONG_TYPE)
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_INVALID_ARGS, bad),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.PORT)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
                (S.ZX_ERR_SHOULD_WAIT, None if full else False),
                # The type "should be" that of a user packet.
                (self.rng.choice(some), None if odd else False),
            ]
        )
        silent = status == S.ZX_ERR_INVALID_ARGS and odd and self.flip()
        if port is not None and not bad and (not status or silent):
            port.packets.append(Packet(c.packet.values[0]._replace(type=0)))
        return status, {}

    def port_wait(self, c: Any) -> tuple[int, dict[str, Any]]:
        port = self.of(c.handle, T.PORT)
        some = (*(S.ZX_ERR_BAD_HANDLE, S.ZX_ERR_WRONG_TYPE), S.ZX_ERR_TIMED_OUT)
        wrong = self.wrong(c.handle, T.PORT)
        if port is not None and not port.packets and c.deadline > self.now and self.flip():
            self.sleep_until(c.deadline)
            self.signals_changed("port_wait")
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.packet)),
                # The list of errors does not say what comes for another object.
                (self.rng.choice(some), wrong),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.READ)),
                (S.ZX_ERR_TIMED_OUT, port is not None and not port.packets),
            ]
        )
        settled = (S.ZX_ERR_TIMED_OUT, S.ZX_ERR_BAD_HANDLE, S.ZX_ERR_WRONG_TYPE)
        if status:
            if status == S.ZX_ERR_TIMED_OUT:
                self.sleep_until(c.deadline)
            if port is not None and port.packets and status not in settled and self.flip():
                self.taken(port.packets.pop(0))
            return status, {}
        assert port is not None
        packet = port.packets.pop(0)
        self.taken(packet)
        return 0, {"packet": packet.shown()} if c.packet.memory is Memory.WRITABLE else {}

    def taken(self, packet: Packet) -> None:
        """A packet was taken from its port."""

    def port_cancel(self, c: Any) -> tuple[int, dict[str, Any]]:
        port, source = self.of(c.handle, T.PORT), self.table.get(c.source)
        meant: list[Wait] = []
        for wait in [] if port is None or source is None else self._all_waits(port):
            of_object = wait.handle.object is source.object and wait.key == c.key
            by_handle = wait.value == c.source
            if of_object and (by_handle or self.flip()):
                meant.append(wait)
        type_ = None if source is None else source.object.type
        unknown = type_ in (T.VMAR, T.RESOURCE) and self.flip()
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.source) or self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.PORT)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.source, R.WRITE)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
                (S.ZX_ERR_NOT_SUPPORTED, type_ is T.PORT or (None if unknown else False)),
                (S.ZX_ERR_NOT_FOUND, port is not None and source is not None and not meant),
            ]
        )
        settled = (S.ZX_ERR_NOT_FOUND, S.ZX_ERR_BAD_HANDLE, S.ZX_ERR_WRONG_TYPE)
        if port is not None and (not status or (status not in settled and self.flip())):
            port.waits = [wait for wait in port.waits if wait not in meant]
            port.packets = [each for each in port.packets if each.wait not in meant]
        return status, {}

    @staticmethod
    def _all_waits(port: Object) -> list[Wait]:
        """Those that may queue a packet, and those with a packet that waits."""
        found = [wait for wait in port.waits if not wait.over]
        found += [each.wait for each in port.packets if each.wait is not None]
        return list(dict.fromkeys(found))

    def object_wait_async(self, c: Any) -> tuple[int, dict[str, Any]]:
        handle, port = self.table.get(c.handle), self.of(c.port, T.PORT)
        type_ = None if handle is None else handle.object.type
        unknown = type_ in (T.VMAR, T.RESOURCE) and self.flip()
        status = self.answer(
            [
                (S.ZX_ERR_INVALID_ARGS, c.options not in (0, 1)),
                (S.ZX_ERR_BAD_HANDLE, handle is None or self.bad(c.port)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.port, T.PORT)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WAIT)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.port, R.WRITE)),
                (S.ZX_ERR_NOT_SUPPORTED, type_ is T.PORT or (None if unknown else False)),
                self.rare(),
            ]
        )
        silent = status not in (0, S.ZX_ERR_BAD_HANDLE) and self.flip(0.1)
        if port is not None and handle is not None and (not status or silent):
            wait = Wait(c.handle, handle, c.key, c.signals, c.options == 1)
            port.waits.append(wait)
        return status, {}

    def object_wait_many(self, c: Any, full: Any = ()) -> tuple[int, dict[str, Any]]:
        handles = [self.table.get(item[0]) for item in full]
        seen = [0 if handle is None else self.asserted(handle.object) for handle in handles]
        hit = any(now & item[1] for now, item in zip(seen, full, strict=True))
        lacks = [self.lacks(item[0], R.WAIT) for item in full]
        of_port = any(h is not None and h.object.type is T.PORT for h in handles)
        unknown = any(h is not None and h.object.type in (T.VMAR, T.RESOURCE) for h in handles)
        barred = any(self.lacks(item[0], R.TRANSFER) for item in full) and self.flip(0.2)
        unmapped = c.items.memory in (Memory.NULL, Memory.INVALID)
        some = (S.ZX_ERR_BAD_HANDLE, S.ZX_ERR_ACCESS_DENIED, S.ZX_ERR_INVALID_ARGS)
        status = self.answer(
            [
                (S.ZX_ERR_INVALID_ARGS, self.maybe(unmapped, bool(c.count))),
                (S.ZX_ERR_OUT_OF_RANGE, c.count > 8),
                (S.ZX_ERR_BAD_HANDLE, any(handle is None for handle in handles)),
                (S.ZX_ERR_ACCESS_DENIED, any(lacks)),
                # RIGHTS asks for ZX_RIGHT_TRANSFER, and names no status.
                (self.rng.choice(some), None if barred else False),
                (S.ZX_ERR_NOT_SUPPORTED, of_port or (None if unknown and self.flip() else False)),
                (S.ZX_ERR_TIMED_OUT, not hit and all(handles)),
                self.rare(),
            ]
        )
        if status == S.ZX_ERR_TIMED_OUT:
            self.sleep_until(c.deadline)
        if c.items.memory is not Memory.WRITABLE:
            return status, {}
        shown = self.flip(0.3)
        pending = [now & item[1] if shown else now for now, item in zip(seen, full, strict=True)]
        if status not in (0, S.ZX_ERR_TIMED_OUT):
            pending = [self.rng.getrandbits(32) for _ in full]
        return status, {"items": tuple(pending)}

    # ---- after each call

    def signals_changed(self, call: str) -> None:
        ports = {h.object for h in self.table.values() if h.object.type is T.PORT}
        ports |= {o for o in self.koids.values() if o.type is T.PORT and o.handles}
        for port in ports:
            for wait in list(port.waits):
                self._handle_gone(port, wait, call)
                if not wait.over:
                    self._signalled(port, wait)

    def _handle_gone(self, port: Object, wait: Wait, call: str) -> None:
        if not wait.value or self.table.get(wait.value) is wait.handle:
            return
        closed = call in ("handle_close", "handle_close_many")
        wait.value = 0
        if closed or self.flip():
            # No page says what else than closing the handle ends a wait.
            wait.over = True

    def _signalled(self, port: Object, wait: Wait) -> None:
        now = self.asserted(wait.handle.object)
        edge, wait.before = bool(now & wait.signals & ~wait.before), now
        if not now & wait.signals:
            return
        queued = next((each for each in port.packets if each.wait is wait), None)
        if queued is not None:
            queued.observed |= now
        elif edge or self.flip():
            # A signal that stays asserted: no page says if it queues a packet again.
            type_ = 2 if wait.again else 1
            port.packets.append(Packet(PortPacket(wait.key, type_, 0, bytes(32)), wait, now))
            wait.over = not wait.again
