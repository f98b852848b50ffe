"""zx_vmo_write, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import VmoWrite
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.contents import Contents
from zxhil.model.objects import Vmo
from zxhil.model.page import Page
from zxhil.model.pages.vmo_clone import copy_on_write
from zxhil.model.state import State
from zxhil.model.vmo_memory import lost, wrote
from zxhil.model.vmos import access_errors, saw_uncached

page = Page("vmo_write", VmoWrite, "vmo_write.md, 2018-12")
page.changes = {"handle": ObjType.VMO}

written = page.effect(
    "written",
    "exactly the bytes of buffer are written, and can be read",
    words=("exactly buffer_size", "written from buffer"),
    purpose=True,
)

page.handle("handle", ObjType.VMO, Rights.WRITE)
page.pointer("buffer")
page.no_memory()
access_errors(page)


@page.success
def success(s: State, c: VmoWrite, o: Outcome) -> None:
    vmo = s.object(c.handle)
    if isinstance(vmo, Vmo):
        data = Contents.sampled(c.buffer_size, c.buffer.content)
        wrote(s, vmo, c.offset, data, written, copy_on_write)


@page.failure
def failure(s: State, c: VmoWrite, o: Outcome) -> None:
    """After a failure the number of bytes written is undefined."""
    vmo = s.object(c.handle)
    saw_uncached(s, c.handle, o.status)
    if isinstance(vmo, Vmo) and o.status != Status.ZX_ERR_BAD_HANDLE and c.buffer_size:
        lost(vmo, c.offset, c.offset + c.buffer_size)
