"""The memory of a process, as the pages of reading and writing it have it.

No page says what these calls do to memory that is mapped without the permission, or that is past
the end of its VMO.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Difference
from zxhil.model.maps import mappings, root_of
from zxhil.model.objects import Vmo
from zxhil.model.page import Page
from zxhil.model.regions import Mapped, Region
from zxhil.model.reports import has_ended, space_destroyed
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate
from zxhil.model.vmos import UNCACHED, WRITE_COMBINING

MOST = 64 << 20
"""Bytes that one call may ask for."""


class MemoryAt(NamedTuple):
    """Memory that is there: from `offset` of a VMO, at most `room` bytes of one mapping."""

    vmo: Vmo
    offset: int
    room: int


def _at(s: State, handle: int, address: int) -> tuple[Region, Tri] | None:
    """The mapping that may be at the address; None if there is none, or it is not known."""
    root = root_of(s, s.object(handle))
    found = (
        []
        if root is None
        else [
            (region, there)
            for region, there in mappings(root)
            if region.start <= address < region.end and there != NO
        ]
    )
    return found[0] if len(found) == 1 else None


def place_of(s: State, handle: int, address: int) -> MemoryAt | None:
    """What is at an address of the process; None if that is not known."""
    found = _at(s, handle, address)
    if found is None or found[1] != YES:
        return None
    region, mapped = found[0], found[0].inside
    assert isinstance(mapped, Mapped)
    vmo = mapped.vmo
    if not isinstance(vmo, Vmo) or vmo.unidentified or vmo.unseen or vmo.size.value is None:
        return None
    offset = mapped.vmo_offset + address - region.start
    room = min(region.end - address, vmo.size.value - offset)
    return MemoryAt(vmo, offset, room) if room > 0 else None


def nothing_at(s: State, handle: int, address: int) -> Tri:
    """Has the process no memory at the address?"""
    root = root_of(s, s.object(handle))
    if root is None:
        return both(s.is_a(handle, ObjType.PROCESS), MAYBE)
    there: Tri = MAYBE if any(each.strange for each in root.inner()) else NO
    for region, answer in mappings(root):
        if region.start <= address < region.end:
            there = either(there, answer)
    if there == YES and place_of(s, handle, address) is None:
        there = MAYBE
    return both(s.valid(handle), negate(there))


def not_accessible(s: State, handle: int) -> Tri:
    """Is the process's memory not accessible, as it has ended or has no address space?

    A page's example is a process that is being terminated; of others it does not say.
    """
    return either(has_ended(s, handle), both(space_destroyed(s, handle), MAYBE))


def not_cacheable(s: State, handle: int, address: int) -> Tri:
    """Is the memory at the address not cacheable?"""
    place = place_of(s, handle, address)
    if place is None:
        unknown = nothing_at(s, handle, address) != YES
        return both(s.is_a(handle, ObjType.PROCESS), MAYBE if unknown else NO)
    policy = place.vmo.policy
    combined = policy.asks(lambda each: each == WRITE_COMBINING)
    uncached = policy.asks(lambda each: each in UNCACHED)
    return both(s.valid(handle), either(uncached, both(combined, MAYBE)))


def past_vmo(s: State, handle: int, address: int, size: int) -> Tri:
    """May a part of the range be past the end of the VMO that is mapped there?

    What these calls do then no page says.
    """
    found = _at(s, handle, address)
    if found is None:
        unknown = nothing_at(s, handle, address) == MAYBE
    else:
        place, end = place_of(s, handle, address), min(address + size, found[0].end)
        unknown = place is None or address + place.room < end
    return both(s.is_a(handle, ObjType.PROCESS), MAYBE) if unknown else NO


def without_permission(s: State, handle: int, address: int, permission: str) -> Tri:
    """May the memory be mapped without `permission`, the name of a ZX_VM_PERM_*?"""
    found = _at(s, handle, address)
    if found is None:
        return both(s.is_a(handle, ObjType.PROCESS), MAYBE)
    mapped = found[0].inside
    assert isinstance(mapped, Mapped)
    return mapped.options.asks(lambda options: not options & LIMITS[permission])


def too_many(s: State, size: int) -> Tri:
    """Is it no number of bytes that one call may ask for?"""
    return YES if size == 0 or size > MOST else NO


def wrong_actual(place: MemoryAt | None, asked: int, actual: int) -> Difference | None:
    """Say what is wrong with how many bytes were read or written; None if nothing is.

    Whether a call ends where one mapping does and another begins is left open.
    """
    if actual > asked:
        return Difference(f"actual of at most {asked}, as asked for", f"actual={actual}")
    least = 0 if place is None else min(asked, place.room)
    if actual < least:
        return Difference(f"actual of at least {least}, which are mapped", f"actual={actual}")
    return None


def ranges_of(s: State, handle: int, address: int, size: int) -> Iterator[tuple[Vmo, int, int]]:
    """What of which VMO may be mapped in the range: offset and size."""
    root = root_of(s, s.object(handle))
    for region, _ in mappings(root) if root is not None else ():
        mapped = region.inside
        start, end = max(address, region.start), min(address + size, region.end)
        if start < end and isinstance(mapped, Mapped) and isinstance(mapped.vmo, Vmo):
            yield mapped.vmo, mapped.vmo_offset + start - region.start, end - start


def memory_errors(page: Page[Any], permission: str) -> None:
    """The errors of both calls; of memory without `permission`, a ZX_VM_PERM_*, no page speaks."""

    @page.unspecified
    def left_open(s: State, c: Any) -> Tri:
        denied = without_permission(s, c.handle, c.vaddr, permission)
        return either(s.bad_output(c.actual), denied)

    page.valid("handle")
    page.when(
        "bad_state",
        "the process's memory is not accessible",
        not_accessible,
        "handle",
        words="memory is not accessible",
    )
    page.when(
        "bad_state_not_cacheable",
        "the memory is not cacheable",
        not_cacheable,
        *("handle", "vaddr"),
        status=Status.ZX_ERR_BAD_STATE,
        words="not cacheable",
    )
    page.pointer("buffer", required=True)
    page.when(
        "invalid_args_buffer_size",
        f"buffer_size is zero or more than {MOST} bytes",
        too_many,
        "buffer_size",
        status=Status.ZX_ERR_INVALID_ARGS,
        about="buffer_size",
        words="zero|greater than 64mb",
    )
    page.when(
        "no_memory",
        "the process has no memory at the address",
        nothing_at,
        *("handle", "vaddr"),
        words="does not have any memory",
    )
    page.of_type("handle", ObjType.PROCESS)
    page.when(
        "past_vmo",
        "what is mapped is past the end of its VMO (vmo_read.md)",
        past_vmo,
        *("handle", "vaddr", "buffer_size"),
        status=Status.ZX_ERR_OUT_OF_RANGE,
    )
    page.elsewhere["past_vmo"] = "vmo_read.md"
