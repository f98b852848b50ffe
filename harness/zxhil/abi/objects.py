"""Object types, signals and limits, as <zircon/types.h> and <zircon/processargs.h> number them."""

from __future__ import annotations

import enum


class ObjType(enum.IntEnum):
    """zx_obj_type_t (ZX_OBJ_TYPE_*)."""

    NONE = 0
    PROCESS = 1
    THREAD = 2
    VMO = 3
    CHANNEL = 4
    EVENT = 5
    PORT = 6
    INTERRUPT = 9
    PCI_DEVICE = 11
    LOG = 12
    SOCKET = 14
    RESOURCE = 15
    EVENTPAIR = 16
    JOB = 17
    VMAR = 18
    FIFO = 19
    GUEST = 20
    VCPU = 21
    TIMER = 22
    IOMMU = 23
    BTI = 24
    PROFILE = 25
    PMT = 26
    SUSPEND_TOKEN = 27
    PAGER = 28
    EXCEPTION = 29
    CLOCK = 30
    STREAM = 31
    MSI = 32


class Signal(enum.IntFlag):
    """zx_signals_t: the bits that the pages name, for the object types that the cases use."""

    CHANNEL_READABLE = 1 << 0
    CHANNEL_WRITABLE = 1 << 1
    CHANNEL_PEER_CLOSED = 1 << 2
    SOCKET_READABLE = 1 << 0
    SOCKET_WRITABLE = 1 << 1
    SOCKET_PEER_CLOSED = 1 << 2
    SOCKET_PEER_WRITE_DISABLED = 1 << 4
    SOCKET_WRITE_DISABLED = 1 << 5
    SOCKET_CONTROL_READABLE = 1 << 6
    SOCKET_CONTROL_WRITABLE = 1 << 7
    SOCKET_ACCEPT = 1 << 8
    SOCKET_SHARE = 1 << 9
    SOCKET_READ_THRESHOLD = 1 << 10
    SOCKET_WRITE_THRESHOLD = 1 << 11
    FIFO_READABLE = 1 << 0
    FIFO_WRITABLE = 1 << 1
    FIFO_PEER_CLOSED = 1 << 2
    EVENT_SIGNALED = 1 << 3
    EVENTPAIR_SIGNALED = 1 << 3
    EVENTPAIR_PEER_CLOSED = 1 << 2
    TASK_TERMINATED = 1 << 3
    THREAD_RUNNING = 1 << 4
    THREAD_SUSPENDED = 1 << 5
    TIMER_SIGNALED = 1 << 3
    VMO_ZERO_CHILDREN = 1 << 3
    HANDLE_CLOSED = 1 << 23
    USER_SIGNAL_0 = 1 << 24
    USER_SIGNAL_1 = 1 << 25
    USER_SIGNAL_2 = 1 << 26
    USER_SIGNAL_3 = 1 << 27
    USER_SIGNAL_4 = 1 << 28
    USER_SIGNAL_5 = 1 << 29
    USER_SIGNAL_6 = 1 << 30
    USER_SIGNAL_7 = 1 << 31


USER_SIGNAL_ALL = 0xFF000000


class HandleInfo(enum.IntEnum):
    """PA_HND types of the processargs bootstrap message: what a bootstrap handle is for."""

    PROC_SELF = 0x01
    THREAD_SELF = 0x02
    JOB_DEFAULT = 0x03
    VMAR_ROOT = 0x04
    VMO_VDSO = 0x11
    VMO_STACK = 0x13
    VMO_BOOTDATA = 0x1A
    VMO_BOOTFS = 0x1B
    VMO_KERNEL_FILE = 0x1C
    FDIO_REMOTE = 0x32
    RESOURCE = 0x3F
    USER0 = 0xF0


class HandleOp(enum.IntEnum):
    """zx_handle_op_t of zx_handle_disposition_t (headers of 2019-09 and later)."""

    MOVE = 0
    DUPLICATE = 1


class InfoTopic(enum.IntEnum):
    """zx_object_get_info topics of 2018-12 (<zircon/syscalls/object.h>)."""

    HANDLE_VALID = 1
    HANDLE_BASIC = 2
    PROCESS = 3
    PROCESS_THREADS = 4
    VMAR = 7
    JOB_CHILDREN = 8
    JOB_PROCESSES = 9
    THREAD = 10
    THREAD_EXCEPTION_REPORT = 11
    TASK_STATS = 12
    PROCESS_MAPS = 13
    PROCESS_VMOS = 14
    THREAD_STATS = 15
    CPU_STATS = 16
    KMEM_STATS = 17
    RESOURCE = 18
    HANDLE_COUNT = 19
    BTI = 20
    PROCESS_HANDLE_STATS = 21
    SOCKET = 22
    VMO = 23


