"""The transports of ``zxhil run --record`` and ``--replay``: QEMU's record/replay.

A recording has all that comes from outside of the guest: in a replay the guest does the same,
instruction by instruction. QEMU completes the file of a recording only when it ends by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from zxhil.debug.kernel import kernel_file, kernel_offset
from zxhil.debug.stub import GdbStub
from zxhil.debug.transport import gdb_line, gdb_options, gdb_script, must_not_be_killed
from zxhil.errors import MachineError, UserError
from zxhil.machine.boot import Boot
from zxhil.machine.limits import EMULATION_FACTOR, Limits, Watch
from zxhil.machine.listen import End, listen, qemu_ended
from zxhil.machine.machine import Machine
from zxhil.machine.monitor import Event
from zxhil.machine.scratch import scratch_folder, write
from zxhil.machine.snapshot import drive_options, write_empty_qcow2
from zxhil.push.booting import Booting
from zxhil.push.transport import Job
from zxhil.trace.events import CaseStart
from zxhil.trace.records import TraceReader

#: After the trace's end, the machine powers off at once, or does not.
_REST_SECONDS = 5.0
_LONG_SECONDS = 3600.0
_RECORDING = ".rr"


@dataclass(frozen=True, slots=True)
class ReplayDebugger:
    """A debugger for a replay, which waits before the first instruction.

    `announce` gets the command that attaches; `given_symbols` and `sources` are the kernel's.
    """

    announce: Callable[[str], None]
    given_symbols: Path | None = None
    sources: Path | None = None


@dataclass(slots=True, eq=False)
class _Whole:
    """A machine that is not killed at the end of the trace."""

    machine: Machine
    nonce: int | None
    recorded: Path | None = None
    """Of a replay with a debugger, the log of the recording."""

    @property
    def command(self) -> tuple[str, ...]:
        return self.machine.command

    @property
    def log_path(self) -> Path:
        return self.machine.log_path

    def listen(self, watch: Watch) -> Iterator[bytes | Event | End]:
        if self.recorded is None:
            return listen(self.machine, watch)
        return self._debugged(watch, self.recorded)

    def _debugged(self, watch: Watch, recorded: Path) -> Iterator[bytes | Event | End]:
        """What was recorded: a debugger may go back, and the port sends everything again."""
        watch.lift()
        while self.machine.read(time.monotonic() + _REST_SECONDS) != b"":
            pass
        must_not_be_killed(self.machine)
        yield recorded.read_bytes()
        yield qemu_ended(self.machine)

    def finish(self) -> None:
        """Nothing: the rest of the stream is a part of the recording."""

    def kill(self) -> None:
        self.machine.kill()


@dataclass(frozen=True, slots=True)
class Recordings:
    """Boots that are recorded into `folder`, or replayed from there.

    `nonces` and `selected` are those of the recorded boots, by name; empty to record. Beside each
    recording is the machine's state at its begin, which gdb needs to step backward in a replay.
    """

    booting: Booting
    folder: Path
    nonces: Mapping[str, int]
    selected: Mapping[str, Sequence[int]]
    debugger: ReplayDebugger | None = None

    @property
    def name(self) -> str:
        """The image."""
        return self.booting.image.name

    @property
    def parallelism(self) -> int | None:
        """One: the order of boots, and so their names, are always the same."""
        return 1

    @contextmanager
    def push(self, load: Job) -> Iterator[_Whole]:
        """Start the machine; when the block has ended, so does QEMU, by itself if it can."""
        mode = "replay" if self.nonces else "record"
        file = recording(self.folder, load.name)
        if self.nonces:
            load = self._as_recorded(load, file)
        boot = self.booting.prepare(load)
        boot = replace(boot, extra=(*boot.extra, *_options(file, mode)))
        if self.debugger is not None:
            with scratch_folder() as folder:
                yield from self._debugged(self.debugger, load, boot, folder)
            return
        with Machine(boot, self.booting.logs, load.name) as machine:
            yield _Whole(machine, load.nonce)
            _to_the_end(machine)

    def _debugged(
        self, debugger: ReplayDebugger, load: Job, boot: Boot, folder: Path
    ) -> Iterator[_Whole]:
        """A replay that waits before its first instruction; another one was there to look."""
        symbols = kernel_file(self.booting.image.kernel, debugger.given_symbols)
        socket = folder / "gdb"
        boot = replace(boot, extra=(*boot.extra, *gdb_options(socket)))
        offset = None if symbols is None else _offset(load, boot, folder, socket, symbols)
        with Machine(replace(boot, extra=(*boot.extra, "-S")), self.booting.logs, load.name) as run:
            script = run.log_path.with_suffix(".gdb")
            files = [] if symbols is None or offset is None else [(symbols, offset)]
            text = gdb_script(boot.arch, socket, files, debugger.sources)
            write(script, text.encode())
            debugger.announce(gdb_line(script, symbols, offset))
            yield _Whole(run, load.nonce, self.folder / f"{load.name}.serial")

    def close(self) -> None:
        """Do nothing: a push leaves nothing open."""

    def _as_recorded(self, load: Job, file: Path) -> Job:
        """The job with the nonce of its recording. Raises UserError if there is none."""
        nonce, place = self.nonces.get(load.name), f"--replay {self.folder}"
        before = load.name.rpartition(".")[0]
        if nonce is None and before in self.nonces:
            raise UserError(
                place,
                f"the replay of {before} did not end as it was recorded: its recording is damaged, "
                "or another QEMU made it",
                "record it again",
            )
        if nonce is None or load.selected != self.selected[load.name]:
            raise UserError(
                place,
                f"has no recording of {load.name} with these cases",
                "give no other options than those of the recorded run",
            )
        for path in (file, _state_of(file)):
            if not path.is_file():
                raise UserError(place, f"{path.name} is missing", "record it again")
        return replace(load, nonce=nonce)


def _offset(load: Job, boot: Boot, folder: Path, socket: Path, symbols: Path) -> int | None:
    """The kernel's load offset, from a replay of its own up to the first case."""
    reader = TraceReader(load.nonce, program=load.program.name)
    with Machine(boot, folder, "offset") as machine:
        for item in listen(machine, Watch(Limits().scaled(EMULATION_FACTOR))):
            if isinstance(item, bytes) and any(
                isinstance(event, CaseStart) for event in reader.feed(item)
            ):
                with GdbStub(socket, boot.arch) as stub:
                    return kernel_offset(stub, boot.arch, machine.qmp().human, symbols)
    return None


