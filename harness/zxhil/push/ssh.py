"""The SSH transport: the binary is copied to the target, started there, and removed again."""

from __future__ import annotations

import secrets
import shlex
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.errors import MachineError, UserError
from zxhil.machine.limits import Watch
from zxhil.machine.listen import End, EndKind, follow
from zxhil.machine.monitor import Event, Monitor
from zxhil.plain import plain
from zxhil.push.line import Logged, given_up
from zxhil.push.port import Port, SerialLine, reopened
from zxhil.push.ssh_connect import Login, connect
from zxhil.push.ssh_put import Remote
from zxhil.push.transport import Job

if TYPE_CHECKING:
    import paramiko

FOLDER = "/tmp"
"""Where pushed files go, in a private folder."""

RUN = "{path}"

_SLICE = 0.25
_STATUS_SECONDS = 5.0
_PROBE_SECONDS = 5.0
_AGAIN = 0.5
_READ_SIZE = 1 << 16


@dataclass(frozen=True, slots=True)
class SshTarget:
    """Host to run programs on over SSH.

    `run` is the remote command, with ``{path}`` and ``{name}`` filled in, quoted. The trace is what
    that command prints, unless `trace_port` names the target's serial line or `trace_command` a
    command whose output has it (``zx_debug_write`` goes to neither stdout nor stderr).
    `reconnect` is how many seconds a target may take to return after its kernel went down.
    """

    login: Login
    logs: Path
    folder: str = FOLDER
    run: str = RUN
    trace_port: Port | None = None
    trace_command: str = ""
    reconnect: float = 60.0


class Ssh:
    """One host, one program at a time, one connection for as long as it holds."""

    def __init__(self, target: SshTarget) -> None:
        self.target = target
        self._client: paramiko.SSHClient | None = None
        self._remote: Remote | None = None
        self._port: SerialLine | None = None
        self._folder = f"{target.folder.rstrip('/')}/zxhil-{secrets.token_hex(6)}"
        self._connected_once = False
        self._busy = threading.Lock()

    @property
    def name(self) -> str:
        """The host."""
        return self.target.login.name

    @property
    def parallelism(self) -> int | None:
        """One: a target has one serial line, and cases may interfere with each other."""
        return 1

    @contextmanager
    def push(self, load: Job) -> Iterator[_OverSsh]:
        """Connect if necessary, copy the binary, and remove it after the block."""
        with self._busy:
            client, remote = self._connection()
            path = f"{self._folder}/{load.program.name}"
            remote.put(load.elf, path)
            values = {"path": shlex.quote(path), "name": shlex.quote(load.program.name)}
            # The shell stays, so that a signal that ends the program is reported as well.
            command = f"{self.target.run.format(**values)}; exit $?"
            with Logged(self.target.logs, load.name) as log:
                running = _OverSsh(self, client, command, log, load.nonce)
                try:
                    yield running
                finally:
                    running.close()
                    self._remove(path)

    def close(self) -> None:
        """Remove what was pushed, and disconnect."""
        if self._client is not None and self._remote is not None:
            with suppress(MachineError):
                self._remote.run(f"rm -rf {shlex.quote(self._folder)}")
        self._hang_up()
        if self._port is not None:
            self._port.close()
            self._port = None

    def trace_line(self) -> SerialLine | None:
        """The target's serial line, opened before anything is started."""
        if self.target.trace_port is None:
            return None
        if self._port is None:
            self._port = SerialLine(self.target.trace_port)
        elif self._port.gone:
            self._port.close()
            self._port = reopened(self.target.trace_port)
        return self._port

    def _connection(self) -> tuple[paramiko.SSHClient, Remote]:
        transport = self._client.get_transport() if self._client is not None else None
        if self._client is None or transport is None or not transport.is_active():
            self._hang_up()
            self._client = self._reach()
            self._remote = Remote(self._client)
            self._make_folder(self._remote)
        assert self._remote is not None
        return self._client, self._remote

    def _reach(self) -> paramiko.SSHClient:
        """Connect; a target that was reachable before is given time to return."""
        end = time.monotonic() + (self.target.reconnect if self._connected_once else 0.0)
        while True:
            try:
                client = connect(self.target.login)
            except (MachineError, UserError) as error:
                if time.monotonic() >= end:
                    if self._connected_once:
                        raise MachineError(
                            f"{self.name}: could not be reached again within "
                            f"{self.target.reconnect:g} s: {error.problem}"
                        ) from error
                    raise
                time.sleep(_AGAIN)
            else:
                self._connected_once = True
                return client

    def _make_folder(self, remote: Remote) -> None:
        # A fixed name, so that what a lost connection left there is removed, too.
        folder = shlex.quote(self._folder)
        status, said = remote.run(f"rm -rf {folder}; mkdir -p {folder} && chmod 700 {folder}; :")
        status, said = remote.run(f"cd {folder}")
        if status:
            raise MachineError(
                f"{self.name}: the folder {self._folder} can't be made",
                plain(said),
            )

    def _remove(self, path: str) -> None:
        """A lost connection can't do this; the next one removes the whole folder."""
        if self._remote is not None:
            with suppress(MachineError):
                self._remote.run(f"rm -f {shlex.quote(path)}")

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = self._remote = None


