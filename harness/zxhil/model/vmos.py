"""VMOs: their size, as the pages of 2018-12 describe it."""

from __future__ import annotations

from zxhil.abi.objects import ObjType
from zxhil.model.facts import Fact
from zxhil.model.objects import Vmo
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, both, tri

PAGE_SIZE = 4096
"""Of both architectures."""
NON_RESIZABLE = 1
SURELY_FINE = 1 << 20
"""Pages do not say from which size on a VMO is too large. It is no size that every machine has."""
LARGEST = (1 << 64) - PAGE_SIZE
"""A larger one can't be rounded up."""


def in_pages(size: int) -> int | None:
    """`size` rounded up to whole pages; None if that is more than 64 bits hold."""
    return None if size > LARGEST else -(-size // PAGE_SIZE) * PAGE_SIZE


def size_of(s: State, handle: int) -> Fact[int]:
    """The size of the VMO behind a handle; nothing is known of one that others may have used."""
    vmo = s.object(handle)
    if not isinstance(vmo, Vmo) or vmo.unseen or vmo.unidentified or s.valid(handle) == NO:
        return Fact(None)
    return vmo.size


def not_resizable(s: State, handle: int) -> Tri:
    """Is it a valid handle to a VMO that was created with ZX_VMO_NON_RESIZABLE?"""
    vmo = s.object(handle)
    if not isinstance(vmo, Vmo):
        return both(s.is_a(handle, ObjType.VMO), MAYBE)
    return both(s.valid(handle), tri(bool(vmo.options & NON_RESIZABLE)))
