"""Processes that a case starts: each has a handle table of its own (`StateQueries.tables`).

Objects are of all processes. A handle moves to a new process as the argument of its start; which
value it has there, that process reports.
"""

from __future__ import annotations

from zxhil.model.clause import Clause
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.state import Bootstrap, State, made


def moves_to_process(s: State, process: KernelObject | None, value: int, clause: Clause) -> None:
    """The handle leaves the calling process for `process`, which it starts, as `clause` says."""
    if s.entry(value) is None:
        return
    s.moved.append((process, s.in_transit(value, clause)))
    s.take(value, clause)


def given(s: State, process: int, handle: Bootstrap) -> None:
    """A process that was started reports a handle that it was given."""
    before = s.process
    s.switch(process)
    object_ = _moved_there(s, process, handle) or s.by_koid.get(handle.koid)
    if object_ is None:
        object_ = s.by_koid[handle.koid] = made(handle.type, handle.koid)
    s.enter(handle.value, Fact(object_), Fact(KnownRights(handle.rights)), Fact(True))
    s.switch(before)


def _moved_there(s: State, process: int, handle: Bootstrap) -> KernelObject | None:
    """The object of a handle that is on its way to a process, if it can be the one reported."""
    for moved in s.moved:
        owner, transit = moved
        object_ = transit.object.value
        if object_ is None or object_.type != handle.type:
            continue
        if object_.koid is None and handle.koid not in s.by_koid:
            object_.koid = handle.koid
            s.by_koid[handle.koid] = object_
        if object_.koid == handle.koid:
            s.moved.remove(moved)
            s.arrived(transit)
            if owner is not None:
                s.owners[process] = owner
            return object_
    return None


def ends(s: State, clause: Clause | None) -> None:
    """The calling process ends and its handles are closed, as `clause` says."""
    for entry in s.table.values():
        if entry.live.value is not False:
            s.change(entry.live, False, clause)


def may_end(s: State, process: KernelObject) -> None:
    """A process that was started may end from now on, and all its handles be closed."""
    numbers = [number for number, owner in s.owners.items() if owner is process]
    for number in numbers:
        before = s.process
        s.switch(number)
        for entry in s.table.values():
            if entry.live.value is True:
                s.change(entry.live, None, None)
        s.switch(before)
