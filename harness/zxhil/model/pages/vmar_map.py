"""zx_vmar_map, as its page stood in 2018-12.

The page names no status for a range that overlaps another region, and says nothing of a len of 0.
That mapping needs ZX_RIGHT_MAP of the VMO's handle, rights.md says.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import VmarMap
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.facts import Fact
from zxhil.model.objects import Vmo
from zxhil.model.page import Page
from zxhil.model.ranges import base_returned, in_bounds, page_aligned, wrong_base
from zxhil.model.regions import Mapped, Region, Vmar
from zxhil.model.reports import never_started
from zxhil.model.state import State
from zxhil.model.tri import NO, Tri, both, either, tri
from zxhil.model.vmars import (
    ALL_PERMS,
    CAN_MAP_SPECIFIC,
    END,
    OVERWRITE,
    SPECIFIC,
    as_can_map,
    asks,
    cannot_map,
    destroyed,
    lacks_for,
    may_be_removed,
    parts,
    place,
    remove,
    taken,
    vmar_of,
)
from zxhil.model.vmo_memory import lost
from zxhil.model.vmos import in_pages, resizable

page = Page("vmar_map", VmarMap, "vmar_map.md, 2018-12")
page.changes = {"handle": ObjType.VMAR, "vmo": ObjType.VMO}

_REFUSED = (
    Status.ZX_ERR_INVALID_ARGS,
    Status.ZX_ERR_ACCESS_DENIED,
    Status.ZX_ERR_NO_MEMORY,
)
_MAP_RANGE = LIMITS["ZX_VM_MAP_RANGE"]
_NON_RESIZABLE = LIMITS["ZX_VM_REQUIRE_NON_RESIZABLE"]
_PLACED = SPECIFIC | OVERWRITE
_OPTIONS = _PLACED | ALL_PERMS | _MAP_RANGE | _NON_RESIZABLE

# DESCRIPTION

mapped = page.effect(
    "mapped",
    "the VMO is mapped into the VMAR",
    words="maps the given vmo into the given virtual memory address region",
    purpose=True,
)


@page.error(
    _REFUSED,
    "options has ZX_VM_SPECIFIC or ZX_VM_SPECIFIC_OVERWRITE, which the VMAR does not allow",
    words=("zx_vm_specific", "does not have the zx_vm_can_map_specific"),
)
def specific_not_allowed(s: State, c: VmarMap) -> Tri:
    return cannot_map(s, c.handle, CAN_MAP_SPECIFIC) if c.options & _PLACED else NO


placed = page.effect(
    "placed",
    "with ZX_VM_SPECIFIC the mapping begins at vmar_offset",
    words="relative to the base address of the given vmar",
)


@page.error(
    _REFUSED,
    "the range overlaps with a VMAR, or with a mapping that it may not replace",
    words="overlaps with another vmar or mapping",
)
def overlap(s: State, c: VmarMap) -> Tri:
    if not c.options & _PLACED:
        return NO
    return asks(
        s, c.handle, lambda v: taken(v, place(v, c.options, c.vmar_offset, c.len), c.options)
    )


page.state(overlap, words="partially overlap another vmar")
replaced = page.effect(
    "replaced",
    "with ZX_VM_SPECIFIC_OVERWRITE existing mappings in the range are replaced",
    words="replace existing mappings",
)


@page.unspecified
def nothing_to_map(s: State, c: VmarMap) -> Tri:
    """The page does not say what a len of 0 does, nor that other permissions need READ."""
    perms = c.options & ALL_PERMS
    return tri(c.len == 0 or bool(perms and not perms & LIMITS["ZX_VM_PERM_READ"]))


# RETURN VALUE

base = base_returned(page, "mapped_addr", "mapping")

# ERRORS

page.valid("handle")
page.valid("vmo", clause="bad_handle_vmo")
page.of_type("handle", ObjType.VMAR, words="not a vmar")
page.of_type("vmo", ObjType.VMO, clause="wrong_type_vmo")
page.when("bad_state", "the VMAR is destroyed", destroyed, "handle", words="destroyed vmar")
page.state(page.pointer("mapped_addr"), about="mapped_addr", words="not valid")
page.options(_OPTIONS, "options has bits that the page does not name", words="not valid")


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "vmar_offset is not zero, without ZX_VM_SPECIFIC or ZX_VM_SPECIFIC_OVERWRITE",
    about="vmar_offset",
    words=("non zero|must be 0", "zx_vm_specific_overwrite"),
)
def invalid_args_vmar_offset(s: State, c: VmarMap) -> Tri:
    return tri(bool(c.vmar_offset) and not c.options & _PLACED)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "ZX_VM_SPECIFIC_OVERWRITE and ZX_VM_MAP_RANGE are both given",
    words=("zx_vm_specific_overwrite", "zx_vm_map_range"),
)
def invalid_args_overwrite_map_range(s: State, c: VmarMap) -> Tri:
    return tri(bool(c.options & OVERWRITE and c.options & _MAP_RANGE))


in_bounds(page, "handle", "vmar_offset", "len")
for _parameter in ("vmar_offset", "vmo_offset", "len"):
    page_aligned(page, _parameter, f"invalid_args_{_parameter}_alignment")


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "vmo_offset and len in whole pages are more than 64 bits hold",
    words=("vmo_offset", "overflows"),
)
def invalid_args_overflow(s: State, c: VmarMap) -> Tri:
    length = in_pages(c.len)
    return tri(length is None or c.vmo_offset + length > END)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "the VMAR lacks a ZX_VM_CAN_MAP_* that options needs",
    words="insufficient privileges",
)
def access_denied_vmar(s: State, c: VmarMap) -> Tri:
    return cannot_map(s, c.handle, as_can_map(c.options))


page.state(access_denied_vmar, words="does not have zx_vm_can_map_read", in_text=True)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "handle lacks a right that options needs",
    said_with=access_denied_vmar,
)
def access_denied_handle(s: State, c: VmarMap) -> Tri:
    return lacks_for(s, c.handle, c.options)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "vmo lacks ZX_RIGHT_MAP, or a right that options needs",
    said_with=access_denied_vmar,
)
def access_denied_vmo(s: State, c: VmarMap) -> Tri:
    return either(lacks_for(s, c.vmo, c.options), s.lacks(c.vmo, Rights.MAP))


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "options has ZX_VM_REQUIRE_NON_RESIZABLE, and the VMO can be resized",
    words="zx_vm_require_non_resizable",
)
def not_supported(s: State, c: VmarMap) -> Tri:
    return both(tri(bool(c.options & _NON_RESIZABLE)), resizable(s, c.vmo))


page.no_memory()

# EFFECTS


@page.outputs
def outputs(s: State, c: VmarMap, o: Outcome) -> Iterator[Mismatch]:
    address = o.number("mapped_addr")
    if o.status == Status.ZX_OK and address is not None:
        vmar, wanted = vmar_of(s, c.handle), (c.options, c.vmar_offset, c.len)
        seen, overwrite = ("mapped_addr", address), bool(c.options & OVERWRITE)
        yield from wrong_base(vmar, wanted, seen, (base, placed, mapped), overwrite=overwrite)


@page.success
def success(s: State, c: VmarMap, o: Outcome) -> None:
    vmar, address = vmar_of(s, c.handle), o.number("mapped_addr")
    s.reach(base, address is not None)
    s.reach(placed, address is not None and bool(c.options & _PLACED))
    vmo = s.object(c.vmo)
    process = None if vmar is None else vmar.process
    if isinstance(vmo, Vmo):
        vmo.placed = True
    if isinstance(vmo, Vmo) and (process is None or not never_started(process)):
        # What maps it may write to it without a call.
        vmo.mapped = True
        lost(vmo, 0)
    if vmar is None:
        return
    if address is None:
        vmar.strange = True
        return
    end = address + (in_pages(c.len) or 0)
    there = parts(s, vmar, address, end)
    if c.options & OVERWRITE:
        remove(s, [region for region in there if isinstance(region.inside, Mapped)], replaced)
        # That a whole VMAR is replaced no page says.
        remove(s, [region for region in there if isinstance(region.inside, Vmar)], None)
    options = s.fact(c.options & ALL_PERMS, mapped)
    entry = s.entry(c.vmo)
    rights = Fact(None) if entry is None else entry.rights
    mapping = Mapped(vmo, rights, c.vmo_offset, options, s.calls)
    vmar.regions.append(Region(address, end, s.fact(False, mapped), mapping))


@page.failure
def failure(s: State, c: VmarMap, o: Outcome) -> None:
    vmar = vmar_of(s, c.handle)
    wanted = None if vmar is None else place(vmar, c.options, c.vmar_offset, c.len)
    if vmar is not None and wanted is not None and c.options & OVERWRITE:
        may_be_removed(s, parts(s, vmar, *wanted))
