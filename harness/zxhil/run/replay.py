"""Judge a run again from its log folder: no machine, no compiler.

A log folder has its journal, which says which log shows each case, and how each boot ended. A
serial log alone is judged by itself; its cases' claims are then taken from the guest test of the
same name; without that, or without a compiler, no case of it can be vacuous.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zxhil import __version__
from zxhil.abi.ages import Age
from zxhil.disk.packed import HEAD, LOG_LIMIT, other_format, plain_file
from zxhil.errors import UserError
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.order import Order
from zxhil.oracle.results import CaseEndKind, CaseResult, from_json
from zxhil.run import journal
from zxhil.run.ending import CUT_OFF, Ending
from zxhil.run.environment import environment_from_json
from zxhil.run.gather import Gathered, GivenUp, Key, ListedCase
from zxhil.run.judging import Judging, OwnProgram, together
from zxhil.run.record import (
    UNKNOWN_VERSION,
    KernelRecord,
    NotRun,
    RunReport,
    boot_from_json,
    kernel_from_json,
    rerun_from_json,
)
from zxhil.run.spread import cores, spread
from zxhil.run.stop import boot_title
from zxhil.trace.records import TraceReader

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses
    from zxhil.oracle.cases import KnownClauses
    from zxhil.symbols.crash import Symbols

Documented = Mapping[str, "DocumentedStatuses"]

_CUT_OFF = "the run was cut off"
#: Bytes of logs for which one more process is worth its start: they take about 0.2 s.
_WORTH_A_PROCESS = 256 << 10
_GIVE_LOG = "give the serial log of a zxhil guest test (docs/trace.md)"
_REMEDY_OF = {
    "a tar archive": "unpack it, and give the log or log folder in it",
    "a zip archive": "unpack it, and give the log or log folder in it",
    "UTF-16 text": "save it as bytes: iconv -f UTF-16 -t UTF-8 (PowerShell's > writes UTF-16)",
}


def check(
    path: Path,
    documented: Documented | None = None,
    known: KnownClauses | None = None,
    symbols: Symbols | None = None,
) -> RunReport:
    """Judge a log folder, or one serial log; `documented` is what the user's pages list.

    `known` is what the kernel is known to break, `symbols` name the functions of a crash.

    Raises UserError if there is nothing to judge: no such file, no trace in it, or a trace of
    another version.
    """
    if path.is_dir():
        return _check_folder(path, documented, known, symbols)
    if not path.is_file():
        raise UserError(str(path), "does not exist", "give a serial log, or a run's log folder")
    with path.open("rb") as file:
        head = file.read(HEAD)
    if what := other_format(head):
        raise UserError(str(path), f"is {what}, not a serial log", _REMEDY_OF.get(what, _GIVE_LOG))
    with plain_file(path, LOG_LIMIT) as log:
        return _check_log(log, path, documented, known, symbols)


@dataclass(slots=True)
class Recorded:
    """What a journal records: the options of the run, its results, and how it stopped."""

    options: dict[str, Any]
    run: dict[str, Any]
    got: Gathered
    stopped: str


def gather(
    folder: Path,
    documented: Documented | None = None,
    known: KnownClauses | None = None,
    symbols: Symbols | None = None,
) -> Recorded:
    """Read a journal, and judge the serial logs that it names.

    A case that is missing from its log is lost. Raises UserError if there is no journal,
    or it describes no run.
    """
    recorded = Recorded({}, {}, Gathered(()), _CUT_OFF)
    lines: list[dict[str, Any]] = []
    for kind, content in journal.read_run(folder):
        _take(recorded, kind, content, lines)
    programs = {(each.arch, each.info.program) for each in recorded.got.listed}
    for boot in recorded.got.boots.values() if recorded.run else ():
        if (boot.arch, boot.program) not in programs:
            problem = f"{boot.serial} is of {boot.program}, which was not requested"
            raise _does_not_fit(folder, problem)
    if not recorded.run:
        raise UserError(
            str(folder / journal.NAME),
            "belongs to a run that was stopped before it started",
            f"start it again: --log-dir {folder}",
        )
    if symbols is not None:
        for serial, boot in recorded.got.boots.items():
            evidence = symbols.symbolized(boot.evidence)
            recorded.got.boots[serial] = replace(boot, evidence=evidence)
    shown = _Shown(folder, recorded.got, documented, known)
    shown.judge({line["serial"]: None for line in lines})
    for line in lines:
        key, serial = Key(line["arch"], line["case"], line["round"]), line["serial"]
        if serial and serial not in recorded.got.boots:
            raise _does_not_fit(
                folder, f"case {line['case']} is in {serial}, which belongs to no boot"
            )
        found = shown.of(serial).get(key.case) if serial else from_json(line)
        recorded.got.cases[key] = found or _lost(line)
    return recorded


def _does_not_fit(folder: Path, problem: str) -> UserError:
    return UserError(str(folder / journal.NAME), problem, "give an unchanged log folder")


def _take(
    recorded: Recorded, kind: str, content: dict[str, Any], lines: list[dict[str, Any]]
) -> None:
    match kind:
        case "options":
            recorded.options = content
        case "run":
            recorded.run = content
            recorded.got.rounds = content["rounds"]
            recorded.got.listed = [
                ListedCase(arch, number, _info(case_id, claims, source))
                for arch, number, case_id, claims, source in content["cases"]
            ]
        case "boot":
            recorded.got.boots[content["serial"]] = boot_from_json(content)
        case "kernel":
            recorded.got.kernels[content["arch"]] = kernel_from_json(content)
        case "case":
            lines.append(content)
        case "rerun":
            recorded.got.reruns.append(rerun_from_json(content))
        case "environment":
            recorded.got.environment = environment_from_json(content)
        case "given up":
            recorded.got.give_up(GivenUp(**{n: content[n] for n in GivenUp._fields}))
        case "stopped":
            recorded.stopped = content["why"]
        case "end":
            recorded.stopped = ""
        case "resumed":
            recorded.stopped = _CUT_OFF
            recorded.got.given_up.clear()


def _info(case_id: str, claims: list[str], source: str) -> CaseInfo:
    program, _, name = case_id.partition("/")
    return CaseInfo(program, name, tuple(claims), source)


class _Judged(NamedTuple):
    """What a log shows: for each case, all of its results in the log combined; its damage."""

    results: dict[str, CaseResult]
    damage: tuple[str, ...]


class _Shown:
    """The logs of a run, judged."""

    def __init__(
        self,
        folder: Path,
        got: Gathered,
        documented: Documented | None,
        known: KnownClauses | None,
    ) -> None:
        self._folder = folder
        self._got = got
        self._documented = documented
        self._known = known
        self._judged: dict[str, _Judged] = {}

    def judge(self, serials: Iterable[str]) -> None:
        """Judge the logs of these names that are there, in several processes if that is quicker."""
        sizes: dict[str, int] = {}
        for serial in serials:
            path = self._folder / serial
            if serial in self._got.boots and path.is_file():
                sizes[serial] = path.stat().st_size
        processes = min(cores(), sum(sizes.values()) // _WORTH_A_PROCESS)
        if processes > 1:
            judged = spread(self._judge_if_readable, [*sizes], [*sizes.values()], processes)
            self._judged = {s: each for s, each in zip(sizes, judged, strict=True) if each}

    def of(self, serial: str) -> dict[str, CaseResult]:
        """The results of one log. Raises UserError if it can't be read."""
        judged = self._judged.get(serial)
        if judged is None:
            judged = self._judged[serial] = self._judge(serial)
        boot = self._got.boots[serial]
        if boot.end != CUT_OFF:
            # A log that zxhil itself cut off may end inside a frame, which is no damage to report.
            self._got.boots[serial] = replace(boot, damage=judged.damage)
        return judged.results

    def _judge_if_readable(self, serial: str) -> _Judged | None:
        """None for a log that can't be read: `of` raises the error, when it comes to it."""
        try:
            return self._judge(serial)
        except UserError:
            return None

    def _judge(self, serial: str) -> _Judged:
        got = self._got
        boot = got.boots[serial]
        here = [e for e in got.listed if (e.arch, e.info.program) == (boot.arch, boot.program)]
        wanted = set(boot.selected)
        asked = {each.number: each.info.name for each in here if each.number in wanted}
        infos = {each.info.name: each.info for each in here}
        kernel = got.kernels.get(boot.arch)
        age = Age() if kernel is None else Age(kernel.earliest, kernel.latest, kernel.age_why)
        standin = kernel is not None and kernel.standin
        judging = Judging(
            TraceReader(int(boot.nonce, 16) if boot.nonce else None, program=boot.program),
            Oracle("", infos, self._documented, self._known, age, standin=standin),
            Order(asked),
            OwnProgram(boot.program),
        )
        judging.read(self._folder / serial, inside=self._folder)
        results = judging.finish(Ending(boot.end, boot.end_text, boot.evidence))
        return _Judged(together(results), judging.damage)


