"""The console transport: a booted system's shell starts each program as a separate process.

The binaries are already in the system's BOOTFS, next to the user's own files; which cases run is
an argument. One system runs program after program; a crash of one does not end the others.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from zxhil.errors import MachineError, UserError
from zxhil.guest.source import Program
from zxhil.image import zbi
from zxhil.image.find import Image
from zxhil.image.pack import boot_words, extend, kept
from zxhil.machine import scratch
from zxhil.machine.boot import Boot
from zxhil.machine.limits import Limit, Passed, Watch
from zxhil.machine.listen import End, EndKind, follow, kernel_failed
from zxhil.machine.machine import Machine
from zxhil.machine.monitor import Event, Monitor
from zxhil.machine.params import SYSTEM_MEMORY_MIB, params_for
from zxhil.push.booting import Booting
from zxhil.push.line import DuplexStream, Logged, MachineLine, given_up
from zxhil.push.port import Port, SerialLine, reopened
from zxhil.push.power import PowerSwitch
from zxhil.push.shell import PROBE_AFTER, Answers, KernelFailedError, NoAnswerError, Shell
from zxhil.push.transport import Job

MEMORY_MIB = SYSTEM_MEMORY_MIB
"""Machine requirements of a whole system."""

# How long the shell may take to return after the program's last line.
_BACK_SECONDS = 10.0


def binary_path(program: str) -> str:
    """A program's path in BOOTFS: in `bin/`, since later kernels run nothing else."""
    return f"bin/zxhil-{program}"


def system_zbi(booting: Booting, programs: Sequence[Program]) -> bytes:
    """The user's whole image with our programs next to the user's own files.

    Raises UserError if the image has no BOOTFS, or its BOOTFS has a file by one of these names.
    """
    image = booting.image
    items = zbi.read(image.zbi, image.name, check_crc=False)
    if not any(item.type == zbi.ItemType.STORAGE_BOOTFS for item in items):
        raise UserError(
            image.name,
            "is a kernel without user space: it has no shell",
            "give a complete image (zircon.zbi, or the folder of a build that made one)",
        )
    files = {binary_path(each.name): each.elf for each in programs}
    return extend(image, files, _words(image, booting.words))


def system_notes(image: Image, words: tuple[str, ...]) -> tuple[str, ...]:
    """What such boot data keeps and overrides of the user's, as text for a report."""
    return kept(image, _words(image, words), own_bootfs=False).notes


def _words(image: Image, words: tuple[str, ...]) -> tuple[str, ...]:
    ours = (word for word in boot_words(image, "") if not word.startswith("userboot"))
    return (*ours, *words)


class Systems:
    """Starts a whole system on a machine, any number of times; thread-safe."""

    def __init__(self, booting: Booting, programs: Sequence[Program]) -> None:
        options = params_for(booting.image.arch).system
        self._booting = replace(booting, qemu=(*options, *booting.qemu))
        self._programs = programs
        self._zbi = booting.zbis / f"{booting.image.arch}-system.zbi"
        self._lock = threading.Lock()

    def boot(self) -> Boot:
        """Write the boot image, once; return how to start QEMU with it."""
        with self._lock:
            if not self._zbi.exists():
                scratch.write(self._zbi, system_zbi(self._booting, self._programs))
        return self._booting.boot(self._zbi)

    def start(self) -> DuplexStream:
        """Boot one; its full log is ``ARCH-system.serial``."""
        machine = Machine(self.boot(), self._booting.logs, f"{self._booting.image.arch}-system")
        return MachineLine(machine.__enter__())


class Boards:
    """A board with a shell on its serial port; `power` switches it, if the user can.

    The programs are in the image passed to `power` (ZXHIL_ZBI), or already on the board.
    """

    def __init__(self, port: Port, power: PowerSwitch | None, systems: Systems | None) -> None:
        self._port = port
        self._power = power
        self._was_open = False
        self._systems = systems

    def start(self) -> DuplexStream:
        """Open the port and power-cycle the board, which also ends a hung program."""
        line = reopened(self._port) if self._was_open else SerialLine(self._port)
        self._was_open = True
        if self._power is not None:
            variables = {"ZXHIL_SERIAL": self._port.url}
            if self._systems is not None:
                boot = self._systems.boot()
                variables |= {"ZXHIL_ZBI": str(boot.initrd), "ZXHIL_KERNEL": str(boot.kernel)}
            self._power.cycle(variables)
        return line


class ShellLine:
    """One line with a shell on it, from its start until it is no longer usable.

    `booting`: the system was just powered on; nothing may be typed before it is up.
    """

    def __init__(self, line: DuplexStream, booting: bool) -> None:
        self.line = line
        self.booting = booting
        self.monitor = Monitor()
        self.shell = Shell(line, self.monitor)
        self.usable = True


