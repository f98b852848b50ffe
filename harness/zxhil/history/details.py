"""What one kernel of a run writes into a history: verdicts, results, divergences, and faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zxhil.history.schema import VERDICT_IDS
from zxhil.history.store import History
from zxhil.machine.crash import crash_title, normalized
from zxhil.model.clause import Clause
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence
from zxhil.report.fault_text import fault_lines
from zxhil.report.matrix import Clauses, diverging, pages_of
from zxhil.report.runs import LabelledRun
from zxhil.report.verdict import ClauseVerdict
from zxhil.run.fault import fault_findings
from zxhil.run.record import RunReport

_LONGEST = 300
_MOST_LINES = 8192

_UNSTEADY = """
INSERT OR IGNORE INTO unsteady SELECT :kernel, new.case_id FROM result AS new
WHERE new.trial_id = :trial AND new.outcome_id <> coalesce((
  SELECT old.outcome_id FROM trial CROSS JOIN result AS old
    ON old.trial_id = trial.id AND old.case_id = new.case_id
  WHERE trial.kernel_id = :kernel AND trial.id <> :trial ORDER BY trial.id LIMIT 1), new.outcome_id)
"""


class Details:
    """The details of one kernel of a run, made before the transaction that writes them."""

    def __init__(self, run: LabelledRun, report: RunReport) -> None:
        self.run = run
        self._stability = [each for each in report.stability if each.arch == run.kernel.arch]
        self.rounds = max((boot.round for boot in run.boots), default=1)
        clauses = Clauses(run.kernel.arch, run.cases, run.known)
        self._clauses: dict[str, Clause] = {}
        self._verdicts: dict[str, ClauseVerdict] = {}
        for page in pages_of(run.cases):
            for clause, cell in clauses.cells(page):
                self._clauses[clause.id] = clause
                self._verdicts[clause.id] = cell.verdict
        self._verdicts |= self._unlisted()

    def count(self, verdict: ClauseVerdict) -> int:
        """The number of clauses with this verdict."""
        return sum(each is verdict for each in self._verdicts.values())

    def write(self, history: History, trial: int, kernel: int) -> None:
        """Write all, within the transaction of the caller."""
        clauses = self._write_clauses(history)
        history.many(
            "INSERT INTO verdict VALUES(?, ?, ?)",
            sorted(
                (trial, clauses[name], VERDICT_IDS[verdict])
                for name, verdict in self._verdicts.items()
            ),
        )
        cases = self._write_cases(history)
        self._write_results(history, trial, cases)
        self._write_divergences(history, trial, cases, clauses)
        self._write_rounds(history, trial, kernel, cases)
        self._write_faults(history, trial)

    def _unlisted(self) -> dict[str, ClauseVerdict]:
        """Divergences from what no clause says: a page's list of errors, or an unknown clause."""
        found: dict[str, list[tuple[CaseResult, Divergence]]] = {}
        for case in self.run.cases:
            for divergence in case.divergences:
                for name in _blamed(case, divergence):
                    if name not in self._clauses:
                        found.setdefault(name, []).append((case, divergence))
        verdicts = {name: diverging(each, self.run.known) for name, each in found.items()}
        return {name: verdict for name, verdict in verdicts.items() if verdict is not None}

    def _write_clauses(self, history: History) -> dict[str, int]:
        """The clauses' ids. A sentence that was worded anew replaces the old wording."""
        stored = {
            f"{page}/{name}": (number, status, sentence)
            for number, page, name, status, sentence in history.rows("SELECT * FROM clause")
        }
        for id_ in self._verdicts:
            clause = self._clauses.get(id_)
            status = clause.statuses[0].name if clause and len(clause.statuses) == 1 else ""
            sentence = clause.sentence if clause else "the page lists no such error"
            page, _, name = id_.partition("/")
            if id_ not in stored:
                sql = "INSERT INTO clause(page, name, status, sentence) VALUES(?, ?, ?, ?)"
                number = history.insert(sql, page, name, status, sentence)
                stored[id_] = (number, status, sentence)
            elif clause and stored[id_][1:] != (status, sentence):
                sql = "UPDATE clause SET status = ?, sentence = ? WHERE id = ?"
                history.many(sql, [(status, sentence, stored[id_][0])])
        return {id_: number for id_, (number, _, _) in stored.items()}

    def _write_cases(self, history: History) -> dict[str, int]:
        rows = history.rows("SELECT id, program, name FROM test_case")
        stored = {f"{program}/{name}": number for number, program, name in rows}
        for case in self.run.cases:
            if case.id not in stored:
                sql = "INSERT INTO test_case(program, name, page) VALUES(?, ?, ?)"
                info = case.info
                stored[case.id] = history.insert(sql, info.program, info.name, info.page)
        return stored

    def _write_results(self, history: History, trial: int, cases: Mapping[str, int]) -> None:
        seconds = {
            f"{boot.program}/{name}": value
            for boot in self.run.boots
            for name, value in boot.durations.items()
        }
        ids: dict[tuple[str, str], int] = {}
        rows = []
        for case in self.run.cases:
            key = case.end.value, _what(case)
            if key not in ids:
                ids[key] = _interned(history, "outcome", ("end", "what"), key)
            took = seconds.get(case.id)
            duration = None if took is None else round(took * 1000)
            rows.append((trial, cases[case.id], ids[key], duration))
        history.many("INSERT INTO result VALUES(?, ?, ?, ?)", sorted(rows))

    def _write_divergences(
        self, history: History, trial: int, cases: Mapping[str, int], clauses: Mapping[str, int]
    ) -> None:
        rows = []
        for case in self.run.cases:
            for number, divergence in enumerate(case.divergences):
                blamed = _blamed(case, divergence)
                key = divergence.kind.value, ", ".join(blamed), divergence.text[: _LONGEST * 4]
                finding = _interned(history, "finding", ("kind", "clauses", "text"), key)
                history.many(
                    "INSERT OR IGNORE INTO finding_clause VALUES(?, ?)",
                    [(clauses[each], finding) for each in blamed],
                )
                entry = self.run.known.of(case, divergence)
                known = None
                if entry is not None:
                    known = _interned(history, "reason", ("text",), (entry.reason or "known",))
                rows.append((trial, cases[case.id], number, finding, known))
        history.many("INSERT INTO divergence VALUES(?, ?, ?, ?, ?)", rows)

    def _write_rounds(
        self, history: History, trial: int, kernel: int, cases: Mapping[str, int]
    ) -> None:
        """The rounds of cases that were not stable, and which cases differ from earlier runs."""
        rows = [
            (trial, cases[each.case], number, end)
            for each in self._stability
            if not each.stable and each.case in cases
            for number, end in enumerate(each.ends, 1)
        ]
        history.many("INSERT INTO round VALUES(?, ?, ?, ?)", rows)
        unsteady = dict.fromkeys((kernel, case) for _, case, _, _ in rows)
        history.many("INSERT OR IGNORE INTO unsteady VALUES(?, ?)", list(unsteady))
        history.many(_UNSTEADY, [{"kernel": kernel, "trial": trial}])

    def _write_faults(self, history: History, trial: int) -> None:
        run, ends = self.run, self.run.known.ends
        for each in fault_findings(run.cases, run.boots, run.not_run):
            crash = _interned(history, "crash", ("title",), (normalized(each.title),))
            is_known = not each.boots and all((case.arch, case.id) in ends for case in each.cases)
            history.insert(
                "INSERT OR REPLACE INTO fault VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                trial,
                crash,
                each.what,
                len(each.boots),
                len(each.cases),
                each.not_run,
                int(is_known),
                "\n".join(fault_lines(each))[:_MOST_LINES],
            )


