"""What the topics of zx_object_get_info report, against what the model knows of the object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from zxhil.abi.kinds.infos import (
    RECORDS,
    CpuStats,
    KmemStats,
    ProcessHandleStats,
    ResourceInfo,
    SocketInfo,
    TaskStats,
    ThreadInfo,
    ThreadStats,
    VmarInfo,
    VmoInfo,
)
from zxhil.abi.kinds.layout import Layout
from zxhil.abi.objects import InfoTopic, ObjType, ResourceKind
from zxhil.model.clause import Difference
from zxhil.model.maps import mapped_bytes, note_maps, root_of, wrong_maps
from zxhil.model.objects import KernelObject, Resource, Socket, Vmo
from zxhil.model.regions import Vmar
from zxhil.model.state import State
from zxhil.model.task_objects import KernelTask
from zxhil.model.tasks import dead, has_run
from zxhil.model.tri import MAYBE, NO, Tri, both, tri
from zxhil.model.vmars import is_gone
from zxhil.model.vmo_reports import wrong_rights, wrong_vmo, wrong_vmos

#: By topic: what its text on the page has, and what the record reports.
REPORTS: dict[InfoTopic, tuple[str, str]] = {
    InfoTopic.PROCESS_HANDLE_STATS: (
        "zx_info_process_handle_stats_t",
        "how many handles to objects of each type a process has",
    ),
    InfoTopic.THREAD: ("zx_info_thread_t", "the state of a thread"),
    InfoTopic.THREAD_EXCEPTION_REPORT: (
        "zx_exception_report_t",
        "the exception that a thread is in",
    ),
    InfoTopic.THREAD_STATS: (
        "total accumulated running time|zx_info_thread_stats",
        "how long a thread has run",
    ),
    InfoTopic.CPU_STATS: ("zx_info_cpu_stats_t", "what a processor did"),
    InfoTopic.VMAR: ("zx_info_vmar_t", "base and length of the region"),
    InfoTopic.VMO: ("zx_info_vmo_t", "koid, size, and mappings of a VMO"),
    InfoTopic.SOCKET: ("zx_info_socket_t", "options and buffers of a socket"),
    InfoTopic.TASK_STATS: ("zx_info_task_stats_t", "how much memory a process has mapped"),
    InfoTopic.PROCESS_MAPS: ("zx_info_maps_t", "all regions of a process's address space"),
    InfoTopic.PROCESS_VMOS: ("list of all vmos", "all VMOs that a process maps or has handles to"),
    InfoTopic.KMEM_STATS: ("zx_info_kmem_stats_t", "the kernel's use of memory"),
    InfoTopic.RESOURCE: ("zx_info_resource_t", "the kind of a resource"),
    InfoTopic.BTI: ("zx_info_bti_t", "the address space of a device"),
}

_NEW, _RUNNING, _BLOCKED, _DEAD = 0, 1, 3, 5
_IN_EXCEPTION = 0x103
_PLAIN_STATES = range(_DEAD + 1)
_BLOCKED_BY = 0xFF00
_MOST_EXCEPTION_PORT_TYPE = 5

# ---- conditions of the topics


def other_kind(s: State, handle: int, kind: ResourceKind) -> Tri:
    """Is it that of a resource of another kind? The one that the program was given is unknown."""
    object_ = s.object(handle)
    if isinstance(object_, Resource) and not object_.unidentified:
        return both(s.valid(handle), tri(object_.kind != kind))
    return both(s.is_a(handle, ObjType.RESOURCE), MAYBE)


def asks_itself(s: State, handle: int) -> Tri:
    """Is it that of the process that asks?"""
    process = s.object(handle)
    if process is None or process.unidentified:
        return both(s.is_a(handle, ObjType.PROCESS), MAYBE)
    own = process.given and process.type is ObjType.PROCESS
    return both(s.valid(handle), tri(own))


def never_started(object_: KernelObject) -> bool:
    """Is it a task that was created and surely never started or killed?"""
    if object_.given or object_.unseen or object_.unidentified:
        return False
    return isinstance(object_, KernelTask) and has_run(object_) == NO


def has_ended(s: State, handle: int) -> Tri:
    """Is it a process that has ended? One that was started, or killed, may have."""
    return both(s.is_a(handle, ObjType.PROCESS), dead(s, handle))


def space_destroyed(s: State, handle: int) -> Tri:
    """Is the root of the process's address space destroyed?"""
    process = s.object(handle)
    root = root_of(s, process)
    if process is None or root is None:
        unknown = process is None or not process.given
        return both(s.is_a(handle, ObjType.PROCESS), MAYBE if unknown else NO)
    return both(s.valid(handle), is_gone(root))


