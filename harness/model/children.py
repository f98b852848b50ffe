"""Children of processes, jobs and resources, by koid."""

from __future__ import annotations

from harness.abi.objects import ObjType
from harness.model.objects import KernelObject
from harness.model.state import State
from harness.model.tri import MAYBE, NO, YES, Tri, both, either

#: Which types an object of a type may have as children.
CHILD_TYPES = {
    ObjType.PROCESS: (ObjType.THREAD,),
    ObjType.JOB: (ObjType.JOB, ObjType.PROCESS),
    ObjType.RESOURCE: (ObjType.RESOURCE,),
}


def children(s: State, parent: KernelObject) -> list[KernelObject]:
    """The children of `parent` that the model knows of."""
    return [o for o in s.objects if o.parent is parent]


def exists(s: State, child: KernelObject) -> Tri:
    """Is the child still there? What no handle refers to is reclaimed, says handle_close.

    A thread may live on without a handle (handles.md), and of an object that has living
    children no page says it.
    """
    if child.given:
        return YES
    held = s.held(child)
    if held == NO and (child.type is ObjType.THREAD or _has_living_child(s, child)):
        return MAYBE
    return held


def _has_living_child(s: State, parent: KernelObject) -> bool:
    return any(exists(s, child) != NO for child in children(s, parent))


def has_child(s: State, parent: KernelObject, koid: int) -> Tri:
    """Has `parent` a child of this koid? Koid 0 names nothing (<zircon/types.h>)."""
    if koid == 0:
        return NO
    answer: Tri = NO
    for child in children(s, parent):
        if child.koid == koid:
            return exists(s, child)
        if child.koid is None:
            answer = either(answer, both(MAYBE, exists(s, child)))
    known = next((o for o in s.objects if o.koid == koid), None)
    if known is not None:
        unknown_parent = known.given and known.parent is None
        may_be_child = known.type in CHILD_TYPES.get(parent.type, ())
        return MAYBE if unknown_parent and may_be_child else NO
    return MAYBE if parent.given else answer


def no_such_child(s: State, handle: int, koid: int) -> Tri:
    """Is the handle's object of a type that has children, but without one of this koid?"""
    parent = s.object(handle)
    if parent is None or parent.type not in CHILD_TYPES:
        return NO
    found = has_child(s, parent, koid)
    missing: Tri = YES if found == NO else NO if found == YES else MAYBE
    return both(s.valid(handle), missing)


def child_with_koid(s: State, parent: KernelObject | None, koid: int) -> KernelObject:
    """The object that a successful search found; a new one if the model had none."""
    known = next((o for o in s.objects if o.koid == koid), None)
    if known is not None:
        return known
    unnamed = [] if parent is None else [o for o in children(s, parent) if o.koid is None]
    if len(unnamed) == 1:
        return unnamed[0]
    types = () if parent is None else CHILD_TYPES.get(parent.type, ())
    type_ = types[0] if len(types) == 1 else ObjType.NONE
    return s.new_object(KernelObject(type_, koid), parent)


def is_grandchild(s: State, handle: int, koid: int) -> bool:
    """Is the koid that of a child's child?"""
    parent = s.object(handle)
    known = next((o for o in s.objects if o.koid == koid), None)
    if parent is None or known is None or known.parent is None:
        return False
    return known.parent.parent is parent
