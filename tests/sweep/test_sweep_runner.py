"""The loop: what is skipped, what is recorded of a kernel without a run, interruption, faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from sweep_drive import CLAUSE, place
from zxhil.bisect.provide import ProbeFault
from zxhil.errors import MachineError
from zxhil.history.store import open_history
from zxhil.sweep.attempts import AttemptOutcome, rules_digest


def outcomes(results: object) -> list[str]:
    return [each.attempt.outcome.value for each in results]  # type: ignore[attr-defined]


def test_every_kernel_is_built_run_and_added_with_its_commit_and_date(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "bad"])
    assert outcomes(here.sweep(ids)) == ["ran", "ran"]
    with open_history(tmp_path / "h.db") as history, history.reading():
        rows = history.rows("SELECT commit_id, date, subject FROM kernel ORDER BY date")
        verdicts = history.rows("SELECT verdict FROM verdicts WHERE clause = ?", CLAUSE)
    assert rows == [
        (ids[0], "2017-07-14T02:40:00Z", "change 0"),
        (ids[1], "2017-07-14T02:41:00Z", "change 1"),
    ]
    assert sorted(verdicts) == [("conforms",), ("diverges",)]


def test_what_the_history_has_is_neither_built_nor_run_again(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "broken", "no-image", "dead"])
    first = here.sweep(ids)
    assert outcomes(first) == ["ran", "not built", "refused", "ran"]
    asked, built = list(here.suite.asked), here.built
    second = here.sweep(ids)
    assert (here.suite.asked, here.built) == (asked, built)
    assert outcomes(second) == outcomes(first)
    assert all(each.before for each in second)
    assert second[1].attempt.reason.startswith("does not build")


def test_other_rules_run_again_but_do_not_retry_a_failed_build(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "broken"])
    here.sweep(ids)
    built = here.built
    results = here.sweep(ids, "other rules")
    assert here.suite.asked == [ids[0], ids[0]]
    assert here.built == built
    assert [each.before for each in results] == [False, True]


def test_again_retries_only_what_did_not_build_or_boot(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "broken", "no-image", "dead"])
    here.sweep(ids)
    here.suite.asked.clear()
    here.sweep(ids, again=True)
    assert here.suite.asked == [ids[2], ids[3]]
    assert here.built.count(ids[1]) == 2 * here.built.count(ids[0]) or here.built.count(ids[1]) > 2


def test_sweep_that_was_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good"] * 4)
    here.sweep(ids[:2])
    here.suite.faults.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        here.sweep(ids)
    here.suite.asked.clear()
    assert outcomes(here.sweep(ids)) == ["ran"] * 4
    assert here.suite.asked == ids[2:]


def test_run_that_was_removed_from_the_history_is_made_again(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good"])
    here.sweep(ids)
    with open_history(tmp_path / "h.db") as history, history.writing():
        history.insert("DELETE FROM run")
    here.sweep(ids)
    assert here.suite.asked == [ids[0], ids[0]]


def test_infrastructure_fault_is_retried_and_never_recorded(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "flaky-host", "good"])
    here.suite.faults += [ProbeFault("the disk is full")] * 2
    assert outcomes(here.sweep(ids[:1])) == ["ran"]
    assert here.suite.asked == [ids[0]] * 3
    with pytest.raises(MachineError, match="QEMU died"):
        here.sweep(ids)
    with open_history(tmp_path / "h.db") as history, history.reading():
        assert history.rows("SELECT name, outcome FROM attempt") == [(ids[0], "ran")]


def test_workers_record_the_same_as_one(tmp_path: Path) -> None:
    states = ["good", "broken", "bad", "good", "no-image", "bad"]
    for folder, jobs in (("one", 1), ("three", 3)):
        (tmp_path / folder).mkdir()
        here, ids = place(tmp_path / folder, states)
        results = here.sweep(ids, jobs=jobs)
        assert [each.kernel.candidate for each in results] == ids
        assert outcomes(results) == ["ran", "not built", "ran", "ran", "refused", "ran"]
        assert sorted(here.suite.asked) == sorted(i for i in ids if i != ids[1])


def test_rules_digest_follows_cases_options_and_files(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("1")
    before = rules_digest([tmp_path], ["--memory", "64"])
    assert before == rules_digest([tmp_path], ["--memory", "64"])
    assert before != rules_digest([tmp_path], ["--memory", "65"])
    (tmp_path / "a.c").write_text("2")
    assert before != rules_digest([tmp_path], ["--memory", "64"])


def test_outcomes_are_words_of_the_documented_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "history.md").read_text()
    assert all(f"`{each.value}`" in page for each in AttemptOutcome)
