"""The reference kernel: calls that ask about any object, or signal it."""

from __future__ import annotations

import struct
from typing import Any

from player import HAS_COOKIE, SAME, USER, Conditions, Object
from plays_timers import Timers
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import ObjType as T
from zxhil.abi.objects import Property as P  # noqa: N817
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.status import Status as S  # noqa: N817


class Objects(Timers):
    """Information, cookies, children, signals."""

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
            waits = 1
            if object_.type in (T.PORT, T.RESOURCE, T.VMAR):
                waits = int(object_.outlives)
            if object_.type in (T.RESOURCE, T.VMAR) and object_.outlives:
                # No page says what these are related to.
                koid = (0, 1, 2001, 0xFFFFFF)[object_.koid % 4]
            return [struct.pack("<QIIQI4x", object_.koid, handle.rights, object_.type, koid, waits)]
        if c.topic == 3:
            code, attached = self.rng.getrandbits(31), self.flip(0.2)
            return [struct.pack("<q???5x", code, object_.strange, False, attached)]
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

    def _cookie(self, c: Any, *more: S) -> Conditions:
        object_ = self.of(c.handle, *HAS_COOKIE)
        pair_gone = object_ is not None and object_.type is T.EVENTPAIR and self.gone(object_)
        cookie = None if object_ is None else object_.cookie
        scope = None if self.bad(c.scope) else self.table[c.scope].object
        lost = cookie is not None and not cookie[0].handles
        return [
            *((status, pair_gone) for status in (*self._SOME, *more)),
            *((status, lost) for status in (*self._SOME, *more)),
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
                *self._cookie(c, S.ZX_ERR_INVALID_ARGS),
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

    def _no_clones(self, vmo: Object) -> bool:
        """A clone that is itself cloned may live on without a handle."""
        if any(clone.handles for clone in vmo.children):
            return False
        return self.flip() or not any(clone.children for clone in vmo.children)

    def asserted(self, object_: Object) -> int:
        signals = object_.signals
        if self.flip(0.1):
            # Bits that no page names.
            signals |= 1 << self.rng.randrange(12, 23)
        gone = 4 * self.gone(object_)
        if object_.type is T.EVENTPAIR:
            return signals | gone
        if object_.type is T.CHANNEL:
            return signals | gone | bool(object_.queue) | 2 * (not gone or self.flip(0.2))
        if object_.type is T.FIFO and object_.peer is not None:
            room = len(object_.peer.elements) < object_.capacity
            return signals | gone | bool(object_.elements) | 2 * (self.flip() if gone else room)
        if object_.type is T.SOCKET:
            free = object_.peer is not None and not object_.peer.shares and not gone
            share = 0x200 if object_.options & 4 and free else 0
            accept = 0x100 if object_.options & 4 and object_.shares else 0
            control = 0x40 * bool(object_.control)
            if object_.options & 2 and object_.peer is not None and not gone:
                control |= 0x80 * (not object_.peer.control or self.flip())
            off = object_.peer is not None and object_.peer.shut
            room = not gone and not off and (not self._unread(object_.peer) or self.flip())
            shut = 0x20 * off | 0x10 * object_.shut | self._thresholds(object_)
            return signals | gone | bool(object_.data) | 2 * room | share | accept | control | shut
        if object_.type is T.JOB:
            return signals | self.rng.getrandbits(12)
        if object_.type is T.TIMER:
            return signals | 8 * object_.fired
        parent = object_.parent
        if object_.type in (T.PROCESS, T.THREAD) and parent is not None and not parent.lives():
            return signals | 8 * self.flip()
        return signals | 8 * (object_.type is T.VMO and self._no_clones(object_))

    def _thresholds(self, socket: Object) -> int:
        """No page says how much room there is."""
        read, write = (
            int.from_bytes(socket.properties.get(each, b""), "little")
            for each in (P.SOCKET_RX_THRESHOLD, P.SOCKET_TX_THRESHOLD)
        )
        full = read != 0 and sum(map(len, socket.data)) >= read
        empty = not self.gone(socket) and not self._unread(socket.peer)
        room = write != 0 and (self.flip() if write > 1 or not empty else True)
        return 0x400 * full | 0x800 * room

    @staticmethod
    def _unread(socket: Object | None) -> bool:
        return socket is not None and bool(socket.data)

    def object_wait_one(self, c: Any) -> tuple[int, dict[str, Any]]:
        object_ = None if self.bad(c.handle) else self.table[c.handle].object
        seen = 0 if object_ is None else self.asserted(object_)
        if object_ is not None and not seen & c.signals and self.fires_before(object_, c.deadline):
            seen |= 8
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
        if status == S.ZX_ERR_TIMED_OUT:
            self.sleep_until(c.deadline)
            outs |= {"observed": seen} if outs else {}
        return status, outs

    def object_signal(self, c: Any) -> tuple[int, dict[str, Any]]:
        object_ = None if self.bad(c.handle) else self.table[c.handle].object
        own = 8 if object_ is not None and object_.type in (T.EVENT, T.EVENTPAIR) else 0
        asked = c.clear_mask | c.set_mask
        some = self.rng.choice((S.ZX_ERR_BAD_HANDLE, S.ZX_ERR_ACCESS_DENIED))
        refused = object_ is not None and object_.type is not T.PROCESS and self.flip(0.3)
        bad = object_ is not None and bool(asked & ~(USER | own))
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, object_ is None),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.SIGNAL)),
                # One sentence wants a process's handle, another one any object's.
                (some, None if refused else False),
                (S.ZX_ERR_INVALID_ARGS, bad),
            ]
        )
        if not status and object_ is not None:
            object_.signals = object_.signals & ~c.clear_mask | c.set_mask
        return status, {}

    def object_signal_peer(self, c: Any) -> tuple[int, dict[str, Any]]:
        object_ = None if self.bad(c.handle) else self.table[c.handle].object
        own = 8 if object_ is not None and object_.type is T.EVENTPAIR else 0
        some = self.rng.choice((S.ZX_ERR_BAD_HANDLE, S.ZX_ERR_ACCESS_DENIED))
        refused = object_ is not None and object_.type is not T.PROCESS and self.flip(0.3)
        bad = object_ is not None and bool((c.clear_mask | c.set_mask) & ~(USER | own))
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, object_ is None),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.SIGNAL_PEER)),
                # One sentence wants a process's handle, another one that of an object with a peer.
                (some, None if refused else False),
                (S.ZX_ERR_INVALID_ARGS, bad),
                (S.ZX_ERR_NOT_SUPPORTED, object_ is not None and object_.peer is None),
                (S.ZX_ERR_PEER_CLOSED, self.gone(object_)),
            ]
        )
        if not status and object_ is not None and object_.peer is not None:
            object_.peer.signals = object_.peer.signals & ~c.clear_mask | c.set_mask
        return status, {}
