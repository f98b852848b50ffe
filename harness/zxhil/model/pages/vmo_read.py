"""zx_vmo_read, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import VmoRead
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.contents import Contents
from zxhil.model.objects import Vmo
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO
from zxhil.model.vmo_memory import held, saw
from zxhil.model.vmos import access_errors, saw_uncached

page = Page("vmo_read", VmoRead, "vmo_read.md, 2018-12")
page.observes = True

bytes_read = page.effect(
    "bytes_read",
    "exactly buffer_size bytes of the VMO are in buffer",
    words=("exactly buffer_size", "written to buffer"),
    purpose=True,
)

page.handle("handle", ObjType.VMO, Rights.READ)
page.pointer("buffer", required=True)
access_errors(page)


@page.outputs
def outputs(s: State, c: VmoRead, o: Outcome) -> Iterator[Mismatch]:
    vmo = s.object(c.handle)
    if o.status != Status.ZX_OK or not isinstance(vmo, Vmo):
        return
    got = Contents.sampled(c.buffer_size, o.sample("buffer"))
    differs = held(vmo, c.offset, c.buffer_size).difference(got)
    if differs is not None:
        yield Mismatch(bytes_read, *differs)


@page.success
def success(s: State, c: VmoRead, o: Outcome) -> None:
    vmo = s.object(c.handle)
    if not isinstance(vmo, Vmo):
        return
    if vmo.committed == NO and c.buffer_size:
        vmo.committed = MAYBE
    got = Contents.sampled(c.buffer_size, o.sample("buffer"))
    s.reach(bytes_read, saw(s, vmo, c.offset, got))


@page.failure
def failure(s: State, c: VmoRead, o: Outcome) -> None:
    saw_uncached(s, c.handle, o.status)
