"""zx_vmar_protect, as its page stood in 2018-12.

ERRORS has no status for a destroyed VMAR: the page of zx_vmar_destroy says that all operations on
one fail. The page does not say what a range outside the VMAR does.
"""

from __future__ import annotations

from zxhil.abi.calls import VmarProtect
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.ranges import not_zero, page_aligned
from zxhil.model.regions import Mapped
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, either, tri
from zxhil.model.vmars import (
    ALL_PERMS,
    aligned,
    as_can_map,
    cannot_map,
    destroyed,
    has_gap,
    has_vmar,
    lacks_for,
    outside,
    pages_of,
    vmar_of,
    vmo_lacks_for,
)

page = Page("vmar_protect", VmarProtect, "vmar_protect.md, 2018-12")
page.changes = {"handle": ObjType.VMAR}

_READ, _WRITE = LIMITS["ZX_VM_PERM_READ"], LIMITS["ZX_VM_PERM_WRITE"]

# DESCRIPTION

protected = page.effect(
    "protected",
    "the mappings in the range have the permissions asked for",
    words="alters the access protections",
    purpose=True,
)


@page.unspecified
def left_open(s: State, c: VmarProtect) -> Tri:
    """The page does not say what a range outside the VMAR does, or a len of part of a page.

    For the latter ERRORS has no status.
    """
    return either(tri(not aligned(c.len)), outside(s, c.handle, c.addr, c.len))


# ERRORS

page.names("options", formerly="prot_flags")
page.handle("handle", ObjType.VMAR)
all_fail = page.when(
    "destroyed",
    "the VMAR is destroyed (vmar_destroy.md: all operations on it fail)",
    destroyed,
    "handle",
    status=(
        Status.ZX_ERR_BAD_STATE,
        Status.ZX_ERR_NOT_FOUND,
        Status.ZX_ERR_INVALID_ARGS,
        Status.ZX_ERR_ACCESS_DENIED,
    ),
)
page.elsewhere["destroyed"] = "vmar_destroy.md"


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "options has an unsupported combination of flags",
    about="options|prot_flags",
    words="unsupported combination of flags",
)
def invalid_args_options(s: State, c: VmarProtect) -> Tri:
    if c.options & ~ALL_PERMS or (c.options & _WRITE and not c.options & _READ):
        return YES
    return NO if c.options & _READ else MAYBE


page_aligned(page, "addr", "invalid_args_addr")
not_zero(page, "len", "invalid_args_len", words="is 0")
page.when(
    "invalid_args_vmar",
    "a VMAR inside is in a part of the range",
    has_vmar,
    *("handle", "addr", "len"),
    status=Status.ZX_ERR_INVALID_ARGS,
    words="occupied by a subregion",
)
page.when(
    "not_found",
    "a part of the range is not mapped",
    has_gap,
    *("handle", "addr", "len"),
    words="not mapped",
)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "handle lacks a right that options needs",
    about="handle",
    words="proper rights",
)
def access_denied_handle(s: State, c: VmarProtect) -> Tri:
    return lacks_for(s, c.handle, c.options)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "the VMO's handle that the mapping was made with lacked a right that options needs",
    words="original vmo handle",
)
def access_denied_vmo(s: State, c: VmarProtect) -> Tri:
    return vmo_lacks_for(s, c.handle, c.addr, c.len, c.options)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "the VMAR lacks a ZX_VM_CAN_MAP_* that options needs",
    words="vmar itself does not allow",
)
def access_denied_vmar(s: State, c: VmarProtect) -> Tri:
    return cannot_map(s, c.handle, as_can_map(c.options))


# EFFECTS


@page.success
def success(s: State, c: VmarProtect, o: Outcome) -> None:
    vmar = vmar_of(s, c.handle)
    for region in pages_of(s, vmar, c.addr, c.len) if vmar is not None else ():
        if isinstance(region.inside, Mapped):
            s.change(region.inside.options, c.options, protected)


@page.failure
def failure(s: State, c: VmarProtect, o: Outcome) -> None:
    vmar = vmar_of(s, c.handle)
    for region in pages_of(s, vmar, c.addr, c.len) if vmar is not None else ():
        if isinstance(region.inside, Mapped):
            s.may_have_become(region.inside.options, c.options)
