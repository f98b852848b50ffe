"""What zx_object_get_info reports, against the model: koids, relatives, counts, lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zxhil.abi.info import HandleBasic, ProcessInfo
from zxhil.abi.kinds.infos import MANY, RECORD_SIZE
from zxhil.abi.objects import InfoTopic, ObjType
from zxhil.model.children import exists, is_child_of_another
from zxhil.model.clause import Clause, Difference, Mismatch
from zxhil.model.handles import mismatch
from zxhil.model.objects import KernelObject
from zxhil.model.state import State
from zxhil.model.task_objects import KernelTask
from zxhil.model.tasks import saw_dead
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


def wrong_basic(s: State, handle: int, reported: HandleBasic, clause: Clause) -> Iterator[Mismatch]:
    """Say what is wrong with ZX_INFO_HANDLE_BASIC, which `clause` promises."""
    object_ = s.object(handle)
    entry = s.entry(handle)
    rights = () if entry is None else entry.rights.possible
    yield from mismatch(clause, object_, rights, reported)
    for wrong in (_wrong_koid(reported), _wrong_props(reported)):
        if wrong:
            yield Mismatch(clause, *wrong)
    if object_ is None:
        return
    if object_.koid is not None and reported.koid != object_.koid:
        yield Mismatch(clause, f"koid {object_.koid}", str(reported.koid))
    elif object_.koid is None and s.may_be_same(object_, s.by_koid.get(reported.koid)) == NO:
        got = f"{reported.koid}, the koid of another object"
        yield Mismatch(clause, "a koid of its own", got)
    if wrong := _wrong_relative(s, object_, reported):
        yield Mismatch(clause, *wrong)


def _wrong_koid(reported: HandleBasic) -> Difference | None:
    """Say what is wrong with a koid that no object of the kernel's can have."""
    if reported.koid > _KOID_KERNEL and not reported.koid & _ARTIFICIAL:
        return None
    return Difference("a koid that an object can have", f"{reported.koid:#x}")


def _wrong_relative(s: State, object_: KernelObject, reported: HandleBasic) -> Difference | None:
    """Say what is wrong with the related koid; None if nothing is.

    It is that of the other end or of the parent, zero for an object without either, and never
    changes. Of other types than these no page says if they have a relative.
    """
    related = reported.related_koid
    if object_.unidentified:
        return None
    if object_.related is not None and related != object_.related:
        return Difference(f"related_koid={object_.related}, as before", str(related))
    if object_.given:
        return None
    if object_.type in _ENDS:
        return _wrong_end(s, object_, reported)
    if object_.type in _CHILDREN and object_.parent is not None:
        expected = object_.parent.koid
        if related == 0 or expected not in (None, related):
            return Difference(f"related_koid={_koid(expected)}, its parent's", str(related))
    if object_.type in _UNRELATED and related:
        return Difference("related_koid=0, as it has no related object", str(related))
    return None


def _koid(koid: int | None) -> str:
    return "(not known)" if koid is None else str(koid)


def _wrong_end(s: State, object_: KernelObject, reported: HandleBasic) -> Difference | None:
    peer, related = object_.peer, reported.related_koid
    if peer is None or peer.unidentified:
        return None
    if peer.koid not in (None, related):
        return Difference(f"related_koid={peer.koid}, its peer's", str(related))
    if peer.related not in (None, reported.koid) and not peer.given:
        return Difference(f"koid {peer.related}, its peer's related koid", str(reported.koid))
    if related in (0, reported.koid):
        return Difference("the related koid of its peer", str(related))
    known = s.by_koid.get(related)
    if known is not None and known.type not in (ObjType.NONE, object_.type):
        other = known.type.name.lower()
        return Difference("the related koid of its peer", f"{related}, the koid of a {other}")
    return None


def _wrong_props(reported: HandleBasic) -> Difference | None:
    """Say what is wrong with `props`; None if nothing is. The type is taken as reported."""
    if reported.props not in (0, _WAITABLE):
        return Difference("props of 0 or ZX_OBJ_PROP_WAITABLE", f"{reported.props:#x}")
    if reported.props == 0 and reported.type in _WAITED_ON:
        return Difference("props of ZX_OBJ_PROP_WAITABLE, as the object can be waited on", "0")
    return None


