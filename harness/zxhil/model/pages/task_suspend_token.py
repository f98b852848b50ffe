"""zx_task_suspend_token, as its page was in 2018-12.

The page says that it replaces zx_task_suspend, and which handles it takes in two ways: threads and
processes (NAME, RIGHTS), and threads alone (ERRORS, LIMITATIONS).
"""

from __future__ import annotations

from zxhil.abi.calls import TaskSuspendToken
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tasks import dead, runs_the_caller, suspend
from zxhil.model.tri import MAYBE, Tri, both, either

page = Page("task_suspend_token", TaskSuspendToken, "task_suspend_token.md, 2018-12")

suspended = page.effect(
    "suspended",
    "a token is returned; while it is open, the task is suspended",
    words="causes the requested task to suspend",
    purpose=True,
)
rights = page.default_rights("suspend_token")

page.valid("handle")
wrong_type = page.of_type(
    "handle",
    *(ObjType.THREAD, ObjType.PROCESS),
    sentence="handle is not a thread's, or a process's",
    words="not a thread handle",
)


@page.unlisted_where(
    Status.ZX_ERR_ACCESS_DENIED, Status.ZX_ERR_NOT_SUPPORTED, Status.ZX_ERR_NO_MEMORY
)
def not_listed(s: State, c: TaskSuspendToken) -> Tri:
    """RIGHTS asks for ZX_RIGHT_WRITE, and may a process be suspended, may the caller itself?"""
    process = both(MAYBE, s.is_a(c.handle, ObjType.PROCESS))
    return either(either(s.lacks(c.handle, Rights.WRITE), process), runs_the_caller(s, c.handle))


page.pointer("token")


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the task is dead, or can't be suspended otherwise",
    words="where suspending is possible",
)
def bad_state(s: State, c: TaskSuspendToken) -> Tri:
    return either(dead(s, c.handle), both(MAYBE, runs_the_caller(s, c.handle)))


@page.success
def success(s: State, c: TaskSuspendToken, o: Outcome) -> None:
    s.new_handle(o.number("token"), suspend(s, c.handle), rights.fact(s), suspended)
