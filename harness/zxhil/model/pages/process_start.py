"""zx_process_start, as its page was in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ProcessStart
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.processes import moves_to_process
from zxhil.model.state import State
from zxhil.model.task_objects import KernelTask
from zxhil.model.tasks import asks, has_run, start, task_of
from zxhil.model.thread_states import begins_with
from zxhil.model.tri import MAYBE, NO, Tri, both, negate

page = Page("process_start", ProcessStart, "process_start.md, 2018-12")

started = page.effect(
    "started",
    "the thread runs, as the first of the process",
    words="causes a thread to begin execution",
    purpose=True,
)
transferred = page.effect(
    "transferred",
    "arg1 is the new process's handle",
    words=("arg1 is a handle", "transferred"),
)
discarded_on_failure = page.effect(
    "discarded_on_failure",
    "after a failure arg1 is closed",
    words=("returns an error", "arg1 is closed"),
)

registers = page.effect(
    "registers",
    "the second argument is arg2, and all other registers are zero",
    words="registers are zero",
)

page.names("handle", "the process", formerly="process")
page.valid("handle")
page.valid("thread", clause="bad_handle_thread")
page.valid("arg1", clause="bad_handle_arg1")
page.of_type("handle", ObjType.PROCESS, words="not a process handle")
page.of_type("thread", ObjType.THREAD, clause="wrong_type_thread")
page.has_right("thread", Rights.WRITE, clause="access_denied_thread")


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "the thread is none of the process",
    about="thread",
    words="does not belong",
)
def access_denied_other_process(s: State, c: ProcessStart) -> Tri:
    process, thread = s.object(c.handle), s.object(c.thread)
    if process is None or process.type is not ObjType.PROCESS:
        return both(MAYBE, s.is_a(c.thread, ObjType.THREAD))
    known = thread is not None and (isinstance(thread, KernelTask) or thread.parent is not None)
    if thread is None or not known or thread.unidentified:
        return both(MAYBE, s.is_a(c.thread, ObjType.THREAD))
    other = negate(s.is_same(c.handle, thread.parent)) if thread.parent is not None else MAYBE
    there = both(s.valid(c.handle), s.is_a(c.thread, ObjType.THREAD))
    return both(other, there)


page.has_right("handle", Rights.WRITE)
page.has_right("arg1", Rights.TRANSFER, clause="access_denied_arg1")
bad_state = page.when(
    "bad_state",
    "the process was started already, or is dead",
    lambda s, handle: asks(s, handle, has_run, ObjType.PROCESS),
    "handle",
    words="already running",
)
page.state(bad_state, words="has exited")


@page.unspecified
def thread_has_run(s: State, c: ProcessStart) -> Tri:
    """The page does not say what becomes of a thread that is dead, or was started."""
    ran = asks(s, c.thread, has_run, ObjType.THREAD)
    return both(ran, MAYBE) if ran != NO else NO


@page.success
def success(s: State, c: ProcessStart, o: Outcome) -> None:
    for task in (task_of(s, c.handle), task_of(s, c.thread)):
        if task is not None:
            start(s, task, started)
            begins_with(s, task, c.arg2, registers)
    moves_to_process(s, s.object(c.handle), c.arg1, transferred)


@page.failure
def failure(s: State, c: ProcessStart, o: Outcome) -> None:
    s.discard(c.arg1, discarded_on_failure)
