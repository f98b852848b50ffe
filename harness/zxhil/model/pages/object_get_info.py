"""zx_object_get_info, as its page was in 2018-12.

What a topic's record says is in `zxhil.model.reports`, but for handles and lists of children.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.ages import PROCESS_INFO_SINCE
from zxhil.abi.calls import ObjectGetInfo
from zxhil.abi.info import HandleBasic, ProcessInfo, handle_basic, handle_count, koids, process_info
from zxhil.abi.kinds import Needs
from zxhil.abi.kinds.infos import MANY, RECORD_SIZE
from zxhil.abi.kinds.values import Memory
from zxhil.abi.objects import InfoTopic, ObjType, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.children import exists, reported_children
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.page import Page
from zxhil.model.records import (
    handles_to,
    note_process,
    of_type,
    wrong_basic,
    wrong_children,
    wrong_counts,
    wrong_process,
)
from zxhil.model.reports import (
    REPORTS,
    asks_itself,
    has_ended,
    note_report,
    other_kind,
    space_destroyed,
    wrong_report,
)
from zxhil.model.state import State
from zxhil.model.stated import BAD_POINTER
from zxhil.model.tasks import no_exception
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, tri

page = Page("object_get_info", ObjectGetInfo, "object_get_info.md, 2018-12")
page.observes = True
page.asks_state = lambda c: c.topic not in (InfoTopic.HANDLE_VALID, InfoTopic.HANDLE_BASIC)

_LISTS = {
    InfoTopic.PROCESS_THREADS: (ObjType.PROCESS, ObjType.THREAD),
    InfoTopic.JOB_CHILDREN: (ObjType.JOB, ObjType.JOB),
    InfoTopic.JOB_PROCESSES: (ObjType.JOB, ObjType.PROCESS),
}
_OF_ROOT = (InfoTopic.CPU_STATS, InfoTopic.KMEM_STATS)
_OF_MAPPINGS = (InfoTopic.PROCESS_MAPS, InfoTopic.PROCESS_VMOS)
_STATED: tuple[Needs, ...] = getattr(page.syscall.parameters[0].kind, "needs", ())
_NEEDS = {
    InfoTopic[each.when.constant.removeprefix("ZX_INFO_")]: each
    for each in _STATED
    if each.when is not None
}
"""By topic, what RIGHTS says of the handle."""
_KNOWN_TOPICS = frozenset(InfoTopic)
_OF_RUNNING = frozenset((InfoTopic.TASK_STATS, InfoTopic.PROCESS_MAPS))
_SIZES: dict[int, int] = {int(topic): size for topic, size in RECORD_SIZE.items()}
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
_reported = {
    topic: page.effect(
        topic.name.lower(), f"ZX_INFO_{topic.name} reports {what}", words=f"{struct}"
    )
    for topic, (struct, what) in REPORTS.items()
}


def _record_size(c: ObjectGetInfo) -> int:
    return _SIZES[c.topic]


#: The day on which the page got its section RIGHTS: 28ee42945.
_RIGHTS_SINCE = 20181205


def _has_to_write(s: State, c: ObjectGetInfo) -> bool:
    """Is there for certain a record that the buffer has room for?"""
    parent, wanted = s.object(c.handle), _LISTS[InfoTopic(c.topic)][1]
    if parent is None or c.buffer_size < RECORD_SIZE[InfoTopic(c.topic)]:
        return False
    return any(exists(s, child) == YES for child in of_type(parent, wanted))


page.valid("handle")


@page.error(
    Status.ZX_ERR_WRONG_TYPE,
    "handle's object is not of the type that the topic needs",
    about="handle",
    words="appropriate type",
)
def wrong_type(s: State, c: ObjectGetInfo) -> Tri:
    if c.topic in _OF_ROOT:
        return s.not_a(c.handle, ObjType.RESOURCE)
    if c.topic in _NEEDS and (types := _NEEDS[InfoTopic(c.topic)].types):
        return s.not_a(c.handle, *types)
    return NO if c.topic in _KNOWN_TOPICS else MAYBE


@page.error(
    (Status.ZX_ERR_WRONG_TYPE, Status.ZX_ERR_ACCESS_DENIED),
    "handle is that of a resource of another kind than ZX_RSRC_KIND_ROOT, which the topic needs",
    words="resource kind zx_rsrc_kind_root",
)
def not_root(s: State, c: ObjectGetInfo) -> Tri:
    return other_kind(s, c.handle, ResourceKind.ROOT) if c.topic in _OF_ROOT else NO


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "handle lacks the right that the topic needs",
    about="handle",
    words="necessary rights",
)
def access_denied(s: State, c: ObjectGetInfo) -> Tri:
    if c.topic in _OF_MAPPINGS:
        return NO
    if c.topic in _NEEDS:
        right = _NEEDS[InfoTopic(c.topic)].rights
        lacking = s.lacks(c.handle, right) if right else NO
        # Before, the page had the error, and did not say which right a topic needs.
        return both(lacking, MAYBE) if s.earliest <= _RIGHTS_SINCE else lacking
    return NO if c.topic in _KNOWN_TOPICS else MAYBE


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "handle lacks the right that a topic about mappings needs",
    words="appropriate rights are missing",
)
def access_denied_mappings(s: State, c: ObjectGetInfo) -> Tri:
    """The topics ask for ZX_RIGHT_READ, RIGHTS for ZX_RIGHT_INSPECT: without either it is sure."""
    if c.topic not in _OF_MAPPINGS:
        return NO
    lacking = s.lacks(c.handle, Rights.READ), s.lacks(c.handle, Rights.INSPECT)
    return max(both(*lacking), both(either(*lacking), MAYBE))


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "the handle of ZX_INFO_PROCESS_MAPS is that of the process that asks",
    words="handle to itself",
)
def access_denied_itself(s: State, c: ObjectGetInfo) -> Tri:
    """ZX_INFO_PROCESS_VMOS wants another process as well, and names no error."""
    if c.topic not in _OF_MAPPINGS:
        return NO
    own = asks_itself(s, c.handle)
    return own if c.topic == InfoTopic.PROCESS_MAPS else both(own, MAYBE)


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "buffer is an invalid pointer", about="buffer", words=BAD_POINTER
)
def invalid_args_buffer(s: State, c: ObjectGetInfo) -> Tri:
    if c.topic == InfoTopic.HANDLE_VALID:
        return NO
    bad = s.bad_output(c.buffer)
    if c.topic in _LISTS:
        may_be_valid = not _has_to_write(s, c)
    elif c.topic in MANY:
        may_be_valid = c.topic == InfoTopic.PROCESS_VMOS or c.buffer_size < _record_size(c)
    else:
        # More than the record need not be mapped: nothing is written there.
        record = _record_size(c) if c.topic in _KNOWN_TOPICS else 0
        may_be_valid = c.buffer_size == 0 or c.buffer_size > record
        if not may_be_valid and c.buffer.memory is Memory.PARTIAL:
            return YES
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
    small = tri(c.buffer_size < _record_size(c))
    if c.topic == InfoTopic.CPU_STATS or not _is_stated(s, c):
        # The page has one record, the header one for each processor; an older record is smaller.
        return both(MAYBE, small)
    return NO if c.topic in MANY else small


def _is_stated(s: State, c: ObjectGetInfo) -> bool:
    """Does the kernel's page have the topic? Before, a record may have had another layout."""
    return f"object_get_info/{InfoTopic(c.topic).name.lower()}" not in s.unstated


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the process has terminated",
    words="process has terminated",
)
def bad_state(s: State, c: ObjectGetInfo) -> Tri:
    """Of ZX_INFO_PROCESS_VMOS the page does not say what state the process must be in.

    Pages before 2018-10-08 say: not currently running.
    """
    wider = "object_get_info/bad_state" in s.unstated and c.topic in _OF_RUNNING
    if c.topic == InfoTopic.PROCESS_VMOS or wider:
        return both(s.is_a(c.handle, ObjType.PROCESS), MAYBE)
    if c.topic in _OF_RUNNING:
        return has_ended(s, c.handle)
    return NO if c.topic in _KNOWN_TOPICS else MAYBE


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the process's address space has been destroyed",
    words="address space has been destroyed",
)
def bad_state_address_space(s: State, c: ObjectGetInfo) -> Tri:
    """Of ZX_INFO_TASK_STATS no sentence says what it reports then."""
    if c.topic not in _OF_RUNNING:
        return NO
    destroyed = space_destroyed(s, c.handle)
    return destroyed if c.topic == InfoTopic.PROCESS_MAPS else both(destroyed, MAYBE)


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the thread is not in an exception",
    words="not in an exception",
)
def bad_state_no_exception(s: State, c: ObjectGetInfo) -> Tri:
    if c.topic != InfoTopic.THREAD_EXCEPTION_REPORT:
        return NO
    return no_exception(s, c.handle)


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED, "there is no such topic", about="topic", words="does not exist"
)
def not_supported(s: State, c: ObjectGetInfo) -> Tri:
    if c.topic in _KNOWN_TOPICS:
        # Of a topic that its page does not have, a kernel may know all the same.
        return NO if _is_stated(s, c) else MAYBE
    return MAYBE if c.topic <= _HIGHEST_TOPIC_OF_2018 else YES