class Console:
    """`start` opens a line to a shell; at most `parallelism` of them.

    `boots` means that `start` has just powered on the system behind the line.
    """

    def __init__(
        self,
        name: str,
        start: Callable[[], DuplexStream],
        logs: Path,
        parallelism: int | None = None,
        boots: bool = True,
    ) -> None:
        self._name = name
        self._start = start
        self._logs = logs
        self._parallelism = parallelism
        self._boots = boots
        self._free: list[ShellLine] = []
        self._lock = threading.Lock()
        self._room = threading.Semaphore(parallelism) if parallelism else None

    @property
    def name(self) -> str:
        """A description of the system."""
        return self._name

    @property
    def parallelism(self) -> int | None:
        """The maximum number of systems in parallel."""
        return self._parallelism

    @contextmanager
    def push(self, load: Job) -> Iterator[_AtShell]:
        """Take a system whose shell is free, or start one; the command is typed by `listen`."""
        if self._room:
            self._room.acquire()
        try:
            shell_line = self._take()
            try:
                with Logged(self._logs, load.name) as log:
                    running = _AtShell(shell_line, load, log)
                    yield running
                    running.come_back()
            except BaseException:
                shell_line.usable = False
                raise
            finally:
                self._give_back(shell_line)
        finally:
            if self._room:
                self._room.release()

    def _take(self) -> ShellLine:
        with self._lock:
            if self._free:
                return self._free.pop()
        return ShellLine(self._start(), self._boots)

    def close(self) -> None:
        """End every system, or release its line."""
        with self._lock:
            free, self._free = self._free, []
        for shell_line in free:
            shell_line.line.close()

    def _give_back(self, shell_line: ShellLine) -> None:
        if not shell_line.usable:
            shell_line.line.close()
            return
        with self._lock:
            self._free.append(shell_line)


class _AtShell:
    """One program, started from the shell of a `ShellLine`."""

    def __init__(self, shell_line: ShellLine, load: Job, log: Logged) -> None:
        self._shell_line = shell_line
        self._log = log
        self._typed = f"/boot/{binary_path(load.program.name)} {load.argument}"
        self.nonce: int | None = load.nonce
        self._answers: Answers | None = None
        self._asked_at = 0.0
        self._killed = False

    @property
    def command(self) -> tuple[str, ...]:
        return (*self._shell_line.line.command, "#", *self._typed.split())

    @property
    def log_path(self) -> Path:
        return self._log.path

    def listen(self, watch: Watch) -> Iterator[bytes | Event | End]:
        failed = self._begin(watch)
        for item in self._shell_line.shell.take():
            if isinstance(item, bytes):
                self._log.keep(item)
            yield item
        if failed is not None:
            yield failed
            return
        watch.heard()
        self._asked_at = time.monotonic()
        for after in follow(self._read, self._ended, watch, self._shell_line.monitor):
            if isinstance(after, End) and after.kind is not EndKind.EXITED:
                self._shell_line.usable = False
            yield after

    def _begin(self, watch: Watch) -> End | None:
        """Wait for the shell and type the command; return the end if there is no shell."""
        shell_line = self._shell_line
        # Not usable until the shell has answered, whatever happens in between.
        shell_line.usable = False
        deadline = time.monotonic() + watch.limits.boot
        try:
            if shell_line.booting:
                shell_line.shell.await_prompt(deadline)
            shell_line.shell.greet(deadline)
            self._answers = shell_line.shell.start(self._typed)
        except NoAnswerError as unanswered:
            return _no_shell(unanswered, watch)
        except KernelFailedError as failed:
            return kernel_failed(failed.event) if failed.event else shell_line.line.ended()
        except MachineError as error:
            return End(EndKind.CUT, error.problem, error.evidence)
        shell_line.booting = False
        shell_line.usable = True
        return None

    def finish(self) -> None:
        """The program ends by itself."""

    def kill(self) -> None:
        self._killed = True
        self._shell_line.usable = False
        self._shell_line.line.interrupt()

    def come_back(self) -> None:
        """Wait until the shell has finished the command; abandon a session that does not."""
        end = time.monotonic() + _BACK_SECONDS
        while self._shell_line.usable and self._answers and not self._answers.ended:
            try:
                chunk = self._read(end)
            except MachineError:
                chunk = b""
            if not chunk or time.monotonic() > end:
                self._shell_line.usable = False

    def _read(self, deadline: float) -> bytes | None:
        """Keep reading, query the shell after a long silence, and end when the program has."""
        answers = self._answers
        if answers is None or answers.ended:
            return b""
        while not self._killed:
            probe_at = self._asked_at + PROBE_AFTER
            chunk = self._shell_line.line.read(min(deadline, probe_at))
            now = time.monotonic()
            if chunk is not None:
                self._asked_at = now
                answers.feed(chunk)
                return self._log.keep(chunk)
            if now >= probe_at:
                self._asked_at = now
                if heard := self._ask(answers):
                    return heard
            if now >= deadline:
                return None
        return b""

    def _ask(self, answers: Answers) -> bytes:
        """Ask whether the shell is back; return what was received while typing the question."""
        came = bytearray()

        def hear(deadline: float) -> bytes | None:
            chunk = self._shell_line.line.read(deadline)
            came.extend(chunk or b"")
            return chunk

        answers.also(self._shell_line.shell.ask(hear))
        answers.feed(bytes(came))
        return self._log.keep(bytes(came))

    def _ended(self) -> End:
        answers = self._answers
        if self._killed:
            return given_up()
        if answers is None or not answers.ended:
            return self._shell_line.line.ended()
        status = "" if answers.status is None else f" (exit status {answers.status})"
        return End(
            EndKind.EXITED,
            f"the process exited{status} before its trace was complete",
            self._log.said,
            exit_code=answers.status,
        )


def _no_shell(unanswered: NoAnswerError, watch: Watch) -> End:
    seconds = watch.limits.boot
    return End(
        EndKind.LIMIT,
        f"no shell answered on the console within {seconds:g} s ({unanswered})",
        passed=Passed(Limit.BOOT, seconds),
    )
