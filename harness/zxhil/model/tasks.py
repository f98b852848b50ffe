"""Jobs, processes, and threads: created, started, suspended, killed, dead.

A task that was started may end at any time, and one that was killed dies at some time: whether it
has is known only once it was observed (`saw_dead`).
"""

from __future__ import annotations

from collections.abc import Callable

from zxhil.abi.objects import ObjType
from zxhil.model.clause import Clause
from zxhil.model.facts import Fact
from zxhil.model.maps import begins_to_run
from zxhil.model.objects import KernelObject
from zxhil.model.processes import may_end
from zxhil.model.regions import Vmar
from zxhil.model.state import State
from zxhil.model.task_objects import TASKS, KernelTask, SuspendToken
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate, tri

KILLED_CODE = -1
"""By pages of 2018-12; by those of 2019-07 it is ZX_TASK_RETCODE_SYSCALL_KILL, -1024."""


def task_of(s: State, handle: int) -> KernelTask | None:
    """The task behind a handle; None if it is none, or not known which."""
    object_ = s.object(handle)
    return object_ if isinstance(object_, KernelTask) and not object_.unidentified else None


def asks(s: State, handle: int, question: Callable[[KernelTask], Tri], *types: ObjType) -> Tri:
    """A question about the task, of one of `types`, behind a valid handle."""
    task = task_of(s, handle)
    if task is None:
        return both(s.is_a(handle, *(types or TASKS)), MAYBE)
    return both(s.valid(handle), question(task)) if task.type in (types or TASKS) else NO


def begins(s: State, object_: KernelObject) -> None:
    """A new task is in what its parent is in: a child of a task that is dying dies as well."""
    parent = object_.parent
    if not isinstance(object_, KernelTask):
        return
    if isinstance(parent, KernelTask):
        object_.policies = {about: _passed_on(s, fact) for about, fact in parent.policies.items()}
        if not parent.doomed and parent.ended.value is not True:
            return
    elif parent is not None:
        return
    object_.started.value = object_.ended.value = object_.closed.value = None


# ---- the end


def is_dead(s: State, task: KernelTask) -> Tri:
    """Is it dead? What was kept from running may have ended once no token keeps it."""
    ended = tri(task.ended.value)
    if ended == NO and task.keepers and all(s.held(token) != YES for token in task.keepers):
        return MAYBE
    return ended


def dead(s: State, handle: int) -> Tri:
    """Is it a valid handle to a task that is dead?"""
    return asks(s, handle, lambda task: is_dead(s, task))


def job_is_dead(s: State, handle: int) -> Tri:
    """Is it a valid handle to a job that can no longer be used, as it is dead?"""
    return asks(s, handle, lambda job: is_dead(s, job), ObjType.JOB)


def job_is_closed(s: State, handle: int) -> Tri:
    """Is it a valid handle to a job that can no longer be used to create processes?"""
    return asks(s, handle, lambda job: either(is_dead(s, job), tri(job.closed.value)), ObjType.JOB)


def has_run(task: KernelTask) -> Tri:
    """Was it started, or is it dead?"""
    return either(tri(task.started.value), tri(task.ended.value))


def kill(s: State, task: KernelTask, clause: Clause, children: Clause) -> None:
    """The task dies from now on, as `clause` says, and what is below it, as `children` says."""
    if task.given or task.ended.value is True:
        return
    _doom(s, task, clause)
    for child in task.children:
        if isinstance(child, KernelTask):
            kill(s, child, children, children)
    parent = task.parent
    if task.type is ObjType.THREAD and isinstance(parent, KernelTask) and not parent.given:
        # A process whose last thread ends stops as well: process.md.
        _doom(s, parent, None)


def _doom(s: State, task: KernelTask, clause: Clause | None) -> None:
    if task.ended.value is True:
        return
    created = task.started.value is False
    never_ran = created or all(never_moved(s, thread) for thread in _threads(task))
    s.change(task.ended, None, clause)
    if task.closed.value is False:
        s.change(task.closed, None, None)
    if created:
        # "Started" may mean that it has left its first state.
        s.change(task.started, None, None)
    if never_ran and clause is not None and task.type is ObjType.PROCESS:
        task.code = Fact(None) if s.is_newer else s.fact(KILLED_CODE, clause)
    task.doomed = True
    if task.type is ObjType.PROCESS:
        _may_lose_memory(s, task)
        may_end(s, task)


def _may_lose_memory(s: State, process: KernelTask) -> None:
    """The address space of a process that dies is destroyed at some time."""
    for object_ in s.every_object():
        if isinstance(object_, Vmar) and object_.process is process and not object_.gone.value:
            s.change(object_.gone, None, None)


def saw_dead(s: State, task: KernelTask) -> None:
    """It was observed that the task is dead; then a process's threads are, too."""
    s.saw(task.ended, True)
    s.saw(task.resumed, True)
    if task.type is ObjType.PROCESS and s.settles:
        for child in task.children:
            # What a thread that never ran asserts is not said.
            if isinstance(child, KernelTask) and child.started.value:
                s.saw(child.ended, True)
        may_end(s, task)


# ---- start