@page.outputs
def outputs(s: State, c: ObjectGetInfo, o: Outcome) -> Iterator[Mismatch]:
    if o.status != Status.ZX_OK or c.topic not in _KNOWN_TOPICS:
        return
    counts = o.number("actual"), o.number("avail")
    for wrong in wrong_counts(InfoTopic(c.topic), c.buffer_size, *counts):
        yield Mismatch(actual_and_avail, *wrong)
    asked = s.object(c.handle) if c.topic == InfoTopic.PROCESS_THREADS else None
    # Of other threads than the program's own no page says how long they live.
    asks = asked is not None and any(t.given for t in of_type(asked, ObjType.THREAD))
    if asks and o.number("avail") == 0:
        yield Mismatch(children_listed, "avail of at least 1, the thread that asks", "avail=0")
    raw = o.raw("buffer")
    if raw is None and c.topic in MANY and c.buffer_size < RECORD_SIZE[InfoTopic(c.topic)]:
        raw = b""
    if raw is None:
        return
    if c.topic == InfoTopic.HANDLE_BASIC:
        reported = handle_basic(raw)
        if reported is not None:
            yield from wrong_basic(s, c.handle, reported, handle_basic_reported)
    elif c.topic in _LISTS:
        parent = s.object(c.handle)
        if parent is not None:
            wanted, avail = _LISTS[InfoTopic(c.topic)][1], o.number("avail")
            for wrong in wrong_children(s, parent, wanted, koids(raw), avail, whole=_is_whole(o)):
                yield Mismatch(children_listed, *wrong)
    else:
        yield from _record_mismatches(s, c, raw)
        for wrong in wrong_report(s, c.handle, InfoTopic(c.topic), raw, whole=_is_whole(o)):
            yield Mismatch(_reported[InfoTopic(c.topic)], *wrong)


