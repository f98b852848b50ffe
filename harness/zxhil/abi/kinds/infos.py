"""The records of zx_object_get_info, by topic, as the headers of 2018-12 lay them out.

`zx.h` is generated from these. The annotations are read at import, so this module does not
postpone them.
"""

from typing import Annotated, Any, NamedTuple

from zxhil.abi.kinds.layout import Layout
from zxhil.abi.kinds.raw import Raw
from zxhil.abi.kinds.scalar import Scalar
from zxhil.abi.objects import InfoTopic

NAME_BYTES = 32
"""ZX_MAX_NAME_LEN."""

_U32 = Annotated[int, Scalar("uint32_t", 32)]
_U64 = Annotated[int, Scalar("uint64_t", 64)]
_Size = Annotated[int, Scalar("size_t", 64)]
_Koid = Annotated[int, Scalar("zx_koid_t", 64)]
_Rights = Annotated[int, Scalar("zx_rights_t", 32)]
_Vaddr = Annotated[int, Scalar("zx_vaddr_t", 64)]
_Duration = Annotated[int, Scalar("zx_duration_t", 64, signed=True)]
_Name = Annotated[bytes, Raw(NAME_BYTES)]


class VmarInfo(NamedTuple):
    """zx_info_vmar_t: 16 bytes."""

    base: Annotated[int, Scalar("uintptr_t", 64)]
    len: _Size


class ThreadInfo(NamedTuple):
    """zx_info_thread_t: 8 bytes."""

    state: _U32
    wait_exception_port_type: _U32


class ExceptionReport(NamedTuple):
    """zx_exception_report_t: 32 bytes, the last 24 a union by architecture."""

    size: _U32
    type: _U32
    context: Annotated[bytes, Raw(24, 8)]


class TaskStats(NamedTuple):
    """zx_info_task_stats_t: 32 bytes."""

    mem_mapped_bytes: _Size
    mem_private_bytes: _Size
    mem_shared_bytes: _Size
    mem_scaled_shared_bytes: _Size


class MapsEntry(NamedTuple):
    """zx_info_maps_t: 96 bytes, the last 32 a zx_info_maps_mapping_t if `type` says so."""

    name: _Name
    base: _Vaddr
    size: _Size
    depth: _Size
    type: _U32
    content: Annotated[bytes, Raw(32, 8)]


class MapsMapping(NamedTuple):
    """zx_info_maps_mapping_t: 32 bytes."""

    mmu_flags: Annotated[int, Scalar("zx_vm_option_t", 32)]
    vmo_koid: _Koid
    vmo_offset: _U64
    committed_pages: _Size


class VmoInfo(NamedTuple):
    """zx_info_vmo_t: 112 bytes."""

    koid: _Koid
    name: _Name
    size_bytes: _U64
    parent_koid: _Koid
    num_children: _Size
    num_mappings: _Size
    share_count: _Size
    flags: _U32
    committed_bytes: _U64
    handle_rights: _Rights
    create_options: _U32
    cache_policy: _U32


class ThreadStats(NamedTuple):
    """zx_info_thread_stats_t: 8 bytes."""

    total_runtime: _Duration


class CpuStats(NamedTuple):
    """zx_info_cpu_stats_t: 120 bytes, one for each processor."""

    cpu_number: _U32
    flags: _U32
    idle_time: _Duration
    reschedules: _U64
    context_switches: _U64
    irq_preempts: _U64
    preempts: _U64
    yields: _U64
    ints: _U64
    timer_ints: _U64
    timers: _U64
    page_faults: _U64
    exceptions: _U64
    syscalls: _U64
    reschedule_ipis: _U64
    generic_ipis: _U64


class KmemStats(NamedTuple):
    """zx_info_kmem_stats_t: 72 bytes; `ipc_bytes` is not on the page."""

    total_bytes: _U64
    free_bytes: _U64
    wired_bytes: _U64
    total_heap_bytes: _U64
    free_heap_bytes: _U64
    vmo_bytes: _U64
    mmu_overhead_bytes: _U64
    ipc_bytes: _U64
    other_bytes: _U64


