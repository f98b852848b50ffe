"""The transport of ``zxhil run --gdb``: one case, on a machine that waits for a debugger."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.debug.kernel import kernel_file, kernel_offset
from zxhil.debug.stop import CaseStop, stop_at, stopping
from zxhil.guest.build import build_debug
from zxhil.guest.source import Program
from zxhil.machine import scratch
from zxhil.machine.limits import Watch
from zxhil.machine.listen import End, EndKind, listen
from zxhil.machine.machine import Machine
from zxhil.machine.monitor import Event
from zxhil.push.booting import Booting
from zxhil.push.transport import Job
from zxhil.trace.events import CaseStart
from zxhil.trace.records import TraceReader

_ARCHITECTURE = {Arch.X64: "i386:x86-64", Arch.ARM64: "aarch64"}
#: What QEMU says when a debugger has killed it.
_KILLED = "Terminated via GDBstub"
_POLL = 0.3


@dataclass(slots=True, eq=False)
class _Debugged:
    machine: Machine
    nonce: int | None
    socket: Path
    stop: CaseStop
    transport: Debugged

    @property
    def command(self) -> tuple[str, ...]:
        return self.machine.command

    @property
    def log_path(self) -> Path:
        return self.machine.log_path

    def listen(self, watch: Watch) -> Iterator[bytes | Event | End]:
        reader = TraceReader(self.nonce, program=self.stop.program.name)
        for item in listen(self.machine, watch):
            if isinstance(item, bytes) and any(
                isinstance(event, CaseStart) for event in reader.feed(item)
            ):
                self._stop()
                watch.lift()
            if isinstance(item, End):
                self._ended(item)
            yield item

    def finish(self) -> None:
        self.machine.kill()

    def kill(self) -> None:
        self.machine.kill()

    def _stop(self) -> None:
        stub, base = stop_at(self.socket, self.stop)
        with stub:
            symbols = self.transport.symbols()
            qmp = self.machine.qmp()
            arch = self.stop.program.arch
            offset = kernel_offset(stub, arch, qmp.human, symbols) if symbols else None
        script = self.log_path.with_suffix(".gdb")
        files = [(self.transport.program_file(), base)]
        if symbols is not None and offset is not None:
            files.insert(0, (symbols, offset))
        scratch.write(script, gdb_script(arch, self.socket, files, self.transport.sources).encode())
        self.transport.announce(gdb_line(script, symbols, offset))

    def _ended(self, end: End) -> None:
        """Keep a kernel that failed while a debugger looks at it.

        Raises KeyboardInterrupt if the debugger killed the machine.
        """
        must_not_be_killed(self.machine)
        while end.kind is EndKind.KERNEL and self.machine.exit_code is None and self._attached():
            self.machine.read(time.monotonic() + _POLL)

    def _attached(self) -> bool:
        there = self.machine.qmp().execute("query-chardev")
        return isinstance(there, list) and any(
            each["label"] == "gdb" and not each["filename"].startswith("disconnected:")
            for each in there
        )


def must_not_be_killed(machine: Machine) -> None:
    """Raise KeyboardInterrupt if the debugger killed the machine."""
    if _KILLED in machine.stderr:
        raise KeyboardInterrupt


def gdb_options(socket: Path) -> tuple[str, ...]:
    """QEMU's options for a debugger at this socket."""
    return ("-gdb", f"unix:{str(socket).replace(',', ',,')},server=on,wait=off")


@dataclass(frozen=True, slots=True)
class Debugged:
    """Boots `program` and stops it in the case with this index; `announce` gets the gdb command."""

    booting: Booting
    program: Program
    case: int
    announce: Callable[[str], None]
    given_symbols: Path | None = None
    sources: Path | None = None
    """The kernel's source tree."""

    @property
    def name(self) -> str:
        """The image."""
        return self.booting.image.name

    @property
    def parallelism(self) -> int | None:
        """One debugger."""
        return 1

    def symbols(self) -> Path | None:
        """The kernel's ELF file, if there is one."""
        return kernel_file(self.booting.image.kernel, self.given_symbols)

    def program_file(self) -> Path:
        """The program, with line numbers if its code stays the same."""
        return build_debug([self.program]) or self.program.path

    @contextmanager
    def push(self, load: Job) -> Iterator[_Debugged]:
        """Start the machine; it is killed after the block."""
        stop = stopping(load.program, self.case)
        with scratch.scratch_folder() as folder:
            socket = folder / "gdb"
            boot = self.booting.prepare(replace(load, program=stop.program))
            boot = replace(boot, extra=(*boot.extra, *gdb_options(socket)))
            with Machine(boot, self.booting.logs, load.name) as machine:
                yield _Debugged(machine, load.nonce, socket, stop, self)

    def close(self) -> None:
        """Do nothing: a push leaves nothing open."""


def gdb_program() -> str:
    """The gdb to use: Debian's for all architectures, if it is installed."""
    return "gdb-multiarch" if shutil.which("gdb-multiarch") else "gdb"


def gdb_script(
    arch: Arch, socket: Path, files: list[tuple[Path, int]], sources: Path | None = None
) -> str:
    """Commands for gdb: load the symbols of each file at its offset, and attach."""
    loads = [f'directory "{sources.absolute()}"'] if sources is not None else []
    loads += [
        f'with confirm off -- add-symbol-file "{path.absolute()}" -o {offset % (1 << 64):#x}'
        for path, offset in files
    ]
    attach = f"target remote {socket}"
    return "\n".join([f"set architecture {_ARCHITECTURE[arch]}", *loads, attach, ""])


def gdb_line(script: Path, symbols: Path | None, offset: int | None) -> str:
    """The command that attaches gdb, and why it has no symbols of the kernel if it has none."""
    return f"{gdb_program()} -q -x {script}" + ("" if offset is not None else _no_symbols(symbols))


def _no_symbols(symbols: Path | None) -> str:
    if symbols is None:
        return "\nkernel symbols: none (give --symbols zircon.elf)"
    return f"\nkernel symbols: none ({symbols} is not this kernel's)"
