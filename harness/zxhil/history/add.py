"""Add a run to a history, as one transaction.

One execution is one run, however often it is added: what began at the same time on the same host
with the same boots. If it was judged again since, with other verdicts, these replace the old ones.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from zxhil.abi.ages import day_text
from zxhil.errors import UserError
from zxhil.history.details import Details
from zxhil.history.origin import Origin, commit_of
from zxhil.history.store import History
from zxhil.known.match import exit_code
from zxhil.oracle.results import CaseEndKind, to_json
from zxhil.plain import plain
from zxhil.report.runs import LabelledRun, label_runs
from zxhil.report.saved import Saved
from zxhil.report.verdict import ClauseVerdict
from zxhil.run.fault import printed_version
from zxhil.run.record import RunReport, run_json
from zxhil.run.schema import digest_of

#: Finds the origin of a kernel by its version (`zx_system_get_version`).
FindOrigin = Callable[[str], Origin]


class AddedAs(enum.StrEnum):
    """What became of a run that was added. The value is for a person."""

    NEW = "added"
    SAME = "already there"
    AGAIN = "judged again: replaces the earlier verdicts"


@dataclass(frozen=True, slots=True)
class AddedRun:
    """A run in the history: its id, and whether it is new. `trials` are the ids of its kernels'."""

    id: int
    how: AddedAs
    trials: tuple[int, ...]


def no_origin(version: str) -> Origin:
    """The origin of a kernel of which only its version is known."""
    return Origin(commit_of(version))


def add_run(
    history: History, saved: Saved, source: Path, find_origin: FindOrigin = no_origin
) -> AddedRun:
    """Add a run that was read from `source`, or just made there.

    Raises UserError for a report that has a case twice, and MachineError if the file can't be
    written: then nothing of the run was added.
    """
    listed = Counter((case.arch, case.id) for case in saved.report.cases)
    for (arch, case_id), times in listed.items():
        if times > 1:
            problem = f"has {case_id} on {arch} {times} times"
            raise UserError(str(source), problem, "give a report as zxhil wrote it")
    # Before the transaction: others must not wait for it.
    verdicts = _verdicts(saved.report)
    marks = digest_of(_marks(saved)) if saved.known.path else ""
    execution = _execution(saved.report) or verdicts
    runs = label_runs([(source, saved.report, saved.known)])
    origins = [find_origin(run.kernel.version) for run in runs]
    details = [Details(run, saved.report) for run in runs]
    with history.writing():
        old = history.rows("SELECT id, verdicts, marks FROM run WHERE execution = ?", execution)
        # A log folder marks nothing as known: what the run's report marked stays.
        if old and old[0][1] == verdicts and marks in ("", old[0][2]):
            run_id, how = old[0][0], AddedAs.SAME
        else:
            how = AddedAs.AGAIN if old else AddedAs.NEW
            history.many("DELETE FROM run WHERE id = ?", [(each[0],) for each in old])
            run_id = _insert_run(history, saved, source, (execution, verdicts, marks))
        for run, origin, detail in zip(runs, origins, details, strict=True):
            kernel = _kernel(history, run, origin, execution)
            if how is not AddedAs.SAME:
                detail.write(history, _insert_trial(history, run_id, kernel, detail), kernel)
        trials = history.rows("SELECT id FROM trial WHERE run_id = ? ORDER BY id", run_id)
    return AddedRun(run_id, how, tuple(each for (each,) in trials))


def _verdicts(report: RunReport) -> str:
    """The digest of all that a run says, except for its calls in words, which are not kept."""
    data = run_json(replace(report, cases=()))
    return digest_of({**data, "cases": [to_json(case, calls=False) for case in report.cases]})


def _execution(report: RunReport) -> str:
    """What two judgments of one execution share; empty if the report does not say when it ran."""
    if report.environment is None or not report.boots:
        return ""
    here = report.environment
    boots = [replace(boot, evidence="", damage=(), end_text="") for boot in report.boots]
    data = {"began": here.began, "host": here.host, "boots": [asdict(boot) for boot in boots]}
    return digest_of(data)


def _marks(saved: Saved) -> dict[str, object]:
    """What the run's report marks as known."""
    known = saved.known
    return {
        "marks": sorted((*place, entry.reason) for place, entry in known.marks.items()),
        "ends": sorted((*place, entry.reason) for place, entry in known.ends.items()),
    }


def _insert_run(history: History, saved: Saved, source: Path, digests: tuple[str, str, str]) -> int:
    report = saved.report
    here = report.environment
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return history.insert(
        "INSERT INTO run(execution, verdicts, marks, source, zxhil, began, seconds, host, qemu,"
        " toolchain, pages, whole, interrupted, exit_code, added)"
        " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        *digests,
        plain(str(source)),
        report.zxhil,
        here.began if here else "",
        here.seconds if here else 0.0,
        here.host if here else "",
        here.qemu if here else "",
        here.toolchain if here else "",
        report.pages.source if report.pages else "",
        int(saved.whole),
        report.interrupted,
        exit_code(report, saved.known),
        now,
    )


def _kernel(history: History, run: LabelledRun, origin: Origin, execution: str) -> int:
    """The id of the run's kernel. What is newly known of its origin is written."""
    kernel = run.kernel
    printed = printed_version(kernel, run.boots)
    version = kernel.version if printed is None else printed.version
    image = f"image {kernel.image}" if kernel.image else f"run {execution}"
    key = kernel.arch, version, kernel.digest or origin.digests.get(kernel.arch) or image
    age = day_text(kernel.earliest) if kernel.earliest == kernel.latest else ""
    found = history.one(
        "SELECT id FROM kernel WHERE arch = ? AND version = ? AND identity = ?", *key
    )
    if found is None:
        return history.insert(
            "INSERT INTO kernel(arch, version, identity, image, standin, commit_id, date, subject)"
            " VALUES(?,?,?,?,?,?,?,?)",
            *key,
            kernel.image,
            int(kernel.standin),
            origin.commit or commit_of(version),
            origin.date or age,
            origin.subject,
        )
    known = {"commit_id": origin.commit, "date": origin.date, "subject": origin.subject}
    for name, value in known.items():
        if value:
            history.many(f"UPDATE kernel SET {name} = ? WHERE id = ?", [(value, found)])
    history.many("UPDATE kernel SET date = ? WHERE id = ? AND date = ''", [(age, found)])
    return int(found)


def _insert_trial(history: History, run_id: int, kernel_id: int, of: Details) -> int:
    kernel = of.run.kernel
    divergences = sum(len(case.divergences) for case in of.run.cases)
    return history.insert(
        "INSERT INTO trial(run_id, kernel_id, earliest, latest, rounds, seconds, cases, not_run,"
        " divergences, known, faults, clauses_diverging, clauses_known, clauses_conforming)"
        " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        run_id,
        kernel_id,
        kernel.earliest,
        kernel.latest,
        of.rounds,
        round(sum(boot.seconds for boot in of.run.boots), 3),
        sum(case.end is not CaseEndKind.SKIPPED for case in of.run.cases),
        sum(each.cases for each in of.run.not_run),
        divergences,
        of.run.known_divergences,
        len(of.run.faults),
        of.count(ClauseVerdict.DIVERGES),
        of.count(ClauseVerdict.KNOWN),
        of.count(ClauseVerdict.CONFORMS),
    )
