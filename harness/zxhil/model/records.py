"""What zx_object_get_info reports, against the model: koids, relatives, counts, lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zxhil.abi.info import HandleBasic, ProcessInfo
from zxhil.abi.objects import ObjType
from zxhil.model.children import exists
from zxhil.model.objects import KernelObject
from zxhil.model.state import State
from zxhil.model.tri import NO, YES

_KOID_KERNEL = 1
"""concepts.md: no object has koid 0, and this one is the kernel's own."""
_ARTIFICIAL = 1 << 63
_WAITABLE = 1
_ENDS = (ObjType.CHANNEL, ObjType.SOCKET, ObjType.EVENTPAIR)
_CHILDREN = (ObjType.JOB, ObjType.PROCESS, ObjType.THREAD)
_UNRELATED = (ObjType.EVENT, ObjType.PORT, ObjType.TIMER, ObjType.VMO)
#: Types whose pages say that their objects can be waited on, or name signals of theirs. Of a port
#: one page says that it can, another one that it can't; of other types none says anything.
_WAITED_ON = (*_ENDS, *_CHILDREN, ObjType.EVENT, ObjType.TIMER, ObjType.VMO)


def wrong_koid(reported: HandleBasic) -> str:
    """Say what is wrong with a koid that no object of the kernel's can have; "" if nothing is."""
    if reported.koid > _KOID_KERNEL and not reported.koid & _ARTIFICIAL:
        return ""
    return f"koid {reported.koid:#x} is not valid for an object"


def wrong_relative(s: State, object_: KernelObject, reported: HandleBasic) -> str:
    """Say what is wrong with the related koid; "" if nothing is.

    It is that of the other end or of the parent, zero for an object without either, and never
    changes. Of other types than these no page says if they have a relative.
    """
    related = reported.related_koid
    if object_.unidentified:
        return ""
    if object_.related is not None and related != object_.related:
        return f"its related koid is {related}, but was {object_.related}"
    if object_.given:
        return ""
    if object_.type in _ENDS:
        return _wrong_end(s, object_, reported)
    if object_.type in _CHILDREN and object_.parent is not None:
        expected = object_.parent.koid
        if related == 0 or expected not in (None, related):
            return f"its related koid is {related}, but its parent is {_known(expected)}"
    if object_.type in _UNRELATED and related:
        return f"its related koid is {related}, but it has no related object"
    return ""


def _known(koid: int | None) -> str:
    return "of unknown koid" if koid is None else str(koid)


def _wrong_end(s: State, object_: KernelObject, reported: HandleBasic) -> str:
    peer, related = object_.peer, reported.related_koid
    if peer is None or peer.unidentified:
        return ""
    if peer.koid not in (None, related):
        return f"its related koid is {related}, but its peer is {peer.koid}"
    if peer.related not in (None, reported.koid) and not peer.given:
        return f"its koid is {reported.koid}, but its peer's related koid was {peer.related}"
    if related in (0, reported.koid):
        return f"its related koid is {related}, which is not its peer's"
    known = s.by_koid.get(related)
    if known is not None and known.type not in (ObjType.NONE, object_.type):
        return f"its related koid {related} is that of a {known.type.name.lower()}"
    return ""


def wrong_props(reported: HandleBasic) -> str:
    """Say what is wrong with `props`; "" if nothing is. The type is taken as reported."""
    if reported.props not in (0, _WAITABLE):
        return f"props is {reported.props:#x}, neither zero nor ZX_OBJ_PROP_WAITABLE"
    if reported.props == 0 and reported.type in _WAITED_ON:
        return "props is zero, but the object can be waited on"
    return ""


def wrong_process(object_: KernelObject, reported: ProcessInfo) -> str:
    """Say what is wrong with ZX_INFO_PROCESS; "" if nothing is.

    No call that is modeled starts a process or kills one: those that were created are not
    started, the one that the program was started in runs. Others may have started one that
    was only found.
    """
    if object_.given:
        return (
            ""
            if reported.started and not reported.exited
            else ("the running process is not reported as running")
        )
    if reported.started and object_.unseen:
        return ""
    if reported.started:
        return "it is reported as started, but was not started"
    return "it is reported as exited, but was never started" if reported.exited else ""


def handles_to(s: State, object_: KernelObject) -> tuple[int, int] | None:
    """How many handles refer to the object, at least and at most; None if unknown."""
    if object_.unseen or object_.unidentified or s.unbound:
        return None
    least = most = 0
    for entry in object_.handles:
        if entry.live.value is False or entry.object.value is not object_:
            continue
        most += 1
        least += entry.live.value is True
    kept = object_.kept is not None and object_.kept.value is not False
    return least, most + len(object_.in_transit) + kept


def wrong_list(
    s: State, parent: KernelObject, wanted: ObjType, reported: Sequence[int], avail: int | None
) -> Iterator[str]:
    """Say what is wrong with a list of children: one missing, one too many, one twice.

    A thread of a process may be gone by itself, and children that were there before the program
    was started may come and go.
    """
    if len(set(reported)) < len(reported):
        yield "a koid is listed twice"
    if parent.unseen or parent.unidentified or s.orphans or wanted is ObjType.THREAD:
        return
    children = [child for child in parent.children if child.type is wanted]
    there = [exists(s, child) for child in children]
    least = sum(answer == YES for answer in there)
    most = sum(answer != NO for answer in there)
    known = {child.koid for child in children}
    unnamed = sum(child.koid is None for child in children)
    strangers = [koid for koid in reported if koid not in known]
    if len(strangers) > unnamed:
        yield f"koid {strangers[-1]} is listed but is not a child"
    if avail is not None and not least <= avail <= most:
        yield f"avail is {avail}, there are {least if least == most else f'{least} to {most}'}"
