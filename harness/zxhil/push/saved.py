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
from dataclasses import replace
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
from zxhil.machine.ram import Part, address_in
from zxhil.machine.streamlog import StreamLog
from zxhil.push.booting import Booting, marked
from zxhil.push.kept import PROGRAM, Keeping, KeptStart, KeptStarts, kept_program
from zxhil.push.restore import TAG, SavedState, put_back, ram_of
from zxhil.push.transport import Job
from zxhil.trace.wire import encode

#: The frame by which a program reports that it waits; its line end may differ on the wire.
WAITING = encode(0, "W", "")[:-1]

_PAUSED = "-S"
# Seconds that a QEMU may take to end after its QMP connection broke.
_DYING = 1.0
# Seconds between two attempts to save.
_MOMENT = 0.005


class _Instance:
    """One QEMU, from its start or restore on, with its copy of the snapshot at `disk`."""

    def __init__(self, machine: Machine, disk: Path, stack: ExitStack) -> None:
        self.machine = machine
        self.disk = disk
        self._stack = stack

    def put_back(self, state: SavedState, load: Job) -> None:
        """Restore the saved state, paused. Raises MachineError if QEMU can't."""
        put_back(self.machine, state, load)

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
    With `keeping` it is an earlier run's, or is kept for later runs once a program has finished
    on it. `trouble` is the reason why there is no saved start, once known.
    """

    def __init__(
        self,
        booting: Booting,
        limits: Limits,
        suite: Callable[[], Suite],
        log: str,
        keeping: Keeping | None = None,
    ) -> None:
        self.log = log
        self.trouble = ""
        self.note = ""
        """What a report says about a kept start."""
        self.failed_boot = ""
        """The failure's title if the boot to be saved failed."""
        self._booting = booting
        self._limits = limits
        self._link = suite
        self._keeping = keeping
        self._proven = False
        """A program has finished on a machine that was restored."""
        self._state: SavedState | None = None
        self._lock = threading.Lock()
        self._started = threading.Event()
        self._thread: threading.Thread | None = None
        self._first: Machine | None = None
        self._free: list[_Instance] = []
        self._given_up = False

    @property
    def notes(self) -> Sequence[str]:
        """What went wrong with kept starts."""
        return self._keeping.starts.notes if self._keeping is not None else ()

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

    def programs(self, command: Sequence[str], program: Program) -> tuple[Program, ...]:
        """What is linked to the file of the machine that ran the program; empty if not known."""
        if self._state is None or not snapshot.is_attached(command):
            return (program,)
        return self._state.suite.programs

    @contextmanager
    def machine(self, load: Job) -> Iterator[Machine | None]:
        """A machine that resumes with this program; None: do a full boot.

        Waits while the saved start is made. Raises MachineError if the host has no room for it.
        """
        instance = self._resumed(load)
        if instance is None:
            yield None
            return
        try:
            yield instance.machine
        except BaseException:
            instance.close()
            raise
        if instance.stands_still():
            with self._lock:
                self._proven = True
                if not self._given_up:
                    self._free.append(instance)
                    return
        elif not instance.machine.serial_size:
            self._refuse_kept("no program starts on it")
        instance.close()

    def _resumed(self, load: Job) -> _Instance | None:
        self.begin()
        assert self._thread is not None
        self._thread.join()
        state = self._state
        if state is None or self.trouble or not state.suite.has(load.program):
            return None
        try:
            return self._instance(state, load)
        except MachineError as error:
            if self._refuse_kept(error.problem):
                return None
            raise

    def _refuse_kept(self, why: str) -> bool:
        """Drop a kept start on which no program has finished; return whether it is one."""
        with self._lock:
            keeping = self._keeping
            if keeping is None or keeping.found is None or self._proven or self._given_up:
                return False
            self.note, self.trouble = "", f"the kept start is not used: {why}"
            keeping.starts.forget(keeping.found.path)
            return True

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
        self._keep()

    def _instance(self, state: SavedState, load: Job) -> _Instance:
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

    def _another(self, state: SavedState, load: Job) -> _Instance:
        instance = self._ready(state, load.name)
        machine = instance.machine
        try:
            put_back(machine, state, load)
            machine.qmp().execute("cont")
        except BaseException as error:
            # Who listens to it sees why QEMU has ended.
            if not (isinstance(error, MachineError) and machine.ends_within(_DYING)):
                instance.close()
                raise
        return instance

    def _ready(self, state: SavedState, name: str) -> _Instance:
        """A QEMU that is ready to be restored."""
        disk = self._booting.zbis / f"{name}.qcow2"
        with ExitStack() as stack:
            stack.callback(disk.unlink, missing_ok=True)
            try:
                disk.write_bytes(state.disk)
            except OSError as error:
                raise MachineError(f"{disk} can't be written: {error.strerror}") from None
            boot = _with_disk(state.boot, disk, _PAUSED)
            machine = Machine(boot, self._booting.logs, name, offsets=state.offsets)
            stack.enter_context(machine)
            with suppress(MachineError):
                # If QEMU has ended, restoring it fails.
                snapshot.leave_out_memory(machine.qmp())
            # A device of x64 reads it while its own state is restored.
            ram_of(machine).put_back(state.memory)
            return _Instance(machine, disk, stack.pop_all())

    def _keep(self) -> None:
        """Keep the start for later runs; nothing that a run needs depends on it."""
        keeping, state = self._keeping, self._state
        if state is None or keeping is None or keeping.found is not None or not self._proven:
            return
        try:
            keeping.starts.store(
                KeptStart(
                    time.time(),
                    state.boot.mark,
                    state.offsets,
                    state.places,
                    tuple(kept_program(program) for program in state.suite.programs),
                    (self._booting.logs / state.log).read_bytes(),
                    state.disk,
                    state.memory,
                )
            )
        except (MachineError, OSError) as error:
            keeping.starts.notes.append(f"the saved start is not kept for later runs: {error}")

    def _take(self, kept: KeptStart, starts: KeptStarts) -> None:
        """Use what an earlier run kept; raises MachineError and OSError."""
        booting = self._booting
        zbi = booting.zbis / f"{self.log}.zbi"
        words = (*boot_words(booting.image, PROGRAM), *booting.words)
        # A machine that is restored reads no boot data.
        zbi.write_bytes(pack(booting.image, {PROGRAM: b""}, words))
        with StreamLog.create(booting.logs, self.log) as log:
            log.append(kept.log, 0.0)
        boot = replace(booting.boot(zbi, kept.mark), shared=True)
        suite, name = starts.suite(kept), log.path.name
        state = SavedState(kept.disk, kept.memory, kept.places, boot, suite, name, kept.offsets)
        self.note = kept.note(time.time())
        # QEMU starts while what judges is imported. Its log begins with the first program.
        first = self._ready(state, f"{self.log}-first")
        for path in (first.machine.log_path, first.machine.log_path.with_suffix(".times")):
            path.unlink(missing_ok=True)
        self._free.append(first)
        self._state = state

    def _make(self) -> None:
        try:
            if self._keeping is not None and self._keeping.found is not None:
                self._take(self._keeping.found, self._keeping.starts)
                return
            suite = self._link()
            with ExitStack() as stack:
                self._save(suite, stack)
        except OSError as error:
            self.trouble = f"{self._booting.zbis}: {error.strerror}"
        except (MachineError, UserError) as error:
            self.trouble = error.problem
            if isinstance(error, _BootError):
                self.failed_boot = crash_title(error.problem, error.evidence)
        finally:
            self._started.set()

    def _save(self, suite: Suite, stack: ExitStack) -> None:
        booting = self._booting
        zbi, disk = booting.zbis / f"{self.log}.zbi", booting.zbis / f"{self.log}.qcow2"
        words = (*boot_words(booting.image, PROGRAM), *booting.words)
        try:
            mark = booting.new_mark()
            zbi.write_bytes(pack(booting.image, {PROGRAM: marked(suite.waiting, mark)}, words))
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
        self._state = SavedState(saved, memory, places, boot, suite, log, offsets)
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
        snapshot.save(qmp, TAG)
        memory = ram_of(machine).copy()
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
