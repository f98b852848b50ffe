"""A process's address space as a whole: what its topics of zx_object_get_info report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from zxhil.abi.kinds.infos import MAPS_MAPPING, MapsEntry, MapsMapping
from zxhil.model.clause import Difference
from zxhil.model.objects import KernelObject, Vmo
from zxhil.model.regions import Mapped, Region, Vmar
from zxhil.model.state import State
from zxhil.model.tri import NO, YES, Tri, both, negate, tri
from zxhil.model.vmars import ALL_PERMS, is_gone
from zxhil.model.vmo_memory import lost
from zxhil.model.vmos import PAGE_SIZE

_ASPACE, _VMAR, _MAPPING = 1, 2, 3


def root_of(s: State, process: KernelObject | None) -> Vmar | None:
    """The root of the process's address space; None if the model does not have it."""
    if process is None or process.unidentified:
        return None
    for object_ in s.every_object():
        if not isinstance(object_, Vmar) or object_.outer is not None or object_.unidentified:
            continue
        if object_.process is process:
            return object_
    return None


def mappings(vmar: Vmar) -> Iterator[tuple[Region, Tri]]:
    """Every mapping in the region and those inside it, and if it is there."""
    for each in vmar.inner():
        there = negate(is_gone(each))
        for region in each.regions:
            if isinstance(region.inside, Mapped):
                yield region, both(there, negate(tri(region.gone.value)))


def is_known(vmar: Vmar) -> bool:
    """Does the model know all that is in the region?"""
    return not any(each.strange for each in vmar.inner())


def begins_to_run(s: State, task: KernelObject) -> None:
    """A process writes to what it has mapped, and maps more, without calls that are seen."""
    root = root_of(s, task)
    if root is None:
        return
    for region, _ in mappings(root):
        vmo = region.inside.vmo if isinstance(region.inside, Mapped) else None
        if isinstance(vmo, Vmo):
            vmo.mapped = True
            lost(vmo, 0)
    for vmar in root.inner():
        vmar.strange = True


def mapped_bytes(s: State, process: KernelObject) -> tuple[int, int] | None:
    """How many bytes are mapped in the process, at least and at most; None if unknown."""
    root = root_of(s, process)
    if root is None or not is_known(root):
        return None
    least = most = 0
    for region, there in mappings(root):
        size = region.end - region.start
        least += size if there == YES else 0
        most += size if there != NO else 0
    return least, most


def times_mapped(s: State, vmo: Vmo) -> tuple[int, int] | None:
    """How often the VMO is mapped, at least and at most; None if unknown.

    No page says if a mapping that was split, or protected in part, counts as one.
    """
    sure: set[int] = set()
    most = 0
    for vmar in s.every_object():
        if not isinstance(vmar, Vmar) or vmar.outer is not None:
            continue
        if not (vmar.given or is_known(vmar)) or vmar.unidentified:
            return None
        for region, there in mappings(vmar):
            if isinstance(region.inside, Mapped) and region.inside.vmo is vmo and there != NO:
                most += 1
                if there == YES:
                    sure.add(region.inside.number)
    return len(sure), most


# ---- ZX_INFO_PROCESS_MAPS


def wrong_maps(
    s: State, process: KernelObject, entries: Sequence[MapsEntry], *, whole: bool
) -> Iterator[Difference]:
    """Say what is wrong with a walk of the address space; `whole`: none of it is left out."""
    yield from _wrong_walk(entries)
    root = root_of(s, process)
    if root is None or is_gone(root) != NO:
        return
    if len(entries) > 1:
        yield from _wrong_root(root, entries[1])
    found = _mappings_in(entries)
    vmars = _vmars_in(entries)
    for region, there in mappings(root):
        if there == YES and whole:
            yield from _wrong_mapping(region, found)
    for vmar in root.inner()[1:]:
        base, size = vmar.base.value, vmar.size.value
        known = base is not None and size is not None
        if known and whole and is_gone(vmar) == NO and (base, size) not in vmars:
            yield Difference(f"a VMAR at {base:#x} of {size:#x} bytes", "none")
    if is_known(root):
        yield from _too_many(root, found, vmars)


def note_maps(s: State, process: KernelObject, entries: Sequence[MapsEntry]) -> None:
    """A walk of the whole address space was reported, as the pages allow it."""
    root = root_of(s, process)
    if root is None:
        return
    if len(entries) > 1:
        s.saw(root.base, entries[1].base)
        s.saw(root.size, entries[1].size)
    found, vmars = _mappings_in(entries), _vmars_in(entries)
    for vmar in root.inner():
        for region in vmar.regions:
            if isinstance(region.inside, Vmar):
                s.saw(region.gone, (region.start, region.end - region.start) not in vmars)
                continue
            shown = [entry for start, end, entry in found if region.overlaps(start, end)]
            content = MAPS_MAPPING.read(shown[0].content) if shown else None
            if not shown or _is_of(region, content):
                s.saw(region.gone, not shown)
            if content is not None and _is_of(region, content):
                s.saw(region.inside.options, content.mmu_flags & ALL_PERMS)


