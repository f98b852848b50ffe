"""The results of a run so far, by case and round; the report is made from them.

The session fills it as machines end, `zxhil.run.replay` fills it from a log folder: both make
the same report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from zxhil import __version__
from zxhil.abi.arch import Arch
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.results import CaseResult, to_json
from zxhil.run.environment import RunEnvironment
from zxhil.run.plan import Task
from zxhil.run.record import BootRecord, KernelRecord, NotRun, Rerun, RunReport, Stability


class Key(NamedTuple):
    """A case (``program/case``) on an architecture, in a round that counts from 1."""

    arch: str
    case: str
    round: int


class ListedCase(NamedTuple):
    """A case that a run includes: its number in its program, and its entry in the table."""

    arch: str
    number: int
    info: CaseInfo


class GivenUp(NamedTuple):
    """Why cases of a program, or of all programs (""), will get no result.

    `fault`: the machine or the kernel failed; otherwise the user ended the run.
    """

    arch: str
    program: str
    why: str
    fault: bool = True


@dataclass(slots=True)
class Gathered:
    """Results, boots by the name of their serial log in the order of their start, and more."""

    listed: Sequence[ListedCase]
    rounds: int = 1
    cases: dict[Key, CaseResult] = field(default_factory=dict)
    boots: dict[str, BootRecord] = field(default_factory=dict)
    kernels: dict[str, KernelRecord] = field(default_factory=dict)
    reruns: list[Rerun] = field(default_factory=list)
    given_up: dict[tuple[str, str], GivenUp] = field(default_factory=dict)
    environment: RunEnvironment | None = None

    def give_up(self, given_up: GivenUp) -> None:
        """Note why cases have no result; the first reason is kept."""
        self.given_up.setdefault((given_up.arch, given_up.program), given_up)

    def report(self, zxhil: str, interrupted: str) -> RunReport:
        """The report; `zxhil` is the version that judged."""
        programs = dict.fromkeys((each.arch, each.info.program) for each in self.listed)
        place = {program: number for number, program in enumerate(programs)}
        boots = sorted(
            self.boots.values(), key=lambda b: (place[b.arch, b.program], b.round, b.selected[:1])
        )
        rounds = [(each, self._rounds_of(each)) for each in self.listed]
        return RunReport(
            zxhil,
            tuple(self.kernels[arch] for arch in Arch if arch in self.kernels),
            tuple(boots),
            tuple(_worst(results) for _, results in rounds if results),
            tuple(sorted(self.reruns)),
            interrupted,
            tuple(_stability(each, results) for each, results in rounds if results)
            if self.rounds > 1
            else (),
            not_run=tuple(
                self._not_run([each for each, results in rounds if not results], interrupted)
            ),
            environment=self.environment,
        )

    def _not_run(self, listed: Sequence[ListedCase], interrupted: str) -> Iterator[NotRun]:
        """How many cases have no result, by architecture and reason."""
        counts: Counter[tuple[str, str, bool]] = Counter()
        for each in listed:
            places = ((each.arch, each.info.program), (each.arch, ""), ("", ""))
            found = next((self.given_up[p] for p in places if p in self.given_up), None)
            if found is not None:
                counts[each.arch, found.why, found.fault] += 1
            elif interrupted:
                counts[each.arch, interrupted, False] += 1
        for (arch, why, fault), number in counts.items():
            yield NotRun(arch, number, why, fault)

    def _rounds_of(self, listed: ListedCase) -> list[CaseResult]:
        keys = (Key(listed.arch, listed.info.id, n) for n in range(1, self.rounds + 1))
        return [self.cases[key] for key in keys if key in self.cases]


def _worst(results: Sequence[CaseResult]) -> CaseResult:
    return max(results, key=lambda result: result.end.severity)


def _stability(listed: ListedCase, results: Sequence[CaseResult]) -> Stability:
    verdicts = {
        (result.end, tuple((d.kind, d.blamed, d.call) for d in result.divergences))
        for result in results
    }
    statuses = {tuple(call.status.partition(",")[0] for call in result.calls) for result in results}
    ends = tuple(result.end.value for result in results)
    return Stability(listed.arch, listed.info.id, ends, len(verdicts) == 1, len(statuses) > 1)


def journal_json(key: Key, result: CaseResult, serial: str) -> dict[str, Any]:
    """A case's line in the journal: its result, its round, and the log that shows it.

    The calls of a case with nothing wrong are left to that log.
    """
    place = {"round": key.round, "serial": serial}
    return {**to_json(result, calls=not result.end.is_clean), **place}


def listed(tasks: Sequence[Task]) -> list[ListedCase]:
    """All cases to run, in order."""
    return [
        ListedCase(task.program.arch.value, index, info)
        for task in tasks
        for index, info in zip(sorted(task.selected), task.chosen, strict=True)
    ]


def run_line(got: Gathered, identity: dict[str, Any]) -> dict[str, Any]:
    """The journal's line that says what is to run."""
    cases = [
        [each.arch, each.number, each.info.id, list(each.info.claims), each.info.source]
        for each in got.listed
    ]
    return {"zxhil": __version__, "rounds": got.rounds, "identity": identity, "cases": cases}
