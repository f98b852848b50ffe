"""What a run becomes in a history."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from history_made import CLAUSE, add, content, saved
from run_builders import case, failed
from zxhil.errors import UserError
from zxhil.history.add import AddedAs, add_run
from zxhil.history.origin import Origin, commit_of, date_from, origin_in
from zxhil.history.store import open_history
from zxhil.known.file import parse
from zxhil.known.match import apply
from zxhil.oracle.results import CaseEndKind
from zxhil.report.saved import Saved, load_run, report_json
from zxhil.run.record import Stability

KNOWN = parse('[[divergence]]\ncase = "channel_write/bad"\nreason = "it is so"\n', Path("k.toml"))


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "a history?.db"


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_history(path) as history:
        return history.rows(sql)


def known(each: Saved) -> Saved:
    return each._replace(known=apply(KNOWN, each.report, whole=True))


def test_run_of_two_architectures_has_two_trials_with_their_verdicts(db: Path) -> None:
    both = saved(case(), failed(arch="arm64"), began=3)
    assert add(db, both, "2018-03-04").how is AddedAs.NEW
    sql = f"SELECT date, arch, verdict, began FROM verdicts WHERE clause = '{CLAUSE}' ORDER BY arch"
    began = "2026-01-04T00:00:00+00:00"
    assert rows(db, sql) == [
        ("2018-03-04", "arm64", "diverges", began),
        ("2018-03-04", "x64", "conforms", began),
    ]
    found = rows(db, 'SELECT arch, "case", "end", what, milliseconds FROM results ORDER BY arch')
    assert found == [
        ("arm64", "channel_write/bad", "failed", f"wrong error: {CLAUSE}", 250),
        ("x64", "channel_write/plain", "passed", "", 250),
    ]
    assert rows(db, "SELECT kind, clauses, text, known_reason FROM divergences") == [
        ("wrong error", CLAUSE, "seen this", None)
    ]
    counts = "SELECT clauses_diverging, clauses_conforming, divergences, faults, cases FROM trial"
    assert rows(db, f"{counts} ORDER BY id") == [(0, 1, 0, 0, 1), (1, 0, 1, 0, 1)]
    assert rows(db, "SELECT host, qemu, toolchain, seconds, exit_code, whole FROM run") == [
        ("host", "QEMU 1", "clang 1", 2.5, 1, 1)
    ]


def test_run_added_twice_is_one_run(db: Path, tmp_path: Path) -> None:
    first = known(saved(case(), failed()))
    assert add(db, first).how is AddedAs.NEW
    before = content(db)
    assert add(db, first).how is AddedAs.SAME
    file = tmp_path / "run.json"
    file.write_text(json.dumps(report_json(first.report, first.known, first.whole)))
    assert add(db, load_run(file)).how is AddedAs.SAME
    assert content(db) == before


def test_log_folder_does_not_delete_the_marks_of_the_report(db: Path) -> None:
    plain = saved(failed())
    add(db, known(plain))
    assert add(db, plain).how is AddedAs.SAME
    assert rows(db, "SELECT known_reason FROM divergences") == [("it is so",)]
    assert rows(db, "SELECT verdict FROM verdicts WHERE clause LIKE '%peer_closed'") == [("known",)]


def test_marks_are_added_to_a_run_that_is_there(db: Path) -> None:
    plain = saved(failed())
    add(db, plain)
    assert add(db, known(plain)).how is AddedAs.AGAIN
    assert rows(db, "SELECT count(*), known FROM trial") == [(1, 1)]


def test_run_judged_again_replaces_its_verdicts(db: Path) -> None:
    old = saved(failed("channel_write/plain"))
    add(db, saved(case(), began=1))
    assert add(db, old).how is AddedAs.NEW
    new = saved(case("channel_write/plain"))
    assert add(db, new).how is AddedAs.AGAIN
    assert rows(db, "SELECT count(*) FROM run") == [(2,)]
    assert rows(db, 'SELECT DISTINCT "end" FROM results') == [("passed",)]
    assert rows(db, "SELECT count(*) FROM divergence") == [(0,)]


def test_other_execution_of_the_same_kernel_is_another_run(db: Path) -> None:
    add(db, saved(case()))
    assert add(db, saved(case(), seconds=0.75)).how is AddedAs.NEW
    assert rows(db, "SELECT count(*) FROM kernel") == [(1,)]


def test_image_with_the_same_digest_is_one_kernel_wherever_it_lies(db: Path) -> None:
    add(db, saved(case(), digest="d1"))
    add(db, saved(case(), digest="d2", began=1))
    for began, image in enumerate(("elsewhere/kernel.zbi", "a third place"), 2):
        moved = saved(case(), digest="d1", began=began)
        kernel = replace(moved.report.kernels[0], image=image)
        add(db, moved._replace(report=replace(moved.report, kernels=(kernel,))))
    assert rows(db, "SELECT identity FROM kernel ORDER BY 1") == [("d1",), ("d2",)]


def dead(began: int) -> Saved:
    lost = case(end=CaseEndKind.LOST, reached=(), detail="nothing on serial")
    each = saved(lost, began=began)
    return each._replace(report=replace(each.report, kernels=()))


def test_kernels_that_never_identified_themselves_are_different_ones(db: Path) -> None:
    add(db, dead(0))
    add(db, dead(1))
    assert rows(db, "SELECT version, count(*) FROM kernel") == [("unknown", 2)]


def test_digest_of_the_image_identifies_a_kernel_that_did_not_boot(db: Path) -> None:
    origin = Origin(digests={"x64": "d1"})
    with open_history(db, create=True) as history:
        for began in range(2):
            add_run(history, dead(began), Path("x"), lambda version: origin)
    assert rows(db, "SELECT identity, count(*) FROM kernel") == [("d1", 1)]


def test_fault_is_kept_by_its_title_with_details(db: Path) -> None:
    evidence = "panic (caller 0x12345678 frame 0x99): ASSERT FAILED at (a.cpp:12): x > 17\n"
    bad = case("a/b", CaseEndKind.PANIC, reached=(), detail="panicked", evidence=evidence)
    add(db, saved(bad))
    add(
        db, saved(replace(bad, evidence=evidence.replace("12)", "99)").replace("17", "3")), began=1)
    )
    title = "ASSERT FAILED at (a.cpp): x > NUM"
    assert rows(
        db, "SELECT title, count(*), sum(cases) FROM fault JOIN crash ON id = crash_id"
    ) == [(title, 2, 2)]
    assert rows(db, 'SELECT DISTINCT "end", what FROM results') == [("kernel panic", title)]
    assert "ASSERT" in str(rows(db, "SELECT lines FROM fault")[0][0])


def test_rounds_of_an_unstable_case_are_kept(db: Path) -> None:
    each = saved(failed())
    ends = ("passed", "failed", "passed")
    stability = (Stability("x64", "channel_write/bad", ends, stable=False, varies=True),)
    boots = tuple(replace(boot, round=3) for boot in each.report.boots)
    add(db, each._replace(report=replace(each.report, stability=stability, boots=boots)))
    assert rows(db, 'SELECT number, "end" FROM round') == list(enumerate(ends, 1))
    assert rows(db, "SELECT rounds FROM trial") == [(3,)]
    assert len(rows(db, "SELECT * FROM unsteady")) == 1


def test_new_wording_of_a_sentence_replaces_the_old_one(db: Path) -> None:
    add(db, saved(case()))
    with open_history(db) as history, history.writing():
        history.insert("UPDATE clause SET sentence = 'old'")
    add(db, saved(case(), began=1))
    assert rows(db, "SELECT count(*) FROM clause WHERE sentence = 'old'") == [(0,)]


def test_commit_date_and_subject_come_from_the_repository(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        made = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(made, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "first\n\nbody", "--date", "2018-01-01T00:00:00Z")
    commit = git("rev-parse", "HEAD")
    found = origin_in(tmp_path, commit[:9])
    assert found is not None
    assert (found.commit, found.subject, found.date[-1]) == (commit, "first", "Z")
    assert origin_in(tmp_path, "f" * 40) is None
    assert origin_in(tmp_path, "--output=x") is None


def test_date_is_a_day_or_a_time_in_utc() -> None:
    assert date_from("2018-12-29") == "2018-12-29"
    assert date_from("2018-12-29T01:30:00+02:00") == "2018-12-28T23:30:00Z"
    with pytest.raises(UserError, match="'last week' is no date"):
        date_from("last week")


def test_commit_is_read_from_a_version() -> None:
    assert commit_of("git-0123456789abcdef-dirty") == "0123456789abcdef"
    assert commit_of("zxhil-standin-1") == ""
