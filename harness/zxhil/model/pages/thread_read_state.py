"""zx_thread_read_state, as its page was in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ThreadReadState
from zxhil.abi.objects import ThreadState
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.facts import Fact
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tasks import task_of
from zxhil.model.thread_states import (
    availability,
    frozen_part,
    part_of,
    thread_and_kind,
    too_small,
)
from zxhil.model.tri import MAYBE, NO, Tri, both

page = Page("thread_read_state", ThreadReadState, "thread_read_state.md, 2018-12")
page.observes = True

read = page.effect(
    "read", "the state of a thread that is stopped is read", words="reads one aspect", purpose=True
)

thread_and_kind(page, Rights.READ)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "buffer is an invalid pointer",
    about="buffer",
    words="invalid pointer",
)
def invalid_args_buffer(s: State, c: ThreadReadState) -> Tri:
    """More than the kind's struct need not be mapped; what is not stopped has no state."""
    bad = s.bad_output(c.buffer)
    return both(bad, MAYBE) if bad and too_small(c.kind, c.buffer_size - 1) == NO else bad


page.no_memory()
page.when(
    "buffer_too_small",
    "buffer_size is too small for the kind's struct",
    lambda s, kind, size: too_small(kind, size),
    *("kind", "buffer_size"),
    words="too small",
)
availability(page)


@page.outputs
def outputs(s: State, c: ThreadReadState, o: Outcome) -> Iterator[Mismatch]:
    part = part_of(c.kind, o.sample("buffer"))
    known = _known(s, c)
    if o.status == Status.ZX_OK and part is not None and not known.may_be(part):
        due = " or ".join(each.hex(" ", 8) for each in known.possible)
        of = "registers 1 to 3" if c.kind == ThreadState.GENERAL_REGS else "value"
        yield Mismatch(read, f"{of}: {due}", part.hex(" ", 8))


def _known(s: State, c: ThreadReadState) -> Fact[bytes]:
    return frozen_part(s, task_of(s, c.handle), c.kind, c.buffer_size)


@page.success
def success(s: State, c: ThreadReadState, o: Outcome) -> None:
    part = part_of(c.kind, o.sample("buffer"))
    s.reach(read, o.sample("buffer") is not None)
    if part is not None:
        s.saw(_known(s, c), part)