class Property(enum.IntEnum):
    """ZX_PROP_*, the properties of objects that have a number in 2018-12."""

    REGISTER_GS = 2
    NAME = 3
    REGISTER_FS = 4
    PROCESS_DEBUG_ADDR = 5
    PROCESS_VDSO_BASE_ADDRESS = 6
    SOCKET_RX_THRESHOLD = 12
    SOCKET_TX_THRESHOLD = 13
    JOB_KILL_ON_OOM = 15


class ThreadState(enum.IntEnum):
    """Kinds of the state of a thread, of 2018-12 (<zircon/syscalls/debug.h>)."""

    GENERAL_REGS = 0
    FP_REGS = 1
    VECTOR_REGS = 2
    DEBUG_REGS = 4
    SINGLE_STEP = 5


class PolicyCondition(enum.IntEnum):
    """ZX_POL_*: what a job's policy is about, of 2018-12 (<zircon/syscalls/policy.h>)."""

    BAD_HANDLE = 0
    WRONG_OBJECT = 1
    VMAR_WX = 2
    NEW_ANY = 3
    NEW_VMO = 4
    NEW_CHANNEL = 5
    NEW_EVENT = 6
    NEW_EVENTPAIR = 7
    NEW_PORT = 8
    NEW_SOCKET = 9
    NEW_FIFO = 10
    NEW_TIMER = 11
    NEW_PROCESS = 12


class ResourceKind(enum.IntEnum):
    """zx_rsrc_kind_t of 2018-12 (<zircon/syscalls/resource.h>); earlier trees number otherwise."""

    MMIO = 0
    IRQ = 1
    IOPORT = 2
    HYPERVISOR = 3
    ROOT = 4
    VMEX = 5
    SMC = 6


