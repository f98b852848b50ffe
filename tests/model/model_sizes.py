"""Pages of an object with a size, as small as can be: one call sets it, two observe it.

They borrow the prototypes of other calls: `set_mask` is the new size, `actual` the size reported,
and a write of `buffer_size` bytes must fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zxhil.abi.calls import ObjectSignal, SocketRead, SocketWrite
from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Clause, Mismatch, Outcome
from zxhil.model.facts import Fact
from zxhil.model.judge import Verdict, judge
from zxhil.model.kernel import Kernel
from zxhil.model.objects import KernelObject
from zxhil.model.page import AnyPage, Page
from zxhil.model.state import State
from zxhil.model.tri import NO, Tri

SET, GET, FIT = "object_signal", "socket_read", "socket_write"


class Sized(KernelObject):
    """An object with a size."""

    def __init__(self, size: Fact[int]) -> None:
        super().__init__(ObjType.EVENT)
        self.size = size

    def open_facts(self) -> tuple[Fact[Any], ...]:
        return (self.size,)


def _size(s: State, call: Any) -> Fact[int]:
    object_ = s.object(call.handle)
    return object_.size if isinstance(object_, Sized) else Fact(None)


set_size = Page[ObjectSignal](SET, ObjectSignal, "a page of a test")
becomes = set_size.effect("becomes", "after success the size is the one asked for", purpose=True)
set_size.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@set_size.success
def _set(s: State, c: ObjectSignal, o: Outcome) -> None:
    s.change(_size(s, c), c.set_mask, becomes)


@set_size.failure
def _not_set(s: State, c: ObjectSignal, o: Outcome) -> None:
    s.may_have_become(_size(s, c), c.set_mask)


get_size = Page[SocketRead](GET, SocketRead, "a page of a test")
get_size.observes = True
size_read = get_size.effect("size_read", "the size is returned", purpose=True)


@get_size.outputs
def _wrong_size(s: State, c: SocketRead, o: Outcome) -> Iterator[Mismatch]:
    size, reported = _size(s, c), o.number("actual")
    if o.status == 0 and reported is not None and not size.may_be(reported):
        due = " or ".join(map(str, size.possible))
        yield Mismatch(size_read, f"a size of {due}", str(reported))


@get_size.success
def _got(s: State, c: SocketRead, o: Outcome) -> None:
    s.saw(_size(s, c), o.number("actual"))


fit = Page[SocketWrite](FIT, SocketWrite, "a page of a test")
fit.observes = True


@fit.error(Status.ZX_ERR_OUT_OF_RANGE, "the bytes do not fit into the size")
def does_not_fit(s: State, c: SocketWrite) -> Tri:
    return _size(s, c).asks(lambda size: c.buffer_size > size)


fit.effect("written", "the bytes are written", purpose=True)

PAGES: dict[str, AnyPage] = {SET: set_size, GET: get_size, FIT: fit}


class Sizes(Kernel):
    """A kernel with one object of size 10, as the page of the call that sets it says."""

    def __init__(self) -> None:
        super().__init__()
        self.of = Sized(self.state.fact(10, becomes))
        handle = self._new.handle()
        self.state.new_handle(handle, self.of, Fact(None), _given)
        self.state.calls += 1
        self.handle = handle

    def _answers(self, name: str, status: int, outs: dict[str, Any], **given: Any) -> Verdict:
        call = self.make(name, handle=self.handle, **given)
        return judge(PAGES[name], self.state, call, Outcome(status, outs))

    def sets(self, size: int, status: int = 0) -> Verdict:
        return self._answers(SET, status, {}, set_mask=size)

    def gets(self, size: int) -> Verdict:
        return self._answers(GET, 0, {"actual": size}, buffer_size=8)

    def fits(self, size: int, *, ok: bool) -> Verdict:
        status = 0 if ok else int(Status.ZX_ERR_OUT_OF_RANGE)
        return self._answers(FIT, status, {}, buffer=bytes(size))

    def whether_fits(self, size: int) -> Tri:
        call = self.make(FIT, handle=self.handle, buffer=bytes(size))
        allowed = fit.allows(self.state, call)
        return NO if not allowed.may_hold and not allowed.holds else 1 if allowed.ok else 2


_given = Clause("test/given", becomes.kind, (), "the handle is valid")
