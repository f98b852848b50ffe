"""zx_vmo_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import VmoCreate
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.objects import Vmo
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie
from zxhil.model.state import State
from zxhil.model.stated import NOT_ZERO
from zxhil.model.tri import Tri, tri
from zxhil.model.vmos import NON_RESIZABLE, in_pages

page = Page("vmo_create", VmoCreate, "vmo_create.md, 2018-12")

created = page.created("one handle is returned")
rights = page.rights(
    "usable_rights",
    "the handle has the eight rights that the page lists",
    "vmo",
    *(Rights.DUPLICATE, Rights.TRANSFER, Rights.READ, Rights.WRITE, Rights.EXECUTE, Rights.MAP),
    *(Rights.GET_PROPERTY, Rights.SET_PROPERTY),
)._replace(withdrawn=int(Rights.EXECUTE))

size_rounded = page.effect(
    "size_rounded",
    "the object has the size asked for, rounded up to whole pages",
    words=("rounded up", "page size"),
)

page.pointer("out")


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "options is ZX_VMO_NON_RESIZABLE, not zero", contradicted=True
)
def invalid_args_non_resizable(s: State, c: VmoCreate) -> Tri:
    return tri(c.options == NON_RESIZABLE)


options = page.one_of(
    "options",
    (0, NON_RESIZABLE),
    "options is a value that the page does not name",
    clause="invalid_args_options",
    words=NOT_ZERO,
)
page.state(
    invalid_args_non_resizable,
    said_with=options,
    words="can be 0 or zx_vmo_non_resizable",
    in_text=True,
)
page.no_memory()


@page.success
def success(s: State, c: VmoCreate, o: Outcome) -> None:
    vmo = s.new_object(Vmo(c.options, s.fact(in_pages(c.size), size_rounded)))
    initial_cookie(s, vmo)
    s.new_handle(o.number("out"), vmo, rights.fact(s), created)
