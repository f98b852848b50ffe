"""zx_bti_pin, as its page stood in 2018-12."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from zxhil.abi.calls import BtiPin
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.objects import KernelObject, Vmo
from zxhil.model.page import Page
from zxhil.model.ranges import page_aligned
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, tri
from zxhil.model.vmos import PAGE_SIZE, too_short

page = Page("bti_pin", BtiPin, "bti_pin.md, 2018-12")

COMPRESS, CONTIGUOUS = LIMITS["ZX_BTI_COMPRESS"], LIMITS["ZX_BTI_CONTIGUOUS"]
_PERMS = {
    LIMITS["ZX_BTI_PERM_READ"]: Rights.READ,
    LIMITS["ZX_BTI_PERM_WRITE"]: Rights.WRITE,
    LIMITS["ZX_BTI_PERM_EXECUTE"]: Rights.READ,
}
_ALL = sum(_PERMS) | COMPRESS | CONTIGUOUS
_AT_ONCE = (COMPRESS, CONTIGUOUS)

pinned = page.effect(
    "pinned",
    "a handle to the pinned memory token is returned",
    words=("pinned memory token", "returned"),
    purpose=True,
)
addresses = page.effect(
    "addresses",
    "addrs has the addresses of the pages, each its own",
    words=("addrs", "populated"),
)

for name in ("handle", "vmo"):
    page.valid(name, clause=f"bad_handle_{name}")
page.of_type("handle", ObjType.BTI, clause="wrong_type_handle")
page.of_type("vmo", ObjType.VMO, clause="wrong_type_vmo")
page.has_right("handle", Rights.MAP, clause="access_denied_handle")
page.has_right("vmo", Rights.MAP, clause="access_denied_vmo")


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "vmo lacks a right for an access in options",
    about="options",
    words="permissions flag",
)
def access_denied_perm(s: State, c: BtiPin) -> Tri:
    answer: Tri = NO
    for perm, right in _PERMS.items():
        if c.options & perm:
            answer = either(answer, s.lacks(c.vmo, right))
    return answer


@page.error(Status.ZX_ERR_INVALID_ARGS, "options is zero", about="options", words="is 0")
def invalid_args_none(s: State, c: BtiPin) -> Tri:
    return tri(not c.options)


page.options(_ALL, "options has a flag that the page does not name", words="undefined flag")
page.pointer("addrs", required=True)
page.pointer("pmt")


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "addrs_count is not the number of addresses: one for each page, or one in all",
    about="addrs_count",
    words="number of entries",
)
def invalid_args_count(s: State, c: BtiPin) -> Tri:
    """How many pages ZX_BTI_COMPRESS makes one of, depends on the machine."""
    pages, rest = divmod(c.size, PAGE_SIZE)
    if rest or (c.options & COMPRESS and c.options & CONTIGUOUS):
        return MAYBE
    if c.options & CONTIGUOUS:
        return tri(c.addrs_count != 1)
    if not c.options & COMPRESS:
        return tri(c.addrs_count != pages)
    return YES if c.addrs_count > pages or (pages and not c.addrs_count) else MAYBE


for _parameter in ("offset", "size"):
    page_aligned(page, _parameter, f"invalid_args_{_parameter}")


@page.error(
    (Status.ZX_ERR_INVALID_ARGS, Status.ZX_ERR_NOT_SUPPORTED),
    "options has both ZX_BTI_COMPRESS and ZX_BTI_CONTIGUOUS",
    words="mutually exclusive",
)
def exclusive(s: State, c: BtiPin) -> Tri:
    return tri(all(c.options & each for each in _AT_ONCE))


@page.error(
    (Status.ZX_ERR_INVALID_ARGS, Status.ZX_ERR_NOT_SUPPORTED, Status.ZX_ERR_BAD_STATE),
    "options has ZX_BTI_CONTIGUOUS, and vmo is neither contiguous nor physical",
    words=("zx_bti_contiguous", "only allowed"),
)
def not_contiguous(s: State, c: BtiPin) -> Tri:
    if not c.options & CONTIGUOUS:
        return NO
    vmo = s.object(c.vmo)
    if not isinstance(vmo, Vmo) or vmo.unidentified:
        return both(s.is_a(c.vmo, ObjType.VMO), MAYBE)
    return both(s.valid(c.vmo), tri(vmo.made_by in ("vmo_create", "vmo_clone")))


page.when(
    "out_of_range",
    "the range is not within the VMO",
    too_short,
    "vmo",
    "offset",
    "size",
    words="out of the bounds",
)
page.any_time(
    Status.ZX_ERR_UNAVAILABLE,
    "a page could not be pinned at this time",
    words="could not be pinned",
)
page.no_memory()


@page.unspecified
def nothing_to_pin(s: State, c: BtiPin) -> Tri:
    """Of no pages, and of options without any access, the page says nothing."""
    return tri(not c.size or not any(c.options & perm for perm in _PERMS))


@page.unlisted_where(Status.ZX_ERR_NOT_SUPPORTED, Status.ZX_ERR_BAD_STATE)
def other_memory(s: State, c: BtiPin) -> Tri:
    """Whether the memory of every VMO can be pinned, the page does not say."""
    vmo = s.object(c.vmo)
    plain = isinstance(vmo, Vmo) and vmo.made_by == "vmo_create" and not vmo.unidentified
    return NO if plain else both(s.is_a(c.vmo, ObjType.VMO), MAYBE)


@page.outputs
def outputs(s: State, c: BtiPin, o: Outcome) -> Iterator[Mismatch]:
    seen = o.sample("addrs")
    if o.status != Status.ZX_OK or seen is None:
        return
    # What is more than the trace carries is not known.
    found = [address for (address,) in struct.iter_unpack("<Q", seen.first[: len(seen.first) & ~7])]
    for at, address in enumerate(found):
        if address % PAGE_SIZE:
            yield Mismatch(addresses, "the address of a page", f"addrs[{at}]={address:#x}")
        elif address in found[:at]:
            yield Mismatch(addresses, "another address for each page", f"{address:#x} twice")


@page.success
def success(s: State, c: BtiPin, o: Outcome) -> None:
    s.reach(addresses, o.sample("addrs") is not None)
    vmo = s.object(c.vmo)
    if isinstance(vmo, Vmo) and c.size:
        vmo.committed, vmo.pinned = YES, True
    token = s.new_object(KernelObject(ObjType.PMT))
    s.new_handle(o.number("pmt"), token, Fact(KnownRights(0, exact=False)), pinned)


@page.failure
def failure(s: State, c: BtiPin, o: Outcome) -> None:
    """Whether the pages have been committed is undefined."""
    vmo = s.object(c.vmo)
    if isinstance(vmo, Vmo) and vmo.committed == NO:
        vmo.committed = MAYBE
