"""A kernel booted once, with every program on it, and saved before the first case.

Each program then resumes from there: the same state each time, in which no case has run yet.
The saved state is a QEMU snapshot and the guest's memory; which program runs is written into that
(harness/zxhil/guest/suite.py). A QEMU whose program finished is restored and reused; any other is
killed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from zxhil.errors import MachineError, UserError
from zxhil.guest.source import Program
from zxhil.guest.suite import Suite
from zxhil.image.pack import boot_words, pack
from zxhil.machine import snapshot
from zxhil.machine.boot import Boot
from zxhil.machine.crash import crash_title
from zxhil.machine.limits import Limits, Watch
from zxhil.machine.listen import End, listen
from zxhil.machine.machine import Machine
from zxhil.machine.ram import Part, SharedRam, address_in
from zxhil.push.booting import Booting, marked
from zxhil.push.transport import Job
from zxhil.trace.wire import encode

#: The frame by which a program reports that it waits; its line end may differ on the wire.
WAITING = encode(0, "W", "")[:-1]

_TAG = "start"
_PAUSED = "-S"
# Seconds that a QEMU may take to end after its QMP connection broke.
_DYING = 1.0
# Seconds between two attempts to save.
_MOMENT = 0.005
_PROGRAM = "bin/suite"


@dataclass(frozen=True, slots=True)
class _State:
    """What was saved: QEMU's snapshot file, the memory, where in it jobs go, and the machine.

    `offsets` are those of the trace's pages in the memory.
    """

    disk: bytes
    memory: tuple[Part, ...]
    places: tuple[int, ...]
    boot: Boot
    suite: Suite
    log: str
    offsets: tuple[int, ...]

    def put_back(self, ram: SharedRam, load: Job) -> None:
        """Make the memory of a paused machine the saved one, with a program to run."""
        ram.put_back(self.memory)
        for place, data in self.suite.patches(self.places, load.program, load.selected, load.nonce):
            ram.map[place : place + len(data)] = data


class _Instance:
    """One QEMU, from its start or restore on, with its copy of the snapshot at `disk`."""

    def __init__(self, machine: Machine, disk: Path, stack: ExitStack) -> None:
        self.machine = machine
        self.disk = disk
        self._stack = stack

    def put_back(self, state: _State, load: Job) -> None:
        """Restore the saved state, paused. Raises MachineError if QEMU can't."""
        _put_back(self.machine, state, load)

    def stands_still(self) -> bool:
        """Pause it until it is restored; False for a QEMU that has ended."""
        if self.machine.exit_code is not None:
            return False
        with suppress(MachineError):
            self.machine.qmp().execute("stop")
            return True
        return False

    def close(self) -> None:
        self._stack.close()


class _BootError(MachineError):
    """The boot to be saved ended before the programs reached their wait."""


