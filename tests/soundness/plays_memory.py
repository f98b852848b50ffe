"""The reference kernel: the bytes of VMOs, their clones, and what is done to their pages."""

from __future__ import annotations

from typing import Any

from player import Object
from plays_vmos import Vmos
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.sample import sample
from zxhil.abi.status import Status as S  # noqa: N817

_PAGE = 0x1000
_END = 1 << 64
_FAR = 1 << 24
"""Beyond it nothing is ever written."""


class VmoMemory(Vmos):
    """Reading, writing, cloning, committing, cache policies."""

    # ---- pages

    def _page(self, vmo: Object, number: int) -> bytes | bytearray:
        if number in vmo.pages:
            return vmo.pages[number]
        if vmo.source is None:
            # No page says what a new VMO holds.
            vmo.pages[number] = bytearray(self.rng.choice((b"\0", b"a", b"?")) * _PAGE)
            return vmo.pages[number]
        other, first = vmo.source
        if (first + number) * _PAGE < other.size:
            return self._page(other, first + number)
        return bytes(_PAGE)

    def _changes(self, vmo: Object, number: int) -> None:
        """The page is about to change: clones that keep what it holds copy it."""
        for clone in vmo.children:
            assert clone.source is not None
            at = number - clone.source[1]
            if at < 0 or at in clone.pages or at * _PAGE >= clone.size:
                continue
            self._changes(clone, at)
            if clone.snapshot:
                clone.pages[at] = bytearray(self._page(clone, at))

    def _put(self, vmo: Object, offset: int, data: bytes) -> None:
        for at in range(offset // _PAGE, -(-(offset + len(data)) // _PAGE)):
            self._changes(vmo, at)
            page = vmo.pages[at] = bytearray(self._page(vmo, at))
            start, end = max(offset, at * _PAGE), min(offset + len(data), (at + 1) * _PAGE)
            page[start - at * _PAGE : end - at * _PAGE] = data[start - offset : end - offset]

    def _get(self, vmo: Object, offset: int, size: int) -> bytes:
        pages = range(offset // _PAGE, -(-(offset + size) // _PAGE))
        joined = b"".join(bytes(self._page(vmo, at)) for at in pages)
        return joined[offset % _PAGE :][:size]

    def _dropped(self, vmo: Object, first: int, last: int) -> None:
        """Pages go: what they hold if they come back no page says, unless it is a clone's."""
        for at in [at for at in vmo.pages if first <= at < last]:
            self._changes(vmo, at)
            del vmo.pages[at]

    def resizes(self, vmo: Object, size: int) -> None:
        ends = sorted((vmo.size, size))
        if size < vmo.size and vmo.committed:
            vmo.committed = None
        for clone in vmo.children:
            assert clone.source is not None
            if clone.snapshot and clone.size <= _FAR:
                for at in range(clone.size // _PAGE):
                    if clone.source[1] + at >= ends[0] // _PAGE and at not in clone.pages:
                        clone.pages[at] = bytearray(self._page(clone, at))
        if self.flip():
            self._dropped(vmo, ends[0] // _PAGE, _END)
        for at in range(ends[0] // _PAGE, min(ends[1], _FAR) // _PAGE):
            if vmo.source is not None and self.flip(0.3):
                vmo.pages[at] = bytearray(_PAGE)

    # ---- reading and writing

    def _usable(self, c: Any, right: R) -> list[tuple[int, bool | None]]:
        vmo = self.of(c.handle, T.VMO)
        policy = {1: True, 2: True, 3: None}.get(vmo.policy or 0, False) if vmo else False
        return [
            (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
            (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.VMO)),
            (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, right)),
            (S.ZX_ERR_OUT_OF_RANGE, vmo is not None and c.offset >= vmo.size),
            (S.ZX_ERR_OUT_OF_RANGE, vmo is not None and c.offset + c.buffer_size > vmo.size),
            (S.ZX_ERR_BAD_STATE, policy),
        ]

    def vmo_read(self, c: Any) -> tuple[int, dict[str, Any]]:
        bad = self.maybe(self.bad_out(c.buffer), bool(c.buffer_size))
        status = self.answer([*self._usable(c, R.READ), (S.ZX_ERR_INVALID_ARGS, bad)])
        vmo = self.of(c.handle, T.VMO)
        if status or vmo is None:
            return status, {}
        if vmo.committed is False and c.buffer_size:
            vmo.committed = None
        data = self._get(vmo, c.offset, c.buffer_size)
        self.bytes[sample(data).crc()] = data
        return 0, {"buffer": sample(data)} if c.buffer.memory is Memory.WRITABLE else {}

    def vmo_write(self, c: Any) -> tuple[int, dict[str, Any]]:
        bad = self.bad_in(c.buffer, c.buffer_size, null_ok=False)
        due = [*self._usable(c, R.WRITE), (S.ZX_ERR_INVALID_ARGS, bad), self.rare()]
        status = self.answer(due)
        vmo = self.of(c.handle, T.VMO)
        if vmo is None or not c.buffer_size:
            return status, {}
        data = self.read_bytes(c.buffer, c.buffer_size)
        if status:
            # How many bytes a call that fails has written is undefined.
            room = max(0, min(len(data), vmo.size - c.offset))
            data = data[: self.rng.randint(0, room)]
            vmo.committed = None if vmo.committed is False else vmo.committed
        else:
            vmo.committed = True
        if data:
            self._put(vmo, c.offset, data)
        return status, {}

    # ---- cloning

    def vmo_clone(self, c: Any) -> tuple[int, dict[str, Any]]:
        large = c.offset + c.size
        without = self.rng.choice((S.ZX_ERR_INVALID_ARGS, S.ZX_ERR_NOT_SUPPORTED))
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.VMO)),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.DUPLICATE | R.READ)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out)),
                (without, not c.options & 1),
                (self.any_of("vmo_clone"), None if c.options & ~3 else False),
                (S.ZX_ERR_INVALID_ARGS, c.offset % _PAGE != 0),
                (
                    S.ZX_ERR_OUT_OF_RANGE,
                    True
                    if large >= _END or self._pages(c.size) < c.size
                    else None
                    if large > 1 << 20
                    else False,
                ),
                self.rare(),
            ]
        )
        return self.made(c, status, {"out": lambda: self._cloned(c)})

    def _cloned(self, c: Any) -> int:
        other = self.of(c.handle, T.VMO)
        assert other is not None
        clone = self._object(T.VMO)
        clone.outlives = False
        clone.options, clone.size = c.options >> 1 & 1, self._pages(c.size)
        clone.source, clone.snapshot = (other, c.offset // _PAGE), self.flip()
        other.children.append(clone)
        return self.grant(clone, int(R.WRITE) | self.rng.getrandbits(21) | self.rights_of(T.VMO))

    # ---- pages and caches

    def vmo_op_range(self, c: Any) -> tuple[int, dict[str, Any]]:
        vmo = self.of(c.handle, T.VMO)
        right = R.WRITE if c.op in (1, 2, 7) else R.READ if c.op in (6, 8, 9) else R.NONE
        beyond = vmo is not None and c.offset + c.size > vmo.size
        outside = vmo is not None and c.offset > vmo.size
        of_clone = None if c.op == 2 and vmo is not None and vmo.source else False
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.VMO)),
                (S.ZX_ERR_OUT_OF_RANGE, True if outside else None if beyond else False),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, int(right))),
                (S.ZX_ERR_INVALID_ARGS, c.op not in (1, 2, 3, 4, 6, 7, 8, 9)),
                (S.ZX_ERR_INVALID_ARGS, not c.size and c.op >= 6),
                (S.ZX_ERR_NOT_SUPPORTED, c.op in (3, 4)),
                (S.ZX_ERR_NOT_SUPPORTED, of_clone),
                self.rare(),
            ]
        )
        if vmo is None or c.op not in (1, 2, 7) or (status and self.flip()):
            return status, {}
        if c.op == 1:
            if c.size:
                vmo.committed = None if status else True
            return status, {}
        if c.op == 2:
            vmo.committed = None
        if status or c.op == 7:
            pages = range(c.offset // _PAGE, -(-min(c.offset + c.size, vmo.size, _FAR) // _PAGE))
            for at in pages:
                self._put(vmo, at * _PAGE, b"!" * _PAGE)
            vmo.committed = None if status else vmo.committed
        else:
            first, last = -(-c.offset // _PAGE), (c.offset + c.size) // _PAGE
            self._dropped(vmo, first, last)
        return status, {}

    def vmo_set_cache_policy(self, c: Any) -> tuple[int, dict[str, Any]]:
        vmo = self.of(c.handle, T.VMO)
        configured = changed = shared = committed = None if vmo and vmo.strange else False
        if vmo is not None:
            configured = vmo.policy is not None
            changed = configured and vmo.policy != c.cache_policy
            shared = True if vmo.source or any(clone.handles for clone in vmo.children) else None
            shared = shared if vmo.source or vmo.children else False
            committed = vmo.committed
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (
                    self.rng.choice((S.ZX_ERR_WRONG_TYPE, S.ZX_ERR_BAD_HANDLE)),
                    self.wrong(c.handle, T.VMO),
                ),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.MAP)),
                (S.ZX_ERR_ACCESS_DENIED, True if changed else None if configured else False),
                (S.ZX_ERR_INVALID_ARGS, c.cache_policy > 3),
                (S.ZX_ERR_NOT_SUPPORTED, None if vmo is not None else False),
                (S.ZX_ERR_BAD_STATE, shared),
                (S.ZX_ERR_BAD_STATE, committed),
            ]
        )
        if vmo is not None and (not status or self.flip(0.2)):
            vmo.policy = c.cache_policy
        return status, {}
