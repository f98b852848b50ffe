"""Memory: VMOs, VMARs, pagers, random bytes, caches."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import (
    DUPLICATE,
    EXECUTE,
    MAP,
    READ,
    U32,
    U64,
    VMAR,
    VMEX,
    VMO,
    WRITE,
    AnyHandle,
    OutHandle,
    OutU64,
    OutVaddr,
    Size,
    Vaddr,
    VmOption,
    bit,
    equal,
    needs,
)
from zxhil.abi.calls.prototype import AnsweredBy, special
from zxhil.abi.kinds import BytesPointer, InBytes, InHandle, Opaque, OutBytes, OutPointer


@special(answered_by=AnsweredBy.VDSO)
class CacheFlush(NamedTuple):
    addr: Annotated[BytesPointer, InBytes("size")]
    size: Size
    options: U32


class VmoCreate(NamedTuple):
    size: U64
    options: U32
    out: OutHandle


class VmoRead(NamedTuple):
    handle: Annotated[int, InHandle(VMO, READ)]
    buffer: Annotated[OutPointer, OutBytes("buffer_size")]
    offset: U64
    buffer_size: Size


class VmoWrite(NamedTuple):
    handle: Annotated[int, InHandle(VMO, WRITE)]
    buffer: Annotated[BytesPointer, InBytes("buffer_size")]
    offset: U64
    buffer_size: Size


class VmoGetSize(NamedTuple):
    handle: AnyHandle
    size: OutU64


class VmoSetSize(NamedTuple):
    handle: Annotated[int, InHandle(VMO, WRITE)]
    size: U64


class VmoOpRange(NamedTuple):
    handle: Annotated[
        int,
        InHandle(
            when=equal(
                "op",
                ("ZX_VMO_OP_COMMIT", needs(VMO, WRITE)),
                ("ZX_VMO_OP_DECOMMIT", needs(VMO, WRITE)),
                ("ZX_VMO_OP_CACHE_SYNC", needs(VMO, READ)),
                ("ZX_VMO_OP_CACHE_INVALIDATE", needs(VMO, WRITE)),
                ("ZX_VMO_OP_CACHE_CLEAN", needs(VMO, READ)),
                ("ZX_VMO_OP_CACHE_CLEAN_INVALIDATE", needs(VMO, READ)),
            )
        ),
    ]
    op: U32
    offset: U64
    size: U64
    buffer: Annotated[OutPointer, Opaque("void*", "buffer_size")]
    buffer_size: Size


class VmoClone(NamedTuple):
    handle: Annotated[int, InHandle(VMO, DUPLICATE | READ)]
    options: U32
    offset: U64
    size: U64
    out: OutHandle


class VmoSetCachePolicy(NamedTuple):
    handle: Annotated[int, InHandle(VMO, MAP)]
    cache_policy: U32


class VmoReplaceAsExecutable(NamedTuple):
    handle: Annotated[int, InHandle(VMO)]
    vmex: Annotated[int, InHandle(kind=VMEX)]
    out: OutHandle


class VmarAllocateOld(NamedTuple):
    parent_vmar: AnyHandle
    offset: U64
    size: U64
    map_flags: U32
    child_vmar: OutHandle
    child_addr: OutVaddr


class VmarMapOld(NamedTuple):
    handle: AnyHandle
    vmar_offset: U64
    vmo: AnyHandle
    vmo_offset: U64
    len: U64
    map_flags: U32
    mapped_addr: OutVaddr


class VmarProtectOld(NamedTuple):
    handle: AnyHandle
    addr: Vaddr
    len: U64
    prot_flags: U32


class VmarAllocate(NamedTuple):
    parent_vmar: Annotated[
        int,
        InHandle(
            when=bit(
                "options",
                ("ZX_VM_CAN_MAP_READ", needs(VMAR, READ)),
                ("ZX_VM_CAN_MAP_WRITE", needs(VMAR, WRITE)),
                ("ZX_VM_CAN_MAP_EXECUTE", needs(VMAR, EXECUTE)),
            )
        ),
    ]
    options: VmOption
    offset: U64
    size: U64
    child_vmar: OutHandle
    child_addr: OutVaddr


class VmarDestroy(NamedTuple):
    handle: AnyHandle


class VmarMap(NamedTuple):
    handle: Annotated[int, InHandle(VMAR)]
    options: VmOption
    vmar_offset: U64
    vmo: Annotated[int, InHandle(VMO)]
    vmo_offset: U64
    len: U64
    mapped_addr: OutVaddr


class VmarUnmap(NamedTuple):
    handle: AnyHandle
    addr: Vaddr
    len: U64


class VmarProtect(NamedTuple):
    handle: Annotated[
        int,
        InHandle(
            when=bit(
                "options",
                ("ZX_VM_PERM_READ", needs(VMAR, READ)),
                ("ZX_VM_PERM_WRITE", needs(VMAR, WRITE)),
                ("ZX_VM_PERM_EXECUTE", needs(VMAR, EXECUTE)),
            )
        ),
    ]
    options: VmOption
    addr: Vaddr
    len: U64


@special(answered_by=AnsweredBy.INTERNAL)
class CprngDrawOnce(NamedTuple):
    buffer: Annotated[OutPointer, OutBytes("buffer_size")]
    buffer_size: Size


@special(returns=None, answered_by=AnsweredBy.VDSO)
class CprngDraw(NamedTuple):
    buffer: Annotated[OutPointer, OutBytes("buffer_size")]
    buffer_size: Size


class CprngAddEntropy(NamedTuple):
    buffer: Annotated[BytesPointer, InBytes("buffer_size")]
    buffer_size: Size


class PagerCreate(NamedTuple):
    options: U32
    out_pager: OutHandle


class PagerCreateVmo(NamedTuple):
    pager: AnyHandle
    port: AnyHandle
    key: U64
    size: U64
    options: U32
    out_pager_vmo: OutHandle
