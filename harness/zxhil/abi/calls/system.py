"""Clocks, and what the system says of itself."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import (
    READ,
    ROOT,
    S64,
    TICKS,
    TIME,
    U32,
    UINT32,
    UINT64,
    VMO,
    Clock,
    Duration,
    OutTime,
    OutU32,
    Size,
    Time,
)
from zxhil.abi.calls.prototype import AnsweredBy, special
from zxhil.abi.kinds import InHandle, InStructs, OutBytes, OutPointer, StructsPointer
from zxhil.abi.kinds.layouts import POWERCTL_ARG, PowerctlArg


@special(returns=TIME)
class ClockGet(NamedTuple):
    clock_id: Clock


class ClockGetNew(NamedTuple):
    clock_id: Clock
    out: OutTime


@special(returns=TIME)
class ClockGetMonotonic(NamedTuple):
    """zx_clock_get_monotonic, which takes nothing."""


class Nanosleep(NamedTuple):
    deadline: Time


@special(returns=TICKS, answered_by=AnsweredBy.VDSO)
class TicksGet(NamedTuple):
    """zx_ticks_get, which takes nothing."""


@special(returns=TICKS, answered_by=AnsweredBy.VDSO)
class TicksPerSecond(NamedTuple):
    """zx_ticks_per_second, which takes nothing."""


@special(returns=TIME, answered_by=AnsweredBy.VDSO)
class DeadlineAfter(NamedTuple):
    nanoseconds: Duration


class ClockAdjust(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    clock_id: Clock
    offset: S64


@special(returns=UINT32, answered_by=AnsweredBy.VDSO)
class SystemGetDcacheLineSize(NamedTuple):
    """zx_system_get_dcache_line_size, which takes nothing."""


@special(returns=UINT32, answered_by=AnsweredBy.VDSO)
class SystemGetNumCpus(NamedTuple):
    """zx_system_get_num_cpus, which takes nothing."""


@special(answered_by=AnsweredBy.VDSO)
class SystemGetVersion(NamedTuple):
    version: Annotated[OutPointer, OutBytes("version_size", ctype="char*")]
    version_size: Size


@special(returns=UINT64, answered_by=AnsweredBy.VDSO)
class SystemGetPhysmem(NamedTuple):
    """zx_system_get_physmem, which takes nothing."""


@special(answered_by=AnsweredBy.VDSO)
class SystemGetFeatures(NamedTuple):
    kind: U32
    features: OutU32


class SystemMexec(NamedTuple):
    resource: Annotated[int, InHandle(kind=ROOT)]
    kernel_vmo: Annotated[int, InHandle(VMO, READ)]
    bootimage_vmo: Annotated[int, InHandle(VMO, READ)]


class SystemMexecPayloadGet(NamedTuple):
    resource: Annotated[int, InHandle(kind=ROOT)]
    buffer: Annotated[OutPointer, OutBytes("buffer_size")]
    buffer_size: Size


class SystemPowerctl(NamedTuple):
    resource: Annotated[int, InHandle(kind=ROOT)]
    cmd: U32
    arg: Annotated[StructsPointer[PowerctlArg], InStructs(POWERCTL_ARG)]
