"""zx_task_suspend, as its page was in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import TaskSuspend
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tasks import dead, runs_the_caller, suspend
from zxhil.model.tri import Tri

page = Page("task_suspend", TaskSuspend, "task_suspend.md, 2018-12")

suspended = page.effect(
    "suspended",
    "a token is returned; while it is open, the task is suspended",
    words="causes the requested task to suspend",
    purpose=True,
)
before_any_code = page.effect(
    "before_any_code",
    "a task that is started while it is suspended executes nothing",
    words=("started while suspended", "before executing any code"),
)
rights = page.default_rights("suspend_token")

page.valid("handle")
page.of_type(
    "handle",
    *(ObjType.THREAD, ObjType.PROCESS),
    sentence="handle is not a thread's or a process's",
    words="not a thread or process handle",
)


@page.unlisted_where(Status.ZX_ERR_ACCESS_DENIED)
def without_write(s: State, c: TaskSuspend) -> Tri:
    """RIGHTS asks for ZX_RIGHT_WRITE, ERRORS has no status for its absence."""
    return s.lacks(c.handle, Rights.WRITE)


page.pointer("token")
bad_state = page.when(
    "bad_state", "the task is dead, or dies", dead, "handle", words="already dying"
)
page.state(bad_state, words="dead and cannot be suspended")
page.no_memory()
page.when(
    "not_supported",
    "the calling thread would suspend itself, or its process",
    runs_the_caller,
    "handle",
    words="suspend itself",
)


@page.success
def success(s: State, c: TaskSuspend, o: Outcome) -> None:
    s.new_handle(
        o.number("token"), suspend(s, c.handle, before_any_code), rights.fact(s), suspended
    )
