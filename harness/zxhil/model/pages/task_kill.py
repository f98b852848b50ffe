"""zx_task_kill, as its page was in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import TaskKill
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tasks import kill, task_of

page = Page("task_kill", TaskKill, "task_kill.md, 2018-12")

killed = page.effect(
    "killed",
    "the task dies, and its return code is -1 if it is a process that never ran",
    words=("asynchronously kills", "process thread or job"),
    purpose=True,
)
children_killed = page.effect(
    "children_killed", "the children of the task die as well", said_with=killed
)
no_new_processes = page.effect(
    "no_new_processes",
    "a job that was killed can't be used to create processes",
    words=("job", "used to create new processes"),
)
page.state(killed, words=("return code", "is 1|is -1"))
page.state(killed, words=("zx_task_terminated", "wait"))

page.handle("handle")
page.of_type(
    "handle",
    *(ObjType.JOB, ObjType.PROCESS, ObjType.THREAD),
    sentence="handle is not a job's, a process's, or a thread's",
    words="not a task handle",
)
page.has_right("handle", Rights.DESTROY)


@page.success
def success(s: State, c: TaskKill, o: Outcome) -> None:
    task = task_of(s, c.handle)
    if task is None:
        return
    kill(s, task, killed, children_killed)
    if task.type is ObjType.JOB and not task.given:
        s.change(task.closed, True, no_new_processes)
