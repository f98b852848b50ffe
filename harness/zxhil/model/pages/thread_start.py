"""zx_thread_start, as its page was in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ThreadStart
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.task_objects import KernelTask
from zxhil.model.tasks import asks, has_run, is_dead, start, task_of
from zxhil.model.thread_states import begins_with
from zxhil.model.tri import MAYBE, NO, Tri, both

page = Page("thread_start", ThreadStart, "thread_start.md, 2018-12")

started = page.effect(
    "started", "the thread runs", words="causes a thread to begin execution", purpose=True
)

registers = page.effect(
    "registers",
    "the second argument is arg2, and all other registers are zero",
    words="registers are zero",
)

page.names("handle", "the thread", formerly="thread")
page.handle("handle", ObjType.THREAD)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "the thread's handle lacks ZX_RIGHT_WRITE and ZX_RIGHT_MANAGE_THREAD",
    about="handle|thread",
    words="zx_right_write",
)
def access_denied(s: State, c: ThreadStart) -> Tri:
    """ERRORS: WRITE is missing. RIGHTS: MANAGE_THREAD. Open where they differ."""
    write, manage = s.lacks(c.handle, Rights.WRITE), s.lacks(c.handle, Rights.MANAGE_THREAD)
    return manage if manage == write else both(MAYBE, s.valid(c.handle))


def _not_ready(thread: KernelTask) -> Tri:
    """The first thread of a process is for zx_process_start, say other documents."""
    ran = has_run(thread)
    process = thread.parent
    if ran == NO and not (isinstance(process, KernelTask) and process.started.value):
        return MAYBE
    return ran


def _process_dead(s: State, handle: int) -> Tri:
    def question(thread: KernelTask) -> Tri:
        return is_dead(s, thread.parent) if isinstance(thread.parent, KernelTask) else MAYBE

    return asks(s, handle, question, ObjType.THREAD)


page.when(
    "bad_state",
    "the thread was started already, or is dead",
    lambda s, handle: asks(s, handle, _not_ready, ObjType.THREAD),
    "handle",
    words="not ready to run",
)
page.when(
    "bad_state_process",
    "the thread's process is dead",
    _process_dead,
    "handle",
    status=Status.ZX_ERR_BAD_STATE,
    words="no longer alive",
)


@page.success
def success(s: State, c: ThreadStart, o: Outcome) -> None:
    thread = task_of(s, c.handle)
    if thread is not None:
        start(s, thread, started)
        begins_with(s, thread, c.arg2, registers)