def _blamed(case: CaseResult, divergence: Divergence) -> tuple[str, ...]:
    """The clauses that a divergence counts against; the list of errors if no clause is blamed."""
    return divergence.attributed or (f"{case.info.page}/documented_errors",)


def _what(case: CaseResult) -> str:
    """What distinguishes two ends of the same kind: divergences, a crash's title, or the reason."""
    if case.end.is_machine_fault:
        return normalized(crash_title(case.detail, case.evidence) or case.end.value)
    if case.end is CaseEndKind.FAILED:
        parts = {f"{d.kind.value}: {', '.join(_blamed(case, d))}" for d in case.divergences}
        return "; ".join(sorted(parts))[:_LONGEST]
    # The reason of a skip may have a date.
    return case.detail[:_LONGEST] if case.end is CaseEndKind.SKIPPED else normalized(case.detail)


def _interned(history: History, table: str, columns: Iterable[str], values: tuple[str, ...]) -> int:
    """The id of a text in its table; it is inserted if it is not there."""
    where = " AND ".join(f"{column} = ?" for column in columns)
    found = history.one(f"SELECT id FROM {table} WHERE {where}", *values)
    if found is not None:
        return int(found)
    marks = ", ".join("?" * len(values))
    return history.insert(f"INSERT INTO {table}({', '.join(columns)}) VALUES({marks})", *values)
