"""zx_vmar_unmap, as its page stood in 2018-12.

Of a range with nothing in it, all is unmapped, by DESCRIPTION; by ERRORS nothing is found.
The page does not say what a range outside the VMAR does.
"""

from __future__ import annotations

from typing import Any

from zxhil.abi.calls import VmarUnmap
from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.conditions import asked
from zxhil.model.page import Page
from zxhil.model.ranges import not_zero, page_aligned
from zxhil.model.regions import Vmar
from zxhil.model.state import State
from zxhil.model.vmars import (
    cuts_vmar,
    destroyed,
    may_be_removed,
    not_there,
    outside,
    pages_of,
    remove,
    vmar_of,
)

page = Page("vmar_unmap", VmarUnmap, "vmar_unmap.md, 2018-12")
page.changes = {"handle": ObjType.VMAR}

# DESCRIPTION

unmapped = page.effect(
    "unmapped",
    "all mappings in the range are unmapped",
    words="unmaps all vmo mappings",
    purpose=True,
)
vmars_destroyed = page.effect(
    "vmars_destroyed", "all VMARs in the range are destroyed", said_with=unmapped
)
split = page.effect(
    "split",
    "of a mapping that is only partly in the range, that part is unmapped",
    words="mapping is split",
)

# ERRORS


def add_errors(page: Page[Any], handle: str, addr: str, size: str) -> None:
    """Add the errors that this page has, about parameters of these names."""
    page.names(handle, formerly="handle")
    page.handle(handle, ObjType.VMAR)
    page_aligned(page, addr, "invalid_args_addr", about="addr")
    not_zero(page, size, "invalid_args_len", about="len", words="0")
    page_aligned(page, size, "invalid_args_len_alignment", about="len")
    place = (handle, addr, size)
    page.when(
        "invalid_args_overlap",
        "a VMAR inside is only partly in the range",
        cuts_vmar,
        *place,
        status=Status.ZX_ERR_INVALID_ARGS,
        words="partially overlaps a sub region",
    )
    page.when("bad_state", "the VMAR is destroyed", destroyed, handle, words="destroyed handle")
    page.when(
        "not_found",
        "nothing is mapped in the range",
        not_there,
        *place,
        words="could not find the requested mapping",
        contradicted=True,
    )
    # The page does not say what a range outside the VMAR does.
    page.unspecified(asked(outside, *map(page.place, place)))


add_errors(page, "handle", "addr", "len")
(overlap,) = (clause for clause, _ in page.errors if clause.id.endswith("overlap"))
page.state(overlap, words="partial overlaps are an error", in_text=True)

# EFFECTS


@page.success
def success(s: State, c: VmarUnmap, o: Outcome) -> None:
    vmar = vmar_of(s, c.handle)
    if vmar is None:
        return
    whole = {(region.start, region.end) for region in vmar.regions}
    for region in pages_of(s, vmar, c.addr, c.len):
        clause = unmapped if (region.start, region.end) in whole else split
        remove(s, [region], vmars_destroyed if isinstance(region.inside, Vmar) else clause)


@page.failure
def failure(s: State, c: VmarUnmap, o: Outcome) -> None:
    vmar = vmar_of(s, c.handle)
    if vmar is not None:
        may_be_removed(s, pages_of(s, vmar, c.addr, c.len))
