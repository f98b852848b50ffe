"""The structs that calls take, as the headers of 2018-12 lay them out in memory.

`zx_handle_disposition_t` is of the headers of 2019-09 and later. `zx.h` is generated from these.
The annotations are read at import, so this module does not postpone them.
"""

from typing import Annotated, Any, NamedTuple

from zxhil.abi.kinds.buffers import InBytes, OutBytes
from zxhil.abi.kinds.handles import InHandles, OutHandles
from zxhil.abi.kinds.layout import Layout
from zxhil.abi.kinds.raw import Raw
from zxhil.abi.kinds.scalar import Scalar
from zxhil.abi.kinds.values import BytesPointer, HandlesPointer, OutPointer

_Handle = Annotated[int, Scalar("zx_handle_t", 32)]
_Signals = Annotated[int, Scalar("zx_signals_t", 32)]
_Rights = Annotated[int, Scalar("zx_rights_t", 32)]
_Type = Annotated[int, Scalar("zx_obj_type_t", 32)]
_Status = Annotated[int, Scalar("zx_status_t", 32, signed=True)]
_U8 = Annotated[int, Scalar("uint8_t", 8)]
_U16 = Annotated[int, Scalar("uint16_t", 16)]
_U32 = Annotated[int, Scalar("uint32_t", 32)]
_U64 = Annotated[int, Scalar("uint64_t", 64)]


class HandleInfoRecord(NamedTuple):
    """zx_handle_info_t: 16 bytes, four 32-bit fields."""

    handle: _Handle
    type: _Type
    rights: _Rights
    unused: _U32


class Disposition(NamedTuple):
    """zx_handle_disposition_t: 20 bytes, five 32-bit fields."""

    operation: Annotated[int, Scalar("zx_handle_op_t", 32)]
    handle: _Handle
    type: _Type
    rights: _Rights
    result: _Status


class WaitItem(NamedTuple):
    """zx_wait_item_t: 12 bytes, three 32-bit fields."""

    handle: _Handle
    waitfor: _Signals
    pending: _Signals


class PortPacket(NamedTuple):
    """zx_port_packet_t: 48 bytes, the last 32 a union by `type`."""

    key: _U64
    type: _U32
    status: _Status
    content: Annotated[bytes, Raw(32, 8)]


class ChannelCallArgs(NamedTuple):
    """zx_channel_call_args_t: 48 bytes; how much was read, the call says in two parameters."""

    wr_bytes: Annotated[BytesPointer, InBytes("wr_num_bytes")]
    wr_handles: Annotated[HandlesPointer, InHandles("wr_num_handles")]
    rd_bytes: Annotated[OutPointer, OutBytes("rd_num_bytes", "actual_bytes")]
    rd_handles: Annotated[OutPointer, OutHandles("rd_num_handles", "actual_handles")]
    wr_num_bytes: _U32
    wr_num_handles: _U32
    rd_num_bytes: _U32
    rd_num_handles: _U32


class SmcParameters(NamedTuple):
    """zx_smc_parameters_t: 64 bytes."""

    func_id: _U32
    arg1: _U64
    arg2: _U64
    arg3: _U64
    arg4: _U64
    arg5: _U64
    arg6: _U64
    client_id: _U16
    secure_os_id: _U16


class SmcResult(NamedTuple):
    """zx_smc_result_t: 32 bytes."""

    arg0: _U64
    arg1: _U64
    arg2: _U64
    arg3: _U64


class PciBar(NamedTuple):
    """zx_pci_bar_t: 24 bytes, the last 8 an address or a handle by `type`."""

    id: _U32
    type: _U32
    size: Annotated[int, Scalar("size_t", 64)]
    where: Annotated[bytes, Raw(8, 8)]


class PcieDeviceInfo(NamedTuple):
    """zx_pcie_device_info_t: 12 bytes, the last one padding."""

    vendor_id: _U16
    device_id: _U16
    base_class: _U8
    sub_class: _U8
    program_interface: _U8
    revision_id: _U8
    bus_id: _U8
    dev_id: _U8
    func_id: _U8


class ProfileInfo(NamedTuple):
    """zx_profile_info_t: 20 bytes, the last 16 a union by `type`."""

    type: _U32
    content: Annotated[bytes, Raw(16, 4)]


class PolicyBasic(NamedTuple):
    """zx_policy_basic_t: 8 bytes, what a job's policy says of one condition."""

    condition: _U32
    policy: _U32


class PowerctlArg(NamedTuple):
    """zx_system_powerctl_arg_t: 12 bytes, a union by the call's command."""

    content: Annotated[bytes, Raw(12, 4)]


HANDLE_INFO = Layout("zx_handle_info_t", HandleInfoRecord)
DISPOSITION = Layout("zx_handle_disposition_t", Disposition, "move(h), duplicate(h)")
WAIT_ITEM = Layout("zx_wait_item_t", WaitItem)
PORT_PACKET = Layout("zx_port_packet_t", PortPacket)
CHANNEL_CALL_ARGS = Layout("zx_channel_call_args_t", ChannelCallArgs)
SMC_PARAMETERS = Layout("zx_smc_parameters_t", SmcParameters)
SMC_RESULT = Layout("zx_smc_result_t", SmcResult)
PCI_BAR = Layout("zx_pci_bar_t", PciBar)
PCIE_DEVICE_INFO = Layout("zx_pcie_device_info_t", PcieDeviceInfo)
PROFILE_INFO = Layout("zx_profile_info_t", ProfileInfo)
POLICY_BASIC = Layout("zx_policy_basic_t", PolicyBasic)
POWERCTL_ARG = Layout("zx_system_powerctl_arg_t", PowerctlArg)

#: All of them, in the order of `zx.h`.
LAYOUTS: tuple[Layout[Any], ...] = (
    HANDLE_INFO,
    DISPOSITION,
    WAIT_ITEM,
    PORT_PACKET,
    CHANNEL_CALL_ARGS,
    SMC_PARAMETERS,
    SMC_RESULT,
    PCI_BAR,
    PCIE_DEVICE_INFO,
    PROFILE_INFO,
    POLICY_BASIC,
    POWERCTL_ARG,
)
