"""The records of a run, and the JSON file that every report is made from.

The file (schema ``zxhil-run-1``): ``kernels`` (one per architecture), ``boots`` in order of
program, round and attempt, ``cases`` in order of program and case (see `zxhil.oracle.results`),
``reruns``, and ``stability`` where each case ran more than once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from zxhil.abi.ages import NEVER
from zxhil.docs.held import PagesRecord, pages_from_json, pages_json
from zxhil.errors import EXIT_CONFORMS, EXIT_DIVERGES, EXIT_MACHINE
from zxhil.oracle.results import CaseEndKind, CaseResult, from_json, to_json
from zxhil.run.environment import RunEnvironment, environment_from_json

SCHEMA = "zxhil-run-1"
#: The version of a kernel that no program reported.
UNKNOWN_VERSION = "unknown"


@dataclass(frozen=True, slots=True)
class KernelRecord:
    """A kernel that ran. `found` tells how its image was understood; `absent` lists calls.

    `expected` is the version that the image holds, if the kernel called itself something else:
    then another kernel ran than was meant. `boot_data` tells what was kept of the image's own
    command line and items, and what was overridden or left out. `unsure` are calls that were not
    made, because they may take other arguments on this kernel. It is of a day from `earliest` to
    `latest` (numbers like 20180731; 0 and NEVER if unknown), for the reason `age_why`;
    `age_doubt` says what contradicts that. `digest` is that of the image
    and of the user's words for its command line; empty if it booted none.
    """

    arch: str
    image: str
    version: str
    standin: bool
    found: tuple[str, ...]
    absent: tuple[str, ...] = ()
    expected: str = ""
    boot_data: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    earliest: int = 0
    latest: int = NEVER
    age_why: str = ""
    age_doubt: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class BootRecord:
    """One boot. `serial` is the log's file name; times are seconds since QEMU's start.

    `end` is "finished" if the program finished, else how the machine ended,
    with `end_text` and `evidence` in words. `selected` are the indexes of the cases asked for,
    `durations` the seconds of each that ended here, by name. `round` counts from 1. `went_on_from`
    is the log of an earlier boot whose saved state this one began with: times are then since that.
    `nonce` is what the program was given, in hex (docs/trace.md); empty if it was given none.
    `damage` says what was wrong with the stream outside of cases; cases that it may have swallowed
    were run again, or are lost. `tail` are the last lines of serial where the program never
    started. `worker` is the address of the worker that made the boot, in a run on a cluster.
    """

    arch: str
    program: str
    serial: str
    command: tuple[str, ...]
    selected: tuple[int, ...]
    end: str
    end_text: str
    evidence: str
    first_line: float
    seconds: float
    round: int = 1
    durations: dict[str, float] = field(default_factory=dict)
    went_on_from: str = ""
    nonce: str = ""
    damage: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    worker: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Rerun:
    """A case that was run again because its output was damaged, and what the damage was."""

    arch: str
    case: str
    why: str


@dataclass(frozen=True, slots=True)
class Stability:
    """The ends of a case that ran more than once, by round.

    `stable`: the same end and the same divergences each time. `varies`: the verdict may be the
    same, but not each call returned the same status each time.
    """

    arch: str
    case: str
    ends: tuple[str, ...]
    stable: bool
    varies: bool


@dataclass(frozen=True, slots=True)
class NotRun:
    """Cases of an architecture that have no result, and why.

    `fault`: the machine or the kernel failed; otherwise the user ended the run.
    """

    arch: str
    cases: int
    why: str
    fault: bool


@dataclass(frozen=True, slots=True)
class RunReport:
    """All results of a run. `interrupted` says why it stopped early, if it did.

    Of a case that ran more than once, `cases` has the worst result. `pages` are those of the
    user's that judged as well, None if none were named. `damage` is that of a log which was judged
    alone: what it may have lost is not rerun. `noise` is what else it held.
    """

    zxhil: str
    kernels: tuple[KernelRecord, ...]
    boots: tuple[BootRecord, ...]
    cases: tuple[CaseResult, ...]
    reruns: tuple[Rerun, ...] = ()
    interrupted: str = ""
    stability: tuple[Stability, ...] = ()
    pages: PagesRecord | None = None
    damage: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    environment: RunEnvironment | None = None

    @property
    def all_damage(self) -> tuple[tuple[str, str], ...]:
        """(log, what was wrong with it outside of cases); the log's name is empty for one alone."""
        alone = [("", what) for what in (*self.damage, *self.noise)]
        return (*alone, *((boot.serial, what) for boot in self.boots for what in boot.damage))

    def count(self, end: CaseEndKind) -> int:
        """How many cases ended so."""
        return Counter(case.end for case in self.cases)[end]

    @property
    def divergences(self) -> int:
        """How many calls the pages do not allow."""
        return sum(len(case.divergences) for case in self.cases)

    @property
    def machine_faults(self) -> int:
        """How many cases the machine, the kernel, or the stream failed."""
        return sum(case.end.is_machine_fault for case in self.cases)

    @property
    def unstable(self) -> tuple[Stability, ...]:
        """The cases that did not end the same way each time."""
        return tuple(each for each in self.stability if not each.stable)

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 a divergence, a vacuous or an unstable case, 3 a fault; 3 goes first."""
        wrong_kernel = any(kernel.expected for kernel in self.kernels)
        not_run = any(each.fault for each in self.not_run)
        faulty = self.machine_faults or self.interrupted or self.damage or not_run
        if faulty or wrong_kernel or not self.cases:
            return EXIT_MACHINE
        if self.divergences or self.count(CaseEndKind.VACUOUS) or self.unstable:
            return EXIT_DIVERGES
        return EXIT_CONFORMS


def run_json(report: RunReport) -> dict[str, Any]:
    """The JSON object of a run."""
    return {
        "schema": SCHEMA,
        "zxhil": report.zxhil,
        "kernels": [asdict(kernel) for kernel in report.kernels],
        "boots": [asdict(boot) for boot in report.boots],
        "cases": [to_json(case) for case in report.cases],
        "reruns": [asdict(rerun) for rerun in report.reruns],
        **({"stability": [asdict(each) for each in report.stability]} if report.stability else {}),
        **({"interrupted": report.interrupted} if report.interrupted else {}),
        **({"pages": pages_json(report.pages)} if report.pages else {}),
        **({"damage": list(report.damage)} if report.damage else {}),
        **({"noise": list(report.noise)} if report.noise else {}),
        **({"not_run": [asdict(each) for each in report.not_run]} if report.not_run else {}),
        **({"environment": asdict(report.environment)} if report.environment else {}),
    }


def run_from_json(data: dict[str, Any]) -> RunReport:
    """Read what `run_json` wrote; its schema was checked before."""
    return RunReport(
        data["zxhil"],
        tuple(kernel_from_json(kernel) for kernel in data["kernels"]),
        tuple(boot_from_json(boot) for boot in data["boots"]),
        tuple(from_json(case) for case in data["cases"]),
        tuple(rerun_from_json(rerun) for rerun in data["reruns"]),
        data.get("interrupted", ""),
        tuple(
            Stability(**_known(Stability, {**each, "ends": tuple(each["ends"])}))
            for each in data.get("stability", ())
        ),
        pages_from_json(data["pages"]) if "pages" in data else None,
        tuple(data.get("damage", ())),
        tuple(data.get("noise", ())),
        tuple(NotRun(**_known(NotRun, each)) for each in data.get("not_run", ())),
        environment_from_json(data["environment"]) if "environment" in data else None,
    )


def kernel_from_json(data: dict[str, Any]) -> KernelRecord:
    """Read a kernel's JSON object."""
    lists = {name: tuple(data.get(name, ())) for name in ("found", "absent", "boot_data", "unsure")}
    return KernelRecord(**_known(KernelRecord, {**data, **lists}))


def boot_from_json(data: dict[str, Any]) -> BootRecord:
    """Read a boot's JSON object."""
    lists = {
        "command": tuple(data["command"]),
        "selected": tuple(data["selected"]),
        "damage": tuple(data.get("damage", ())),
        "tail": tuple(data.get("tail", ())),
    }
    return BootRecord(**_known(BootRecord, {**data, **lists}))


def rerun_from_json(data: dict[str, Any]) -> Rerun:
    """Read a rerun's JSON object."""
    return Rerun(**_known(Rerun, data))


def _known(kind: type[Any], data: dict[str, Any]) -> dict[str, Any]:
    """The fields that this version knows: a later version may add some."""
    return {field.name: data[field.name] for field in fields(kind) if field.name in data}