class ResourceInfo(NamedTuple):
    """zx_info_resource_t: 56 bytes; the page has `low` and `high` after the kind instead."""

    kind: _U32
    flags: _U32
    base: _U64
    size: _Size
    name: _Name


class BtiInfo(NamedTuple):
    """zx_info_bti_t: 16 bytes."""

    minimum_contiguity: _U64
    aspace_size: _U64


class ProcessHandleStats(NamedTuple):
    """zx_info_process_handle_stats_t: 256 bytes, 64 counts of 32 bits, by object type."""

    handle_count: Annotated[bytes, Raw(256, 4)]


class SocketInfo(NamedTuple):
    """zx_info_socket_t: 48 bytes."""

    options: _U32
    rx_buf_max: _Size
    rx_buf_size: _Size
    rx_buf_available: _Size
    tx_buf_max: _Size
    tx_buf_size: _Size


MAPS_MAPPING = Layout("zx_info_maps_mapping_t", MapsMapping)

#: Of the topics that others know as well (`zxhil.abi.info`), there is none here.
RECORDS: dict[InfoTopic, Layout[Any]] = {
    InfoTopic.VMAR: Layout("zx_info_vmar_t", VmarInfo),
    InfoTopic.THREAD: Layout("zx_info_thread_t", ThreadInfo),
    InfoTopic.THREAD_EXCEPTION_REPORT: Layout("zx_exception_report_t", ExceptionReport),
    InfoTopic.TASK_STATS: Layout("zx_info_task_stats_t", TaskStats),
    InfoTopic.PROCESS_MAPS: Layout("zx_info_maps_t", MapsEntry),
    InfoTopic.PROCESS_VMOS: Layout("zx_info_vmo_t", VmoInfo),
    InfoTopic.VMO: Layout("zx_info_vmo_t", VmoInfo),
    InfoTopic.THREAD_STATS: Layout("zx_info_thread_stats_t", ThreadStats),
    InfoTopic.CPU_STATS: Layout("zx_info_cpu_stats_t", CpuStats),
    InfoTopic.KMEM_STATS: Layout("zx_info_kmem_stats_t", KmemStats),
    InfoTopic.RESOURCE: Layout("zx_info_resource_t", ResourceInfo),
    InfoTopic.BTI: Layout("zx_info_bti_t", BtiInfo),
    InfoTopic.PROCESS_HANDLE_STATS: Layout("zx_info_process_handle_stats_t", ProcessHandleStats),
    InfoTopic.SOCKET: Layout("zx_info_socket_t", SocketInfo),
}

#: Each struct once, in the order of `zx.h`.
INFO_LAYOUTS: tuple[Layout[Any], ...] = (
    *{each.ctype: each for each in RECORDS.values()}.values(),
    MAPS_MAPPING,
)

#: Size in bytes of one record of a topic; HANDLE_VALID has none.
RECORD_SIZE: dict[InfoTopic, int] = {
    InfoTopic.HANDLE_VALID: 0,
    InfoTopic.HANDLE_BASIC: 32,
    InfoTopic.PROCESS: 16,
    InfoTopic.PROCESS_THREADS: 8,
    InfoTopic.JOB_CHILDREN: 8,
    InfoTopic.JOB_PROCESSES: 8,
    InfoTopic.HANDLE_COUNT: 4,
    **{topic: each.size for topic, each in RECORDS.items()},
}

#: Topics of which an object has any number of records; of the others it has one.
MANY = frozenset(
    {
        InfoTopic.PROCESS_THREADS,
        InfoTopic.JOB_CHILDREN,
        InfoTopic.JOB_PROCESSES,
        InfoTopic.PROCESS_MAPS,
        InfoTopic.PROCESS_VMOS,
        InfoTopic.CPU_STATS,
    }
)
