"""Run guest cases for pytest: one boot per program, with the result of each case."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from zxhil.abi.ages import parse_age
from zxhil.abi.arch import Arch
from zxhil.errors import MachineError, UserError, ZxhilError
from zxhil.guest.build import build
from zxhil.guest.source import Program
from zxhil.image.find import Image
from zxhil.image.pack import boot_words, pack
from zxhil.known.match import NOTHING, Applied, apply
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine
from zxhil.machine.params import MEMORY_MIB
from zxhil.machine.scratch import scratch_folder
from zxhil.oracle.results import CaseResult
from zxhil.regular_file import why_impossible
from zxhil.report.fault_text import fault_headline, fault_lines, report_faults
from zxhil.report.terminal import kernel_line
from zxhil.run.age import AgeSources, knowing
from zxhil.run.journal import NAME, Journal
from zxhil.run.listener import Listener
from zxhil.run.plan import Task, matches
from zxhil.run.prepare import find_images, make_setup
from zxhil.run.record import BootRecord, RunReport
from zxhil.run.session import Session
from zxhil.run.setup import Setup

if TYPE_CHECKING:
    from zxhil.known.file import KnownFile


@dataclass(slots=True)
class RanCase:
    """A case that ran: `seconds` is its duration, `boot_seconds` the time before and after the
    cases, at the first case of a boot alone. `kernel` says in words which kernel it was.
    """

    result: CaseResult
    boot: BootRecord
    logs: Path
    kernel: str
    known: Applied
    seconds: float
    boot_seconds: float = 0.0


class _Timer(Listener):
    """Notes how long each case took, and which boot it ran in."""

    def __init__(self) -> None:
        self._last = 0.0
        self._waiting: list[CaseResult] = []
        self.seconds: dict[str, float] = {}
        self.boots: dict[str, BootRecord] = {}

    def booting(self, name: str, task: Task, selected: Sequence[int]) -> None:
        self._last = 0.0

    def case(self, result: CaseResult) -> None:
        now = time.monotonic()
        # The time of a boot's first case can't be separated from that of the boot.
        self.seconds[result.id] = now - self._last if self._last else 0.0
        self._last = now
        self._waiting.append(result)

    def boot(self, record: BootRecord) -> None:
        for result in self._waiting:
            self.boots[result.id] = record
        self._waiting.clear()


class Bench:
    """Runs guest cases on the image that pytest's options name. One per process."""

    def __init__(self, config: pytest.Config) -> None:
        self._option = config.option
        self._base = config.invocation_params.dir
        worker = getattr(config, "workerinput", {})
        self._worker = worker.get("workerid", "")
        #: May other workers of pytest-xdist run other files of the same program?
        self.by_file = bool(self._worker) and not worker.get("zx_by_program", False)
        self._stack = ExitStack()
        self._ran: dict[tuple[str, str], RanCase] = {}
        self._failed: dict[str, ZxhilError] = {}
        self._not_run: dict[str, str] = {}
        #: Why no further program is booted: the kernel failed in the same way in every boot.
        self._no_boot = ""
        self._names: Counter[str] = Counter()

    @property
    def arch(self) -> Arch:
        """The architecture: as requested, else the image's, else (for the stand-in) x64."""
        if self._option.zx_arch:
            return Arch(self._option.zx_arch)
        return self.image.arch if self._option.zx_image else Arch.X64

    @cached_property
    def image(self) -> Image:
        """The image. Raises UserError if it is unusable."""
        path, shim = self._path(self._option.zx_image), self._path(self._option.zx_shim)
        arch = Arch(self._option.zx_arch) if self._option.zx_arch else None
        if path is None and arch is None:
            arch = Arch.X64
        (image,) = find_images(path, arch, shim).values()
        return image

    @cached_property
    def known(self) -> KnownFile | None:
        """The file of known divergences, if there is one."""
        path = self._path(self._option.zx_known)
        if path is None:
            return None
        from zxhil.known.load import load

        return load(path)

    @cached_property
    def scratch(self) -> Path:
        """A folder that is removed at the end."""
        return self._stack.enter_context(scratch_folder())

    @cached_property
    def logs(self) -> Path:
        """The log folder, with a folder for each run, and one per worker above it."""
        kept = self._path(self._option.zx_log_dir)
        return kept / self._worker if kept is not None else self.scratch / "logs"

    def close(self) -> None:
        """Delete temporary files."""
        self._stack.close()

    def setup(self, logs: Path) -> Setup:
        """The setup of each boot. If logs are kept, so are the booted files."""
        option = self._option
        zbis = logs if option.zx_log_dir else self.scratch
        words = tuple(option.zx_word)
        memory = option.zx_memory or MEMORY_MIB
        smp = option.zx_smp or 0
        made = make_setup(self.image, option.zx_accel, memory, words, logs, zbis, smp=smp)
        return replace(made, ages=self.ages, symbols=self.symbols)

    @cached_property
    def symbols(self) -> Path | None:
        """The kernel's symbols, if given. Raises UserError if unusable."""
        path = self._path(self._option.zx_symbols)
        if path is not None:
            from zxhil.symbols.crash import load_symbols

            load_symbols(path)
        return path

    @cached_property
    def ages(self) -> AgeSources:
        """The kernel's age as given by options. Raises UserError if invalid."""
        age = self._option.zx_age
        sources = AgeSources(parse_age(age) if age else None, self._path(self._option.zx_repo))
        sources.check()
        return sources

    def run(self, task: Task, name: str, listener: Listener | None = None) -> RunReport:
        """Run cases, with logs in a folder of this name.

        Raises UserError if it can't be booted, KeyboardInterrupt if the user stopped it.
        """
        logs = self.logs / name
        if (logs / NAME).exists():
            raise UserError(
                str(logs), "contains the logs of another run", "give another --zx-log-dir"
            )
        journal = Journal(logs)
        try:
            setup = self.setup(logs)
            session = Session({self.image.arch: setup}, journal, 1, listener)
            report = session.run([knowing(task, setup.prototypes)])
        finally:
            journal.close()
        if report.interrupted == "interrupted by the user":
            raise KeyboardInterrupt
        return report

    def ran(self, task: Task, name: str, case_id: str) -> RanCase:
        """The result of a case; if it has not run yet, its `task` is run first.

        Raises UserError if it can't be booted, MachineError if the run ended before the case; the
        details are reported once for all cases of a task.
        """
        if name in self._failed:
            raise _again(self._failed[name])
        if (name, case_id) not in self._ran and self._no_boot:
            raise MachineError(f"not run: {self._no_boot}")
        if (name, case_id) not in self._ran:
            try:
                self._run_all(task, name)
            except ZxhilError as error:
                self._failed[name] = error
                raise
        if (name, case_id) not in self._ran:
            raise MachineError(f"not run: {self._not_run[name]}")
        return self._ran[name, case_id]

    def new_name(self, name: str) -> str:
        """A unique name for logs: the name, with a number from the second on."""
        self._names[name] += 1
        return name if self._names[name] == 1 else f"{name}.{self._names[name]}"

    def _run_all(self, task: Task, name: str) -> None:
        timer = _Timer()
        started = time.monotonic()
        report = self.run(task, name, timer)
        seconds = time.monotonic() - started
        if report.not_run and not report.cases:
            self._no_boot = next((each.why for each in report.not_run if each.fault), "")
        if not report.kernels or not report.cases or report.interrupted:
            raise MachineError(*_why_ended(report))
        self._not_run[name] = next((each.why for each in report.not_run), "")
        known = NOTHING if self.known is None else apply(self.known, report, whole=False)
        kernel = f"{report.kernels[0].arch}: {kernel_line(report.kernels[0], report.boots)}"
        for index, case in enumerate(report.cases):
            overhead = seconds - sum(timer.seconds.values()) if index == 0 else 0.0
            self._ran[name, case.id] = RanCase(
                case,
                timer.boots.get(case.id, report.boots[-1]),
                self.logs / name,
                kernel,
                known,
                timer.seconds.get(case.id, 0.0),
                overhead,
            )

    def _path(self, text: str | None) -> Path | None:
        if text is None:
            return None
        if why := why_impossible(self._base / text):
            raise UserError(text, why, "give another path")
        return self._base / text


