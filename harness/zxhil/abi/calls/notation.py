"""What the table of calls is written with: the types of parameters, and names for short.

The types are C types as <zircon/types.h> has them; object types, rights and kinds of resources
stand here without their class.
"""

from typing import Annotated

from zxhil.abi.kinds import (
    BytesPointer,
    FutexPointer,
    InBytes,
    InFutex,
    InHandle,
    Needs,
    Out,
    OutPointer,
    Scalar,
    When,
    needs,
)
from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.rights import Rights as _Rights

__all__ = ["bit", "equal", "needs"]

PROCESS, THREAD, JOB = ObjType.PROCESS, ObjType.THREAD, ObjType.JOB
VMO, VMAR, PAGER = ObjType.VMO, ObjType.VMAR, ObjType.PAGER
CHANNEL, SOCKET, FIFO, PORT = ObjType.CHANNEL, ObjType.SOCKET, ObjType.FIFO, ObjType.PORT
TIMER, LOG, PROFILE = ObjType.TIMER, ObjType.LOG, ObjType.PROFILE
RESOURCE, INTERRUPT, PCI_DEVICE = ObjType.RESOURCE, ObjType.INTERRUPT, ObjType.PCI_DEVICE
IOMMU, BTI = ObjType.IOMMU, ObjType.BTI
GUEST, VCPU = ObjType.GUEST, ObjType.VCPU

DUPLICATE, TRANSFER = _Rights.DUPLICATE, _Rights.TRANSFER
READ, WRITE, EXECUTE, MAP = _Rights.READ, _Rights.WRITE, _Rights.EXECUTE, _Rights.MAP
GET_PROPERTY, SET_PROPERTY = _Rights.GET_PROPERTY, _Rights.SET_PROPERTY
ENUMERATE, DESTROY, INSPECT = _Rights.ENUMERATE, _Rights.DESTROY, _Rights.INSPECT
SET_POLICY, APPLY_PROFILE = _Rights.SET_POLICY, _Rights.APPLY_PROFILE
SIGNAL, SIGNAL_PEER, WAIT = _Rights.SIGNAL, _Rights.SIGNAL_PEER, _Rights.WAIT
MANAGE_JOB, MANAGE_PROCESS = _Rights.MANAGE_JOB, _Rights.MANAGE_PROCESS
MANAGE_THREAD = _Rights.MANAGE_THREAD

MMIO, IRQ, IOPORT = ResourceKind.MMIO, ResourceKind.IRQ, ResourceKind.IOPORT
HYPERVISOR, ROOT, VMEX = ResourceKind.HYPERVISOR, ResourceKind.ROOT, ResourceKind.VMEX

# Values that calls return.
STATUS = Scalar("zx_status_t", 32, signed=True)
TIME = Scalar("zx_time_t", 64, signed=True)
TICKS = Scalar("zx_ticks_t", 64)
UINT32 = Scalar("uint32_t", 32)
UINT64 = Scalar("uint64_t", 64)

AnyHandle = Annotated[int, InHandle()]
Rights = Annotated[int, Scalar("zx_rights_t", 32)]
Signals = Annotated[int, Scalar("zx_signals_t", 32)]
Bool = Annotated[int, Scalar("bool", 1)]
Int = Annotated[int, Scalar("int", 32, signed=True)]
U8 = Annotated[int, Scalar("uint8_t", 8)]
U16 = Annotated[int, Scalar("uint16_t", 16)]
U32 = Annotated[int, UINT32]
U64 = Annotated[int, UINT64]
S32 = Annotated[int, Scalar("int32_t", 32, signed=True)]
S64 = Annotated[int, Scalar("int64_t", 64, signed=True)]
Size = Annotated[int, Scalar("size_t", 64)]
Time = Annotated[int, TIME]
Duration = Annotated[int, Scalar("zx_duration_t", 64, signed=True)]
Clock = Annotated[int, Scalar("zx_clock_t", 32)]
Futex = Annotated[int, Scalar("zx_futex_t", 32, signed=True)]
FutexAt = Annotated[FutexPointer, InFutex()]
Vaddr = Annotated[int, Scalar("zx_vaddr_t", 64)]
Paddr = Annotated[int, Scalar("zx_paddr_t", 64)]
UIntPtr = Annotated[int, Scalar("uintptr_t", 64)]
VmOption = Annotated[int, Scalar("zx_vm_option_t", 32)]

OutHandle = Annotated[OutPointer, Out("zx_handle_t", 32)]
OutU32 = Annotated[OutPointer, Out("uint32_t", 32)]
OutU64 = Annotated[OutPointer, Out("uint64_t", 64)]
OutSize = Annotated[OutPointer, Out("size_t", 64)]
OutSignals = Annotated[OutPointer, Out("zx_signals_t", 32)]
OutTime = Annotated[OutPointer, Out("zx_time_t", 64)]
OutKoid = Annotated[OutPointer, Out("zx_koid_t", 64)]
OutVaddr = Annotated[OutPointer, Out("zx_vaddr_t", 64)]
OutPaddr = Annotated[OutPointer, Out("zx_paddr_t", 64)]
Name = Annotated[BytesPointer, InBytes("name_size", "const char*")]


def equal(parameter: str, *cases: tuple[str, Needs]) -> tuple[Needs, ...]:
    """What is needed where a parameter equals a constant, named as in C."""
    return tuple(
        each._replace(when=When(parameter, constant, bit=False)) for constant, each in cases
    )


def bit(parameter: str, *cases: tuple[str, Needs]) -> tuple[Needs, ...]:
    """What is needed where a parameter has a bit, named as in C."""
    return tuple(
        each._replace(when=When(parameter, constant, bit=True)) for constant, each in cases
    )
