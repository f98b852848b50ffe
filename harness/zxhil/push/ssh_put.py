"""Copying a file over an SSH connection to a target that may have few tools.

SFTP first; without it the remote shell's ``cat``; without that its ``printf``, in pieces.
The size of the copy is checked wherever the target can report it.
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from zxhil.errors import MachineError

if TYPE_CHECKING:
    import paramiko

#: Timeouts in seconds: without a byte, and for a whole command or file.
_SECONDS = 30.0
_WHOLE_SECONDS = 300.0
_OUTPUT_BYTES = 1 << 20
# Octal takes four characters per byte, and the length of a command line is limited.
_PRINTF_BYTES = 4096
_MARK = "zxhil-size:"
SFTP, CAT, PRINTF = "sftp", "cat", "printf"


class Remote:
    """Runs small commands on the other end and puts files there.

    Raises MachineError when the connection fails or a file does not arrive.
    """

    def __init__(self, client: paramiko.SSHClient) -> None:
        self._client = client
        self.method = ""
        """How files are copied; determined by the first."""

    def run(self, command: str, data: bytes = b"") -> tuple[int, bytes]:
        """Run a command of the remote shell with `data` as its input: (status, output)."""
        with self._within(_WHOLE_SECONDS):
            channel = _session(self._client)
            channel.exec_command(command)
            if data:
                channel.sendall(data)
            channel.shutdown_write()
            output = bytearray()
            while chunk := channel.recv(1 << 16):
                output += chunk
                if len(output) > _OUTPUT_BYTES:
                    raise MachineError(f"{command!r} on the target produced too much output")
            status = channel.recv_exit_status()
            channel.close()
        return status, bytes(output)

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Disconnect if the block takes longer; nothing the peer sends is trusted.

        paramiko's own timeouts restart with every byte that arrives, and on a violation of the
        protocol it raises nearly any exception. Each becomes a MachineError.
        """
        late = threading.Event()

        def hang_up() -> None:
            late.set()
            self._client.close()

        timer = threading.Timer(seconds, hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        except MachineError:
            raise
        except Exception as error:
            if late.is_set():
                raise MachineError(
                    f"the target took longer than {seconds:g} s; the connection was closed"
                ) from error
            why = " ".join(str(error).split()) or type(error).__name__
            raise MachineError(f"the connection failed: {why}") from error
        finally:
            timer.cancel()

    def put(self, data: bytes, path: str) -> None:
        """Write an executable file."""
        methods = {SFTP: self._sftp, CAT: self._cat, PRINTF: self._printf}
        for name, method in methods.items():
            if self.method not in ("", name):
                continue
            if method(data, path) and self._arrived(len(data), path):
                self.method = name
                return
        raise MachineError(
            f"{path} can't be written on the target",
            "tried: " + ", ".join(methods if not self.method else [self.method]),
        )

    def _sftp(self, data: bytes, path: str) -> bool:
        try:
            with self._within(_WHOLE_SECONDS), self._client.open_sftp() as sftp:
                channel = sftp.get_channel()
                assert channel is not None
                channel.settimeout(_SECONDS)
                with sftp.open(path, "wb") as file:
                    file.write(data)
                sftp.chmod(path, 0o700)
        except MachineError:
            transport = self._client.get_transport()
            if transport is None or not transport.is_active():
                raise
            # No such subsystem, or it resolves paths differently.
            return False
        return True

    def _cat(self, data: bytes, path: str) -> bool:
        status, _ = self.run(f"cat > {shlex.quote(path)}", data)
        return status == 0 and self._make_startable(path)

    def _printf(self, data: bytes, path: str) -> bool:
        target = shlex.quote(path)
        status, _ = self.run(f": > {target}")
        for start in range(0, len(data), _PRINTF_BYTES):
            if status:
                return False
            octal = "".join(f"\\{byte:03o}" for byte in data[start : start + _PRINTF_BYTES])
            status, _ = self.run(f"printf '{octal}' >> {target}")
        return status == 0 and self._make_startable(path)

    def _make_startable(self, path: str) -> bool:
        """Fuchsia's files have no modes and its shell may lack chmod: that is not a failure."""
        self.run(f"chmod 700 {shlex.quote(path)} 2>/dev/null")
        return True

    def _arrived(self, size: int, path: str) -> bool:
        """Check the file's size; without ``wc``, only that it is not empty."""
        # Marked, since a login shell may print something before.
        _, said = self.run(f"echo {_MARK}$(wc -c < {shlex.quote(path)})")
        measured = said.rpartition(_MARK.encode())[2].strip()
        if measured.isdigit():
            return int(measured) == size
        status, _ = self.run(f"[ -s {shlex.quote(path)} ]")
        return status == 0


def _session(client: paramiko.SSHClient) -> paramiko.Channel:
    import paramiko

    transport = client.get_transport()
    if transport is None or not transport.is_active():
        raise paramiko.SSHException("the connection is closed")
    channel = transport.open_session(timeout=_SECONDS)
    channel.settimeout(_SECONDS)
    return channel
