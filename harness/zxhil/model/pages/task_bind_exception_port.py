"""zx_task_bind_exception_port, as its page was in 2018-12.

The page names no value of options. One that other documents name, for a debugger's port, binds
another port of the same task: whether that is bound is not known.
"""

from __future__ import annotations

from zxhil.abi.calls import TaskBindExceptionPort
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.task_objects import TASKS, KernelTask
from zxhil.model.tasks import asks, dead, is_dead, no_longer_reported, task_of
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate, tri

page = Page(
    "task_bind_exception_port", TaskBindExceptionPort, "task_bind_exception_port.md, 2018-12"
)

DEBUGGER = LIMITS["ZX_EXCEPTION_PORT_DEBUGGER"]

bound = page.effect(
    "bound",
    "the port is bound, and takes part in the handling of exceptions",
    words="participates in exception processing",
    purpose=True,
)
unbound = page.effect(
    "unbound",
    "without a port, the one that was bound is removed",
    words="remove the exception port",
)

key_reported = page.effect(
    "key_reported",
    "a report of an exception has the key that the port was bound with",
    words=("key is passed back", "exception reports"),
)


def _is_bound(s: State, c: TaskBindExceptionPort, wanted: bool) -> Tri:
    """Is a port bound? A task that is dead, or dies, may be in any state."""

    def question(task: KernelTask) -> Tri:
        if c.options or (task.ended.value is not False and not task.started.value):
            return MAYBE
        answer = tri(task.bound.value)
        if answer == YES:
            # It is unbound once its last handle is closed.
            answer = MAYBE if task.port is None else s.held(task.port)
        return answer if wanted else negate(answer)

    return asks(s, c.handle, question)


@page.error(Status.ZX_ERR_ALREADY_BOUND, "a port is bound already", words="already has")
def already_bound(s: State, c: TaskBindExceptionPort) -> Tri:
    return _is_bound(s, c, True) if c.port else NO


page.valid("handle")


@page.error(
    Status.ZX_ERR_BAD_HANDLE,
    "port is neither valid nor ZX_HANDLE_INVALID",
    about="port",
    words="not a valid handle",
)
def bad_handle_port(s: State, c: TaskBindExceptionPort) -> Tri:
    return s.invalid(c.port) if c.port else NO


@page.error(
    Status.ZX_ERR_BAD_STATE, "no port is bound that could be removed", words="not currently bound"
)
def bad_state(s: State, c: TaskBindExceptionPort) -> Tri:
    """ERRORS has no status for a port that a dead task is to have."""
    return both(MAYBE, dead(s, c.handle)) if c.port else _is_bound(s, c, False)


page.of_type(
    "handle",
    *TASKS,
    sentence="handle is not a job's, a process's, or a thread's",
    words="job process or thread",
)
page.of_type("port", ObjType.PORT, clause="wrong_type_port", words="that of a port")
page.options(DEBUGGER, "options has bits that no document names", words="bad value")
# On the page the value is the subject, not the parameter.
page.facts[-1] = page.facts[-1]._replace(about=())
page.no_memory()


@page.unlisted_where(Status.ZX_ERR_NOT_FOUND)
def dead_task(s: State, c: TaskBindExceptionPort) -> Tri:
    """The page does not say what a task that is dead, or dies, answers."""
    return asks(s, c.handle, lambda task: either(tri(task.doomed), is_dead(s, task)))


@page.unspecified
def debugger(s: State, c: TaskBindExceptionPort) -> Tri:
    """The page does not say for which tasks options may be 1."""
    return tri(bool(c.options))


@page.success
def success(s: State, c: TaskBindExceptionPort, o: Outcome) -> None:
    task, port = task_of(s, c.handle), s.object(c.port)
    if port is not None:
        # From now on it may get reports, which no call announces.
        port.unseen = True
    if task is None:
        return
    if port is not None:
        task.keys = (*task.keys, (port, c.key))
    else:
        no_longer_reported(task)
    if not c.options:
        s.change(task.bound, bool(c.port), bound if c.port else unbound)
        task.port = port


@page.failure
def failure(s: State, c: TaskBindExceptionPort, o: Outcome) -> None:
    task = task_of(s, c.handle)
    if task is None:
        return
    s.reach(bound, o.status == Status.ZX_ERR_ALREADY_BOUND and task.bound.value is True)
    s.reach(unbound, o.status == Status.ZX_ERR_BAD_STATE and task.bound.value is False)
