"""zx_object_get_info, as its page was in 2018-12.

Models the topics about handles and children; of the others, only what all topics share.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ObjectGetInfo
from zxhil.abi.info import RECORD_SIZE, HandleBasic, handle_basic, handle_count, koids, process_info
from zxhil.abi.objects import InfoTopic, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.children import exists, is_child_of_another, reported_children
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.handles import mismatch
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.records import (
    handles_to,
    wrong_koid,
    wrong_list,
    wrong_process,
    wrong_props,
    wrong_relative,
)
from zxhil.model.state import State
from zxhil.model.stated import BAD_POINTER
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, tri

page = Page("object_get_info", ObjectGetInfo, "object_get_info.md, 2018-12")
page.observes = True

_LISTS = {
    InfoTopic.PROCESS_THREADS: (ObjType.PROCESS, ObjType.THREAD),
    InfoTopic.JOB_CHILDREN: (ObjType.JOB, ObjType.JOB),
    InfoTopic.JOB_PROCESSES: (ObjType.JOB, ObjType.PROCESS),
}
_TYPE = {topic: types[0] for topic, types in _LISTS.items()} | {InfoTopic.PROCESS: ObjType.PROCESS}
_RIGHT = dict.fromkeys(_LISTS, Rights.ENUMERATE) | {
    InfoTopic.PROCESS: Rights.INSPECT,
    InfoTopic.HANDLE_COUNT: Rights.INSPECT,
}
_KNOWN_TOPICS = frozenset(InfoTopic)
_HIGHEST_TOPIC_OF_2018 = 23

handle_valid = page.effect(
    "handle_valid",
    "ZX_INFO_HANDLE_VALID reports whether the handle is valid",
    words="returns zx_ok if handle is valid",
)
handle_basic_reported = page.effect(
    "handle_basic",
    "ZX_INFO_HANDLE_BASIC reports koid, rights, type and related koid",
    words="zx_info_handle_basic_t",
)
children_listed = page.effect(
    "children_listed", "the list topics report the koid of each direct child"
)
for _child in ("thread", "direct child job|child job", "direct child process|child process"):
    page.state(children_listed, words=("array of zx_koid_t", _child))
actual_and_avail = page.effect(
    "actual_and_avail",
    "actual counts the records written, avail those there are: more, if the buffer is too small",
    words=("insufficiently large", "avail will be larger than actual"),
)
process_reported = page.effect(
    "process",
    "ZX_INFO_PROCESS reports whether the process started and exited",
    words="zx_info_process_t",
)
handle_count_reported = page.effect(
    "handle_count",
    "ZX_INFO_HANDLE_COUNT reports how many handles refer to the object",
    words="zx_info_handle_count_t",
)


def _listed(c: ObjectGetInfo) -> bool:
    return c.topic in _LISTS


def _has_to_write(s: State, c: ObjectGetInfo) -> bool:
    """Is there for certain a record that the buffer has room for?"""
    parent, wanted = s.object(c.handle), _LISTS[InfoTopic(c.topic)][1]
    if parent is None or c.buffer_size < RECORD_SIZE[InfoTopic(c.topic)]:
        return False
    return any(exists(s, child) == YES for child in _of_type(s, parent, wanted))


page.valid("handle")


@page.error(
    Status.ZX_ERR_WRONG_TYPE,
    "handle's object is not of the type that the topic needs",
    about="handle",
    words="appropriate type",
)
def wrong_type(s: State, c: ObjectGetInfo) -> Tri:
    if c.topic in _TYPE:
        return s.not_a(c.handle, _TYPE[InfoTopic(c.topic)])
    return NO if c.topic in _KNOWN_TOPICS else MAYBE


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "handle lacks the right that the topic needs",
    about="handle",
    words="necessary rights",
)
def access_denied(s: State, c: ObjectGetInfo) -> Tri:
    if c.topic in _RIGHT:
        return s.lacks(c.handle, _RIGHT[InfoTopic(c.topic)])
    return NO if c.topic in _KNOWN_TOPICS else MAYBE


for _words in ("appropriate rights are missing", "handle to itself"):
    page.unmodelled(
        Status.ZX_ERR_ACCESS_DENIED, _words, why="the topics about mappings are not asked for"
    )


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "buffer is an invalid pointer", about="buffer", words=BAD_POINTER
)
def invalid_args_buffer(s: State, c: ObjectGetInfo) -> Tri:
    if c.topic == InfoTopic.HANDLE_VALID:
        return NO
    bad = s.bad_output(c.buffer)
    if _listed(c):
        may_be_valid = not _has_to_write(s, c)
    else:
        # More than the record need not be mapped: nothing is written there.
        record = RECORD_SIZE[InfoTopic(c.topic)] if c.topic in _KNOWN_TOPICS else 0
        may_be_valid = c.buffer_size == 0 or c.buffer_size > record
    return both(bad, MAYBE) if may_be_valid else bad


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "actual is an invalid pointer", about="actual", words=BAD_POINTER
)
def invalid_args_actual(s: State, c: ObjectGetInfo) -> Tri:
    bad = s.bad_output(c.actual, optional=True)
    return both(bad, MAYBE) if c.topic == InfoTopic.HANDLE_VALID else bad


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "avail is an invalid pointer", about="avail", words=BAD_POINTER
)
def invalid_args_avail(s: State, c: ObjectGetInfo) -> Tri:
    bad = s.bad_output(c.avail, optional=True)
    return both(bad, MAYBE) if c.topic == InfoTopic.HANDLE_VALID else bad


page.no_memory()


@page.error(
    Status.ZX_ERR_BUFFER_TOO_SMALL,
    "the buffer can't take the topic's one record",
    words="fixed number of records",
)
def buffer_too_small(s: State, c: ObjectGetInfo) -> Tri:
    if c.topic not in _KNOWN_TOPICS:
        return MAYBE
    return NO if _listed(c) else tri(c.buffer_size < RECORD_SIZE[InfoTopic(c.topic)])


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the thread is not in an exception, or another state than a topic needs",
    words="process has terminated",
)
def bad_state(s: State, c: ObjectGetInfo) -> Tri:
    """Topics on exceptions and on memory document it; those judged here do not."""
    return NO if c.topic in _KNOWN_TOPICS else MAYBE


for _words in ("address space has been destroyed", "not in an exception"):
    page.state(bad_state, words=_words)


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED, "there is no such topic", about="topic", words="does not exist"
)
def not_supported(s: State, c: ObjectGetInfo) -> Tri:
    if c.topic in _KNOWN_TOPICS:
        return NO
    return MAYBE if c.topic <= _HIGHEST_TOPIC_OF_2018 else YES


@page.outputs
def outputs(s: State, c: ObjectGetInfo, o: Outcome) -> Iterator[Mismatch]:
    if o.status != Status.ZX_OK or c.topic not in _KNOWN_TOPICS:
        return
    yield from _wrong_counts(c, o)
    asked = s.object(c.handle) if c.topic == InfoTopic.PROCESS_THREADS else None
    # Of other threads than the program's own no page says how long they live.
    asks = asked is not None and any(t.given for t in _of_type(s, asked, ObjType.THREAD))
    if asks and o.number("avail") == 0:
        yield Mismatch(children_listed, "avail of at least 1, the thread that asks", "avail=0")
    raw = o.raw("buffer")
    if raw is None and _listed(c) and c.buffer_size < RECORD_SIZE[InfoTopic(c.topic)]:
        raw = b""
    if raw is None:
        return
    if c.topic == InfoTopic.HANDLE_BASIC:
        reported = handle_basic(raw)
        if reported is not None:
            yield from _basic_mismatches(s, c.handle, reported)
    elif _listed(c):
        yield from _list_mismatches(s, c, o, koids(raw))
    else:
        yield from _record_mismatches(s, c, raw)


def _wrong_counts(c: ObjectGetInfo, o: Outcome) -> Iterator[Mismatch]:
    """Check how many records there are, and how many were written."""
    actual, avail = o.number("actual"), o.number("avail")
    if _listed(c):
        room = c.buffer_size // RECORD_SIZE[InfoTopic(c.topic)]
        if actual is not None and actual > room:
            yield Mismatch(
                actual_and_avail, f"actual of at most {room}, the buffer's room", f"actual={actual}"
            )
        if actual is not None and avail is not None and actual > avail:
            yield Mismatch(
                actual_and_avail, f"actual of at most {avail}, as avail is", f"actual={actual}"
            )
        if actual is not None and avail is not None and actual < min(avail, room):
            due = f"actual={min(avail, room)}, avail is {avail}, the buffer has room for {room}"
            yield Mismatch(actual_and_avail, due, f"actual={actual}")
    elif c.topic != InfoTopic.HANDLE_VALID:
        for name, reported in (("actual", actual), ("avail", avail)):
            if reported not in (None, 1):
                due = f"{name}=1, as the topic has one record"
                yield Mismatch(actual_and_avail, due, f"{name}={reported}")


def _record_mismatches(s: State, c: ObjectGetInfo, raw: bytes) -> Iterator[Mismatch]:
    object_ = s.object(c.handle)
    if object_ is None:
        return
    if c.topic == InfoTopic.PROCESS:
        process = process_info(raw)
        if process is not None and (wrong := wrong_process(object_, process)):
            yield Mismatch(process_reported, *wrong)
    if c.topic == InfoTopic.HANDLE_COUNT and (count := handle_count(raw)) is not None:
        handles = handles_to(s, object_)
        if handles is not None and not handles[0] <= count <= handles[1]:
            least, most = handles
            due = f"{least}" if least == most else f"{least} to {most}"
            yield Mismatch(handle_count_reported, f"handle_count={due}", str(count))


def _basic_mismatches(s: State, handle: int, reported: HandleBasic) -> Iterator[Mismatch]:
    object_ = s.object(handle)
    entry = s.entry(handle)
    rights = () if entry is None else entry.rights.possible
    yield from mismatch(handle_basic_reported, object_, rights, reported)
    for wrong in (wrong_koid(reported), wrong_props(reported)):
        if wrong:
            yield Mismatch(handle_basic_reported, *wrong)
    if object_ is None:
        return
    if object_.koid is not None and reported.koid != object_.koid:
        yield Mismatch(handle_basic_reported, f"koid {object_.koid}", str(reported.koid))
    elif object_.koid is None and s.may_be_same(object_, s.by_koid.get(reported.koid)) == NO:
        got = f"{reported.koid}, the koid of another object"
        yield Mismatch(handle_basic_reported, "a koid of its own", got)
    if wrong := wrong_relative(s, object_, reported):
        yield Mismatch(handle_basic_reported, *wrong)


def _list_mismatches(
    s: State, c: ObjectGetInfo, o: Outcome, reported: tuple[int, ...]
) -> Iterator[Mismatch]:
    parent = s.object(c.handle)
    if parent is None:
        return
    wanted = _LISTS[InfoTopic(c.topic)][1]
    complete = o.number("avail") == o.number("actual")
    running = c.topic == InfoTopic.PROCESS_THREADS
    for child in _of_type(s, parent, wanted):
        must = child.koid is not None and exists(s, child) == YES and not running
        if must and complete and child.koid not in reported:
            yield Mismatch(children_listed, f"koid {child.koid}, a child, listed", "it missing")
    for wrong in wrong_list(s, parent, wanted, reported, o.number("avail")):
        yield Mismatch(children_listed, *wrong)
    for koid in reported:
        if is_child_of_another(s, parent, koid):
            yield Mismatch(children_listed, "koids of children", f"{koid}, which is no child")


def _of_type(s: State, parent: KernelObject, wanted: ObjType) -> list[KernelObject]:
    return [child for child in parent.children if child.type is wanted]


@page.success
def success(s: State, c: ObjectGetInfo, o: Outcome) -> None:
    if c.topic == InfoTopic.HANDLE_VALID:
        s.reach(handle_valid)
    if c.topic == InfoTopic.HANDLE_BASIC:
        reported = handle_basic(o.raw("buffer") or b"")
        if reported is not None:
            s.reach(handle_basic_reported)
            _note_relative(s, c.handle, reported)
            s.saw_handle(c.handle, reported.type, reported.rights)
            s.saw_koid(c.handle, reported.koid)
    if _listed(c):
        s.reach(children_listed, o.raw("buffer") is not None)
        avail, actual = o.number("avail"), o.number("actual")
        parent = s.object(c.handle)
        if parent is not None:
            type_ = _LISTS[InfoTopic(c.topic)][1]
            complete = avail is not None and avail == actual
            reported_children(s, parent, type_, koids(o.raw("buffer") or b""), complete=complete)
        s.reach(actual_and_avail, avail is not None and actual is not None and avail > actual)
    if o.raw("buffer") is not None:
        s.reach(process_reported, c.topic == InfoTopic.PROCESS)
        s.reach(handle_count_reported, c.topic == InfoTopic.HANDLE_COUNT)


def _note_relative(s: State, handle: int, reported: HandleBasic) -> None:
    object_ = s.object(handle)
    if object_ is not None and object_.koid in (None, reported.koid):
        object_.related = reported.related_koid


@page.failure
def failure(s: State, c: ObjectGetInfo, o: Outcome) -> None:
    if c.topic == InfoTopic.HANDLE_VALID and o.status == Status.ZX_ERR_BAD_HANDLE:
        s.reach(handle_valid)
