"""The same verdicts again, from what a run left on the disk; no machine, no compiler.

A log folder has its journal, which tells how each boot was made and how it ended. A serial
log alone is judged by itself; what its cases claim is then taken from the guest test of the same
name, and without that, or without a compiler, no case of it can be found vacuous.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from harness import __version__
from harness.abi.arch import Arch
from harness.docs.statuses import DocumentedStatuses
from harness.errors import UserError
from harness.machine.monitor import Monitor
from harness.oracle.oracle import Oracle
from harness.oracle.results import CaseInfo, CaseResult
from harness.run import journal
from harness.run.ending import Ending, conclude
from harness.run.record import (
    BootRecord,
    KernelRecord,
    Rerun,
    RunReport,
    boot_from_json,
    in_order,
    kernel_from_json,
)
from harness.trace.records import ProgramStart, TraceReader

Documented = Mapping[str, DocumentedStatuses]

_CHUNK = 1 << 16


def check(path: Path, documented: Documented | None = None) -> RunReport:
    """Judge a log folder, or one serial log; `documented` is what the user's own pages list.

    Raises UserError if there is nothing to judge: no such file, no trace in it, or a trace of
    another version.
    """
    if path.is_dir():
        return _check_folder(path, documented)
    if not path.is_file():
        raise UserError(str(path), "does not exist", "give a serial log, or a run's log folder")
    return _check_log(path, documented)


class _Journal:
    """What the journal tells, gathered."""

    def __init__(self, folder: Path) -> None:
        self.run: dict[str, Any] = {}
        self.boots: list[BootRecord] = []
        self.kernels: dict[str, KernelRecord] = {}
        self.cases: dict[tuple[str, str], dict[str, Any]] = {}
        self.reruns: list[Rerun] = []
        for kind, content in journal.read(folder):
            match kind:
                case "run":
                    self.run = content
                case "boot":
                    self.boots.append(boot_from_json(content))
                case "kernel":
                    self.kernels[content["arch"]] = kernel_from_json(content)
                case "case":
                    self.cases[content["arch"], content["case"]] = content
                case "rerun":
                    self.reruns.append(Rerun(**content))

    def infos(self, arch: str) -> dict[str, dict[str, CaseInfo]]:
        """The cases of an architecture, by program and name."""
        table: dict[str, dict[str, CaseInfo]] = {}
        for listed, case_id, claims, source in self.run["cases"]:
            if listed == arch:
                program, name = case_id.split("/")
                table.setdefault(program, {})[name] = CaseInfo(program, name, tuple(claims), source)
        return table


def _check_folder(folder: Path, documented: Documented | None) -> RunReport:
    told = _Journal(folder)
    if not told.boots:
        raise UserError(str(folder / journal.NAME), "tells of no boot", "give a finished run's")
    results: dict[tuple[str, str], CaseResult] = {}
    for boot in told.boots:
        ending = Ending(boot.end, boot.end_text, boot.evidence)
        infos = told.infos(boot.arch)
        log, cases = folder / boot.serial, infos.get(boot.program, {})
        for result in _judge(log, cases, ending, documented).results:
            if (result.arch, result.id) in told.cases:
                results[result.arch, result.id] = result
    order = [(arch, case_id) for arch, case_id, _, _ in told.run["cases"]]
    programs = list(dict.fromkeys((arch, case.partition("/")[0]) for arch, case in order))
    return RunReport(
        told.run["zxhil"],
        tuple(told.kernels[arch] for arch in sorted(told.kernels, reverse=True)),
        tuple(sorted(told.boots, key=lambda b: programs.index((b.arch, b.program)))),
        tuple(in_order(results.values(), order)),
        tuple(sorted(told.reruns)),
    )


def _check_log(log: Path, documented: Documented | None) -> RunReport:
    judged = _judge(log, None, None, documented)
    oracle = judged.oracle
    if not oracle.arch:
        raise UserError(
            str(log),
            "; ".join(oracle.damage[:1]) or "holds no trace of a guest test",
            "give the serial log of a zxhil guest test (docs/trace.md)",
        )
    version = oracle.kernel.version or "unknown"
    absent = tuple(sorted(oracle.kernel.absent))
    standin = version.startswith("zxhil-standin")
    kernel = KernelRecord(oracle.arch, str(log), version, standin, (), absent)
    return RunReport(__version__, (kernel,), (), tuple(judged.results))


class _Judged(NamedTuple):
    results: list[CaseResult]
    oracle: Oracle


def _judge(
    log: Path,
    infos: dict[str, CaseInfo] | None,
    ending: Ending | None,
    documented: Documented | None,
) -> _Judged:
    """Judge one serial log.

    Without `infos` the cases are those of the program that the log names, as it stands in this
    checkout; without an `ending` the stream's own words tell how it ended.
    """
    oracle = Oracle("", infos, documented)
    reader, monitor = TraceReader(), Monitor()
    results: list[CaseResult] = []
    said = ending or Ending("log", "the log ends here")
    try:
        with log.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                for event in reader.feed(chunk):
                    if isinstance(event, ProgramStart) and infos is None:
                        oracle.cases = _cases_of(event.program, event.arch)
                    results += oracle.feed([event])
                for word in monitor.feed(chunk):
                    if ending is None:
                        said = Ending(word.kind.value, f"the kernel said: {word.kind}", word.text)
    except OSError as error:
        raise UserError(str(log), f"can't be read: {error.strerror}", "give a log") from error
    results += oracle.feed(reader.finish())
    if not oracle.finished:
        results += [conclude(result, said) for result in oracle.finish()]
    return _Judged(results, oracle)


def _cases_of(program: str, arch: Arch) -> dict[str, CaseInfo]:
    """What this checkout's program of that name says of its cases; nothing if it can't be built."""
    from harness.run.plan import Task, build_named

    try:
        return Task(build_named(arch, program), ()).infos
    except UserError:
        return {}
