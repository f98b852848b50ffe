"""A serial port of this host, or one behind a TCP connection (pyserial)."""

from __future__ import annotations

import errno
import os
import select
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zxhil.errors import MachineError, UserError
from zxhil.machine.listen import End, EndKind

if TYPE_CHECKING:
    import serial

SPEED = 115200
FORMS = "give a device, socket://HOST:PORT or rfc2217://HOST:PORT"
FLOWS = ("none", "rtscts", "xonxoff", "dsrdtr")
#: Seconds that a port may be gone once it has been open.
AWAY_SECONDS = 30.0
_AGAIN = 0.2
_READ_SIZE = 1 << 16
_WRITE_SECONDS = 5.0
_DRAIN_SECONDS = 1.0
# A UART delivers a few bytes at a time; read larger chunks than that.
_COALESCE = 0.002


@dataclass(frozen=True, slots=True)
class Port:
    """`url` is a device (``/dev/ttyUSB0``), ``socket://HOST:PORT`` or ``rfc2217://HOST:PORT``.

    `speed` in bits a second; `flow` one of FLOWS. Eight bits, no parity, one stop bit, which is
    what Zircon's drivers set. `label` names it for people, where the URL may change.
    """

    url: str
    speed: int = SPEED
    flow: str = "none"
    label: str = ""

    @property
    def name(self) -> str:
        """What a report calls it."""
        return self.label or self.url

    @property
    def is_device(self) -> bool:
        """Is it a device file of this host?"""
        return "://" not in self.url


def url_problem(url: str) -> str:
    """What is wrong with a port's URL, before it is opened; empty if nothing, or if not a URL."""
    scheme, colon, _ = url.partition("://")
    if not colon or scheme not in ("socket", "rfc2217"):
        return ""
    try:
        parts = urlsplit(url)
        host, number = parts.hostname, parts.port
    except ValueError as error:
        return f"is no URL of a port: {error}"
    if not host or any(char.isspace() for char in host):
        return "has no valid host"
    return "" if number else "has no TCP port from 1 to 65535"


class SerialLine:
    """An open port. Opening raises UserError for a missing port or for lack of permission."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.coalesce = _COALESCE
        """Seconds to wait for more after the first byte."""
        self._why = ""
        self._serial = _open(port)
        self._fd = _descriptor(self._serial)

    @property
    def command(self) -> tuple[str, ...]:
        """pyserial's own terminal on the same port."""
        flow = [f"--{self.port.flow}"] if self.port.flow != "none" else []
        return (
            "python3",
            "-m",
            "serial.tools.miniterm",
            *flow,
            self.port.url,
            str(self.port.speed),
        )

    def read(self, deadline: float) -> bytes | None:
        """Return what arrived; None if nothing did before `deadline`, b'' when the port is gone."""
        if self._why:
            return b""
        try:
            wait = max(0.0, deadline - time.monotonic())
            return self._read(wait) if self._fd is None else self._read_descriptor(wait)
        except (OSError, ValueError, TypeError) as error:
            # pyserial's SerialException is an OSError; a port closed under it raises the others.
            self._why = str(error) or type(error).__name__
            return b""

    def write(self, data: bytes) -> None:
        """Send. Raises MachineError if the port takes nothing for five seconds, or is gone."""
        try:
            self._serial.write(data)
        except (OSError, ValueError) as error:
            self._why = str(error) or type(error).__name__
            raise MachineError(f"{self.port.url}: can't be written to: {self._why}") from error

    def ended(self) -> End:
        """The port is gone."""
        return End(EndKind.CUT, f"the serial line {self.port.url} was disconnected", self._why)

    @property
    def gone(self) -> bool:
        """Did `read` or `write` find the port gone?"""
        return bool(self._why)

    def interrupt(self) -> None:
        """Do nothing: reads are short."""

    def drain(self) -> None:
        """Discard the input so far; on a line that does not pause, stop after a second."""
        end = time.monotonic() + _DRAIN_SECONDS
        while self.read(0.0) and time.monotonic() < end:
            """What is there is no part of what comes next."""

    def close(self) -> None:
        """Close the port; a second call does nothing."""
        self._serial.close()

    def _read(self, wait: float) -> bytes | None:
        self._serial.timeout = wait
        data: bytes = self._serial.read(1)
        if not data:
            return None
        return data + bytes(self._serial.read(self._serial.in_waiting))

    def _read_descriptor(self, wait: float) -> bytes | None:
        assert self._fd is not None
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        if not poll.poll(wait * 1000):
            return None
        time.sleep(self.coalesce)
        data = os.read(self._fd, _READ_SIZE)
        if not data:
            self._why = "the other end has closed it"
        return data


def reopened(port: Port) -> SerialLine:
    """Reopen a port that was open before; wait for it if it is gone.

    A USB adapter that was unplugged, or that the board powers, comes back shortly. Raises
    MachineError if it does not: the port existed, so this is not a user error.
    """
    end = time.monotonic() + AWAY_SECONDS
    while True:
        try:
            return SerialLine(port)
        except (MachineError, UserError) as error:
            if time.monotonic() >= end:
                raise MachineError(
                    f"{port.url}: disappeared and did not return within "
                    f"{AWAY_SECONDS:g} s: {error.problem}"
                ) from error
        time.sleep(_AGAIN)


def _open(port: Port) -> serial.Serial:
    import serial

    try:
        opened: serial.Serial = serial.serial_for_url(
            port.url,
            baudrate=port.speed,
            timeout=0,
            # pyserial's RFC 2217 client has none, and fails if one is set.
            write_timeout=_WRITE_SECONDS if port.is_device else None,
            rtscts=port.flow == "rtscts",
            xonxoff=port.flow == "xonxoff",
            dsrdtr=port.flow == "dsrdtr",
        )
        if port.is_device:
            opened.exclusive = True
    except ValueError as error:
        raise UserError(
            port.url,
            f"is no serial port: {error}",
            f"{FORMS}, and a speed that it has",
        ) from error
    except OSError as error:
        raise _cannot_open(port, error) from error
    return opened


def _cannot_open(port: Port, error: OSError) -> UserError | MachineError:
    if not port.is_device:
        return MachineError(f"{port.url} can't be opened: {error}")
    remedy = "list the ports with: python3 -m serial.tools.list_ports"
    if error.errno == errno.EACCES:
        remedy = "join the group that owns it (see zxhil doctor), then log in again"
    elif error.errno in (errno.EAGAIN, errno.EBUSY) or "lock" in str(error):
        remedy = "stop the program that has it open (a terminal, ModemManager, another run)"
    return UserError(port.url, f"can't be opened: {error}", remedy)


def _descriptor(opened: Any) -> int | None:
    """The descriptor to wait on; rfc2217 and the like have none and fill a queue by a thread."""
    try:
        descriptor = opened.fileno()
    except (AttributeError, OSError, ValueError):
        return None
    return descriptor if isinstance(descriptor, int) and descriptor >= 0 else None