def recording(folder: Path, name: str) -> Path:
    """The recording of a boot."""
    return folder / f"{name}{_RECORDING}"


def _state_of(file: Path) -> Path:
    """The machine's state at the begin of a recording."""
    return file.with_suffix(".qcow2")


def must_be_recorded(folder: Path) -> None:
    """Raise UserError for the folder of a run without any recording."""
    if not any(folder.glob(f"*{_RECORDING}")):
        raise UserError(
            f"--replay {folder}",
            "has no recording: its run was not made with --record",
            "give the log folder of zxhil run --record",
        )


def _options(file: Path, mode: str) -> tuple[str, ...]:
    state = _state_of(file).absolute()
    if mode == "record":
        try:
            write_empty_qcow2(state)
        except OSError as error:
            raise MachineError(f"{state}: can't be written: {error.strerror}") from error
    path = str(file.absolute()).replace(",", ",,")
    rr = f"shift=auto,rr={mode},rrfile={path},rrsnapshot=init"
    return (*drive_options(state), "-icount", rr)


def _to_the_end(machine: Machine) -> None:
    # Output of the kernel's may take as long as it likes; silence may not.
    watch = Watch(Limits(boot=_LONG_SECONDS, silence=_REST_SECONDS))
    watch.discount(lambda: machine.starved)
    while machine.exit_code is None:
        chunk = machine.read(watch.deadline)
        if chunk is None and watch.passed():
            machine.qmp().execute("quit")
            break
        if chunk == b"":
            break
    machine.wait_exit()


def must_be_same(folder: Path, logs: Path, name: str, whole: bool) -> None:
    """Raise MachineError unless the log of a replay is byte for byte the recorded one.

    One log may be longer if neither is `whole`: zxhil ended both machines at some time.
    """
    recorded, replayed = (folder / name).read_bytes(), (logs / name).read_bytes()
    size = min(len(recorded), len(replayed))
    if recorded[:size] == replayed[:size] and (not whole or len(recorded) == len(replayed)):
        return
    pairs = enumerate(zip(recorded, replayed, strict=False))
    at = next((n for n, (one, other) in pairs if one != other), size)
    raise MachineError(f"{logs / name} differs from {folder / name} from byte {at} on")
