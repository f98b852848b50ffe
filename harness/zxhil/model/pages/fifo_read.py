"""zx_fifo_read, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import FifoRead
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.contents import Contents
from zxhil.model.fifos import (
    element_errors,
    empty,
    may_have_moved,
    moved,
    showed,
    took,
    wrong_count,
)
from zxhil.model.objects import Fifo
from zxhil.model.page import Page
from zxhil.model.pages.fifo_write import written
from zxhil.model.state import State
from zxhil.model.tri import Tri

page = Page("fifo_read", FifoRead, "fifo_read.md, 2018-12")
page.changes = {"handle": ObjType.FIFO}
page.observes = True

data_read = page.effect(
    "data_read",
    "the elements that the other end wrote are read, in order",
    words=("attempts to read", "elements"),
    purpose=True,
)
actual_reported = page.effect(
    "actual",
    "actual_count is how many were read: fewer than asked only if there are no more",
    words=("number of elements actually read", "actual_count"),
)
page.state(actual_reported, words=("fewer elements may be read", "insufficient elements"))
one_is_one = page.effect(
    "one_is_one", "after ZX_OK a count of 1 was read", words=("if count is 1", "guaranteed")
)
page.weighs = (actual_reported, one_is_one)

element_errors(page, "read")
page.has_right("handle", Rights.READ)
page.peer_open("handle", "the other side of the FIFO is closed, whatever is left to read")


@page.error(Status.ZX_ERR_SHOULD_WAIT, "the FIFO is empty", words="empty")
def should_wait(s: State, c: FifoRead) -> Tri:
    return empty(s, c.handle)


def _count(c: FifoRead, o: Outcome) -> int | None:
    """How many elements were read, as far as that is known."""
    return 1 if c.count == 1 else o.number("actual_count")


def _next(s: State, c: FifoRead, count: int) -> Contents:
    """What is known of the next elements."""
    end, size = s.object(c.handle), count * c.elem_size
    has_all = isinstance(end, Fifo) and not end.unseen
    known = end.known.read(0, size) if has_all and isinstance(end, Fifo) else Contents.of(b"")
    return known + Contents.unknown(size - known.size)


@page.outputs
def outputs(s: State, c: FifoRead, o: Outcome) -> Iterator[Mismatch]:
    if o.status != Status.ZX_OK:
        return
    may_move = moved(s.object(c.handle), c.count, reading=True).values()
    clause = one_is_one if c.count == 1 else actual_reported
    wrong = list(wrong_count(clause, c.count, o.number("actual_count"), may_move))
    yield from wrong
    count, seen = _count(c, o), o.sample("data")
    if wrong or count is None or seen is None:
        return
    differs = _next(s, c, count).difference(Contents.sampled(count * c.elem_size, seen))
    if differs:
        yield Mismatch(data_read, *differs)


def _predicted(s: State, c: FifoRead) -> int:
    return max(moved(s.object(c.handle), c.count, reading=True).values(), default=1)


def _data(s: State, c: FifoRead) -> Sample | None:
    return _next(s, c, _predicted(s, c)).sample()


page.reported["actual_count"] = _predicted
page.reported["data"] = _data


@page.success
def success(s: State, c: FifoRead, o: Outcome) -> None:
    end, count, seen = s.object(c.handle), _count(c, o), o.sample("data")
    reported = o.number("actual_count") is not None
    s.reach(actual_reported, reported)
    s.reach(one_is_one, reported and c.count == 1)
    s.reach(data_read, seen is not None)
    s.reach(written, seen is not None)
    if isinstance(end, Fifo):
        taken = None if count is None else Contents.sampled(count * c.elem_size, seen)
        took(s, end, c.count, count, taken)


@page.failure
def failure(s: State, c: FifoRead, o: Outcome) -> None:
    end = s.object(c.handle)
    if o.status == Status.ZX_ERR_SHOULD_WAIT:
        showed(s, end, 0)
    elif o.status not in (Status.ZX_ERR_BAD_HANDLE, Status.ZX_ERR_WRONG_TYPE):
        may_have_moved(s, end, c.count, reading=True)
