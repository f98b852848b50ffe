"""The reference kernel: calls that make objects, and handles to them."""

from __future__ import annotations

from typing import Any

from player import SAME, Conditions, Object, Process
from zxhil.abi.objects import ObjType as T
from zxhil.abi.objects import Property as P  # noqa: N817
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.status import Status as S  # noqa: N817


class Creation(Process):
    """Creating, duplicating, replacing, closing."""

    def handle_close(self, c: Any) -> tuple[int, dict[str, Any]]:
        status = self.answer([(S.ZX_ERR_BAD_HANDLE, c.handle != 0 and self.bad(c.handle))])
        if not status:
            self.drop(self.take(c.handle))
        return status, {}

    def handle_close_many(self, c: Any, full: list[int]) -> tuple[int, dict[str, Any]]:
        given = [handle for handle in full if handle]
        zeros = len(full) - len(given) > 1
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, any(map(self.bad, given))),
                (S.ZX_ERR_BAD_HANDLE, len(set(given)) < len(given)),
                # No page says if ZX_HANDLE_INVALID may be there twice, or what a bad array does.
                (S.ZX_ERR_BAD_HANDLE, None if zeros else False),
                (S.ZX_ERR_INVALID_ARGS, None if self.bad_in(c.handles, c.num_handles) else False),
            ]
        )
        for handle in dict.fromkeys(given):
            if status in (0, S.ZX_ERR_BAD_HANDLE) or self.flip():
                self.drop(self.take(handle))
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

    def _create(self, c: Any, type_: T, bad: Conditions) -> tuple[int, dict[str, Any]]:
        conditions = [*bad, (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out)), self.rare()]

        def maker() -> int:
            made = self._object(type_)
            made.options = c.options
            return self.grant(made)

        return self.made(c, self.answer(conditions), {"out": maker})

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
        return self._create(c, T.PORT, [(S.ZX_ERR_INVALID_ARGS, None if c.options else False)])

    def timer_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        bad = c.options > 2 or c.clock_id != 0
        return self._create(c, T.TIMER, [(S.ZX_ERR_INVALID_ARGS, bad)])

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
        height, above = 0, self.of(c.parent_job, T.JOB)
        while above is not None and above.parent is not None:
            above, height = above.parent, height + 1
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.parent_job)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.parent_job, T.JOB)),
                (S.ZX_ERR_INVALID_ARGS, c.options != 0),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out)),
                (S.ZX_ERR_ACCESS_DENIED, denied),
                (S.ZX_ERR_OUT_OF_RANGE, None if height > 8 else False),
                self.rare(),
            ]
        )
        parent = self.of(c.parent_job, T.JOB)
        return self.made(c, status, {"out": lambda: self.grant(self._object(T.JOB, parent))})

    def process_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        unnamed = self.lacks(c.job, R.MANAGE_PROCESS)
        unwritten = self.lacks(c.job, R.WRITE) and (unnamed or None)
        some = self.any_of("process_create")
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.job)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.job, T.JOB)),
                (S.ZX_ERR_ACCESS_DENIED, unwritten),
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
            "proc_handle": lambda: self.grant(self._named(c, self._object(T.PROCESS, job))),
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
        makers = {"out": lambda: self.grant(self._named(c, self._object(T.THREAD, process)))}
        return self.made(c, status, makers)

    def _named(self, c: Any, object_: Object) -> Object:
        """Its name is what it was given, up to a NUL, and no longer than 31 bytes."""
        given = self.read_bytes(c.name, c.name_size)
        object_.properties[P.NAME] = given.split(b"\0", 1)[0][:31]
        return object_

    def resource_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        kind = c.options & 0xFFFF
        parent = self.of(c.parent_rsrc, T.RESOURCE)
        bad_kind = True if c.options & 0xFFFE0000 else None if kind > 4 else False
        some = self.any_of("resource_create")
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
