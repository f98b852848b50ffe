"""The reference kernel: sockets."""

from __future__ import annotations

from typing import Any

from player import Object, Process
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.sample import sample
from zxhil.abi.status import Status as S  # noqa: N817


class Sockets(Process):
    """Data, control messages, shared sockets."""

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
        some, off = self.any_of("socket_write"), peer is not None and peer.shut
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_BAD_STATE, control and socket is not None and not socket.options & 2),
                (S.ZX_ERR_BAD_STATE, self.maybe(off, bool(c.buffer_size) and not control)),
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
        if socket is None or (status and not self._written_all_the_same(c, socket, status)):
            return self.reported(c, status, actual=0)
        data = self.read_bytes(c.buffer, c.buffer_size)
        if data and not bounded and self.flip(0.3):
            data = data[: self.rng.randrange(1, len(data) + 1)]
        sent = len(data)
        if control and plane and self.flip():
            # No page says how several control messages are kept apart, or if they are.
            data = self.rng.choice((data, plane[-1] + data))
            plane.pop()
        if data or (bounded and self.flip()):
            plane.append(data)
        return self.reported(c, status, actual=sent)

    def _written_all_the_same(self, c: Any, socket: Object, status: int) -> bool:
        """No page says that a write which fails for a pointer has written nothing."""
        pointers = self.bad_in(c.buffer, c.buffer_size), self.bad_out(c.actual, optional=True)
        bad = pointers != (False, False) and (not c.options & 4 or bool(socket.options & 2))
        return bad and status == S.ZX_ERR_INVALID_ARGS and self.flip()

    def socket_read(self, c: Any) -> tuple[int, dict[str, Any]]:
        socket = self.of(c.handle, T.SOCKET)
        control = c.options == 4
        plane = [] if socket is None else socket.control if control else socket.data
        off = socket is not None and socket.shut and (not plane or not socket.drains)
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_BAD_STATE, control and socket is not None and not socket.options & 2),
                (S.ZX_ERR_BAD_STATE, self.maybe(off, not plane and not control)),
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
            outs["buffer"] = sample(data)
        return 0, outs

    def socket_shutdown(self, c: Any) -> tuple[int, dict[str, Any]]:
        socket = self.of(c.handle, T.SOCKET)
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.SOCKET)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
                (S.ZX_ERR_INVALID_ARGS, bool(c.options & ~3)),
            ]
        )
        ends = [] if socket is None else [(1, socket.peer), (2, socket)]
        for bit, end in ends:
            # No page says that a call which fails disables nothing.
            if end is not None and c.options & bit and (not status or self.flip(0.3)):
                end.drains = end.drains and (bit == 2 or end.shut)
                end.shut = True
        return status, {}

    @staticmethod
    def _taken(plane: list[bytes], room: int, *, datagram: bool) -> bytes:
        if datagram:
            return plane.pop(0)[:room]
        data = b"".join(plane)
        plane[:] = [data[room:]] if data[room:] else []
        return data[:room]
