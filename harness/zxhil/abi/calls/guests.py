"""The hypervisor: guests and their virtual processors."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import (
    EXECUTE,
    GUEST,
    HYPERVISOR,
    MANAGE_PROCESS,
    PORT,
    READ,
    SIGNAL,
    U32,
    U64,
    VCPU,
    WRITE,
    OutHandle,
    Size,
    Vaddr,
)
from zxhil.abi.kinds import (
    PORT_PACKET,
    BytesPointer,
    InBytes,
    InHandle,
    OutBytes,
    OutPointer,
    OutStructs,
)


class GuestCreate(NamedTuple):
    resource: Annotated[int, InHandle(kind=HYPERVISOR)]
    options: U32
    guest_handle: OutHandle
    vmar_handle: OutHandle


class GuestSetTrap(NamedTuple):
    handle: Annotated[int, InHandle(GUEST, WRITE)]
    kind: U32
    addr: Vaddr
    size: Size
    port_handle: Annotated[int, InHandle(PORT, WRITE)]
    key: U64


class VcpuCreate(NamedTuple):
    guest: Annotated[int, InHandle(GUEST, MANAGE_PROCESS)]
    options: U32
    entry: Vaddr
    out: OutHandle


class VcpuResume(NamedTuple):
    handle: Annotated[int, InHandle(VCPU, EXECUTE)]
    packet: Annotated[OutPointer, OutStructs(PORT_PACKET)]


class VcpuInterrupt(NamedTuple):
    handle: Annotated[int, InHandle(VCPU, SIGNAL)]
    vector: U32


class VcpuReadState(NamedTuple):
    handle: Annotated[int, InHandle(VCPU, READ)]
    kind: U32
    buffer: Annotated[OutPointer, OutBytes("buffer_size")]
    buffer_size: Size


class VcpuWriteState(NamedTuple):
    handle: Annotated[int, InHandle(VCPU, WRITE)]
    kind: U32
    buffer: Annotated[BytesPointer, InBytes("buffer_size")]
    buffer_size: Size
