"""The reference kernel: FIFOs."""

from __future__ import annotations

from typing import Any

from player import Process
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.sample import sample
from zxhil.abi.status import Status as S  # noqa: N817


class Fifos(Process):
    """Creating, writing, reading."""

    def fifo_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        due = [
            (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out0)),
            (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out1)),
            (S.ZX_ERR_INVALID_ARGS, c.options != 0),
            (S.ZX_ERR_OUT_OF_RANGE, not c.elem_count or not c.elem_size),
            (S.ZX_ERR_OUT_OF_RANGE, c.elem_count.bit_count() > 1),
            (S.ZX_ERR_OUT_OF_RANGE, c.elem_count * c.elem_size > 4096),
            self.rare(),
        ]
        one, other = self._object(T.FIFO), self._object(T.FIFO)
        one.peer, other.peer = other, one
        for end in (one, other):
            end.capacity, end.size = c.elem_count, c.elem_size
        ends = {"out0": lambda: self.grant(one), "out1": lambda: self.grant(other)}
        return self.made(c, self.answer(due), ends)

    def fifo_write(self, c: Any) -> tuple[int, dict[str, Any]]:
        fifo = self.of(c.handle, T.FIFO)
        queue = [] if fifo is None or fifo.peer is None else fifo.peer.elements
        room = 0 if fifo is None else fifo.capacity - len(queue)
        bad = self.bad_in(c.data, c.count, null_ok=False)
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.FIFO)),
                (S.ZX_ERR_INVALID_ARGS, bad),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.actual_count, optional=True)),
                (S.ZX_ERR_OUT_OF_RANGE, not c.count),
                (S.ZX_ERR_OUT_OF_RANGE, fifo is not None and c.elem_size != fifo.size),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
                (S.ZX_ERR_PEER_CLOSED, self.gone(fifo)),
                (S.ZX_ERR_SHOULD_WAIT, fifo is not None and not room),
            ]
        )
        count = min(c.count, room)
        pointers = bad is not False or self.bad_out(c.actual_count, optional=True) is not False
        if status == S.ZX_ERR_INVALID_ARGS and pointers and self.flip():
            # No page says that a write which fails for a pointer has written nothing.
            count = self.rng.randint(0, count)
        elif status:
            count = 0
        data = self.read_bytes(c.data, c.count * c.elem_size)
        each = max(c.elem_size, 1)
        queue += [data[at * each : (at + 1) * each] for at in range(count)]
        return self.reported(c, status, actual_count=count)

    def fifo_read(self, c: Any) -> tuple[int, dict[str, Any]]:
        fifo = self.of(c.handle, T.FIFO)
        queue = [] if fifo is None else fifo.elements
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.FIFO)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_buffer(c.data, c.count)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.actual_count, optional=True)),
                (S.ZX_ERR_OUT_OF_RANGE, not c.count),
                (S.ZX_ERR_OUT_OF_RANGE, fifo is not None and c.elem_size != fifo.size),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.READ)),
                (S.ZX_ERR_PEER_CLOSED, self.gone(fifo)),
                (S.ZX_ERR_SHOULD_WAIT, fifo is not None and not queue),
            ]
        )
        count = min(c.count, len(queue))
        silent = status not in (0, S.ZX_ERR_SHOULD_WAIT) and self.flip()
        if status:
            # No page says that a read which fails takes nothing.
            del queue[: self.rng.randint(0, count) if silent else 0]
            return self.reported(c, status, actual_count=0)
        data = b"".join(queue[:count])
        del queue[:count]
        outs = self.reported(c, 0, actual_count=count)[1]
        counted = "actual_count" in outs
        known = counted or (c.count == 1 and c.actual_count.memory is Memory.NULL)
        if known and c.data.memory is Memory.WRITABLE:
            outs["data"] = sample(data)
        return 0, outs
