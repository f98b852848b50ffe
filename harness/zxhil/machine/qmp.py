"""A small synchronous client for QEMU's machine protocol."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import TypeVar

from qemu.qmp import ExecuteError, QMPClient, QMPError

from zxhil.errors import MachineError

_T = TypeVar("_T")

# QEMU connects in its first milliseconds and answers at once, but savevm may take a while.
_CONNECT_SECONDS = 10.0
_COMMAND_SECONDS = 60.0


class Qmp:
    """A connection over the socket at `listener`, on which QEMU is the connecting side.

    Entering raises MachineError if QEMU does not connect and greet.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._client = QMPClient("zxhil")
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> Qmp:
        try:
            self._run(self._connect(), _CONNECT_SECONDS)
        except BaseException:
            self._loop.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._loop.run_until_complete(asyncio.wait_for(self._client.disconnect(), 5))
        except (EOFError, OSError, QMPError, TimeoutError):
            # QEMU has ended already; the caller finds out why.
            pass
        finally:
            self._loop.close()

    def execute(self, name: str, arguments: Mapping[str, object] | None = None) -> object:
        """Run one QMP command and return what it returns.

        Raises MachineError if QEMU refuses it, is gone, or does not answer for a minute.
        """
        return self._run(self._client.execute(name, dict(arguments or {})), _COMMAND_SECONDS)

    def human(self, line: str) -> str:
        """Run a line of QEMU's human monitor; return what it prints, which may be an error."""
        printed = self.execute("human-monitor-command", {"command-line": line})
        return str(printed).strip()

    async def _connect(self) -> None:
        self._listener.setblocking(False)
        connection, _ = await asyncio.get_running_loop().sock_accept(self._listener)
        await self._client.connect(connection)

    def _run(self, work: Coroutine[object, object, _T], seconds: float) -> _T:
        try:
            return self._loop.run_until_complete(asyncio.wait_for(work, seconds))
        except TimeoutError as error:
            raise MachineError(f"QEMU gave no answer over QMP within {seconds:g} s") from error
        except ExecuteError as error:
            raise MachineError("QEMU refused a QMP command", str(error)) from error
        except (EOFError, OSError, QMPError) as error:
            raise MachineError("the QMP connection to QEMU broke", str(error)) from error
