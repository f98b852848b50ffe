"""zx_thread_write_state, as its page was in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ThreadWriteState
from zxhil.abi.objects import ThreadState
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tasks import task_of
from zxhil.model.thread_states import (
    availability,
    other_size,
    part_of,
    thread_and_kind,
    write_part,
)
from zxhil.model.tri import MAYBE, Tri, tri

page = Page("thread_write_state", ThreadWriteState, "thread_write_state.md, 2018-12")

written = page.effect(
    "written",
    "the state of a thread that is stopped is written",
    words="writes one aspect",
    purpose=True,
)

thread_and_kind(page, Rights.WRITE)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "buffer is an invalid pointer",
    about="buffer",
    words="invalid pointer",
)
def invalid_args_buffer(s: State, c: ThreadWriteState) -> Tri:
    return s.bad_input(c.buffer, c.buffer_size, null_when_empty=False)


page.when(
    "invalid_args_size",
    "buffer_size is not the size of the kind's struct",
    lambda s, kind, size: other_size(kind, size),
    *("kind", "buffer_size"),
    status=Status.ZX_ERR_INVALID_ARGS,
    about="buffer_size",
    words="doesnt match|does not match",
)


@page.error(Status.ZX_ERR_INVALID_ARGS, "the values can't be set", words="given values to set")
def invalid_args_values(s: State, c: ThreadWriteState) -> Tri:
    """Of single steps, 0 and 1 are valid; of registers no page says what is."""
    if c.kind != ThreadState.SINGLE_STEP:
        return MAYBE
    content = None if c.buffer.content is None else c.buffer.content.whole
    if content is None or len(content) != 4:
        return MAYBE
    return tri(int.from_bytes(content, "little") > 1)


page.no_memory()
availability(page)


@page.success
def success(s: State, c: ThreadWriteState, o: Outcome) -> None:
    thread = task_of(s, c.handle)
    write_part(s, thread, c.kind, c.buffer_size, part_of(c.kind, c.buffer.content), written)


@page.failure
def failure(s: State, c: ThreadWriteState, o: Outcome) -> None:
    """No page says if a call that fails has written a part."""
    thread = task_of(s, c.handle)
    write_part(s, thread, c.kind, c.buffer_size, None, written)
