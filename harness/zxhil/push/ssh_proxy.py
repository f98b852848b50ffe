"""ProxyCommand of ssh_config: a command whose standard input and output are the connection."""

from __future__ import annotations

import socket
import subprocess
from contextlib import suppress

_SECONDS = 2.0


class ProxyConnection:
    """Runs the command in a shell, as ssh does; `socket` is the connection to it.

    Raises OSError if there is no shell. The command's messages go to standard error.
    """

    def __init__(self, command: str) -> None:
        self.socket, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
            )
        except OSError:
            self.socket.close()
            raise
        finally:
            theirs.close()

    def close(self) -> None:
        """Close the connection, and end the command."""
        self.socket.close()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_SECONDS)
            return
        self._process.kill()
        self._process.wait()
