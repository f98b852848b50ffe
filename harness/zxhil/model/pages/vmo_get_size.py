"""zx_vmo_get_size, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import VmoGetSize
from zxhil.abi.objects import ObjType
from zxhil.model.page import Page
from zxhil.model.vmos import size_of

page = Page("vmo_get_size", VmoGetSize, "vmo_get_size.md, 2018-12")
page.observes = True

reported = page.effect(
    "reported", "the current size is returned", words="returns the current size", purpose=True
)

page.handle("handle", ObjType.VMO)
page.pointer("size")
page.reports("size", size_of, "handle", reported)
