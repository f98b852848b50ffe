"""VMOs: their size and cache policy, as the pages of 2018-12 describe them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.model.facts import Fact
from zxhil.model.objects import Vmo
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, both, either, tri

PAGE_SIZE = 4096
"""Of both architectures."""
NON_RESIZABLE = 1
RESIZABLE = 2
"""Of pages of 2019; those of 2018-12 have no such option."""
#: ZX_CACHE_POLICY_* of memory that programs can't read and write directly, or may not.
UNCACHED, WRITE_COMBINING = (1, 2), 3
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


def policy_of(s: State, handle: int) -> Fact[int]:
    """The cache policy of the VMO behind a handle, which others may have set."""
    vmo = s.object(handle)
    if not isinstance(vmo, Vmo) or vmo.unseen or vmo.unidentified or s.valid(handle) == NO:
        return Fact(None)
    return vmo.policy


def saw_uncached(s: State, handle: int, status: int) -> None:
    """A call returned `status`: ZX_ERR_BAD_STATE confirms that the VMO is uncached."""
    policy = policy_of(s, handle)
    if status == Status.ZX_ERR_BAD_STATE and policy.value in UNCACHED:
        s.saw(policy, policy.value)


def not_made_resizable(s: State, handle: int) -> Tri:
    """Is it a valid handle to a VMO that was created without ZX_VMO_RESIZABLE, of later pages?"""
    vmo = s.object(handle)
    if not isinstance(vmo, Vmo):
        return both(s.is_a(handle, ObjType.VMO), MAYBE)
    return both(s.valid(handle), tri(not vmo.options & RESIZABLE))


def not_resizable(s: State, handle: int) -> Tri:
    """Is it a valid handle to a VMO that was created with ZX_VMO_NON_RESIZABLE?"""
    vmo = s.object(handle)
    if not isinstance(vmo, Vmo):
        return both(s.is_a(handle, ObjType.VMO), MAYBE)
    return both(s.valid(handle), tri(bool(vmo.options & NON_RESIZABLE)))


def starts_outside(s: State, handle: int, offset: int) -> Tri:
    """Is `offset` at or beyond the end of the VMO?"""
    return _of_vmo(s, handle, lambda size: offset >= size)


def too_short(s: State, handle: int, offset: int, size: int) -> Tri:
    """Does the VMO end before `size` bytes from `offset` do?"""
    return _of_vmo(s, handle, lambda length: offset + size > length)


def _of_vmo(s: State, handle: int, predicate: Callable[[int], bool]) -> Tri:
    if s.is_a(handle, ObjType.VMO) == NO:
        return NO
    return both(s.is_a(handle, ObjType.VMO), size_of(s, handle).asks(predicate))


def not_direct(s: State, handle: int) -> Tri:
    """Is the VMO uncached, so that programs can't read and write it directly?

    Write combining is a way of being uncached of which no page says if it counts.
    """
    policy = policy_of(s, handle)
    combined = policy.asks(lambda each: each == WRITE_COMBINING)
    uncached = either(policy.asks(lambda each: each in UNCACHED), both(combined, MAYBE))
    return both(s.is_a(handle, ObjType.VMO), uncached)


def unusable(s: State, handle: int) -> Tri:
    """Is it a VMO of physical memory, which programs can't read and write with these calls?"""
    vmo = s.object(handle)
    if not isinstance(vmo, Vmo) or vmo.unidentified:
        return both(s.is_a(handle, ObjType.VMO), MAYBE)
    return both(s.valid(handle), tri(vmo.made_by == "vmo_create_physical"))


def resizable(s: State, handle: int) -> Tri:
    """Is it a valid handle to a VMO that was created without ZX_VMO_NON_RESIZABLE?"""
    vmo = s.object(handle)
    if not isinstance(vmo, Vmo):
        return both(s.is_a(handle, ObjType.VMO), MAYBE)
    return both(s.valid(handle), tri(not vmo.options & NON_RESIZABLE))


def access_errors(page: Page[Any]) -> None:
    """The errors of reading and writing that come from the VMO and the range."""
    page.when(
        "out_of_range_offset",
        "offset is not within the VMO",
        starts_outside,
        "handle",
        "offset",
        status=Status.ZX_ERR_OUT_OF_RANGE,
        about="offset",
        words="beyond the end",
    )
    page.when(
        "out_of_range_size",
        "the VMO ends before the last byte",
        too_short,
        "handle",
        "offset",
        "buffer_size",
        status=Status.ZX_ERR_OUT_OF_RANGE,
        words="shorter than",
    )
    page.when("bad_state", "the VMO is uncached", not_direct, "handle", words="uncached")
    page.when(
        "physical",
        "the VMO is one of physical memory (the page of zx_vmo_create_physical)",
        unusable,
        "handle",
        status=(Status.ZX_ERR_NOT_SUPPORTED, Status.ZX_ERR_BAD_STATE, Status.ZX_ERR_INVALID_ARGS),
    )
    page.elsewhere["physical"] = "vmo_create_physical.md"