#: Constants that are no member of a family above: C name → value.
LIMITS: dict[str, int] = {
    "ZX_HANDLE_INVALID": 0,
    "ZX_CHANNEL_MAX_MSG_BYTES": 65536,
    "ZX_CHANNEL_MAX_MSG_HANDLES": 64,
    "ZX_CHANNEL_READ_MAY_DISCARD": 1,
    "ZX_SOCKET_STREAM": 0,
    "ZX_SOCKET_DATAGRAM": 1,
    "ZX_SOCKET_HAS_CONTROL": 2,
    "ZX_SOCKET_HAS_ACCEPT": 4,
    "ZX_SOCKET_CONTROL": 4,
    "ZX_SOCKET_SHUTDOWN_WRITE": 1,
    "ZX_SOCKET_SHUTDOWN_READ": 2,
    "ZX_WAIT_ASYNC_ONCE": 0,
    "ZX_WAIT_ASYNC_REPEATING": 1,
    "ZX_PKT_TYPE_USER": 0,
    "ZX_PKT_TYPE_INTERRUPT": 7,
    "ZX_PKT_TYPE_SIGNAL_ONE": 1,
    "ZX_PKT_TYPE_SIGNAL_REP": 2,
    "ZX_VMO_NON_RESIZABLE": 1,
    "ZX_VMO_OP_COMMIT": 1,
    "ZX_VMO_OP_DECOMMIT": 2,
    "ZX_VMO_OP_LOCK": 3,
    "ZX_VMO_OP_UNLOCK": 4,
    "ZX_VMO_OP_CACHE_SYNC": 6,
    "ZX_VMO_OP_CACHE_INVALIDATE": 7,
    "ZX_VMO_OP_CACHE_CLEAN": 8,
    "ZX_VMO_OP_CACHE_CLEAN_INVALIDATE": 9,
    "ZX_VMO_CLONE_COPY_ON_WRITE": 1,
    "ZX_VMO_CLONE_NON_RESIZEABLE": 2,
    "ZX_CACHE_POLICY_CACHED": 0,
    "ZX_CACHE_POLICY_UNCACHED": 1,
    "ZX_CACHE_POLICY_UNCACHED_DEVICE": 2,
    "ZX_CACHE_POLICY_WRITE_COMBINING": 3,
    "ZX_CACHE_FLUSH_INSN": 1,
    "ZX_CACHE_FLUSH_DATA": 2,
    "ZX_CACHE_FLUSH_INVALIDATE": 4,
    "ZX_BTI_PERM_READ": 1,
    "ZX_BTI_PERM_WRITE": 2,
    "ZX_BTI_PERM_EXECUTE": 4,
    "ZX_BTI_COMPRESS": 8,
    "ZX_BTI_CONTIGUOUS": 16,
    "ZX_IOMMU_TYPE_DUMMY": 0,
    "ZX_IOMMU_MAX_DESC_LEN": 4096,
    "ZX_VM_PERM_READ": 1 << 0,
    "ZX_VM_PERM_WRITE": 1 << 1,
    "ZX_VM_PERM_EXECUTE": 1 << 2,
    "ZX_VM_COMPACT": 1 << 3,
    "ZX_VM_SPECIFIC": 1 << 4,
    "ZX_VM_SPECIFIC_OVERWRITE": 1 << 5,
    "ZX_VM_CAN_MAP_SPECIFIC": 1 << 6,
    "ZX_VM_CAN_MAP_READ": 1 << 7,
    "ZX_VM_CAN_MAP_WRITE": 1 << 8,
    "ZX_VM_CAN_MAP_EXECUTE": 1 << 9,
    "ZX_VM_MAP_RANGE": 1 << 10,
    "ZX_VM_REQUIRE_NON_RESIZABLE": 1 << 11,
    "ZX_TIMER_SLACK_CENTER": 0,
    "ZX_TIMER_SLACK_EARLY": 1,
    "ZX_TIMER_SLACK_LATE": 2,
    "ZX_CLOCK_MONOTONIC": 0,
    "ZX_CLOCK_UTC": 1,
    "ZX_CLOCK_THREAD": 2,
    "ZX_CPRNG_ADD_ENTROPY_MAX_LEN": 256,
    "ZX_THREAD_STATE_BLOCKED": 3,
    "ZX_OBJ_PROP_WAITABLE": 1,
    "ZX_MAX_NAME_LEN": 32,
    "ZX_THREAD_X86_REGISTER_FS": 6,
    "ZX_THREAD_X86_REGISTER_GS": 7,
    "ZX_JOB_POL_RELATIVE": 0,
    "ZX_JOB_POL_ABSOLUTE": 1,
    "ZX_JOB_POL_BASIC": 0,
    "ZX_POL_MAX": 13,
    "ZX_POL_ACTION_ALLOW": 0,
    "ZX_POL_ACTION_DENY": 1,
    "ZX_POL_ACTION_EXCEPTION": 2,
    "ZX_POL_ACTION_KILL": 5,
    "ZX_RESUME_TRY_NEXT": 2,
    "ZX_EXCEPTION_PORT_DEBUGGER": 1,
    "ZX_PROFILE_INFO_SCHEDULER": 1,
    "ZX_PRIORITY_DEFAULT": 16,
    "ZX_RSRC_FLAG_EXCLUSIVE": 0x10000,
    "ZX_FEATURE_KIND_CPU": 0,
    "ZX_PORT_BIND_TO_INTERRUPT": 1,
    "ZX_INTERRUPT_REMAP_IRQ": 0x1,
    "ZX_INTERRUPT_MODE_EDGE_LOW": 0x2,
    "ZX_INTERRUPT_MODE_EDGE_HIGH": 0x4,
    "ZX_INTERRUPT_MODE_LEVEL_LOW": 0x6,
    "ZX_INTERRUPT_MODE_LEVEL_HIGH": 0x8,
    "ZX_INTERRUPT_MODE_EDGE_BOTH": 0xA,
    "ZX_INTERRUPT_VIRTUAL": 0x10,
    "ZX_GUEST_TRAP_BELL": 0,
    "ZX_GUEST_TRAP_MEM": 1,
    "ZX_GUEST_TRAP_IO": 2,
    "ZX_VCPU_STATE": 0,
    "ZX_VCPU_IO": 1,
    "ZX_PKT_TYPE_GUEST_BELL": 3,
    "ZX_PKT_TYPE_GUEST_MEM": 4,
    "ZX_PKT_TYPE_GUEST_IO": 5,
    "ZX_PKT_TYPE_GUEST_VCPU": 6,
}

MAX_MSG_BYTES = LIMITS["ZX_CHANNEL_MAX_MSG_BYTES"]
MAX_MSG_HANDLES = LIMITS["ZX_CHANNEL_MAX_MSG_HANDLES"]