def _lost(line: dict[str, Any]) -> CaseResult:
    gone = {"end": CaseEndKind.LOST.value, "detail": f"{line['serial']} no longer contains it"}
    return from_json({**line, **gone, "calls": [], "divergences": []})


def _check_folder(
    folder: Path,
    documented: Documented | None,
    known: KnownClauses | None,
    symbols: Symbols | None,
) -> RunReport:
    recorded = gather(folder, documented, known, symbols)
    return recorded.got.report(recorded.run["zxhil"], recorded.stopped)


def _check_log(
    log: Path,
    named: Path,
    documented: Documented | None,
    known: KnownClauses | None,
    symbols: Symbols | None,
) -> RunReport:
    from zxhil.run.alone import failed_boot, judge_alone

    alone = judge_alone(log, documented, known, symbols)
    oracle = alone.oracle
    if not oracle.arch and (boot := failed_boot(log, symbols)) is not None:
        not_run = NotRun(boot.arch, 0, boot_title(boot), fault=True)
        return RunReport(__version__, (), (boot,), (), not_run=(not_run,))
    if not oracle.arch:
        raise UserError(
            str(named),
            "; ".join(oracle.damage[:1]) or "contains no trace of a guest test",
            _GIVE_LOG,
        )
    version = oracle.kernel.version or UNKNOWN_VERSION
    absent = tuple(sorted(oracle.kernel.absent))
    standin = version.startswith("zxhil-standin")
    age = Age() if standin else oracle.kernel.age
    kernel = KernelRecord(
        oracle.arch,
        str(named),
        version,
        standin,
        (),
        absent,
        unsure=tuple(sorted(oracle.kernel.unsure)),
        earliest=age.earliest,
        latest=age.latest,
        age_why=age.why,
    )
    return RunReport(
        __version__, (kernel,), (), alone.results, damage=alone.damage, noise=alone.noise
    )