# ---- what is reported


def wrong_report(
    s: State, handle: int, topic: InfoTopic, raw: bytes, *, whole: bool
) -> Iterator[Difference]:
    """Say what is wrong with the record, or the records, of a topic.

    `whole`: all of them are there.
    """
    object_ = s.object(handle)
    layout = RECORDS.get(topic)
    if object_ is None or layout is None or object_.unidentified:
        return
    records = _read(layout, raw)
    if topic == InfoTopic.PROCESS_MAPS:
        yield from wrong_maps(s, object_, records, whole=whole)
        return
    if topic == InfoTopic.PROCESS_VMOS:
        yield from wrong_vmos(s, object_, records, whole=whole)
        return
    if topic == InfoTopic.VMO and records and (wrong := wrong_rights(s, handle, records[0])):
        yield wrong
    for place, record in enumerate(records):
        found = _wrong(s, object_, record, place)
        if found is not None:
            yield found


def _read(layout: Layout[Any], raw: bytes) -> list[Any]:
    places = range(0, len(raw) - layout.size + 1, layout.size)
    return [layout.read(raw[at : at + layout.size]) for at in places]


def _wrong(s: State, object_: KernelObject, record: Any, place: int) -> Difference | None:
    check = _CHECKS.get(type(record))
    if isinstance(record, CpuStats):
        return _wrong_cpu(record, place)
    return None if check is None else check(s, object_, record)


def note_report(s: State, handle: int, topic: InfoTopic, raw: bytes, *, whole: bool) -> None:
    """Take over what was reported and is new to the model; `whole`: all records are there."""
    object_ = s.object(handle)
    layout = RECORDS[topic]
    if topic == InfoTopic.PROCESS_MAPS and object_ is not None and whole:
        note_maps(s, object_, _read(layout, raw))
        return
    record: Any = layout.read(raw)
    if isinstance(record, VmarInfo) and isinstance(object_, Vmar):
        s.saw(object_.base, record.base)
        s.saw(object_.size, record.len)
    elif isinstance(record, VmoInfo) and isinstance(object_, Vmo) and topic == InfoTopic.VMO:
        s.saw_koid(handle, record.koid)
        if not object_.unseen:
            s.saw(object_.size, record.size_bytes)


def _wrong_vmar(s: State, vmar: KernelObject, record: VmarInfo) -> Difference | None:
    if not isinstance(vmar, Vmar):
        return None
    for name, fact, reported in (
        ("base", vmar.base, record.base),
        ("len", vmar.size, record.len),
    ):
        if not fact.may_be(reported):
            return Difference(f"{name}={next(iter(fact.possible)):#x}", f"{reported:#x}")
    return None


def _wrong_task_stats(s: State, process: KernelObject, record: TaskStats) -> Difference | None:
    shared, scaled = record.mem_shared_bytes, record.mem_scaled_shared_bytes
    if scaled > shared or (shared and scaled == shared):
        return Difference(f"less than mem_shared_bytes, {shared}", f"scaled {scaled}")
    bounds = mapped_bytes(s, process)
    if bounds is not None and not bounds[0] <= record.mem_mapped_bytes <= bounds[1]:
        least, most = bounds
        due = f"{least}" if least == most else f"{least} to {most}"
        return Difference(f"mem_mapped_bytes={due}", str(record.mem_mapped_bytes))
    return None


def _wrong_thread(s: State, thread: KernelObject, record: ThreadInfo) -> Difference | None:
    state, port = record.state, record.wait_exception_port_type
    if state == _BLOCKED or (state not in _PLAIN_STATES and state & ~_BLOCKED_BY != _BLOCKED):
        return Difference("a ZX_THREAD_STATE_* that is returned by itself", f"{state:#x}")
    if state == _IN_EXCEPTION and port > _MOST_EXCEPTION_PORT_TYPE:
        return Difference("a ZX_EXCEPTION_PORT_TYPE_*", str(port))
    if thread.given and state != _RUNNING:
        return Difference("ZX_THREAD_STATE_RUNNING of the thread that asks", f"{state:#x}")
    if never_started(thread) and state != _NEW:
        return Difference("ZX_THREAD_STATE_NEW of one that was not started", f"{state:#x}")
    return None


