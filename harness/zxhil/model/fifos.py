"""Elements that wait in a FIFO: what the pages of reading and writing one share.

Their pages say that a call moves fewer elements than it is asked to only where there are not
enough, or not enough room. So what a call moved follows from how many elements waited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Clause, Mismatch
from zxhil.model.contents import Contents
from zxhil.model.facts import Fact
from zxhil.model.objects import Fifo, KernelObject
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, Tri, both, tri

MOST_BYTES = 4096
"""The size of one direction of a FIFO."""
_MOST_OPTIONS = 32


def waiting(end: KernelObject | None) -> Fact[int]:
    """How many elements wait at an end; nothing is known of one that others may have used."""
    known = isinstance(end, Fifo) and not end.unseen and not end.unidentified
    return end.waiting if known and isinstance(end, Fifo) else Fact(None)


def empty(s: State, handle: int) -> Tri:
    """Is it a handle to a FIFO with nothing to read?"""
    nothing = waiting(s.object(handle)).asks(lambda count: count == 0)
    return both(s.is_a(handle, ObjType.FIFO), nothing)


def full(s: State, handle: int) -> Tri:
    """Is it a handle to a FIFO with no room to write?"""
    own = s.object(handle)
    no_room: Tri = MAYBE
    if isinstance(own, Fifo):
        no_room = waiting(own.peer).asks(lambda count: count >= own.capacity)
    return both(s.is_a(handle, ObjType.FIFO), no_room)


def other_size(s: State, handle: int, each: int) -> Tri:
    """Is it a handle to a FIFO whose elements have another size?"""
    own = s.object(handle)
    other = tri(own.each != each) if isinstance(own, Fifo) else MAYBE
    return both(s.is_a(handle, ObjType.FIFO), other)


def _read_for_sure(s: State, c: Any) -> int:
    """How many elements a write reads at least: no more than there is room for, and one."""
    own = s.object(c.handle)
    if not isinstance(own, Fifo):
        return 1
    rooms = [own.capacity - count for count in waiting(own.peer).possible]
    return max(min(rooms, default=1), 1)


def element_errors(page: Page[Any], moved: str) -> None:
    """The errors of the handle, the pointers and the sizes, where elements are `moved`."""
    page.handle("handle", ObjType.FIFO)
    page.pointer("data", kept=_read_for_sure)
    page.pointer("actual_count", optional=True)
    none = page.when(
        "out_of_range_count",
        f"no element is to be {moved}",
        lambda s, count: tri(not count),
        "count",
        status=Status.ZX_ERR_OUT_OF_RANGE,
        about="count",
        words="count is zero",
    )
    page.state(none, words=("not legal", "zero elements"), in_text=True)
    other = page.when(
        "out_of_range_size",
        "elem_size is not the size of the FIFO's elements",
        other_size,
        *("handle", "elem_size"),
        status=Status.ZX_ERR_OUT_OF_RANGE,
        about="elem_size",
        words="not equal",
    )
    page.state(other, words=("elem_size must match",), in_text=True)


def moved(end: KernelObject | None, asked: int, *, reading: bool) -> dict[int, int]:
    """How many elements a call moves, for each number that may wait at `end`, where it is read."""
    if not isinstance(end, Fifo):
        return {}
    return {
        count: min(asked, count if reading else end.capacity - count)
        for count in waiting(end).possible
    }


def wrong_count(
    clause: Clause, asked: int, actual: int | None, may_move: Iterable[int]
) -> Iterator[Mismatch]:
    """Check what a call that succeeded reports to have moved."""
    allowed = sorted({count for count in may_move if count})
    if actual is None or actual in allowed or (not allowed and 0 < actual <= asked):
        return
    due = " or ".join(map(str, allowed)) or f"from 1 to {asked}"
    yield Mismatch(clause, f"actual_count={due}", f"actual_count={actual}")


def wrote(
    s: State, end: Fifo, asked: int, actual: int | None, data: Contents, clause: Clause
) -> None:
    """A call wrote up to `asked` elements, which now wait at `end`."""
    may_move = moved(end, asked, reading=False)
    before = [count for count, number in may_move.items() if actual in (None, number)]
    numbers = {may_move[count] for count in before} if actual is None else {actual}
    after = [min(end.capacity, count + may_move[count]) for count in before]
    if end.whole and len(numbers) == 1:
        end.known += data.read(0, numbers.pop() * end.each)
    else:
        end.whole = False
    _become(s, end, after, clause)


def took(s: State, end: Fifo, asked: int, actual: int | None, taken: Contents | None) -> None:
    """A call read up to `asked` elements at `end`: `taken`, if it is known how many."""
    may_move = moved(end, asked, reading=True)
    before = [count for count, number in may_move.items() if actual in (None, number)]
    if taken is None:
        end.lose()
    else:
        end.known = end.known.after(taken)
    # The elements that are left are those that were written: by whom is expected as before.
    expectation = end.waiting.expectation
    _become(s, end, [count - may_move[count] for count in before], None)
    if end.waiting.value:
        end.waiting.expectation = end.waiting.origin = expectation


def may_have_moved(s: State, end: KernelObject | None, asked: int, *, reading: bool) -> None:
    """A call failed: no page says that it moved none of the elements, or how many."""
    if not isinstance(end, Fifo):
        return
    counts: set[int] = set()
    for count, number in moved(end, asked, reading=reading).items():
        span = range(count - number, count + 1) if reading else range(count, count + number + 1)
        counts.update(span)
    if counts != set(end.waiting.possible):
        if reading:
            end.lose()
        end.whole = False
        _become(s, end, sorted(counts), None)


def _become(s: State, end: Fifo, counts: Iterable[int], clause: Clause | None) -> None:
    """From now on as many elements wait as one of `counts` says; anything, if it is empty."""
    possible = tuple(dict.fromkeys(counts))
    if len(possible) == 1:
        s.change(end.waiting, possible[0], clause)
    else:
        s.change(end.waiting, None, None)
        end.waiting.options = possible if len(possible) <= _MOST_OPTIONS else ()
    if end.waiting.value == 0:
        end.lose()


def showed(s: State, end: KernelObject | None, count: int) -> None:
    """An answer showed how many elements wait at `end`, if that was open."""
    if isinstance(end, Fifo) and not end.unseen and not end.waiting.possible:
        s.saw(end.waiting, count)
        end.lose()