def _is_whole(o: Outcome) -> bool:
    """Were all records written that there are?"""
    return o.number("avail") is not None and o.number("avail") == o.number("actual")


def _process(s: State, raw: bytes) -> ProcessInfo | None:
    """The record, unless the kernel may be so old that it has another layout."""
    return process_info(raw) if s.earliest > PROCESS_INFO_SINCE else None


def _record_mismatches(s: State, c: ObjectGetInfo, raw: bytes) -> Iterator[Mismatch]:
    object_ = s.object(c.handle)
    if object_ is None:
        return
    if c.topic == InfoTopic.PROCESS:
        process = _process(s, raw)
        if process is not None and (wrong := wrong_process(object_, process)):
            yield Mismatch(process_reported, *wrong)
    if c.topic == InfoTopic.HANDLE_COUNT and (count := handle_count(raw)) is not None:
        handles = handles_to(s, object_)
        if handles is not None and not handles[0] <= count <= handles[1]:
            least, most = handles
            due = f"{least}" if least == most else f"{least} to {most}"
            yield Mismatch(handle_count_reported, f"handle_count={due}", str(count))


@page.success
def success(s: State, c: ObjectGetInfo, o: Outcome) -> None:
    if c.topic == InfoTopic.HANDLE_VALID:
        s.reach(handle_valid)
    basic = handle_basic(o.raw("buffer") or b"") if c.topic == InfoTopic.HANDLE_BASIC else None
    if basic is not None:
        s.reach(handle_basic_reported)
        _note_relative(s, c.handle, basic)
        s.saw_handle(c.handle, basic.type, basic.rights)
        s.saw_koid(c.handle, basic.koid)
    if c.topic in _LISTS:
        s.reach(children_listed, o.raw("buffer") is not None)
        parent = s.object(c.handle)
        if parent is not None:
            listed, type_ = koids(o.raw("buffer") or b""), _LISTS[InfoTopic(c.topic)][1]
            reported_children(s, parent, type_, listed, complete=_is_whole(o))
    if c.topic in MANY:
        avail, actual = o.number("avail"), o.number("actual")
        s.reach(actual_and_avail, avail is not None and actual is not None and avail > actual)
    if o.raw("buffer") is not None:
        s.reach(process_reported, c.topic == InfoTopic.PROCESS)
        process = _process(s, o.raw("buffer") or b"")
        if c.topic == InfoTopic.PROCESS and process is not None:
            note_process(s, s.object(c.handle), process)
        s.reach(handle_count_reported, c.topic == InfoTopic.HANDLE_COUNT)
        if c.topic in _reported and _is_stated(s, c):
            s.reach(_reported[InfoTopic(c.topic)])
            note_report(s, c.handle, InfoTopic(c.topic), o.raw("buffer") or b"", whole=_is_whole(o))


def _note_relative(s: State, handle: int, reported: HandleBasic) -> None:
    object_ = s.object(handle)
    if object_ is not None and object_.koid in (None, reported.koid):
        object_.related = reported.related_koid


@page.failure
def failure(s: State, c: ObjectGetInfo, o: Outcome) -> None:
    if c.topic == InfoTopic.HANDLE_VALID and o.status == Status.ZX_ERR_BAD_HANDLE:
        s.reach(handle_valid)
