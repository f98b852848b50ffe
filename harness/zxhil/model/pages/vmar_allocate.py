"""zx_vmar_allocate, as its page stood in 2018-12.

The page names no status for a range that overlaps another region, and none for other options.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import VmarAllocate
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import DEFAULT_RIGHTS
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.page import Page
from zxhil.model.ranges import base_returned, in_bounds, not_zero, page_aligned, wrong_base
from zxhil.model.regions import CAN_MAP, Region, Vmar
from zxhil.model.state import State
from zxhil.model.tri import NO, Tri, tri
from zxhil.model.vmars import (
    CAN_MAP_SPECIFIC,
    SPECIFIC,
    aligned,
    as_perms,
    asks,
    cannot_map,
    closed_vmar_at,
    destroyed,
    lacks_for,
    place,
    taken,
    vmar_of,
)

page = Page("vmar_allocate", VmarAllocate, "vmar_allocate.md, 2018-12")
page.changes = {"parent_vmar": ObjType.VMAR}

_REFUSED = (
    Status.ZX_ERR_INVALID_ARGS,
    Status.ZX_ERR_ACCESS_DENIED,
    Status.ZX_ERR_NO_MEMORY,
)
_OPTIONS = CAN_MAP | SPECIFIC | LIMITS["ZX_VM_COMPACT"]
_INHERITED = CAN_MAP & ~CAN_MAP_SPECIFIC

# DESCRIPTION

created = page.effect(
    "created",
    "a new VMAR within parent_vmar is created",
    words="creates a new vmar within",
    purpose=True,
)


@page.error(
    _REFUSED,
    "options has ZX_VM_SPECIFIC, which parent_vmar does not allow",
    words=("zx_vm_specific", "invalid if vmar does not have"),
)
def specific_not_allowed(s: State, c: VmarAllocate) -> Tri:
    return cannot_map(s, c.parent_vmar, CAN_MAP_SPECIFIC) if c.options & SPECIFIC else NO


placed = page.effect(
    "placed",
    "with ZX_VM_SPECIFIC the region begins at offset",
    words="relative to the base address of the parent",
)


@page.error(
    _REFUSED,
    "the range overlaps with another VMAR or mapping",
    words="overlaps with another vmar or mapping",
)
def overlap(s: State, c: VmarAllocate) -> Tri:
    if not c.options & SPECIFIC:
        return NO
    return asks(
        s, c.parent_vmar, lambda v: taken(v, place(v, c.options, c.offset, c.size), c.options)
    )


@page.grant(
    "the parent need not have ZX_VM_CAN_MAP_SPECIFIC itself",
    words=("not an error", "zx_vm_can_map_specific"),
)
def specific_not_inherited(s: State, c: VmarAllocate) -> Tri:
    own = cannot_map(s, c.parent_vmar, CAN_MAP_SPECIFIC)
    return own if c.options & CAN_MAP_SPECIFIC else NO


@page.unspecified
def other_options(s: State, c: VmarAllocate) -> Tri:
    """The page does not say what other options do, or none of them."""
    return tri(c.options == 0 or bool(c.options & ~_OPTIONS))


# RETURN VALUE

base = base_returned(page, "child_addr", "region")
# handles.md: the default rights. The handle may have rights to map, too: no page says which.
rights = page.default_rights("vmar")

# ERRORS

page.handle("parent_vmar", ObjType.VMAR)
page.when("bad_state", "parent_vmar is destroyed", destroyed, "parent_vmar", words="destroyed vmar")
for _output in ("child_vmar", "child_addr"):
    page.state(page.pointer(_output), about=_output, words="not valid")


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "offset is not zero, without ZX_VM_SPECIFIC",
    about="offset",
    words=("non zero|must be 0", "zx_vm_specific"),
)
def invalid_args_offset(s: State, c: VmarAllocate) -> Tri:
    return tri(bool(c.offset) and not c.options & SPECIFIC)


in_bounds(page, "parent_vmar", "offset", "size")
page_aligned(page, "offset", "invalid_args_offset_alignment")
page_aligned(page, "size", "invalid_args_size_alignment")
not_zero(page, "size", "invalid_args_size", words="is 0")
page.no_memory()


@page.refusal(
    "the addresses of a VMAR stay allocated until it is destroyed, also if its handles are closed",
    words="just closing the vmars handle does not deallocate|remain allocated",
)
def stays_allocated(s: State, c: VmarAllocate) -> Tri:
    if not c.options & SPECIFIC:
        return NO
    return asks(
        s, c.parent_vmar, lambda v: closed_vmar_at(s, v, place(v, c.options, c.offset, c.size))
    )


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "parent_vmar lacks a ZX_VM_CAN_MAP_* that options has",
    words="insufficient privileges",
)
def access_denied_vmar(s: State, c: VmarAllocate) -> Tri:
    return cannot_map(s, c.parent_vmar, c.options & _INHERITED)


page.state(access_denied_vmar, words="parent does not have zx_vm_can_map_read", in_text=True)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "parent_vmar's handle lacks the right for a ZX_VM_CAN_MAP_* that options has",
    said_with=access_denied_vmar,
)
def access_denied_handle(s: State, c: VmarAllocate) -> Tri:
    return lacks_for(s, c.parent_vmar, as_perms(c.options))


# EFFECTS


@page.outputs
def outputs(s: State, c: VmarAllocate, o: Outcome) -> Iterator[Mismatch]:
    address = o.number("child_addr")
    if o.status == Status.ZX_OK and address is not None:
        parent, wanted = vmar_of(s, c.parent_vmar), (c.options, c.offset, c.size)
        seen = ("child_addr", address)
        yield from wrong_base(parent, wanted, seen, (base, placed, created))


@page.success
def success(s: State, c: VmarAllocate, o: Outcome) -> None:
    parent, address = vmar_of(s, c.parent_vmar), o.number("child_addr")
    s.reach(base, address is not None)
    s.reach(placed, address is not None and bool(c.options & SPECIFIC))
    child = Vmar(parent)
    s.new_object(child, parent)
    child.can, child.cannot = c.options & CAN_MAP, CAN_MAP & ~c.options
    child.size = s.fact(c.size if aligned(c.size) else None, created)
    if address is not None:
        child.base = s.fact(address, base)
    # Of one in an unknown VMAR nothing says whether that is destroyed later.
    child.gone = Fact(None) if parent is None else s.fact(False, created)
    if parent is not None and address is not None:
        parent.regions.append(Region(address, address + c.size, child.gone, child))
    elif parent is not None:
        parent.strange = True
    vmar_rights = s.fact(KnownRights(DEFAULT_RIGHTS["vmar"], exact=False), rights.clause)
    s.new_handle(o.number("child_vmar"), child, vmar_rights, created)
