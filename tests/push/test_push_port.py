"""A port behind RFC 2217, served by pyserial's own side of the protocol."""

from __future__ import annotations

import os
import socket
import termios
import time
from collections.abc import Iterator

import pytest
from push_rfc2217 import Server
from zxhil.errors import UserError
from zxhil.machine.listen import EndKind
from zxhil.push.port import Port, SerialLine


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def read(line: SerialLine, size: int) -> bytes:
    data = b""
    end = time.monotonic() + 10
    while len(data) < size and time.monotonic() < end:
        data += line.read(time.monotonic() + 0.1) or b""
    return data


def test_bytes_come_and_go_unchanged(server: Server) -> None:
    line = SerialLine(Port(server.url, 9600))
    try:
        said = bytes(range(256)) * 40
        server.say(said)
        assert read(line, len(said)) == said
        line.write(b"echo hi\xff\r")
        heard = b""
        end = time.monotonic() + 10
        while len(heard) < 9 and time.monotonic() < end:
            heard += server.port.read(64)
        assert heard == b"echo hi\xff\r"
        assert server.port.baudrate == 9600
    finally:
        line.close()


def test_silence_is_not_the_end(server: Server) -> None:
    line = SerialLine(Port(server.url))
    assert line.read(time.monotonic() + 0.05) is None
    assert line.read(0.0) is None
    line.close()


def test_a_connection_that_ends_is_a_cut_line(server: Server) -> None:
    line = SerialLine(Port(server.url))
    assert server.connection is not None
    server.connection.shutdown(socket.SHUT_RDWR)
    end = time.monotonic() + 10
    while (chunk := line.read(time.monotonic() + 0.1)) is None and time.monotonic() < end:
        pass
    assert chunk == b""
    assert line.ended().kind is EndKind.CUT
    line.close()


@pytest.fixture
def pty() -> Iterator[int]:
    """A device of this host; what is set on it can be read back."""
    master, slave = os.openpty()
    yield slave
    os.close(slave)
    os.close(master)


@pytest.mark.parametrize(
    ("flow", "hardware", "software"),
    [("none", False, False), ("rtscts", True, False), ("xonxoff", False, True)],
)
def test_speed_and_flow_control_are_set(
    pty: int, flow: str, hardware: bool, software: bool
) -> None:
    line = SerialLine(Port(os.ttyname(pty), 57600, flow))
    try:
        input_flags, _, control, _, speed_in, speed_out, _ = termios.tcgetattr(pty)
    finally:
        line.close()
    assert speed_in == speed_out == termios.B57600
    assert bool(control & termios.CRTSCTS) is hardware
    assert bool(input_flags & termios.IXON and input_flags & termios.IXOFF) is software
    assert control & termios.CSIZE == termios.CS8
    assert not control & (termios.PARENB | termios.CSTOPB)


def test_a_device_that_another_program_has_open_is_refused(pty: int) -> None:
    line = SerialLine(Port(os.ttyname(pty)))
    try:
        with pytest.raises(UserError) as caught:
            SerialLine(Port(os.ttyname(pty)))
    finally:
        line.close()
    assert "stop the program" in caught.value.remedy