def _is_of(region: Region, content: MapsMapping | None) -> bool:
    """Is it the region's own VMO that is mapped there? Another mapping may have replaced it."""
    mapping = region.inside
    vmo = mapping.vmo if isinstance(mapping, Mapped) else None
    return content is not None and (vmo is None or vmo.koid in (None, content.vmo_koid))


def _mappings_in(entries: Sequence[MapsEntry]) -> list[tuple[int, int, MapsEntry]]:
    return [(e.base, e.base + e.size, e) for e in entries if e.type == _MAPPING]


def _vmars_in(entries: Sequence[MapsEntry]) -> set[tuple[int, int]]:
    return {(e.base, e.size) for e in entries[2:] if e.type == _VMAR}


def _too_many(
    root: Vmar, found: Sequence[tuple[int, int, MapsEntry]], vmars: set[tuple[int, int]]
) -> Iterator[Difference]:
    made = [(r.start, r.end + -r.end % PAGE_SIZE) for r, there in mappings(root) if there != NO]
    for start, end, _ in found:
        if not _covered(start, end, made):
            yield Difference("mappings that were made", f"one from {start:#x} to {end:#x}")
    inside = [vmar for vmar in root.inner()[1:] if is_gone(vmar) != YES]
    if any(vmar.base.value is None or vmar.size.value is None for vmar in inside):
        return
    for base, size in sorted(vmars - {(vmar.base.value, vmar.size.value) for vmar in inside}):
        yield Difference("VMARs that were made", f"one at {base:#x} of {size:#x} bytes")


def _covered(start: int, end: int, ranges: Sequence[tuple[int, int]]) -> bool:
    """Does each byte from `start` to before `end` lie in a range?"""
    for first, last in sorted(ranges):
        if first <= start < last:
            start = last
    return start >= end


def _wrong_walk(entries: Sequence[MapsEntry]) -> Iterator[Difference]:
    for depth, (entry, type_) in enumerate(zip(entries, (_ASPACE, _VMAR), strict=False)):
        if (entry.depth, entry.type) != (depth, type_):
            due = f"first an entry of depth {depth} and type {type_}"
            yield Difference(due, f"depth {entry.depth}, type {entry.type}")
    for before, entry in pairwise(entries):
        if entry.base < before.base:
            yield Difference("base addresses in ascending order", f"{entry.base:#x} later")
    for entry in entries[2:]:
        if entry.depth < 2 or entry.type not in (_VMAR, _MAPPING):
            due = "VMARs and mappings of depth 2 or more"
            yield Difference(due, f"depth {entry.depth}, type {entry.type}")


def _wrong_root(root: Vmar, entry: MapsEntry) -> Iterator[Difference]:
    if not (root.base.may_be(entry.base) and root.size.may_be(entry.size)):
        base, size = next(iter(root.base.possible), 0), next(iter(root.size.possible), 0)
        yield Difference(
            f"the root VMAR at {base:#x} of {size:#x} bytes", f"{entry.base:#x}, {entry.size:#x}"
        )


def _wrong_mapping(
    region: Region, found: Sequence[tuple[int, int, MapsEntry]]
) -> Iterator[Difference]:
    """Each byte of a region must be listed; mappings may have been joined."""
    at = region.start
    mapping = region.inside
    assert isinstance(mapping, Mapped)
    for start, end, entry in sorted(found, key=lambda each: each[:2]):
        if start <= at < min(end, region.end):
            at = end
            content = MAPS_MAPPING.read(entry.content)
            options = mapping.options.value
            if content is not None and options is not None:
                seen = content.mmu_flags & ALL_PERMS
                if seen != options:
                    yield Difference(f"mmu_flags={options}", str(seen))
            if content is not None and start == region.start:
                offset = mapping.vmo_offset
                if content.vmo_offset != offset:
                    yield Difference(f"vmo_offset={offset:#x}", f"{content.vmo_offset:#x}")
            koid = None if mapping.vmo is None else mapping.vmo.koid
            if content is not None and koid is not None and content.vmo_koid != koid:
                yield Difference(f"vmo_koid={koid}", str(content.vmo_koid))
    if at < region.end:
        yield Difference(f"a mapping from {region.start:#x} to {region.end:#x}", "none, or less")
