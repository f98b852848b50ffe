"""zx_vmo_clone, as its page stood in 2018-12.

The clone's rights are those of the other handle "with a few exceptions". ERRORS has no status for
a handle that is not valid, nor for bad options; it names one that does not exist, ERR_BAD_TYPE,
for a handle to something else than a VMO.
"""

from __future__ import annotations

from zxhil.abi.calls import VmoClone
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.objects import CloneOf, Vmo
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, tri
from zxhil.model.vmos import LARGEST, NON_RESIZABLE, PAGE_SIZE, SURELY_FINE, in_pages

page = Page("vmo_clone", VmoClone, "vmo_clone.md, 2018-12")

COPY_ON_WRITE = LIMITS["ZX_VMO_CLONE_COPY_ON_WRITE"]
NON_RESIZEABLE = LIMITS["ZX_VMO_CLONE_NON_RESIZEABLE"]

_MOST_CLONES = 64

created = page.created("one handle is returned")
shown = page.effect(
    "shown",
    "the clone shows the bytes of the range of the VMO that it is a clone of",
    words="same way the parent does",
)
page.state(shown, words="become visible once again")
page.state(shown, words="same contents as the parents corresponding page")
copy_on_write = page.effect(
    "copy_on_write",
    "a write to the clone copies the page: the other VMO does not change, nor the page's rest",
    words=("new page", "now a copy"),
)
zeros = page.effect(
    "zeros",
    "the clone has zeroes where the VMO that it is a clone of has ended",
    words=("outside of the parent", "contain zeros"),
)
size_rounded = page.effect(
    "size_rounded",
    "the clone has the size asked for, rounded up to whole pages",
    words=("rounded up", "page size"),
)
writable = page.rights(
    "writable", "the clone's handle has ZX_RIGHT_WRITE", "", Rights.WRITE, words="zx_right_write"
)
zero_children = page.effect(
    "zero_children",
    "ZX_VMO_ZERO_CHILDREN is not asserted while there is a clone",
    words=("zx_vmo_zero_children", "become inactive"),
)


page.names("handle", formerly="input")
page.valid(
    "handle",
    status=(Status.ZX_ERR_BAD_HANDLE, Status.ZX_ERR_WRONG_TYPE),
    words=("handle must be of type", "zx_obj_type_vmo"),
)
page.of_type("handle", ObjType.VMO, spelled="ZX_ERR_BAD_TYPE")
duplicate = page.has_right(
    "handle", Rights.DUPLICATE, clause="access_denied_duplicate", words="sufficient rights"
)
page.has_right("handle", Rights.READ, clause="access_denied_read", said_with=duplicate)
page.pointer("out")


@page.error(
    (Status.ZX_ERR_INVALID_ARGS, Status.ZX_ERR_NOT_SUPPORTED),
    "options has no ZX_VMO_CLONE_COPY_ON_WRITE",
    words=("options must contain", "zx_vmo_clone_copy_on_write"),
)
def not_copy_on_write(s: State, c: VmoClone) -> Tri:
    return tri(not c.options & COPY_ON_WRITE)


@page.unspecified
def other_options(s: State, c: VmoClone) -> Tri:
    """The page lists the valid flags; what another one does it does not say."""
    return tri(bool(c.options & ~(COPY_ON_WRITE | NON_RESIZEABLE)))


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "offset is not page-aligned", about="offset", words="page aligned"
)
def invalid_args_offset(s: State, c: VmoClone) -> Tri:
    return tri(bool(c.offset % PAGE_SIZE))


@page.error(
    Status.ZX_ERR_OUT_OF_RANGE,
    "offset and size together are too large (from where on the page does not say)",
    words="too large",
)
def out_of_range(s: State, c: VmoClone) -> Tri:
    if c.offset + c.size >= 1 << 64 or c.size > LARGEST:
        return YES
    return MAYBE if c.offset + c.size > SURELY_FINE else NO


page.no_memory()


@page.success
def success(s: State, c: VmoClone, o: Outcome) -> None:
    other = s.object(c.handle)
    fixed = NON_RESIZABLE if c.options & NON_RESIZEABLE else 0
    clone = Vmo(fixed, s.fact(in_pages(c.size), size_rounded), page.name)
    if isinstance(other, Vmo):
        promises = tuple(
            s.fact(True, each) for each in (shown, zeros, copy_on_write, zero_children)
        )
        clone.source = CloneOf(other, c.offset, promises)
        _forget_closed(s, other)
        other.clones.append(clone)
    clone.committed = MAYBE
    initial_cookie(s, s.new_object(clone))
    s.new_handle(o.number("out"), clone, writable.fact(s), created)


def _forget_closed(s: State, vmo: Vmo) -> None:
    """Of many clones, drop those that are gone."""
    if len(vmo.clones) >= _MOST_CLONES:
        vmo.clones = [each for each in vmo.clones if s.held(each) != NO or each.clones]
