"""The questions to a history, and what they cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from history_generated import generate
from history_made import CLAUSE, add, fill, saved
from run_builders import case, failed
from zxhil.errors import UserError
from zxhil.history.kernels import kept_kernels, named_kernels
from zxhil.history.questions import (
    clause_kernels,
    clause_spans,
    crashes_of,
    diff,
    find_clause_of,
    flaky,
    shown,
    story_of,
)
from zxhil.history.standing import standings
from zxhil.history.store import History, open_history
from zxhil.history.timeline import timeline_of
from zxhil.oracle.results import CaseEndKind
from zxhil.report.grid import Grid
from zxhil.report.saved import Saved
from zxhil.run.record import Stability


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


def good(began: int, name: str, **rest: str) -> Saved:
    return saved(case("channel_write/bad"), began=began, version=f"git-{name * 40}", **rest)  # type: ignore[arg-type]


def bad(began: int, name: str, **rest: str) -> Saved:
    return saved(failed(), began=began, version=f"git-{name * 40}", **rest)  # type: ignore[arg-type]


def column(grid: Grid, name: str) -> list[object]:
    return [row[grid.columns.index(name)] for row in grid.rows]


def spans(path: Path, clause: str = CLAUSE) -> Grid:
    with open_history(path) as history, history.reading():
        found = find_clause_of(history, clause)
        return clause_spans(story_of(history, found, kept_kernels(history)))


def test_clause_diverged_from_one_kernel_to_another(db: Path) -> None:
    # Added in another order than that of time.
    fill(db, [("2018-04-01", good(0, "d")), ("2018-01-01", good(1, "a")),
              ("2018-03-01", bad(2, "c")), ("2018-02-01", bad(3, "b"))])  # fmt: skip
    grid = spans(db)
    assert column(grid, "verdict") == ["conforms", "diverges", "conforms"]
    assert column(grid, "first") == ["2018-01-01", "2018-02-01", "2018-04-01"]
    assert column(grid, "last") == ["2018-01-01", "2018-03-01", "2018-04-01"]
    assert column(grid, "kernels") == [1, 2, 1]
    with open_history(db) as history:
        story = story_of(history, find_clause_of(history, f"zx_{CLAUSE}"), kept_kernels(history))
        assert column(clause_kernels(story), "verdict") == [
            *("conforms", "diverges", "diverges", "conforms")
        ]
        assert [(kind, text, len(on)) for kind, text, on in story.findings] == [
            ("wrong error", "seen this", 2)
        ]
        changes = [
            (c.old.day, c.before.word, c.new.day, c.after.word)
            for c in timeline_of(history).changes()
            if c.clause.path == CLAUSE
        ]
    assert changes == [
        ("2018-01-01", "conforms", "2018-02-01", "diverges"),
        ("2018-03-01", "diverges", "2018-04-01", "conforms"),
    ]


def test_architectures_and_the_stand_in_are_lines_of_their_own(db: Path) -> None:
    standin = saved(failed(), began=3, version="zxhil-standin-1")
    fill(db, [("2018-01-01", saved(case("channel_write/bad"), failed(arch="arm64"))),
              ("2018-02-01", standin)])  # fmt: skip
    grid = spans(db)
    assert column(grid, "on") == ["x64", "arm64", "x64 stand-in"]
    assert column(grid, "verdict") == ["conforms", "diverges", "diverges"]


def test_kernels_without_a_date_come_last(db: Path) -> None:
    # Its run is older than the other kernel's date.
    fill(db, [("", bad(0, "a")), ("2026-02-01", good(5, "b"))])
    assert column(spans(db), "verdict") == ["conforms", "diverges"]


def test_later_run_that_decides_corrects_earlier_ones(db: Path) -> None:
    other = saved(case("channel_read/x", reached=()), began=7, version=f"git-{'a' * 40}")
    fill(db, [("2018-01-01", bad(0, "a")), ("2018-01-01", good(3, "a")), ("2018-01-01", other)])
    grid = spans(db)
    assert column(grid, "verdict") == ["conforms"]
    assert column(grid, "runs against") == [1]
    assert column(grid, "kernels") == [1]


def part(each: Saved, *, interrupted: bool = False) -> Saved:
    if interrupted:
        return each._replace(report=replace(each.report, interrupted="disk full"))
    return each._replace(whole=False)


@pytest.mark.parametrize("interrupted", [False, True])
def test_part_of_the_cases_does_not_hide_what_others_showed(db: Path, interrupted: bool) -> None:
    shards = [
        part(bad(0, "a"), interrupted=interrupted),
        part(good(1, "a"), interrupted=interrupted),
    ]
    fill(db, [("2018-01-01", each) for each in shards])
    assert column(spans(db), "verdict") == ["diverges"]
    with open_history(db) as history:
        (kernel,) = kept_kernels(history)
        standing = standings(history, [kernel])[kernel.id]
    assert [each.word for each in standing.values()].count("diverges") == 1
    add(db, good(2, "a"))
    assert column(spans(db), "verdict") == ["conforms"]
    add(db, part(bad(3, "a"), interrupted=interrupted))
    assert column(spans(db), "verdict") == ["diverges"]
    assert column(spans(db), "runs against") == [2]


def test_clause_that_no_kernel_between_reached_has_not_changed(db: Path) -> None:
    skipped = saved(
        case("channel_write/bad", CaseEndKind.SKIPPED, reached=(), detail="no handle"),
        began=1,
        version=f"git-{'b' * 40}",
    )
    fill(db, [("2018-01-01", bad(0, "a")), ("2018-01-02", skipped), ("2018-01-03", bad(2, "c"))])
    assert column(spans(db), "verdict") == ["diverges", "not reached", "diverges"]
    with open_history(db) as history:
        assert [c for c in timeline_of(history).changes() if c.clause.path == CLAUSE] == []


def test_unknown_clause_is_refused_with_a_suggestion(db: Path) -> None:
    add(db, bad(0, "a"))
    with pytest.raises(UserError, match="channel_write/peer_closed"):
        spans(db, "channel_write/per_closed")


def test_flaky_case_has_its_rate(db: Path) -> None:
    for began in range(3):
        add(db, good(began, "a"))
    add(db, bad(3, "a"))
    add(db, bad(4, "b"))
    with open_history(db) as history:
        grid = flaky(history)
    assert grid.rows == (
        (
            *("channel_write/bad", "x64", "git-aaaaaaaa", 4, 0.25),
            f"3 passed, 1 failed (wrong error: {CLAUSE})",
            "0.1.0",
        ),
    )


def test_rounds_of_one_run_count_one_by_one(db: Path) -> None:
    each = bad(0, "a")
    ends = ("passed", "failed", "failed", "passed")
    unstable = (Stability("x64", "channel_write/bad", ends, stable=False, varies=False),)
    boots = tuple(replace(boot, round=4) for boot in each.report.boots)
    add(db, each._replace(report=replace(each.report, stability=unstable, boots=boots)))
    add(db, good(1, "a"))
    with open_history(db) as history:
        grid = flaky(history)
    assert column(grid, "rounds") == [5]
    assert column(grid, "rate") == [0.4]
    assert column(grid, "ends") == ["3 passed, 2 failed"]


def test_case_judged_otherwise_by_another_version_is_not_flaky(db: Path) -> None:
    add(db, good(0, "a"))
    each = bad(1, "a")
    add(db, each._replace(report=replace(each.report, zxhil="0.2.0")))
    with open_history(db) as history:
        assert flaky(history).rows == ()


def test_diff_lists_clauses_and_cases(db: Path) -> None:
    fill(db, [("2018-01-01", good(0, "a")), ("2018-02-01", bad(1, "b"))])
    with open_history(db) as history:
        found = diff(history, "aaaaaa", "2018-02-01")
        assert [row[:5] for row in found.grid.rows] == [
            ("x64", "clause", CLAUSE, "conforms", "diverges"),
            ("x64", "case", "channel_write/bad", "passed", f"failed (wrong error: {CLAUSE})"),
        ]
        assert found.cases == 1
        assert diff(history, "run:1", "aaaaaa").grid.rows == ()


def test_diff_of_kernels_with_nothing_in_common_is_refused(db: Path) -> None:
    fill(db, [("2018-01-01", saved(case(), case("a/b", arch="arm64"))),
              ("2018-02-01", saved(case("a/c", reached=(), claims=()), case("c/d", arch="arm64",
               reached=(), claims=()), began=1, version="git-" + "b" * 40))])  # fmt: skip
    with open_history(db) as history, pytest.raises(UserError, match="no case in common"):
        diff(history, "2018-01-01", "2018-02-01")


@pytest.mark.parametrize(
    ("name", "problem"),
    [("zzzz", "names no kernel"), ("2018-01-01", "names 2 kernels of x64"), ("run:9", "no kernel")],
)
def test_name_of_no_kernel_or_several_is_refused(db: Path, name: str, problem: str) -> None:
    fill(db, [("2018-01-01", good(0, "a")), ("2018-01-01", bad(1, "b"))])
    with open_history(db) as history, pytest.raises(UserError, match=problem):
        named_kernels(kept_kernels(history), name)


def test_kernels_of_one_version_have_different_labels(db: Path) -> None:
    for number, (date, digest) in enumerate([("", "d1"), ("", "d2"), ("2018-01-01", "d3")]):
        add(db, good(number, "a", digest=digest), date)
    add(db, good(3, "b", digest="d4"))
    with open_history(db) as history:
        labels = [kernel.label for kernel in kept_kernels(history)]
    assert labels == [
        "git-aaaaaaaa 2018-01-01",
        "git-aaaaaaaa (d1)",
        "git-aaaaaaaa (d2)",
        "git-bbbbbbbb",
    ]


def test_show_has_a_row_for_each_kernel_of_each_run(db: Path) -> None:
    add(db, saved(case(), failed(arch="arm64")), "2018-01-01")
    add(db, good(1, "b"), "2017-01-01")
    with open_history(db) as history:
        grid = shown(history)
    assert column(grid, "run") == [2, 1, 1]
    assert column(grid, "on") == ["x64", "x64", "arm64"]
    assert column(grid, "diverges") == [0, 0, 1]


def test_crash_is_shown_with_its_cases_and_kernels(db: Path) -> None:
    evidence = "panic (caller 0x12 frame 0x99): ASSERT FAILED at (a.cpp:12): x\n"
    for began in range(2):
        panic = case("a/b", CaseEndKind.PANIC, reached=(), detail="it panicked", evidence=evidence)
        add(db, saved(panic, began=began, version=f"git-{began}"))
    with open_history(db) as history:
        (crash,) = crashes_of(history)
    assert (crash.title, crash.runs, len(crash.kernels)) == ("ASSERT FAILED at (a.cpp): x", 2, 2)
    assert crash.cases == (("a/b", 2),)


# ---- what a question costs


def ask_all(history: History) -> None:
    kernels = kept_kernels(history)
    shown(history)
    story_of(history, find_clause_of(history, CLAUSE), kernels)
    flaky(history)
    crashes_of(history)
    diff(history, kernels[0].commit, kernels[1].commit)


def test_no_question_scans_a_table_of_verdicts(db: Path) -> None:
    generate(db, 4000, cases=60, most_clauses=200)
    asked: list[str] = []
    with open_history(db) as history:
        history._connection.set_trace_callback(asked.append)
        ask_all(history)
        history._connection.set_trace_callback(None)
        steps = [
            (row[3], sql)
            for sql in dict.fromkeys(asked)
            for row in history.rows(f"EXPLAIN QUERY PLAN {sql}")
        ]
    big = ("verdict", "result", "divergence", "round")
    assert any("SEARCH verdict" in step for step, _ in steps)
    assert [
        (step, sql) for step, sql in steps if step.startswith(tuple(f"SCAN {each}" for each in big))
    ] == []


def cost(path: Path, question: str) -> int:
    """The steps of SQLite's machine, in hundreds."""
    counts = [0]

    def step() -> None:
        counts[0] += 1

    with open_history(path) as history:
        kernels = kept_kernels(history)
        clause = find_clause_of(history, CLAUSE)
        asks = {
            "clause": lambda: story_of(history, clause, kernels),
            "flaky": lambda: flaky(history),
            "diff": lambda: diff(history, kernels[0].commit, kernels[1].commit),
        }
        history._connection.set_progress_handler(step, 10)
        asks[question]()
        history._connection.set_progress_handler(None, 10)
    return counts[0]


@pytest.mark.parametrize(
    ("question", "with_kernels", "with_cases"),
    [("clause", 2.2, 1.1), ("diff", 1.3, 2.2), ("flaky", 2.6, 2.6)],
)
def test_question_costs_what_its_answer_has(
    tmp_path: Path, question: str, with_kernels: float, with_cases: float
) -> None:
    base, long, wide = (tmp_path / f"{number}.db" for number in range(3))
    generate(base, 320 * 40, cases=120, most_clauses=200, odd=0.05)
    generate(long, 320 * 80, cases=120, most_clauses=200, odd=0.05)
    generate(wide, 440 * 40, cases=240, most_clauses=200, odd=0.05)
    before = cost(base, question)
    assert cost(long, question) <= with_kernels * before
    assert cost(wide, question) <= with_cases * before
