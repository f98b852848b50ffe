"""One QEMU: its serial stream, its QMP socket, its stderr and its end."""

from __future__ import annotations

import os
import select
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from zxhil.errors import MachineError
from zxhil.machine.boot import Boot, Channels, command, splits_as_module
from zxhil.machine.group import exit_code_of, kill_group
from zxhil.machine.pages import TracePages
from zxhil.machine.params import QemuParams, find_program, params_for
from zxhil.machine.ram import SharedRam
from zxhil.machine.scratch import scratch
from zxhil.machine.starved import starved_seconds
from zxhil.machine.streamlog import StreamLog
from zxhil.plain import plain

if TYPE_CHECKING:
    from zxhil.machine.qmp import Qmp

_READ_SIZE = 1 << 16
# A UART passes on one byte at a time. Reads closer together than this are delayed, so that a
# chunk is more than a byte.
COALESCE = 0.005
_STDERR_MAX = 1 << 16
# QEMU closes its end of the serial stream a moment before it ends.
_END_GRACE = 5.0
# How often the guest's memory is looked at while nothing comes over serial.
_GLANCE = 0.1
_SHORT_NAP, _LONG_NAP = 0.0005, 0.05


class Machine:
    """A running QEMU, from `with` to the end of the block, after which everything is removed.

    Serial is logged to `folder` by :class:`StreamLog`, QEMU's stderr to `NAME.stderr`
    if it is not empty. Times are seconds of `clock`. `coalesce` is how far apart reads of the
    stream are: the shorter, the sooner a byte is here, and the more it costs. `offsets` are those
    of the trace's pages in the memory of a machine that is restored.

    Entering raises UserError if QEMU is missing and MachineError if the host has no room.
    """

    def __init__(
        self,
        boot: Boot,
        folder: Path,
        name: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        coalesce: float = COALESCE,
        offsets: tuple[int, ...] = (),
    ) -> None:
        self.boot = boot
        self.folder = folder
        self.command: tuple[str, ...] = ()
        self.ram: SharedRam | None = None
        """The guest's memory, if it is shared."""
        self._name = name
        self._clock = clock
        self._coalesce = coalesce
        self._stack = ExitStack()
        self._selector = selectors.PollSelector()
        self._qmp: Qmp | None = None
        self._offsets = offsets
        self._pages: TracePages | None = None
        self._killed = False
        self._unsent = bytearray()
        self._stderr = bytearray()
        self._log: StreamLog
        self._log_error: MachineError | None = None
        self._last_read = 0.0

    @property
    def params(self) -> QemuParams:
        """The parameters of the machine's architecture."""
        return params_for(self.boot.arch)

    @property
    def pid(self) -> int:
        """QEMU's process id, which is its process group's too."""
        return self._process.pid

    @property
    def starved(self) -> float:
        """Seconds that QEMU was ready to run so far while others had the host's processors."""
        return starved_seconds(self._process.pid)

    @property
    def exit_code(self) -> int | None:
        """QEMU's exit code, negative for the signal that killed it; None while it runs."""
        return exit_code_of(self._process)

    @property
    def powered_off(self) -> bool:
        """Whether QEMU ended because the guest switched the machine off."""
        return self.exit_code == self.params.powered_off

    @property
    def stderr(self) -> str:
        """QEMU's stderr, up to 64 KiB."""
        return plain(bytes(self._stderr))

    @property
    def log_path(self) -> Path:
        """The file with every byte of serial."""
        return self._log.path

    @property
    def serial_size(self) -> int:
        """Bytes of serial so far."""
        return self._log.size

    @property
    def offsets(self) -> tuple[int, ...]:
        """Where the trace's pages lie in the guest's memory; empty if it comes over serial."""
        return self._pages.offsets if self._pages is not None else ()

    def __enter__(self) -> Machine:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def read(self, deadline: float, also: int | None = None) -> bytes | None:
        """Return the next bytes of serial; b'' when the stream has ended.

        Return None if nothing came before `deadline` (of the clock), or if the file
        descriptor `also` became readable first. A deadline in the past still returns what is
        there. Raises MachineError if the log could not be written, after what had come
        before was returned.
        """
        if self._log_error is not None:
            raise self._log_error
        if also is not None:
            self._selector.register(also, selectors.EVENT_READ)
        try:
            return self._read(deadline)
        finally:
            if also is not None:
                self._selector.unregister(also)

    def begin_log(self, name: str) -> None:
        """Discard unread bytes, and log what follows under another name.

        Times count from here. Raises MachineError if the log can't be made.
        """
        with suppress(BlockingIOError):
            while os.read(self._from_guest, _READ_SIZE):
                continue
        if self._pages is not None:
            self._pages.restart()
        self._log.close()
        self._log = self._stack.enter_context(StreamLog.create(self.folder, name))
        self._started = self._clock()

    def write(self, data: bytes) -> None:
        """Send `data` to the guest's serial port.

        What the guest does not accept at once is sent while :meth:`read` waits.
        """
        self._unsent += data
        self._flush()

    def qmp(self) -> Qmp:
        """Return the QMP connection; the first call opens it.

        Raises MachineError if QEMU has ended or does not answer.
        """
        if self._qmp is None:
            if self.exit_code is not None:
                raise MachineError("no QMP: QEMU has ended", self.stderr)
            from zxhil.machine.qmp import Qmp

            self._qmp = self._stack.enter_context(Qmp(self._qmp_listener))
        return self._qmp

    def kill(self) -> None:
        """Kill QEMU's process group and wait for its end; what was not read by then is lost."""
        self._killed = True
        kill_group(self._process)

    def wait_exit(self, seconds: float = _END_GRACE) -> int:
        """Return QEMU's exit code; kill it if it does not end within `seconds`.

        Read the stream to its end first: a QEMU with unread output does not end.
        """
        end = self._clock() + seconds
        said = select.poll()
        said.register(self._stderr_pipe, select.POLLIN)
        while self._stderr_pipe in self._selector.get_map() and self._clock() < end:
            if said.poll(max(0.0, end - self._clock()) * 1000):
                self._drain_stderr()
        self.ends_within(end - self._clock())
        return kill_group(self._process)

    def ends_within(self, seconds: float) -> bool:
        """Wait for QEMU's end, which it must be close to; return whether it came."""
        end, nap = self._clock() + seconds, _SHORT_NAP
        while self.exit_code is None and self._clock() < end:
            time.sleep(nap)
            nap = min(2 * nap, _LONG_NAP)
        return self.exit_code is not None

    # Start and end.

    def _start(self, stack: ExitStack) -> None:
        program = find_program(self.params)
        private, reaper, key = stack.enter_context(scratch())
        memory: list[int] = []
        path: str | None = None
        if self.boot.mark or self.boot.shared:
            ram = self.ram = SharedRam(self.boot.memory_mib, private)
            stack.callback(ram.close)
            memory, path = [ram.fd], ram.path
            if self.boot.mark:
                self._pages = TracePages(self.boot.mark, ram, self._offsets)
        channels = Channels(private / "serial", private / "qmp", path)
        self._qmp_listener = stack.enter_context(_listener(channels.qmp))
        self._from_guest = _fifo(private / "serial.out", os.O_RDONLY)
        stack.callback(os.close, self._from_guest)
        # Open for reading too: that succeeds before QEMU has opened its end, and keeps what
        # was written until it has.
        self._to_guest = _fifo(private / "serial.in", os.O_RDWR)
        stack.callback(os.close, self._to_guest)
        self._log = stack.enter_context(StreamLog.create(self.folder, self._name))
        boot, folder = self._with_plain_path(private)
        self.command = (program, *command(boot, channels)[1:])
        stack.callback(self._selector.close)
        self._started = self._clock()
        self._process = reaper.start(key, self.command, folder, memory)
        stack.callback(self._end)
        assert self._process.stderr is not None
        self._stderr_pipe = self._process.stderr.fileno()
        os.set_blocking(self._stderr_pipe, False)
        self._selector.register(self._from_guest, selectors.EVENT_READ)
        self._selector.register(self._stderr_pipe, selectors.EVENT_READ)

    def _with_plain_path(self, private: Path) -> tuple[Boot, Path | None]:
        """Reach a ZBI whose path QEMU would split through a link, and start QEMU beside it.

        The link's name is plain; its folder's may not be (TMPDIR may have blanks, too).
        """
        if not splits_as_module(self.boot.arch, self.boot.initrd):
            return self.boot, None
        link = private / "zbi"
        link.symlink_to(self.boot.initrd.absolute())
        kernel = self.boot.kernel.absolute()
        return replace(self.boot, kernel=kernel, initrd=Path(link.name)), private

    def _end(self) -> None:
        self.kill()
        while self._stderr_pipe in self._selector.get_map() and self._drain_stderr():
            pass
        assert self._process.stderr is not None
        self._process.stderr.close()
        if self._stderr:
            try:
                self._log.path.with_suffix(".stderr").write_bytes(self._stderr)
            except OSError:
                # The text is in `stderr` too; a full disk must not hide the run's own end.
                return

    # The streams. A step waits for one of them and handles those that are ready.

    def _read(self, deadline: float) -> bytes | None:
        while self._from_guest in self._selector.get_map():
            # Before the line is looked at: what was sent before that is there, and comes first.
            written = 0 if self._pages is None else self._pages.written()
            glance = deadline if self._pages is None else self._clock() + _GLANCE
            read = self._last_read
            chunk, other = self._step(min(deadline, glance))
            if chunk is None and not other and read == self._last_read:
                chunk = self._merged(b"", written)
                self._last_read = self._clock()
            if chunk is not None:
                return self._logged(chunk)
            if other or self._clock() >= deadline:
                return None
        return b""

    def _step(self, deadline: float) -> tuple[bytes | None, bool]:
        """Return (bytes received, whether the caller's descriptor became readable)."""
        chunk: bytes | None = None
        other = False
        for key, _ in self._selector.select(max(0.0, deadline - self._clock())):
            if key.fd == self._from_guest:
                chunk = self._receive()
            elif key.fd == self._to_guest:
                self._flush()
            elif key.fd == self._stderr_pipe:
                self._drain_stderr()
                # QEMU may have ended without ever opening the stream.
                if chunk is None and self._stderr_pipe not in self._selector.get_map():
                    chunk = self._receive()
            else:
                other = True
        return chunk, other

    def _receive(self) -> bytes | None:
        wait = self._last_read + self._coalesce - self._clock()
        if wait > 0:
            time.sleep(wait)
        written = 0 if self._pages is None else self._pages.written()
        try:
            chunk = os.read(self._from_guest, _READ_SIZE)
        except BlockingIOError:
            return None
        self._last_read = self._clock()
        if not chunk:
            self._selector.unregister(self._from_guest)
        if len(chunk) == _READ_SIZE:
            # There may be more, and a position in it.
            written = 0
        return self._merged(chunk, written, ended=not chunk) or (None if chunk else b"")

    def _merged(self, chunk: bytes, written: int, ended: bool = False) -> bytes | None:
        """What came over serial, with the trace from memory; None if that is nothing.

        After a kill nobody waits for results any more: what is in memory must not be in the log
        alone, where it would be judged.
        """
        if self._killed:
            return None
        if self._pages is not None:
            chunk = self._pages.merge(chunk, written, ended)
        return chunk or None

    def _flush(self) -> None:
        with suppress(BlockingIOError):
            while self._unsent:
                del self._unsent[: os.write(self._to_guest, self._unsent)]
        waiting = self._to_guest in self._selector.get_map()
        if self._unsent and not waiting:
            self._selector.register(self._to_guest, selectors.EVENT_WRITE)
        elif waiting and not self._unsent:
            self._selector.unregister(self._to_guest)

    def _drain_stderr(self) -> bool:
        """Read QEMU's stderr; return whether there was anything."""
        try:
            text = os.read(self._stderr_pipe, _READ_SIZE)
        except BlockingIOError:
            return False
        if not text:
            self._selector.unregister(self._stderr_pipe)
        self._stderr += text[: _STDERR_MAX - len(self._stderr)]
        return bool(text)

    def _logged(self, chunk: bytes) -> bytes:
        try:
            if chunk:
                self._log.append(chunk, self._last_read - self._started)
        except MachineError as error:
            self._log_error = error
        return chunk


def _fifo(path: Path, flags: int) -> int:
    os.mkfifo(path, 0o600)
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _listener(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(1)
    listener.setblocking(False)
    return listener
