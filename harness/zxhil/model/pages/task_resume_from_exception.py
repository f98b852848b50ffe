"""zx_task_resume_from_exception, as its page was in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import TaskResumeFromException
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tasks import no_exception, reported_elsewhere, task_of
from zxhil.model.tasks import resumed as go_on

page = Page(
    "task_resume_from_exception",
    TaskResumeFromException,
    "task_resume_from_exception.md, 2018-12",
)

TRY_NEXT = LIMITS["ZX_RESUME_TRY_NEXT"]

resumed = page.effect(
    "resumed",
    "the task resumes from the exception",
    words="causes the requested task to resume",
    purpose=True,
)

page.when(
    "access_denied",
    "port is not the one that the exception was reported to",
    reported_elsewhere,
    "handle",
    "port",
    about="port",
    words="not the port",
)
page.valid("handle")
page.valid("port", clause="bad_handle_port")
page.of_type("handle", ObjType.THREAD)
page.of_type("port", ObjType.PORT, clause="wrong_type_port")
page.when(
    "bad_state",
    "the thread is in no exception",
    no_exception,
    "handle",
    words="where resuming is possible",
)
page.options(TRY_NEXT, "options has bits that the page does not name", words="not valid")


@page.success
def success(s: State, c: TaskResumeFromException, o: Outcome) -> None:
    thread = task_of(s, c.handle)
    if thread is not None:
        go_on(s, thread, resumed)
