"""The reference kernel: channels."""

from __future__ import annotations

from typing import Any

from player import SAME, Conditions, Handle, Message, Object, Process
from zxhil.abi.kinds import Disposition, HandleInfoRecord, Memory
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.sample import sample
from zxhil.abi.status import Status as S  # noqa: N817


class Channels(Process):
    """Messages, and the handles in them."""

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
            channel.peer.queue.append(Message(self.read_bytes(c.bytes, c.num_bytes), taken))
        return status, {}

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
            of_call.append((self.any_of("channel_write_etc"), True))
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
        channel.peer.queue.append(Message(self.read_bytes(c.bytes, c.num_bytes), sent))

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
            outs["bytes"] = sample(front.data)
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