class _OverSsh:
    """One program on the target."""

    def __init__(
        self, transport: Ssh, client: paramiko.SSHClient, command: str, log: Logged, nonce: int
    ) -> None:
        self.nonce: int | None = nonce
        self._transport = transport
        self._client = client
        self._typed = command
        self._log = log
        self._killed = False
        self._channels: list[paramiko.Channel] = []
        self._program: paramiko.Channel | None = None

    @property
    def command(self) -> tuple[str, ...]:
        return (*self._transport.target.login.command, self._typed)

    @property
    def log_path(self) -> Path:
        return self._log.path

    def listen(self, watch: Watch) -> Iterator[bytes | Event | End]:
        target = self._transport.target
        try:
            line = self._transport.trace_line()
            trace = self._start(target.trace_command) if target.trace_command else None
            self._program = self._start(self._typed)
        except MachineError as error:
            yield End(EndKind.CUT, error.problem)
            return
        if line is not None:
            line.drain()
        source = _Source(self._program, line, trace)

        def read(deadline: float) -> bytes | None:
            while not self._killed:
                chunk = source.read(min(deadline, time.monotonic() + _SLICE))
                if chunk is not None:
                    return self._log.keep(chunk)
                if time.monotonic() >= deadline:
                    return None
            return b""

        for item in follow(read, self._ended, watch, Monitor(), where="over SSH"):
            yield self._checked(item) if isinstance(item, End) else item

    def finish(self) -> None:
        """The program ends by itself."""

    def kill(self) -> None:
        self._killed = True

    def close(self) -> None:
        """Close the channels; a program that still runs gets EOF on its input, or a signal."""
        for channel in self._channels:
            channel.close()

    def _start(self, command: str) -> paramiko.Channel:
        import paramiko

        try:
            transport = self._client.get_transport()
            if transport is None:
                raise paramiko.SSHException("the connection is closed")
            channel = transport.open_session(timeout=_PROBE_SECONDS)
            self._channels.append(channel)
            channel.set_combine_stderr(True)
            channel.exec_command(command)
        except Exception as error:
            # paramiko raises here whatever its own thread ended with.
            raise MachineError(
                f"{self._transport.name}: {command!r} can't be started: "
                f"{plain(str(error)) or type(error).__name__}"
            ) from error
        return channel

    def _ended(self) -> End:
        if self._killed:
            return given_up()
        channel = self._program
        assert channel is not None
        if channel.status_event.wait(_STATUS_SECONDS) and channel.exit_status >= 0:
            return _exited(channel.exit_status, self._log.said)
        if self._is_there():
            return End(EndKind.EXITED, "the process exited without a status")
        return End(EndKind.CUT, f"the connection to {self._transport.name} was lost")

    def _checked(self, end: End) -> End:
        """A timeout because the target is gone is not the program's fault."""
        if end.kind is not EndKind.LIMIT or self._is_there():
            return end
        return End(EndKind.CUT, f"{self._transport.name} stopped responding; {end.text}")

    def _is_there(self) -> bool:
        """Request a channel; a silent peer opens none."""
        transport = self._client.get_transport()
        if transport is None or not transport.is_active():
            return False
        try:
            transport.open_session(timeout=_PROBE_SECONDS).close()
        except Exception:
            # The connection is unusable; the next push reconnects.
            transport.close()
            return False
        return True


class _Source:
    """Where the trace comes from; the program's own output is read in any case."""

    def __init__(
        self, program: paramiko.Channel, line: SerialLine | None, trace: paramiko.Channel | None
    ) -> None:
        self._program = program
        self._line = line
        self._trace = trace
        self._ended_at = 0.0

    def read(self, deadline: float) -> bytes | None:
        """As `Line.read`; ends when the program has ended and its trace is drained."""
        if self._line is None and self._trace is None:
            return _recv(self._program, deadline)
        chunk = (
            self._line.read(deadline)
            if self._line is not None
            else _recv(self._trace or self._program, deadline)
        )
        if chunk is not None:
            return chunk
        if not self._ended_at:
            said = _recv(self._program, 0.0)
            self._ended_at = time.monotonic() if said == b"" else 0.0
        elif time.monotonic() >= self._ended_at + _STATUS_SECONDS:
            return b""
        return None


def _recv(channel: paramiko.Channel, deadline: float) -> bytes | None:
    channel.settimeout(max(0.001, deadline - time.monotonic()))
    try:
        data: bytes = channel.recv(_READ_SIZE)
    except TimeoutError:
        return None
    return data


def _exited(status: int, said: str) -> End:
    how = f"exit status {status}"
    if status > 128:
        with suppress(ValueError):
            how += f", as of signal {signal.Signals(status - 128).name}"
    return End(
        EndKind.EXITED,
        f"the process exited ({how}) before its trace was complete",
        said,
        exit_code=status,
    )