def wrong_process(object_: KernelObject, reported: ProcessInfo) -> Difference | None:
    """Say what is wrong with ZX_INFO_PROCESS; None if nothing is.

    The process that the program was started in runs. Others may have started, or killed, one that
    was only found.
    """
    if object_.given:
        if reported.started and not reported.exited:
            return None
        return Difference("the running process reported as running", "it not")
    if not isinstance(object_, KernelTask) or object_.unseen:
        return None
    if reported.started and object_.started.value is False:
        return Difference("a process that was not started reported so", "it started")
    if not reported.started and object_.started.value is True:
        return Difference("a process that was started reported so", "it not started")
    if reported.exited and object_.ended.value is False:
        return Difference("a process that was never started reported so", "it exited")
    if not reported.exited and object_.ended.value is True:
        return Difference("a process that is dead reported so", "it not exited")
    code = object_.code.value
    if reported.exited and code is not None and reported.return_code != code:
        return Difference(f"return_code={code}", str(reported.return_code))
    return None


def note_process(s: State, object_: KernelObject | None, reported: ProcessInfo) -> None:
    """ZX_INFO_PROCESS was reported, as the pages allow it."""
    if not isinstance(object_, KernelTask) or object_.given:
        return
    if reported.started:
        s.saw(object_.started, True)
    if reported.exited:
        saw_dead(s, object_)
        s.saw(object_.code, reported.return_code)


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
) -> Iterator[Difference]:
    """Say what is wrong with a list of children: one missing, one too many, one twice.

    A thread of a process may have exited, and children that existed before the program started
    may appear and disappear.
    """
    if len(set(reported)) < len(reported):
        yield Difference("each koid listed once", "one twice")
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
        yield Difference("koids of children", f"{strangers[-1]}, which is no child")
    if avail is not None and not least <= avail <= most:
        due = f"{least}" if least == most else f"{least} to {most}"
        yield Difference(f"avail={due}", str(avail))


def wrong_counts(
    topic: InfoTopic, size: int, actual: int | None, avail: int | None
) -> Iterator[Difference]:
    """Say what is wrong with how many records there are, and how many of `size` were written."""
    if topic in MANY:
        room = size // RECORD_SIZE[topic]
        if actual is not None and actual > room:
            yield Difference(f"actual of at most {room}, the buffer's room", f"actual={actual}")
        if actual is not None and avail is not None and actual > avail:
            yield Difference(f"actual of at most {avail}, as avail is", f"actual={actual}")
        if actual is not None and avail is not None and actual < min(avail, room):
            due = f"actual={min(avail, room)}, avail is {avail}, the buffer has room for {room}"
            yield Difference(due, f"actual={actual}")
    elif topic != InfoTopic.HANDLE_VALID:
        for name, reported in (("actual", actual), ("avail", avail)):
            if reported not in (None, 1):
                yield Difference(f"{name}=1, as the topic has one record", f"{name}={reported}")


def of_type(parent: KernelObject, wanted: ObjType) -> list[KernelObject]:
    """The children of a type."""
    return [child for child in parent.children if child.type is wanted]


def wrong_children(
    s: State,
    parent: KernelObject,
    wanted: ObjType,
    reported: Sequence[int],
    avail: int | None,
    *,
    whole: bool,
) -> Iterator[Difference]:
    """Say what is wrong with a list of children, by their koids; `whole`: it has all of them."""
    for child in of_type(parent, wanted) if whole and wanted is not ObjType.THREAD else ():
        known = child.koid is not None and exists(s, child) == YES
        if known and child.koid not in reported:
            yield Difference(f"koid {child.koid}, a child, listed", "it missing")
    yield from wrong_list(s, parent, wanted, reported, avail)
    for koid in reported:
        if is_child_of_another(s, parent, koid):
            yield Difference("koids of children", f"{koid}, which is no child")
