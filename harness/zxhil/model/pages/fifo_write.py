"""zx_fifo_write, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import FifoWrite
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.contents import Contents
from zxhil.model.fifos import (
    element_errors,
    full,
    may_have_moved,
    moved,
    showed,
    wrong_count,
    wrote,
)
from zxhil.model.objects import Fifo, KernelObject
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import NO, Tri, either

page = Page("fifo_write", FifoWrite, "fifo_write.md, 2018-12")
page.changes = {"handle": ObjType.FIFO}

written = page.effect(
    "written",
    "the elements can be read at the other end",
    words=("attempts to write", "elements"),
    purpose=True,
)
actual_reported = page.effect(
    "actual",
    "actual_count is how many were written: fewer than asked only if there is no room for them",
    words=("number of elements actually written", "actual_count"),
)
page.state(actual_reported, words=("fewer elements may be written", "insufficient room"))
one_is_one = page.effect(
    "one_is_one", "after ZX_OK a count of 1 was written", words=("if count is 1", "guaranteed")
)

element_errors(page, "written")
page.has_right("handle", Rights.WRITE)
page.peer_open("handle", "the other side of the FIFO is closed")


@page.error(Status.ZX_ERR_SHOULD_WAIT, "the FIFO is full", words="full")
def should_wait(s: State, c: FifoWrite) -> Tri:
    return full(s, c.handle)


def _end(s: State, c: FifoWrite) -> KernelObject | None:
    """Where the elements are read."""
    own = s.object(c.handle)
    return None if own is None else own.peer


@page.outputs
def outputs(s: State, c: FifoWrite, o: Outcome) -> Iterator[Mismatch]:
    if o.status == Status.ZX_OK:
        may_move = moved(_end(s, c), c.count, reading=False).values()
        clause = one_is_one if c.count == 1 else actual_reported
        yield from wrong_count(clause, c.count, o.number("actual_count"), may_move)


page.reported["actual_count"] = lambda s, c: max(
    moved(_end(s, c), c.count, reading=False).values(), default=1
)


@page.success
def success(s: State, c: FifoWrite, o: Outcome) -> None:
    end, actual = _end(s, c), o.number("actual_count")
    s.reach(actual_reported, actual is not None)
    s.reach(one_is_one, actual is not None and c.count == 1)
    if isinstance(end, Fifo):
        data = Contents.sampled(c.count * c.elem_size, c.data.content)
        wrote(s, end, c.count, actual, data, written)


@page.failure
def failure(s: State, c: FifoWrite, o: Outcome) -> None:
    end = _end(s, c)
    if o.status == Status.ZX_ERR_SHOULD_WAIT and isinstance(end, Fifo):
        showed(s, end, end.capacity)
    data = s.bad_input(c.data, c.count, null_when_empty=False)
    bad = either(data, s.bad_output(c.actual_count, optional=True))
    if o.status == Status.ZX_ERR_INVALID_ARGS and bad != NO:
        may_have_moved(s, end, c.count, reading=False)
