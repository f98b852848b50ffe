"""Children of processes, jobs and resources, by koid."""

from __future__ import annotations

from collections.abc import Iterable

from zxhil.abi.objects import ObjType
from zxhil.model.objects import KernelObject
from zxhil.model.state import CHILD_TYPES, State, made
from zxhil.model.task_objects import KernelTask
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate

#: concepts.md: koid 0 is unused, 1 is the kernel's, and none of the kernel's has the top bit.
_KOID_KERNEL = 1
_ARTIFICIAL = 1 << 63


def exists(s: State, child: KernelObject) -> Tri:
    """Is the child still there? What no handle refers to is reclaimed, says handle_close.

    A thread may live on without a handle (handles.md), a process that was started may end in
    spite of one, and of an object that has living children no page says either.
    """
    if child.given:
        return YES
    if isinstance(child, KernelTask) and (child.started.value or child.doomed or child.ended.value):
        return MAYBE
    held = s.held(child)
    if held == NO and (child.unseen or child.type is ObjType.THREAD or _has_living_child(s, child)):
        return MAYBE
    return held


def _has_living_child(s: State, parent: KernelObject) -> bool:
    return any(exists(s, child) != NO for child in parent.children)


def _all_listed(parent: KernelObject) -> bool:
    """Has the kernel reported every child, of all types, that `parent` had before?"""
    return parent.listed.issuperset(CHILD_TYPES.get(parent.type, ()))


def reported_children(
    s: State, parent: KernelObject, type_: ObjType, koids: Iterable[int], *, complete: bool
) -> None:
    """The kernel listed these children; if the list is `complete` there were no more."""
    nameless = s.orphans or bool(_nameless(s, parent, type_))
    for koid in koids:
        if koid in s.by_koid:
            continue
        if nameless:
            parent.reported = {**parent.reported, koid: type_}
        else:
            s.new_object(KernelObject(type_, koid), parent).unseen = True
    if complete:
        parent.listed.add(type_)


def _nameless(s: State, parent: KernelObject, type_: ObjType) -> list[KernelObject]:
    """The children, possibly living, whose koid was not queried."""
    return [
        child
        for child in parent.children
        if child.koid is None and child.type in (type_, ObjType.NONE) and exists(s, child) != NO
    ]


def has_child(s: State, parent: KernelObject, koid: int) -> Tri:
    """Has `parent` a child of this koid?"""
    if koid <= _KOID_KERNEL or koid & _ARTIFICIAL:
        return NO
    known = s.by_koid.get(koid)
    if known is not None and known.parent is parent:
        return exists(s, known)
    if known is not None:
        unseen = known.parent is None and (parent.unseen or not known.given)
        unseen = unseen or known.unidentified or parent.unidentified
        may_be_child = known.type in CHILD_TYPES.get(parent.type, ())
        return MAYBE if unseen and may_be_child else NO
    strangers = parent.unidentified or (parent.unseen and not _all_listed(parent))
    answer: Tri = MAYBE if strangers or koid in parent.reported or s.orphans else NO
    for child in parent.children:
        if child.koid is None:
            answer = either(answer, both(MAYBE, exists(s, child)))
    return answer


def no_such_child(s: State, handle: int, koid: int) -> Tri:
    """Is the handle's object of a type that has children, but without one of this koid?"""
    parent = s.object(handle)
    if parent is None or parent.type not in CHILD_TYPES:
        return s.unknown(handle)
    found = has_child(s, parent, koid)
    return both(s.valid(handle), negate(found))


def is_child(s: State, handle: int, parent: ObjType, child: ObjType, koid: int) -> Tri:
    """Is it a handle to a `parent` that has a `child` of this koid?"""
    object_, known = s.object(handle), s.by_koid.get(koid)
    if object_ is None or known is None or (object_.type, known.type) != (parent, child):
        return NO
    return both(s.valid(handle), has_child(s, object_, koid))


def child_with_koid(s: State, parent: KernelObject | None, koid: int) -> KernelObject:
    """The object that a successful search found; a new one if the model had none.

    Where it may be one of several, the new one may be any of those.
    """
    known = s.by_koid.get(koid)
    if known is not None:
        return known
    if parent is None:
        return s.new_object(made(ObjType.NONE, koid))
    types = CHILD_TYPES.get(parent.type, ())
    if koid in parent.reported:
        types = (parent.reported[koid],)
    nameless = [child for type_ in types for child in _nameless(s, parent, type_)]
    alone = not parent.unseen and not s.orphans
    if len(nameless) == 1 and alone:
        return nameless[0]
    found = made(types[0] if len(types) == 1 else ObjType.NONE, koid)
    found.unidentified = bool(nameless) or not alone
    found.parent = parent
    s.by_koid[koid] = found
    return found


def is_child_of_another(s: State, parent: KernelObject, koid: int) -> bool:
    """Does the koid surely belong to an object that is not a child of `parent`?"""
    known = s.by_koid.get(koid)
    return (
        known is not None
        and has_child(s, parent, koid) == NO
        and not (known.parent is parent or known.given)
    )


def is_grandchild(s: State, handle: int, koid: int) -> bool:
    """Is the koid that of a child's child?"""
    parent = s.object(handle)
    known = s.by_koid.get(koid)
    if parent is None or known is None or known.parent is None or known.unidentified:
        return False
    return known.parent.parent is parent and known.parent is not parent
