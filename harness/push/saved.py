"""A kernel booted once, with every program on it, and saved before the first case.

Each boot of a run can then be a machine of its own that goes on from there: the same state each
time, in which no case has run yet. What is saved is QEMU's own snapshot; whose turn it is is
written into a copy of it (harness/guest/suite.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import MachineError, UserError
from harness.guest.suite import Suite, find_turn
from harness.image.pack import boot_words, pack
from harness.machine import snapshot
from harness.machine.boot import Boot
from harness.machine.limits import Limits, Watch
from harness.machine.listen import End, listen
from harness.machine.machine import Machine
from harness.push.bootfs import Booting
from harness.push.way import Load
from harness.trace.frame import encode

WAITING = encode(0, "W", "")[:-1]
"""The frame with which a program says that it waits; its line end may be another on the wire."""

_TAG = "start"
_PROGRAM = "bin/suite"


@dataclass(frozen=True, slots=True)
class _State:
    """What was saved: QEMU's snapshot file, and where in it the turn is written."""

    disk: bytes
    turn_at: int
    boot: Boot


class SavedStart:
    """The saved start of one run on one architecture; made by the first who asks, or ahead.

    `suite` links the programs; `log` names the serial log of the boot that is saved. Threads may
    share it. `trouble` tells why there is no saved start, once that is known.
    """

    def __init__(
        self, booting: Booting, limits: Limits, suite: Callable[[], Suite], log: str
    ) -> None:
        self.log = log
        self.trouble = ""
        self._booting = booting
        self._limits = limits
        self._link = suite
        self._suite: Suite | None = None
        self._state: _State | None = None
        self._stack = ExitStack()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._machine: Machine | None = None
        self._given_up = False

    def begin(self) -> None:
        """Boot and save, in a thread of its own."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._make, daemon=True)
                self._thread.start()

    def boot(self, load: Load) -> Boot | None:
        """How a machine is started that goes on with this program; None: boot in full.

        Raises MachineError if the host has no room for the copy.
        """
        self.begin()
        assert self._thread is not None
        self._thread.join()
        if self._state is None or self._suite is None:
            return None
        at, turn = self._state.turn_at, self._suite.turn(load.program.name, load.selected)
        path = self._booting.zbis / f"{load.name}.qcow2"
        try:
            with path.open("wb") as file:
                file.write(self._state.disk)
                file.seek(at)
                file.write(turn)
        except OSError as error:
            raise MachineError(f"{path} can't be written: {error.strerror}") from None
        return _with_disk(self._state.boot, path, "-loadvm", _TAG)

    def done(self, load: Load) -> None:
        """The machine that went on with this program has ended."""
        (self._booting.zbis / f"{load.name}.qcow2").unlink(missing_ok=True)

    def kill(self) -> None:
        """Give up what is being made, from any thread."""
        with self._lock:
            self._given_up = True
            if self._machine is not None:
                self._machine.kill()

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill()
        if self._thread is not None:
            self._thread.join()

    def _make(self) -> None:
        try:
            self._suite = self._link()
            self._state = self._save(self._suite)
        except (MachineError, UserError) as error:
            self.trouble = error.problem

    def _save(self, suite: Suite) -> _State:
        booting = self._booting
        zbi, disk = booting.zbis / f"{self.log}.zbi", booting.zbis / f"{self.log}.qcow2"
        words = (*boot_words(booting.image, _PROGRAM), *booting.words)
        try:
            zbi.write_bytes(pack(booting.image, {_PROGRAM: suite.waiting}, words))
            snapshot.write_empty_qcow2(disk)
            boot = booting.boot(zbi)
            with Machine(_with_disk(boot, disk), booting.logs, self.log) as machine:
                self._enter(machine)
                _until_it_waits(machine, Watch(self._limits))
                qmp = machine.qmp()
                qmp.execute("stop")
                snapshot.save(qmp, _TAG)
            saved = disk.read_bytes()
        except OSError as error:
            raise MachineError(f"{booting.zbis}: {error.strerror}") from None
        finally:
            self._leave()
            disk.unlink(missing_ok=True)
        return _State(saved, find_turn(saved), boot)

    def _enter(self, machine: Machine) -> None:
        with self._lock:
            if self._given_up:
                raise MachineError("it was given up")
            self._machine = machine

    def _leave(self) -> None:
        with self._lock:
            self._machine = None


def _with_disk(boot: Boot, disk: Path, *more: str) -> Boot:
    return replace(boot, extra=(*boot.extra, *snapshot.drive_options(disk), *more))


def _until_it_waits(machine: Machine, watch: Watch) -> None:
    """Raise MachineError if the program does not come so far."""
    tail = b""
    for item in listen(machine, watch):
        if isinstance(item, bytes):
            tail += item
            at = tail.find(WAITING)
            if at >= 0 and b"\n" in tail[at:]:
                return
            tail = tail[-2 * len(WAITING) :]
        elif isinstance(item, End):
            raise item.error()
