"""zx_fifo_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import FifoCreate
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.fifos import MOST_BYTES
from zxhil.model.objects import Fifo
from zxhil.model.page import Page
from zxhil.model.pairs import new_pair
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page("fifo_create", FifoCreate, "fifo_create.md, 2018-12")

both_ends = page.effect(
    "both_ends",
    "two handles are returned, one to each side, with nothing to read",
    words=("two endpoints", "returned"),
    purpose=True,
)
rights = page.default_rights("fifo")

page.pointer("out0")
page.pointer("out1")
page.options()


@page.error(
    Status.ZX_ERR_OUT_OF_RANGE, "elem_count or elem_size is zero", about="elem_count", words="zero"
)
def out_of_range_none(s: State, c: FifoCreate) -> Tri:
    return tri(not c.elem_count or not c.elem_size)


page.state(out_of_range_none, about="elem_size", words="zero")


@page.error(
    Status.ZX_ERR_OUT_OF_RANGE,
    "elem_count is not a power of two",
    about="elem_count",
    words="not a power of two",
)
def out_of_range_power(s: State, c: FifoCreate) -> Tri:
    return tri(bool(c.elem_count & (c.elem_count - 1)))


@page.error(
    Status.ZX_ERR_OUT_OF_RANGE, "all elements have more than 4096 bytes", words="greater than 4096"
)
def out_of_range_total(s: State, c: FifoCreate) -> Tri:
    return tri(c.elem_count * c.elem_size > MOST_BYTES)


page.no_memory()


@page.success
def success(s: State, c: FifoCreate, o: Outcome) -> None:
    ends = Fifo(c.elem_count, c.elem_size), Fifo(c.elem_count, c.elem_size)
    new_pair(s, o, ends, both_ends, rights.fact(s))
