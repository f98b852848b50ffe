"""Sockets."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import READ, SOCKET, TRANSFER, U32, WRITE, OutHandle, OutSize, Size
from zxhil.abi.kinds import BytesPointer, InBytes, InHandle, OutBytes, OutPointer


class SocketCreate(NamedTuple):
    options: U32
    out0: OutHandle
    out1: OutHandle


class SocketShare(NamedTuple):
    handle: Annotated[int, InHandle(SOCKET, WRITE)]
    socket_to_share: Annotated[int, InHandle(SOCKET, TRANSFER)]


class SocketAccept(NamedTuple):
    handle: Annotated[int, InHandle(SOCKET, READ)]
    out_socket: OutHandle


class SocketWrite(NamedTuple):
    handle: Annotated[int, InHandle(SOCKET, WRITE)]
    options: U32
    buffer: Annotated[BytesPointer, InBytes("buffer_size")]
    buffer_size: Size
    actual: OutSize


class SocketRead(NamedTuple):
    handle: Annotated[int, InHandle(SOCKET, READ)]
    options: U32
    buffer: Annotated[OutPointer, OutBytes("buffer_size", "actual")]
    buffer_size: Size
    actual: OutSize


class SocketShutdown(NamedTuple):
    handle: Annotated[int, InHandle(SOCKET, WRITE)]
    options: U32
