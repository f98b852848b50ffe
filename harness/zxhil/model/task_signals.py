"""Which signals jobs, processes and threads assert, and what an observation of them says."""

from __future__ import annotations

from zxhil.abi.objects import ObjType, Signal
from zxhil.model.children import exists
from zxhil.model.objects import KernelObject
from zxhil.model.state import State
from zxhil.model.task_objects import KernelTask
from zxhil.model.tasks import is_dead, is_stopped, saw_dead, saw_suspended
from zxhil.model.tri import MAYBE, NO, YES, Tri

_ALIVE = int(Signal.THREAD_RUNNING | Signal.THREAD_SUSPENDED)
"""A thread asserts none of these before it is started."""


def of_task(s: State, task: KernelObject) -> list[tuple[int, Tri]]:
    """What a job asserts, no page says, but for one that was killed: task_kill.md.

    What a thread that was started asserts beside that, it begins and ceases to assert by itself.
    """
    ended = is_dead(s, task) if isinstance(task, KernelTask) else MAYBE
    kept = isinstance(task, KernelTask) and bool(task.keepers)
    if ended == NO and not kept and (task.parent is None or exists(s, task.parent) != YES):
        # A child ends with its parent, and None is a parent that is not known.
        ended = MAYBE
    if task.type is ObjType.JOB:
        return [(int(Signal.TASK_TERMINATED), ended)] if ended == YES else []
    answers = [(int(Signal.TASK_TERMINATED), ended)]
    if isinstance(task, KernelTask) and task.type is ObjType.THREAD and task.started.value is False:
        return [*answers, (int(Signal.THREAD_RUNNING), NO), (int(Signal.THREAD_SUSPENDED), NO)]
    if isinstance(task, KernelTask) and is_stopped(s, task) == YES and not task.doomed:
        return [(int(Signal.TASK_TERMINATED), NO), (int(Signal.THREAD_SUSPENDED), YES)]
    return answers


def note_task(s: State, object_: KernelObject, seen: int) -> None:
    """These signals of an object were observed: what they say of it, if it is a task."""
    if not isinstance(object_, KernelTask) or object_.unidentified:
        return
    if seen & Signal.TASK_TERMINATED and (object_.type is not ObjType.JOB or object_.doomed):
        saw_dead(s, object_)
    elif object_.ended.value is False:
        for token in object_.keepers:
            if token.promise is not None:
                s.reach(token.promise)
    if seen & _ALIVE and object_.type is ObjType.THREAD:
        s.saw(object_.started, True)
    if seen & Signal.THREAD_SUSPENDED and object_.type is ObjType.THREAD:
        saw_suspended(s, object_)


def changes_by_itself(object_: KernelObject) -> bool:
    """Is it a task that runs, or dies: may its signals change at any time?"""
    return isinstance(object_, KernelTask) and (
        object_.started.value is not False or object_.doomed
    )
