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


HANDLE_INFO = Layout("zx_handle_info_t", HandleInfoRecord)
DISPOSITION = Layout("zx_handle_disposition_t", Disposition, "move(h), duplicate(h)")
WAIT_ITEM = Layout("zx_wait_item_t", WaitItem)
PORT_PACKET = Layout("zx_port_packet_t", PortPacket)
CHANNEL_CALL_ARGS = Layout("zx_channel_call_args_t", ChannelCallArgs)

#: All of them, in the order of `zx.h`.
LAYOUTS: tuple[Layout[Any], ...] = (
    HANDLE_INFO,
    DISPOSITION,
    WAIT_ITEM,
    PORT_PACKET,
    CHANNEL_CALL_ARGS,
)
