"""zx_vmo_set_size, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import VmoSetSize
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.page import Page
from zxhil.model.vmo_memory import resizes
from zxhil.model.vmos import (
    LARGEST,
    SURELY_FINE,
    in_pages,
    not_made_resizable,
    not_resizable,
    size_of,
)

page = Page("vmo_set_size", VmoSetSize, "vmo_set_size.md, 2018-12")
page.changes = {"handle": ObjType.VMO}

resized = page.effect(
    "resized", "the size is the one asked for, in whole pages", words="rounded up", purpose=True
)

page.handle("handle", ObjType.VMO, Rights.WRITE)
page.when(
    "unavailable", "the VMO can't be resized", not_resizable, "handle", words="zx_vmo_non_resizable"
)
page.of_later_pages(
    page.when(
        "unavailable_not_made_so",
        "the VMO was not created with ZX_VMO_RESIZABLE",
        not_made_resizable,
        "handle",
        status=Status.ZX_ERR_UNAVAILABLE,
        words="not created with zx_vmo_resizable",
    )
)
page.range("size", SURELY_FINE, "size is too large (of unknown limit)", surely=LARGEST)
page.no_memory()
page.sets(size_of, "handle", "size", resized, in_pages, also=resizes)
