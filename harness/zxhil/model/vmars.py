"""What pages ask of a VMAR, and how calls change what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights
from zxhil.model.clause import Clause, Difference
from zxhil.model.facts import Fact
from zxhil.model.objects import KernelObject
from zxhil.model.regions import OF_ROOT, Mapped, Region, Vmar
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate, tri
from zxhil.model.vmos import PAGE_SIZE, in_pages

T = TypeVar("T")

SPECIFIC = LIMITS["ZX_VM_SPECIFIC"]
OVERWRITE = LIMITS["ZX_VM_SPECIFIC_OVERWRITE"]
CAN_MAP_SPECIFIC = LIMITS["ZX_VM_CAN_MAP_SPECIFIC"]
PERMS = {
    LIMITS["ZX_VM_PERM_READ"]: Rights.READ,
    LIMITS["ZX_VM_PERM_WRITE"]: Rights.WRITE,
    LIMITS["ZX_VM_PERM_EXECUTE"]: Rights.EXECUTE,
}
"""ZX_VM_PERM_* and the right that each needs. ZX_VM_CAN_MAP_* are the same bits, seven higher."""
ALL_PERMS = sum(PERMS)
_TO_CAN_MAP = 7
SURELY_FITS = 1 << 30
"""No page says how large a process's address space is; each kernel's is larger than this."""
END = 1 << 64


def aligned(value: int) -> bool:
    """Is it at the beginning of a page?"""
    return value % PAGE_SIZE == 0


def asks(s: State, handle: int, question: Callable[[Vmar], Tri]) -> Tri:
    """A question about the VMAR behind a valid handle; MAYBE if it is not known which that is."""
    vmar = vmar_of(s, handle)
    if vmar is None:
        return both(s.is_a(handle, ObjType.VMAR), MAYBE)
    return both(s.valid(handle), question(vmar))


def vmar_of(s: State, handle: int) -> Vmar | None:
    """The VMAR behind a valid handle; None if it is not one, or not known which."""
    vmar = None if s.valid(handle) == NO else s.object(handle)
    return vmar if isinstance(vmar, Vmar) and not vmar.unidentified else None


def root_vmar(process: KernelObject) -> Vmar:
    """The root of a new process's address space: empty, of unknown base and size.

    Its page says that it can have mappings of any protection, not if at a specific address.
    """
    vmar = Vmar()
    vmar.process, vmar.can = process, OF_ROOT
    return vmar


# ---- conditions


def destroyed(s: State, handle: int) -> Tri:
    """Is the VMAR destroyed, or one that it is in, or its process?"""
    return asks(s, handle, lambda vmar: either(is_gone(vmar), _process_may_be_gone(s, vmar)))


def _process_may_be_gone(s: State, vmar: Vmar) -> Tri:
    """A process is destroyed with the last handle to it: what of its VMARs, no page says."""
    process = vmar.process
    if process is None or process.given or s.held(process) == YES:
        return NO
    return MAYBE


def is_gone(vmar: Vmar) -> Tri:
    """Is the VMAR destroyed, or one that it is in?"""
    answer: Tri = NO
    for each in vmar.chain():
        answer = either(answer, tri(each.gone.value))
    return answer


def exceeds(s: State, handle: int, options: int, offset: int, size: int) -> Tri:
    """Are `size` bytes, at `offset` if that is specific, more than the VMAR has?"""
    end = size + (offset if options & (SPECIFIC | OVERWRITE) else 0)
    if end > END:
        return both(s.is_a(handle, ObjType.VMAR), YES)

    def too_small(vmar: Vmar) -> Tri:
        if not vmar.size.possible and vmar.outer is None and end <= SURELY_FITS:
            return NO
        return vmar.size.asks(lambda size: end > size)

    return asks(s, handle, too_small)


def outside(s: State, handle: int, address: int, size: int) -> Tri:
    """Is a part of the range outside the VMAR?"""
    if address + size > END:
        return YES

    def leaves(vmar: Vmar) -> Tri:
        base, length = _only(vmar.base), _only(vmar.size)
        before = tri(None if base is None else address < base)
        after = tri(None if base is None or length is None else address + size > base + length)
        return either(before, after)

    return asks(s, handle, leaves)


def cannot_map(s: State, handle: int, can_map: int) -> Tri:
    """Does the VMAR lack one of these ZX_VM_CAN_MAP_*?"""

    def lacks(vmar: Vmar) -> Tri:
        if can_map & vmar.cannot:
            return YES
        return NO if not can_map & ~vmar.can else MAYBE

    return asks(s, handle, lacks) if can_map else NO


def as_can_map(perms: int) -> int:
    """The ZX_VM_CAN_MAP_* that mapping with these ZX_VM_PERM_* needs."""
    return (perms & ALL_PERMS) << _TO_CAN_MAP


def as_perms(can_map: int) -> int:
    """The ZX_VM_PERM_* that these ZX_VM_CAN_MAP_* allow."""
    return can_map >> _TO_CAN_MAP & ALL_PERMS


def lacks_for(s: State, handle: int, perms: int) -> Tri:
    """Does the handle lack a right that these ZX_VM_PERM_* need?"""
    answer: Tri = NO
    for perm, right in PERMS.items():
        if perms & perm:
            answer = either(answer, s.lacks(handle, right))
    return answer


def place(vmar: Vmar, options: int, offset: int, size: int) -> tuple[int, int] | None:
    """The range that a specific offset asks for; None if it asks for none, or it is not known."""
    base = _only(vmar.base)
    if base is None or not options & (SPECIFIC | OVERWRITE):
        return None
    return base + offset, base + offset + (in_pages(size) or 0)


def taken(vmar: Vmar, wanted: tuple[int, int] | None, options: int) -> Tri:
    """Is there a region in the wanted range that may not be overlapped with these options?

    With ZX_VM_SPECIFIC_OVERWRITE a mapping may; of a whole VMAR the page does not say it.
    """
    if wanted is None:
        return MAYBE
    answer: Tri = MAYBE if vmar.strange else NO
    for region in vmar.regions:
        if not region.overlaps(*wanted):
            continue
        there = negate(tri(region.gone.value))
        if options & OVERWRITE:
            if isinstance(region.inside, Mapped):
                continue
            there = both(there, MAYBE) if region.lies_in(*wanted) else there
        answer = either(answer, there)
    return answer


def closed_vmar_at(s: State, vmar: Vmar, wanted: tuple[int, int] | None) -> Tri:
    """Is a VMAR in the range to which there is no handle any more?"""
    answer: Tri = NO
    if wanted is None:
        return answer
    for region in vmar.regions:
        if isinstance(region.inside, Vmar) and region.overlaps(*wanted):
            there = both(negate(tri(region.gone.value)), negate(s.held(region.inside)))
            answer = either(answer, there)
    return answer


def cuts_vmar(s: State, handle: int, address: int, size: int) -> Tri:
    """Does the range overlap a VMAR inside, and not have it as a whole?"""
    wanted = address, address + size

    def cuts(vmar: Vmar) -> Tri:
        answer: Tri = MAYBE if vmar.strange else NO
        for region in _vmars(vmar, *wanted):
            if not region.lies_in(*wanted):
                answer = either(answer, negate(tri(region.gone.value)))
        return answer

    return asks(s, handle, cuts)


def has_vmar(s: State, handle: int, address: int, size: int) -> Tri:
    """Is a VMAR inside in the range, or a part of it?"""

    def has(vmar: Vmar) -> Tri:
        answer: Tri = MAYBE if vmar.strange else NO
        for region in _vmars(vmar, address, address + size):
            answer = either(answer, negate(tri(region.gone.value)))
        return answer

    return asks(s, handle, has)


def has_gap(s: State, handle: int, address: int, size: int) -> Tri:
    """Is some part of the range not mapped? What a VMAR inside has may or may not be."""

    def gap(vmar: Vmar) -> Tri:
        known, possible = _covered(vmar, address, address + size)
        if known:
            return NO
        return MAYBE if possible or vmar.strange else YES

    return asks(s, handle, gap)


def is_empty(s: State, handle: int, address: int, size: int) -> Tri:
    """Is nothing mapped in the range, and no VMAR in it?"""

    def empty(vmar: Vmar) -> Tri:
        answer: Tri = MAYBE if vmar.strange else YES
        for region in vmar.regions:
            if region.overlaps(address, address + size):
                answer = both(answer, tri(region.gone.value))
        return answer

    return asks(s, handle, empty)


def vmo_lacks_for(s: State, handle: int, address: int, size: int, perms: int) -> Tri:
    """Did the handle of a VMO that is mapped in the range lack a right that `perms` need?"""
    needed = sum(int(right) for perm, right in PERMS.items() if perms & perm)

    def lacked(vmar: Vmar) -> Tri:
        answer: Tri = MAYBE if vmar.strange else NO
        for region in vmar.regions:
            if isinstance(region.inside, Mapped) and region.overlaps(address, address + size):
                there = negate(tri(region.gone.value))
                answer = either(answer, both(there, _lacked(region.inside, needed)))
        return answer

    return asks(s, handle, lacked) if needed else NO


def _lacked(mapping: Mapped, needed: int) -> Tri:
    rights = mapping.rights.value
    if rights is None:
        return MAYBE
    if not needed & ~rights.bits:
        return NO
    return YES if rights.exact else MAYBE


def wrong_address(vmar: Vmar, address: int, size: int, *, overwrite: bool) -> Difference | None:
    """Say what is wrong with where a new region was placed; None if nothing is."""
    end = address + (in_pages(size) or 0)
    base, length = _only(vmar.base), _only(vmar.size)
    if base is not None and length is not None and not base <= address <= end <= base + length:
        due = f"an address in the VMAR, {base:#x} to {base + length:#x}"
        return Difference(due, f"{address:#x} to {end:#x}")
    for region in vmar.regions:
        there = region.gone.value is False and region.overlaps(address, end)
        replaced = isinstance(region.inside, Mapped) or region.lies_in(address, end)
        if there and not (overwrite and replaced):
            got = f"{address:#x} to {end:#x}, which overlaps {region.start:#x} to {region.end:#x}"
            return Difference("an address range of its own", got)
    return None


def not_there(s: State, handle: int, address: int, size: int) -> Tri:
    """Is nothing mapped in the range? It may count as nothing if only a part is."""
    part = both(MAYBE, has_gap(s, handle, address, size))
    return either(is_empty(s, handle, address, size), part)


# ---- effects


def parts(s: State, vmar: Vmar, start: int, end: int) -> list[Region]:
    """The regions in the range; mappings that are only partly in it are cut in two first."""
    found: list[Region] = []
    for region in list(vmar.regions):
        if not region.overlaps(start, end):
            continue
        for at in (start, end):
            if isinstance(region.inside, Mapped) and region.start < at < region.end:
                later = _cut(s, region, at)
                vmar.regions.append(later)
                region = later if at == start else region
        found.append(region)
    return found


def pages_of(s: State, vmar: Vmar, address: int, size: int) -> list[Region]:
    """The regions in the pages that the range touches, as `parts` finds them."""
    first, end = address // PAGE_SIZE * PAGE_SIZE, in_pages(address + size)
    return [] if end is None or not size else parts(s, vmar, first, end)


def remove(s: State, regions: Iterable[Region], clause: Clause | None) -> None:
    """They are unmapped or destroyed, as `clause` says."""
    for region in regions:
        if region.gone.value is not True:
            s.change(region.gone, True, clause)


def may_be_removed(s: State, regions: Iterable[Region]) -> None:
    """No page says if a call that failed has unmapped or destroyed them."""
    for region in regions:
        s.may_have_become(region.gone, True)


def forget_gone(vmar: Vmar) -> None:
    """Drop regions that an observation has shown to be gone: they say nothing any more."""
    vmar.regions = [
        region
        for region in vmar.regions
        if region.gone.value is not True or region.gone.expectation is not None
    ]


def _cut(s: State, region: Region, at: int) -> Region:
    """Cut a mapping in two; `region` becomes the lower part, the upper one is returned."""
    mapping = region.inside
    assert isinstance(mapping, Mapped)
    upper = Mapped(
        mapping.vmo,
        mapping.rights,
        mapping.vmo_offset + at - region.start,
        _same(s, mapping.options),
        mapping.number,
    )
    later = Region(at, region.end, _same(s, region.gone), upper)
    region.end = at
    return later


def _same(s: State, fact: Fact[T]) -> Fact[T]:
    """Another fact that is known as well as this one."""
    twin: Fact[T] = Fact(fact.value, fact.expectation)
    twin.options, twin.origin = fact.options, fact.origin
    if twin.expectation is not None:
        s.expected_facts.append(twin)
    return twin


def _covered(vmar: Vmar, start: int, end: int) -> tuple[bool, bool]:
    """Is every byte of the range in a mapping that is there; in one that may be, or in a VMAR?"""
    known, possible = start, start
    for region in sorted(vmar.regions, key=lambda region: region.start):
        if not region.overlaps(start, end) or region.gone.value is True:
            continue
        if region.start <= possible:
            possible = max(possible, region.end)
        sure = isinstance(region.inside, Mapped) and region.gone.value is False
        if sure and region.start <= known:
            known = max(known, region.end)
    return known >= end, possible >= end


def _vmars(vmar: Vmar, start: int, end: int) -> Iterator[Region]:
    for region in vmar.regions:
        if isinstance(region.inside, Vmar) and region.overlaps(start, end):
            yield region


def _only(fact: Fact[Any]) -> int | None:
    value: int | None = fact.value
    return value