class SavedStart:
    """The saved start of one run on one architecture; made on first use, or ahead of it.

    `suite` links the programs; `log` names the serial log of the saved boot. Thread-safe.
    `trouble` is the reason why there is no saved start, once known.
    """

    def __init__(
        self,
        booting: Booting,
        limits: Limits,
        suite: Callable[[], Suite],
        log: str,
    ) -> None:
        self.log = log
        self.trouble = ""
        self.failed_boot = ""
        """The failure's title if the boot to be saved failed."""
        self._booting = booting
        self._limits = limits
        self._link = suite
        self._state: _State | None = None
        self._lock = threading.Lock()
        self._started = threading.Event()
        self._thread: threading.Thread | None = None
        self._first: Machine | None = None
        self._free: list[_Instance] = []
        self._given_up = False

    def begin(self) -> None:
        """Boot and save, in a separate thread."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._make, daemon=True)
                self._thread.start()
        self._started.wait()

    def shown_by(self, command: Sequence[str]) -> str:
        """The log of the saved boot, if a machine with this command resumed from it; else empty."""
        if self._state is None or not snapshot.is_attached(command):
            return ""
        return self._state.log

    def programs(self, command: Sequence[str]) -> tuple[Program, ...]:
        """What is linked to the file of a machine that resumed from the saved boot."""
        if self._state is None or not snapshot.is_attached(command):
            return ()
        return self._state.suite.programs

    @contextmanager
    def machine(self, load: Job) -> Iterator[Machine | None]:
        """A machine that resumes with this program; None: do a full boot.

        Waits while the saved start is made. Raises MachineError if the host has no room for it.
        """
        self.begin()
        assert self._thread is not None
        self._thread.join()
        if self._state is None:
            yield None
            return
        instance = self._instance(self._state, load)
        try:
            yield instance.machine
        except BaseException:
            instance.close()
            raise
        if instance.stands_still():
            with self._lock:
                if not self._given_up:
                    self._free.append(instance)
                    return
        instance.close()

    def kill(self) -> None:
        """Cancel the boot in progress, from any thread."""
        with self._lock:
            self._given_up = True
            if self._first is not None:
                self._first.kill()

    def close(self) -> None:
        """End all machines and remove all files."""
        self.kill()
        if self._thread is not None:
            self._thread.join()
        while self._free:
            self._free.pop().close()

    def _instance(self, state: _State, load: Job) -> _Instance:
        """Restore a free machine, or start another."""
        with self._lock:
            instance = self._free.pop() if self._free else None
        if instance is None:
            return self._another(state, load)
        try:
            instance.put_back(state, load)
            instance.machine.begin_log(load.name)
            instance.machine.qmp().execute("cont")
        except MachineError:
            # That QEMU was killed. If the disk is full instead, the next start reports it.
            instance.close()
            return self._another(state, load)
        except BaseException:
            instance.close()
            raise
        return instance

    def _another(self, state: _State, load: Job) -> _Instance:
        disk = self._booting.zbis / f"{load.name}.qcow2"
        with ExitStack() as stack:
            stack.callback(disk.unlink, missing_ok=True)
            try:
                disk.write_bytes(state.disk)
            except OSError as error:
                raise MachineError(f"{disk} can't be written: {error.strerror}") from None
            boot = _with_disk(state.boot, disk, _PAUSED)
            machine = Machine(boot, self._booting.logs, load.name, offsets=state.offsets)
            stack.enter_context(machine)
            try:
                snapshot.leave_out_memory(machine.qmp())
                # A device of x64 reads it while its own state is restored.
                state.put_back(_ram(machine), load)
                _put_back(machine, state, load)
                machine.qmp().execute("cont")
            except MachineError:
                # Who listens to it sees why QEMU has ended.
                if not machine.ends_within(_DYING):
                    raise
            return _Instance(machine, disk, stack.pop_all())

    def _make(self) -> None:
        try:
            suite = self._link()
            with ExitStack() as stack:
                self._save(suite, stack)
        except (MachineError, UserError) as error:
            self.trouble = error.problem
            if isinstance(error, _BootError):
                self.failed_boot = crash_title(error.problem, error.evidence)
        finally:
            self._started.set()

    def _save(self, suite: Suite, stack: ExitStack) -> None:
        booting = self._booting
        zbi, disk = booting.zbis / f"{self.log}.zbi", booting.zbis / f"{self.log}.qcow2"
        words = (*boot_words(booting.image, _PROGRAM), *booting.words)
        try:
            mark = booting.new_mark()
            zbi.write_bytes(pack(booting.image, {_PROGRAM: marked(suite.waiting, mark)}, words))
            stack.callback(disk.unlink, missing_ok=True)
            snapshot.write_empty_qcow2(disk)
            boot = replace(booting.boot(zbi, mark), shared=True)
            machine = stack.enter_context(Machine(_with_disk(boot, disk), booting.logs, self.log))
            self._enter(machine)
            # Connect while the kernel boots: connecting takes a tenth of the boot's time.
            snapshot.leave_out_memory(machine.qmp())
            _until_it_waits(machine, Watch(self._limits))
            memory, places = _save_waiting(machine, suite, self._limits.boot)
            saved = disk.read_bytes()
        except OSError as error:
            raise MachineError(f"{booting.zbis}: {error.strerror}") from None
        log, offsets = machine.log_path.name, machine.offsets
        boot = boot if offsets else replace(boot, mark=b"")
        self._state = _State(saved, memory, places, boot, suite, log, offsets)
        with self._lock:
            if not self._given_up:
                self._free.append(_Instance(machine, disk, stack.pop_all()))

    def _enter(self, machine: Machine) -> None:
        with self._lock:
            if self._given_up:
                raise MachineError("it was abandoned")
            self._first = machine
        self._started.set()


def _with_disk(boot: Boot, disk: Path, *more: str) -> Boot:
    return replace(boot, extra=(*boot.extra, *snapshot.drive_options(disk), *more))


def _put_back(machine: Machine, state: _State, load: Job) -> None:
    snapshot.restore(machine.qmp(), _TAG)
    # Last: a reset, which is part of restoring, writes boot data to the memory.
    state.put_back(_ram(machine), load)


def _ram(machine: Machine) -> SharedRam:
    assert machine.ram is not None
    return machine.ram


def _save_waiting(
    machine: Machine, suite: Suite, seconds: float
) -> tuple[tuple[Part, ...], tuple[int, ...]]:
    """Save a machine that has reported that it waits; return its memory, and where jobs go in it.

    The report may still be on its way out of the kernel: then the program is not found in the
    memory, and the machine runs on for a moment. Raises MachineError if it is never found.
    """
    qmp, end = machine.qmp(), time.monotonic() + seconds
    while True:
        qmp.execute("stop")
        snapshot.save(qmp, _TAG)
        memory = _ram(machine).copy()
        try:
            places = suite.places(b"".join(part.data for part in memory))
            return memory, tuple(address_in(memory, place) for place in places)
        except MachineError:
            if time.monotonic() > end:
                raise
        qmp.execute("cont")
        machine.read(time.monotonic() + _MOMENT)


def _until_it_waits(machine: Machine, watch: Watch) -> None:
    """Raise MachineError if the program does not get that far."""
    tail = b""
    for item in listen(machine, watch):
        if isinstance(item, bytes):
            tail += item
            at = tail.find(WAITING)
            if at >= 0 and b"\n" in tail[at:]:
                return
            tail = tail[-2 * len(WAITING) :]
        elif isinstance(item, End):
            raise _BootError(item.text, item.evidence)