def start(s: State, task: KernelTask, clause: Clause) -> None:
    """The task runs from now on, as `clause` says, and may end at any time."""
    s.change(task.started, True, clause)
    begins_to_run(s, task)
    task.keepers = tuple(token for token in holders(s, task) if token.promise is not None)
    if task.keepers and task.type is ObjType.THREAD:
        s.change(task.ended, False, task.keepers[0].promise)
    else:
        s.change(task.ended, None, None)


# ---- suspension


def suspend(s: State, handle: int, promise: Clause | None = None) -> SuspendToken:
    """A new token, which keeps a task suspended as long as there is a handle to it.

    `promise` says that what is started meanwhile executes nothing.
    """
    task = task_of(s, handle)
    token = SuspendToken(task, promise)
    if task is not None:
        # A thread that stays suspended is so because of the new token, too.
        token.seen = [each for each in (task, *_threads(task)) if is_stopped(s, each) == YES]
        task.tokens.append(token)
    s.new_object(token)
    return token


def _threads(task: KernelTask) -> list[KernelTask]:
    return [child for child in task.children if isinstance(child, KernelTask)]


def tokens_of(thread: KernelTask) -> list[SuspendToken]:
    """The tokens that were made for the thread, or its process."""
    process = thread.parent
    return thread.tokens + (process.tokens if isinstance(process, KernelTask) else [])


def saw_suspended(s: State, thread: KernelTask) -> None:
    """It was observed that the thread is suspended."""
    for token in tokens_of(thread):
        if s.held(token) != NO and thread not in token.seen and s.settles:
            token.seen.append(thread)
    if thread.ended.value is False:
        s.saw(thread.ended, False)


def is_stopped(s: State, thread: KernelTask) -> Tri:
    """Was the thread seen suspended, and did a token keep it so ever since?"""
    held = [s.held(token) for token in tokens_of(thread) if thread in token.seen]
    return max(held, default=NO)


def holders(s: State, thread: KernelTask) -> tuple[SuspendToken, ...]:
    """The tokens that surely keep the thread suspended, or will."""
    return tuple(token for token in tokens_of(thread) if s.held(token) == YES)


def never_moved(s: State, thread: KernelTask) -> bool:
    """Was the thread suspended before it was started, and ever since?"""
    if thread.started.value is False:
        return True
    return any(s.held(token) == YES for each in thread.frozen.values() for token in each.tokens)


def may_be_stopped(s: State, thread: KernelTask) -> bool:
    """May the thread be suspended, or on its way into or out of that?"""
    return bool(tokens_of(thread)) or thread.unseen


def waits_in_exception(s: State, thread: KernelTask) -> bool:
    """Was an exception of the thread reported to a port that is open, and not resumed from?"""
    port = thread.reported_to
    return port is not None and not thread.doomed and s.held(port) == YES


def no_exception(s: State, handle: int) -> Tri:
    """Is it a valid handle to a thread that is in no exception?"""

    def question(thread: KernelTask) -> Tri:
        if thread.given or thread.ended.value is True:
            return YES
        if thread.doomed:
            return MAYBE
        if thread.started.value is False:
            return YES
        return NO if waits_in_exception(s, thread) else MAYBE

    return asks(s, handle, question, ObjType.THREAD)


def reported_elsewhere(s: State, handle: int, port: int) -> Tri:
    """Was the exception that a thread is in reported to another port than this?"""

    def question(thread: KernelTask) -> Tri:
        known = waits_in_exception(s, thread)
        return negate(s.is_same(port, thread.reported_to)) if known else MAYBE

    return both(asks(s, handle, question, ObjType.THREAD), s.is_a(port, ObjType.PORT))


def state_unavailable(s: State, handle: int) -> Tri:
    """Is the thread neither suspended nor stopped in an exception?"""

    def question(thread: KernelTask) -> Tri:
        if thread.given or thread.ended.value is True:
            return YES
        if thread.doomed:
            return MAYBE
        if thread.started.value is False:
            return MAYBE if may_be_stopped(s, thread) else YES
        stopped = is_stopped(s, thread) == YES or waits_in_exception(s, thread)
        return NO if stopped else MAYBE

    return asks(s, handle, question, ObjType.THREAD)


def runs_the_caller(s: State, handle: int) -> Tri:
    """Is it a valid handle to the thread or the process that the program was started in?"""
    return asks(s, handle, lambda task: tri(task.given), ObjType.THREAD, ObjType.PROCESS)


def _passed_on(s: State, policy: Fact[int]) -> Fact[int]:
    """A policy of a job's new child: the job's own, as the sentence says that set it."""
    return s.fact(policy.value, None if policy.origin is None else policy.origin.clause)


# ---- exceptions


def resumed(s: State, thread: KernelTask, clause: Clause) -> None:
    """The thread goes on, as `clause` says: it meets an exception again, or ends."""
    thread.reported_to = None
    thread.resumed = s.fact(True, clause)


def no_longer_reported(task: KernelTask) -> None:
    """A port was unbound: threads that waited for an answer through it may go on."""
    task.reported_to = None
    for child in task.children:
        if isinstance(child, KernelTask):
            no_longer_reported(child)
