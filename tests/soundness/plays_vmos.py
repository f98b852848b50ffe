"""The reference kernel: VMOs and their sizes."""

from __future__ import annotations

from typing import Any

from player import Object, Process
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.status import Status as S  # noqa: N817

_PAGE = 0x1000
_END = 1 << 64


class Vmos(Process):
    """Creating, resizing, asking for the size."""

    def vmo_create(self, c: Any) -> tuple[int, dict[str, Any]]:
        bad = {0: False, 1: None}.get(c.options, True)
        due = [
            (S.ZX_ERR_INVALID_ARGS, bad),
            (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.out)),
            self.rare(),
        ]
        return self.made(c, self.answer(due), {"out": lambda: self._sized(c)})

    def _sized(self, c: Any) -> int:
        vmo = self._object(T.VMO)
        vmo.options, vmo.size = c.options, self._pages(c.size)
        return self.grant(vmo)

    def _pages(self, size: int) -> int:
        rounded = size + -size % _PAGE
        return rounded if rounded < _END else self.rng.randrange(_END)

    def vmo_get_size(self, c: Any) -> tuple[int, dict[str, Any]]:
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
                (S.ZX_ERR_WRONG_TYPE, self.wrong(c.handle, T.VMO)),
                (S.ZX_ERR_INVALID_ARGS, self.bad_out(c.size)),
            ]
        )
        return self.reported(c, status, size=0 if status else self.table[c.handle].object.size)

    def vmo_set_size(self, c: Any) -> tuple[int, dict[str, Any]]:
        bad, wrong = self.bad(c.handle), self.wrong(c.handle, T.VMO)
        vmo = None if bad or wrong else self.table[c.handle].object
        fixed = None if vmo is not None and vmo.strange else vmo is not None and vmo.options == 1
        rounded = c.size + -c.size % _PAGE
        too_large = True if rounded >= _END else None if rounded > 1 << 20 else False
        status = self.answer(
            [
                (S.ZX_ERR_BAD_HANDLE, bad),
                (S.ZX_ERR_WRONG_TYPE, wrong),
                (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
                (S.ZX_ERR_UNAVAILABLE, fixed),
                (S.ZX_ERR_OUT_OF_RANGE, too_large),
                self.rare(),
            ]
        )
        # No page says that a call which fails leaves the size as it was.
        if vmo is not None and rounded < _END and (not status or self.flip(0.2)):
            self.resizes(vmo, rounded)
            vmo.size = rounded
        return status, {}

    def resizes(self, vmo: Object, size: int) -> None:
        """The VMO is about to have another size."""