def _again(error: ZxhilError) -> ZxhilError:
    """The error for the other cases of a program: its first line, the evidence was shown."""
    if isinstance(error, MachineError):
        return MachineError(f"not run: {error.problem.splitlines()[0]}")
    return error


def _why_ended(report: RunReport) -> tuple[str, str]:
    """Why a program's cases have no result, with evidence."""
    if report.interrupted:
        return report.interrupted, ""
    found = report_faults(report)
    if not found:
        return "the run ended before the case", ""
    return fault_headline(found[0]), "\n".join(fault_lines(found[0]))


_BENCH: pytest.StashKey[Bench] = pytest.StashKey()


def the_bench(config: pytest.Config) -> Bench:
    """The bench of this process."""
    if _BENCH not in config.stash:
        bench = config.stash[_BENCH] = Bench(config)
        config.add_cleanup(bench.close)
    return config.stash[_BENCH]


class Machines:
    """Boots the image of the pytest run. Machines end with the test that requested them."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._stack = ExitStack()

    def run(self, program: str | Path | Program, case: str = "*") -> RunReport:
        """Run the cases of a guest test that match a glob, and judge them.

        `program` is a page's name, a C file, or built already. Raises UserError for a program
        that does not build.
        """
        if not isinstance(program, Program):
            program = build(self._bench.arch, program)
        chosen = (c.index for c in program.cases if matches(case, c.name))
        return self._bench.run(
            Task(program, tuple(chosen)), self._bench.new_name(f"run-{program.name}")
        )

    def boot(self, files: Mapping[str, bytes], first: str, words: tuple[str, ...] = ()) -> Machine:
        """Start a machine with `files` in BOOTFS, by name, of which `first` is started.

        `words` go to the kernel's command line. Read its serial stream with
        `zxhil.machine.listen.listen`, or with its own `read`.
        """
        setup = self._bench.setup(self._bench.logs)
        name = self._bench.new_name("boot")
        zbi = self._bench.scratch / f"{name}.zbi"
        image = self._bench.image
        zbi.write_bytes(pack(image, files, (*boot_words(image, first), *words)))
        boot = Boot(
            image.arch,
            image.kernel,
            zbi,
            memory_mib=setup.memory_mib,
            smp=setup.smp,
            accel="kvm" if setup.accel == "kvm" else "tcg",
        )
        setup.logs.mkdir(parents=True, exist_ok=True)
        return self._stack.enter_context(Machine(boot, setup.logs, name))

    def close(self) -> None:
        """End every machine."""
        self._stack.close()
