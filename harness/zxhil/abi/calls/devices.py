"""Drivers: resources, interrupts, I/O, DMA, PCI, firmware."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import (
    BTI,
    INTERRUPT,
    IOMMU,
    IOPORT,
    IRQ,
    MAP,
    MMIO,
    PCI_DEVICE,
    PORT,
    READ,
    RESOURCE,
    ROOT,
    S32,
    SIGNAL,
    U8,
    U16,
    U32,
    U64,
    VCPU,
    VMO,
    WAIT,
    WRITE,
    AnyHandle,
    Bool,
    Name,
    OutHandle,
    OutPaddr,
    OutTime,
    OutU32,
    Paddr,
    Size,
    Time,
    bit,
    needs,
)
from zxhil.abi.kinds import (
    BytesPointer,
    InBytes,
    InHandle,
    InStructs,
    Opaque,
    OutPointer,
    OutStructs,
    OutWords,
    StructsPointer,
)
from zxhil.abi.kinds.layouts import (
    PCI_BAR,
    PCIE_DEVICE_INFO,
    SMC_PARAMETERS,
    SMC_RESULT,
    SmcParameters,
)


class ResourceCreate(NamedTuple):
    parent_rsrc: Annotated[int, InHandle(RESOURCE, WRITE)]
    options: U32
    base: U64
    size: Size
    name: Name
    name_size: Size
    resource_out: OutHandle


class InterruptCreate(NamedTuple):
    src_obj: Annotated[int, InHandle(kind=IRQ)]
    src_num: U32
    options: U32
    out_handle: OutHandle


class InterruptBind(NamedTuple):
    handle: Annotated[int, InHandle(INTERRUPT, READ)]
    port_handle: Annotated[int, InHandle(PORT, WRITE)]
    key: U64
    options: U32


class InterruptWait(NamedTuple):
    handle: Annotated[int, InHandle(INTERRUPT, WAIT)]
    out_timestamp: OutTime


class InterruptDestroy(NamedTuple):
    handle: AnyHandle


class InterruptAck(NamedTuple):
    handle: Annotated[int, InHandle(INTERRUPT, WRITE)]


class InterruptTrigger(NamedTuple):
    handle: Annotated[int, InHandle(INTERRUPT, SIGNAL)]
    options: U32
    timestamp: Time


class InterruptBindVcpu(NamedTuple):
    handle: Annotated[int, InHandle(INTERRUPT, READ)]
    vcpu: Annotated[int, InHandle(VCPU, WRITE)]
    options: U32


class IoportsRequest(NamedTuple):
    resource: Annotated[int, InHandle(kind=IOPORT)]
    io_addr: U16
    len: U32


class VmoCreateContiguous(NamedTuple):
    bti: Annotated[int, InHandle(BTI, MAP)]
    size: Size
    alignment_log2: U32
    out: OutHandle


class VmoCreatePhysical(NamedTuple):
    resource: Annotated[int, InHandle(kind=MMIO)]
    paddr: Paddr
    size: Size
    out: OutHandle


class IommuCreate(NamedTuple):
    resource: Annotated[int, InHandle(kind=ROOT)]
    type: U32
    desc: Annotated[BytesPointer, InBytes("desc_size")]
    desc_size: Size
    out: OutHandle


class BtiCreate(NamedTuple):
    iommu: Annotated[int, InHandle(IOMMU)]
    options: U32
    bti_id: U64
    out: OutHandle


class BtiPin(NamedTuple):
    handle: Annotated[int, InHandle(BTI, MAP)]
    options: U32
    vmo: Annotated[
        int,
        InHandle(
            VMO,
            MAP,
            when=bit(
                "options",
                ("ZX_BTI_PERM_READ", needs(VMO, READ)),
                ("ZX_BTI_PERM_WRITE", needs(VMO, WRITE)),
                ("ZX_BTI_PERM_EXECUTE", needs(VMO, READ)),
            ),
        ),
    ]
    offset: U64
    size: U64
    addrs: Annotated[OutPointer, OutWords("addrs_count")]
    addrs_count: Size
    pmt: OutHandle


class BtiReleaseQuarantine(NamedTuple):
    handle: Annotated[int, InHandle(BTI, WRITE)]


class PmtUnpin(NamedTuple):
    handle: AnyHandle


class FramebufferGetInfo(NamedTuple):
    resource: Annotated[int, InHandle(kind=ROOT)]
    format: OutU32
    width: OutU32
    height: OutU32
    stride: OutU32


class FramebufferSetRange(NamedTuple):
    resource: Annotated[int, InHandle(kind=ROOT)]
    vmo: AnyHandle
    len: U32
    format: U32
    width: U32
    height: U32
    stride: U32


class PciGetNthDevice(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    index: U32  # type: ignore[assignment]
    out_info: Annotated[OutPointer, OutStructs(PCIE_DEVICE_INFO)]
    out_handle: OutHandle


class PciEnableBusMaster(NamedTuple):
    handle: Annotated[int, InHandle(PCI_DEVICE, WRITE)]
    enable: Bool


class PciResetDevice(NamedTuple):
    handle: Annotated[int, InHandle(PCI_DEVICE, WRITE)]


class PciConfigRead(NamedTuple):
    handle: Annotated[int, InHandle(PCI_DEVICE, READ | WRITE)]
    offset: U16
    width: Size
    out_val: OutU32


class PciConfigWrite(NamedTuple):
    handle: Annotated[int, InHandle(PCI_DEVICE, READ | WRITE)]
    offset: U16
    width: Size
    val: U32


class PciCfgPioRw(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    bus: U8
    dev: U8
    func: U8
    offset: U8
    val: Annotated[OutPointer, Opaque("uint32_t*", 4)]
    width: Size
    write: Bool


class PciGetBar(NamedTuple):
    handle: Annotated[int, InHandle(PCI_DEVICE, READ | WRITE)]
    bar_num: U32
    out_bar: Annotated[OutPointer, OutStructs(PCI_BAR)]
    out_handle: OutHandle


class PciMapInterrupt(NamedTuple):
    handle: Annotated[int, InHandle(PCI_DEVICE, READ)]
    which_irq: S32
    out_handle: OutHandle


class PciQueryIrqMode(NamedTuple):
    handle: Annotated[int, InHandle(PCI_DEVICE, READ)]
    mode: U32
    out_max_irqs: OutU32


class PciSetIrqMode(NamedTuple):
    handle: Annotated[int, InHandle(PCI_DEVICE, WRITE)]
    mode: U32
    requested_irq_count: U32


class PciInit(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    init_buf: Annotated[OutPointer, Opaque("const zx_pci_init_arg_t*", ("len", 4616))]
    len: U32


class PciAddSubtractIoRange(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    mmio: Bool
    base: U64
    len: U64
    add: Bool


class PcFirmwareTables(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    acpi_rsdp: OutPaddr
    smbios: OutPaddr


class SmcCall(NamedTuple):
    handle: AnyHandle
    parameters: Annotated[StructsPointer[SmcParameters], InStructs(SMC_PARAMETERS)]
    out_smc_result: Annotated[OutPointer, OutStructs(SMC_RESULT)]
