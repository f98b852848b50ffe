"""Which kernels are swept, where a clause changed, and finding the commits of all changes."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import bisect_histories
import pytest
from bisect_histories import linear
from sweep_drive import CLAUSE, OTHER, Place, place
from zxhil.bisect.images import read_range
from zxhil.bisect.setup import benches
from zxhil.errors import UserError
from zxhil.history.kernels import KeptKernel
from zxhil.history.store import open_history
from zxhil.history.timeline import changes_of, is_stated, timeline_of
from zxhil.model.since import SINCE
from zxhil.sweep.changes import (
    CommitsBetween,
    bisect_command,
    bisect_options,
    swept_kernels,
    windows_of,
)
from zxhil.sweep.kernels import every, kernel_of, of_commits, of_images, parse_period
from zxhil.sweep.narrow import narrow
from zxhil.sweep.runner import SweptResult


def changes(here: Place, results: list[SweptResult]) -> list[tuple[str, str, str, str, str]]:
    runs = [each.attempt.run for each in results if each.attempt.run is not None]
    with open_history(here.folder / "h.db") as history, history.reading():
        kernels = swept_kernels(history, runs, CommitsBetween(here.repository))
        found = changes_of(history, timeline_of(history, kernels))
    return [(c.clause.path, c.old.commit, c.new.commit, c.before.word, c.after.word) for c in found]


def test_change_between_neighbours_is_found_both_ways(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "bad", "bad", "good other"])
    assert changes(here, here.sweep(ids)) == [
        (CLAUSE, ids[0], ids[1], "conforms", "diverges"),
        (CLAUSE, ids[2], ids[3], "diverges", "conforms"),
        (OTHER, ids[2], ids[3], "conforms", "diverges"),
    ]


def test_kernels_that_did_not_boot_or_build_lie_inside_of_a_window(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "dead", "broken", "bad"])
    assert changes(here, here.sweep(ids)) == [(CLAUSE, ids[0], ids[3], "conforms", "diverges")]


def test_divergence_in_a_case_that_the_other_kernel_skipped_is_no_change(tmp_path: Path) -> None:
    """On the old kernel another case shows that the sentence is kept: that says nothing."""
    here, ids = place(tmp_path, ["kept-elsewhere", "bad", "good"])
    assert changes(here, here.sweep(ids)) == [(CLAUSE, ids[1], ids[2], "diverges", "conforms")]


def test_sentence_that_no_page_had_yet_does_not_change() -> None:
    kernel = KeptKernel(1, "x64", "v", "i", "", False, "c", "2018-06-15", "", (1,), (1,), "")
    assert SINCE["channel_write/bad_handle_repeated"] == 20180619
    for day, stated in (("2018-06-18", False), ("2018-06-19", True), ("", True)):
        assert is_stated("channel_write/bad_handle_repeated", replace(kernel, date=day)) is stated
    for day, stated in (("2019-07-14", True), ("2019-07-15", False)):
        assert is_stated("clock_get/zero", replace(kernel, date=day)) is stated


def test_other_kernels_of_the_history_are_left_out(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "bad", "good"])
    here.sweep(ids)
    assert changes(here, here.sweep([ids[0], ids[2]])) == []


def test_narrowing_finds_the_commit_of_every_change_at_once(tmp_path: Path) -> None:
    states = ["good"] * 3 + ["bad"] * 10 + ["bad other"] * 3 + ["other"] * 17
    here, ids = place(tmp_path, states)
    with here.made() as (history, sweep), benches(1) as places:
        first = sweep.run(here.kernels([ids[0], ids[-1]]), places)
        commits = CommitsBetween(here.repository)
        whole = narrow(
            history, sweep, first, commits, lambda c: kernel_of(here.repository, c), places
        )
    found = {(c, new) for c, old, new, _, _ in changes(here, whole) if _one_between(here, old, new)}
    # The first kernel and the last one do not say that CLAUSE ever changed: one between them does.
    assert found == {(CLAUSE, ids[3]), (OTHER, ids[13]), (CLAUSE, ids[16])}
    assert len(whole) <= 2 + 3 * 5


def _one_between(here: Place, old: str, new: str) -> bool:
    return len(CommitsBetween(here.repository).of(old, new)) == 1


def test_narrowing_passes_over_what_does_not_build(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "good", "broken", "broken", "bad", "bad"])
    with here.made() as (history, sweep), benches(1) as places:
        first = sweep.run(here.kernels([ids[0], ids[-1]]), places)
        commits = CommitsBetween(here.repository)
        whole = narrow(
            history, sweep, first, commits, lambda c: kernel_of(here.repository, c), places
        )
    ((_, old, new, _, _),) = changes(here, whole)
    assert (old, new) == (ids[1], ids[4])
    assert commits.of(old, new) == (ids[2], ids[3], ids[4])


def test_paths_leave_out_commits_that_can_not_matter(tmp_path: Path) -> None:
    paths = ["kernel", "docs", "docs", "kernel", "docs", "docs"]
    made = bisect_histories.make(
        tmp_path / "repo",
        linear(6),
        lambda i: {"all": "x", **{p: str(paths[: i + 1].count(p)) for p in paths}},
    )
    commits = CommitsBetween(Place(tmp_path, made.repo).repository, ("kernel",))
    assert commits.of(made.ids[0], made.ids[5]) == (made.ids[3],)
    assert commits.middle(made.ids[0], made.ids[5], ()) is None


def test_commit_of_another_repository_has_no_candidates(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "bad"])
    commits = CommitsBetween(here.repository)
    assert commits.of(ids[0], ids[1]) == (ids[1],)
    assert commits.of(ids[0], "96f9076") == commits.of("96f9076", ids[1]) == ()
    assert commits.middle(ids[0], "96f9076", ()) is None


def test_command_finds_the_commit_that_it_names(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good", "bad"])
    results = here.sweep(ids)
    runs = [each.attempt.run for each in results if each.attempt.run is not None]
    with open_history(tmp_path / "h.db") as history, history.reading():
        (window,) = windows_of(
            changes_of(history, timeline_of(history, swept_kernels(history, runs)))
        )
    given = bisect_options(here.repo, "make -j8 x64", ["build-x64"])
    command = bisect_command(window.changes[0], given)
    assert f"--good {ids[0][:12]} --bad {ids[1][:12]}" in command
    assert "--build 'make -j8 x64' --image-path build-x64 --arch x64" in command
    assert command.endswith(f"--when 'clause {CLAUSE} changes'")


def test_every_takes_the_last_commit_before_each_day(tmp_path: Path) -> None:
    # One commit a minute from 2017-07-14 02:40 UTC on, so that two days have some.
    here, ids = place(tmp_path, ["good"] * 1400)
    day = datetime.timedelta(days=1)
    found = every(here.repository, "HEAD", day, datetime.date(2017, 7, 14))
    # Midnight of the 15th is 1280 minutes after the first commit; the 14th has none before it.
    assert [each.candidate for each in found] == [ids[1279], ids[1399]]
    assert [each.day for each in found] == [20170714, 20170715]
    until = datetime.date(2017, 7, 14)
    found = every(here.repository, "HEAD", day, datetime.date(2017, 7, 14), until)
    assert [each.candidate for each in found] == [ids[1279]]
    with pytest.raises(UserError, match="no commit"):
        every(here.repository, "HEAD", day, datetime.date(2017, 1, 1), datetime.date(2017, 1, 2))


def test_commits_by_name_are_in_the_order_of_time(tmp_path: Path) -> None:
    here, ids = place(tmp_path, ["good"] * 3)
    found = of_commits(here.repository, ["HEAD", ids[0], "HEAD~1", "HEAD"])
    assert [each.candidate for each in found] == ids


def test_date_of_an_image_is_its_age_in_utc_and_a_version_is_none(tmp_path: Path) -> None:
    manifest = tmp_path / "m.toml"
    manifest.write_text(
        '[[images]]\nname = "a"\npath = "a"\ndate = 2018-12-30T10:42:27+11:00\n'
        '[[images]]\nname = "b"\npath = "b"\ndate = "2019-01-02"\n'
    )
    assert [each.day for each in of_images(read_range(manifest))] == [20181229, 20190102]
    manifest.write_text(manifest.read_text().replace("date", "version"))
    assert {each.candidate for each in of_images(read_range(manifest))} == {"a", "b"}


def test_period_is_a_number_of_days_or_weeks() -> None:
    assert parse_period("2w") == parse_period("14d")
    for text in ("2", "0w", "2m", "-1d", "2w3"):
        with pytest.raises(UserError):
            parse_period(text)
