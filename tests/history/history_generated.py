"""A history of any size, written by SQL: making its runs would take minutes."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

from zxhil.history.schema import VERDICT_IDS
from zxhil.history.store import History, open_history
from zxhil.model.pages import load_all
from zxhil.report.verdict import ClauseVerdict

#: As many as the guest tests have.
CASES = 3619
_ARCHES = ("x64", "arm64")


def generate(
    path: Path, verdicts: int, cases: int = CASES, most_clauses: int = 0, odd: float = 1e-4
) -> int:
    """Write a history with at least that many verdicts of cases and clauses; return how many.

    `odd` is the share of results that are a panic.
    """
    chance = random.Random(1)
    clauses = sorted(c.id for page in load_all().values() for c in page.clauses)
    clauses = clauses[: most_clauses or len(clauses)]
    with open_history(path, create=True) as history, history.writing():
        _fixed(history, clauses, cases)
        each = len(clauses) + cases
        trials = max(2, -(-verdicts // each))
        flips = {number: chance.randrange(2 * trials) for number in range(1, len(clauses) + 1)}
        for trial in range(1, trials + 1):
            _trial(history, trial, trials, chance, flips, (cases, odd))
    return trials * each


def _fixed(history: History, clauses: list[str], cases: int) -> None:
    rows = [(n, *name.split("/"), "", f"sentence {n}") for n, name in enumerate(clauses, 1)]
    history.many("INSERT INTO clause VALUES(?, ?, ?, ?, ?)", rows)
    rows = [(n, f"program{n % 148}", f"case{n}", "channel_write") for n in range(1, cases + 1)]
    history.many("INSERT INTO test_case VALUES(?, ?, ?, ?)", rows)
    ends = [(1, "passed", ""), (2, "failed", "wrong error: a/b"), (3, "skipped", "no call")]
    ends += [(n, "kernel panic", f"ASSERT FAILED at (f{n}.cpp): x") for n in range(4, 12)]
    history.many("INSERT INTO outcome VALUES(?, ?, ?)", ends)
    history.many("INSERT INTO crash VALUES(?, ?)", [(n, what) for n, _, what in ends[3:]])
    findings = [(n, "wrong error", name, f"text {n}") for n, name in enumerate(clauses, 1)]
    history.many("INSERT INTO finding VALUES(?, ?, ?, ?)", findings)
    both = [(n, n) for n in range(1, len(clauses) + 1)]
    history.many("INSERT INTO finding_clause VALUES(?, ?)", both)


def _trial(
    history: History,
    n: int,
    trials: int,
    chance: random.Random,
    flips: dict[int, int],
    of: tuple[int, float],
) -> None:
    cases, odd = of
    arch, week = _ARCHES[n % 2], n // 2
    # Every tenth kernel has a second run.
    kernel = n - 2 if n % 20 in (3, 4) and n > 2 else n
    day = (date(2015, 1, 1) + timedelta(weeks=week)).isoformat()
    commit = random.Random(kernel).randbytes(20).hex()
    history.insert(
        "INSERT OR IGNORE INTO kernel VALUES(?,?,?,?,?,?,?,?,?)",
        *(kernel, arch, f"git-{commit}", f"{kernel:032x}", "build/kernel.zbi", 0, commit, day, ""),
    )
    began = f"{day}T12:00:00+00:00"
    history.insert(
        "INSERT INTO run VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        *(n, str(n), str(n), "", "made", "0.1.0", began, 10.0, "host", "QEMU", "clang", "", 1, ""),
        *(1, began),
    )
    bad, good = VERDICT_IDS[ClauseVerdict.DIVERGES], VERDICT_IDS[ClauseVerdict.CONFORMS]
    verdicts = [(n, c, bad if n < flip or not c % 7 else good) for c, flip in flips.items()]
    diverging = [clause for _, clause, verdict in verdicts if verdict == bad]
    history.insert(
        "INSERT INTO trial VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        *(n, n, kernel, 0, 99999999, 1, 10.0, cases, 0, len(diverging), 0, 1, len(diverging), 0),
        len(flips) - len(diverging),
    )
    history.many("INSERT INTO verdict VALUES(?, ?, ?)", verdicts)
    results = []
    for case in range(1, cases + 1):
        end = 2 if case % 15 == 0 else 3 if case % 8 == 0 else 1
        results.append((n, case, chance.randrange(4, 12) if chance.random() < odd else end, 3))
    history.many("INSERT INTO result VALUES(?, ?, ?, ?)", results)
    found = [(n, 15 * (at % (cases // 15)) + 15, at, c, None) for at, c in enumerate(diverging)]
    history.many("INSERT INTO divergence VALUES(?, ?, ?, ?, ?)", found)
    crash = chance.randrange(4, 12)
    fault = n, crash, "kernel panic", 0, 1, 0, 0, "lines"
    history.insert("INSERT INTO fault VALUES(?, ?, ?, ?, ?, ?, ?, ?)", *fault)
    if kernel != n:
        unsteady = [(kernel, case) for _, case, end, _ in results if end > 3]
        history.many("INSERT OR IGNORE INTO unsteady VALUES(?, ?)", unsteady)
