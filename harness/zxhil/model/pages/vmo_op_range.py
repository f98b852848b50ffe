"""zx_vmo_op_range, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import VmoOpRange
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.objects import Vmo
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, tri
from zxhil.model.vmo_memory import decommitted, lost
from zxhil.model.vmos import PAGE_SIZE, size_of

page = Page("vmo_op_range", VmoOpRange, "vmo_op_range.md, 2018-12")
page.changes = {"handle": ObjType.VMO}

COMMIT, DECOMMIT = LIMITS["ZX_VMO_OP_COMMIT"], LIMITS["ZX_VMO_OP_DECOMMIT"]
LOCKS = (LIMITS["ZX_VMO_OP_LOCK"], LIMITS["ZX_VMO_OP_UNLOCK"])
INVALIDATE = LIMITS["ZX_VMO_OP_CACHE_INVALIDATE"]
_READS = (
    LIMITS["ZX_VMO_OP_CACHE_SYNC"],
    LIMITS["ZX_VMO_OP_CACHE_CLEAN"],
    LIMITS["ZX_VMO_OP_CACHE_CLEAN_INVALIDATE"],
)
_WRITES = (COMMIT, DECOMMIT, INVALIDATE)
_CACHE = (*_READS, INVALIDATE)

performed = page.effect(
    "performed",
    "the operation is performed on the range",
    words="performs cache and memory operations",
    purpose=True,
)

page.handle("handle", ObjType.VMO)


@page.error(
    Status.ZX_ERR_OUT_OF_RANGE,
    "offset and size are no valid range (one that ends beyond the VMO may be one)",
    words="invalid memory range",
)
def out_of_range(s: State, c: VmoOpRange) -> Tri:
    """The page does not say what makes a range invalid; one that begins beyond the end is."""
    outside = size_of(s, c.handle).asks(lambda size: c.offset > size)
    beyond = size_of(s, c.handle).asks(lambda size: c.offset + c.size > size)
    return both(s.is_a(c.handle, ObjType.VMO), either(outside, both(beyond, MAYBE)))


page.any_time(
    Status.ZX_ERR_NO_MEMORY, "memory ran out for the pages to commit", words="allocations to commit"
)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "handle lacks ZX_RIGHT_READ, or ZX_RIGHT_WRITE, whichever the operation requires",
    about="handle",
    words="sufficient rights",
)
def access_denied(s: State, c: VmoOpRange) -> Tri:
    if c.op in _WRITES:
        return s.lacks(c.handle, Rights.WRITE)
    return s.lacks(c.handle, Rights.READ) if c.op in _READS else NO


page.unmodelled(
    Status.ZX_ERR_INVALID_ARGS,
    ("out", "invalid pointer"),
    why="the call has no parameter out, and its text says that buffer is unused",
)
page.one_of(
    "op",
    (COMMIT, DECOMMIT, *LOCKS, *_CACHE),
    "op is no operation that the page names",
    clause="invalid_args_op",
    words="not a valid operation",
)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "size is zero, and op is a cache operation",
    about="size",
    words=("zero", "cache operation"),
)
def invalid_args_size(s: State, c: VmoOpRange) -> Tri:
    return tri(not c.size and c.op in _CACHE)


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "op is ZX_VMO_OP_LOCK or ZX_VMO_OP_UNLOCK",
    about="op",
    words="zx_vmo_op_lock",
)
def not_supported_lock(s: State, c: VmoOpRange) -> Tri:
    return tri(c.op in LOCKS)


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "op is ZX_VMO_OP_DECOMMIT, and the VMO does not allow decommitting",
    about="op",
    words="zx_vmo_op_decommit",
)
def not_supported_decommit(s: State, c: VmoOpRange) -> Tri:
    """Which VMOs do not allow it, no page says: those that zx_vmo_create makes do."""
    vmo = s.object(c.handle)
    if c.op != DECOMMIT or (isinstance(vmo, Vmo) and vmo.made_by == "vmo_create"):
        return NO
    return both(s.is_a(c.handle, ObjType.VMO), MAYBE)


@page.unspecified
def other_memory(s: State, c: VmoOpRange) -> Tri:
    """What operations do to physical or contiguous memory, the page does not say.

    Only of decommitting it says how it is refused.
    """
    vmo = s.object(c.handle)
    known = isinstance(vmo, Vmo) and vmo.made_by in ("vmo_create", "vmo_clone")
    return NO if known or c.op == DECOMMIT else both(s.is_a(c.handle, ObjType.VMO), MAYBE)


@page.unlisted_where(Status.ZX_ERR_BAD_STATE)
def pinned(s: State, c: VmoOpRange) -> Tri:
    """The page of zx_bti_pin says that pinned pages can't be decommitted, not with which status."""
    vmo = s.object(c.handle)
    free = isinstance(vmo, Vmo) and not vmo.pinned
    return NO if c.op != DECOMMIT or free else both(s.is_a(c.handle, ObjType.VMO), MAYBE)


@page.success
def success(s: State, c: VmoOpRange, o: Outcome) -> None:
    s.reach(performed)
    vmo = s.object(c.handle)
    if not isinstance(vmo, Vmo):
        return
    if c.op == COMMIT and c.size:
        vmo.committed = YES
    elif c.op == DECOMMIT:
        decommitted(vmo, c.offset, c.offset + c.size)
        vmo.committed = MAYBE
    elif c.op == INVALIDATE:
        _lost(vmo, c)


@page.failure
def failure(s: State, c: VmoOpRange, o: Outcome) -> None:
    """No page says that a call which fails has done nothing."""
    vmo = s.object(c.handle)
    if isinstance(vmo, Vmo) and c.op in _WRITES and o.status != Status.ZX_ERR_BAD_HANDLE:
        vmo.committed = MAYBE
        if c.op != COMMIT:
            _lost(vmo, c)


def _lost(vmo: Vmo, c: VmoOpRange) -> None:
    """Of what is invalidated, and of the rest of its pages, the page does not say what stays."""
    end = -(-(c.offset + c.size) // PAGE_SIZE) * PAGE_SIZE
    lost(vmo, c.offset // PAGE_SIZE * PAGE_SIZE, end)