def _wrong_thread_stats(s: State, thread: KernelObject, record: ThreadStats) -> Difference | None:
    if record.total_runtime >= 1 << 63:
        return Difference("a total_runtime of at least 0", f"{record.total_runtime - (1 << 64)}")
    if never_started(thread) and record.total_runtime:
        return Difference("total_runtime=0 of a thread that never ran", str(record.total_runtime))
    return None


def _wrong_cpu(record: CpuStats, place: int) -> Difference | None:
    if record.page_faults or record.exceptions:
        return Difference(
            "page_faults and exceptions of 0", f"{record.page_faults} and {record.exceptions}"
        )
    return None


def _wrong_kmem(s: State, root: KernelObject, record: KmemStats) -> Difference | None:
    if record.free_bytes > record.total_bytes:
        return Difference(f"free_bytes of at most {record.total_bytes}", str(record.free_bytes))
    if record.free_heap_bytes > record.total_heap_bytes:
        most = record.total_heap_bytes
        return Difference(f"free_heap_bytes of at most {most}", str(record.free_heap_bytes))
    return None


def _wrong_resource(s: State, resource: KernelObject, record: ResourceInfo) -> Difference | None:
    known = resource.kind if isinstance(resource, Resource) else None
    if known is not None and record.kind != known:
        return Difference(f"kind={known}", str(record.kind))
    return None


def _wrong_handles(
    s: State, process: KernelObject, record: ProcessHandleStats
) -> Difference | None:
    counts = memoryview(record.handle_count).cast("I")
    if not process.given:
        others = sum(counts) if never_started(process) else 0
        return Difference("no handles of a process that never ran", str(others)) if others else None
    least = dict.fromkeys(ObjType, 0)
    for entry in s.table.values():
        if entry.live.value is True and entry.object.value is not None:
            least[entry.object.value.type] += 1
    for type_, number in least.items():
        if type_ is not ObjType.NONE and type_ < len(counts) and counts[type_] < number:
            return Difference(
                f"at least {number} handles to objects of type {type_.name}", str(counts[type_])
            )
    return None


def _wrong_socket(s: State, socket: KernelObject, record: SocketInfo) -> Difference | None:
    if record.rx_buf_size > record.rx_buf_max:
        return Difference(f"rx_buf_size of at most {record.rx_buf_max}", str(record.rx_buf_size))
    if not isinstance(socket, Socket):
        return None
    if socket.options is not None and record.options != socket.options:
        return Difference(f"options={socket.options:#x}", f"{record.options:#x}")
    waiting = [chunk.size for chunk in socket.data.chunks]
    if not socket.data.exact or socket.unseen:
        return None
    if record.rx_buf_size != sum(waiting):
        return Difference(f"rx_buf_size={sum(waiting)}", str(record.rx_buf_size))
    datagrams = socket.options is None or socket.options & 1
    available = waiting[0] if datagrams and waiting else sum(waiting)
    if socket.options is not None and record.rx_buf_available != available:
        return Difference(f"rx_buf_available={available}", str(record.rx_buf_available))
    peer = socket.peer
    gone = peer is not None and not peer.unidentified and s.held(peer) == NO
    if gone and (record.tx_buf_max or record.tx_buf_size):
        return Difference("tx_buf_max and tx_buf_size of 0, as the peer is closed", "others")
    return None


_CHECKS: dict[type, Callable[[State, KernelObject, Any], Difference | None]] = {
    VmarInfo: _wrong_vmar,
    TaskStats: _wrong_task_stats,
    VmoInfo: wrong_vmo,
    ThreadInfo: _wrong_thread,
    ThreadStats: _wrong_thread_stats,
    KmemStats: _wrong_kmem,
    ResourceInfo: _wrong_resource,
    ProcessHandleStats: _wrong_handles,
    SocketInfo: _wrong_socket,
}
