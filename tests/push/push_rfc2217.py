"""A port behind RFC 2217, served by pyserial's own side of the protocol."""

from __future__ import annotations

import socket
import threading

import serial
from serial.rfc2217 import PortManager


class Server:
    """Passes bytes between a TCP connection and one end of a loop, as ser2net's telnet mode."""

    def __init__(self) -> None:
        self.port = serial.serial_for_url("loop://", timeout=0.02)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connection: socket.socket | None = None
        self._manager: PortManager | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        self.connection, _ = self._listener.accept()
        self._manager = PortManager(self.port, self)
        try:
            while data := self.connection.recv(1024):
                self.port.write(b"".join(self._manager.filter(data)))
        except OSError:
            return

    def write(self, data: bytes) -> None:
        """What the protocol itself has to say."""
        assert self.connection is not None
        self.connection.sendall(data)

    def say(self, data: bytes) -> None:
        """What the board says."""
        assert self._manager is not None
        self.write(b"".join(self._manager.escape(data)))

    def close(self) -> None:
        self._listener.close()
        if self.connection is not None:
            self.connection.close()
