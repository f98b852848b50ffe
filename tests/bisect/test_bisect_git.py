"""Git histories: the answer is right, and it is git's."""

from __future__ import annotations

import random
from pathlib import Path

import bisect_drive
import bisect_histories
import pytest
from bisect_drive import PROBE, TARGET, bisect, git_bisect_run, repository
from bisect_histories import git, linear, merges
from zxhil.bisect.gitrange import Repository
from zxhil.errors import UserError


def first_bad_of(said: str) -> str:
    lines = [line for line in said.splitlines() if line.endswith("is the first bad commit")]
    assert len(lines) == 1, said
    return lines[0].split()[0]


def test_a_thousand_commits(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(1000), {616})
    (history.repo / "number").write_text("being edited by the user")
    before = git(history.repo, "status", "--porcelain=2", "--branch")
    ran = bisect(tmp_path, "--repo", "repo", "--good", history.ids[0], "--bad", "main", *TARGET)
    assert ran.code == 0, ran.output
    assert ran.result["names"] == [history.ids[616]]
    assert len(ran.tests) <= 12
    assert git(history.repo, "status", "--porcelain=2", "--branch") == before
    assert len(git(history.repo, "worktree", "list").splitlines()) == 1
    git(history.repo, "checkout", "-q", "-f", "main")
    assert first_bad_of(git_bisect_run(history, history.ids[0], "main")) == history.ids[616]


@pytest.mark.parametrize("seed", range(6))
def test_merges_give_the_same_commit_as_git(tmp_path: Path, seed: int) -> None:
    shape = merges(60, seed)
    culprit = random.Random(seed).randrange(1, 60)
    history = repository(tmp_path / "repo", shape, {culprit})
    ran = bisect(tmp_path, "--repo", "repo", "--good", history.ids[0], "--bad", "main", *TARGET)
    assert ran.result["names"] == [history.ids[culprit]]
    said = git_bisect_run(history, history.ids[0], "main")
    assert first_bad_of(said) == history.ids[culprit]
    assert len(ran.tests) - 2 <= said.count("revisions left") + 3


@pytest.mark.parametrize("seed", range(8))
def test_choices_weigh_as_git_weighs(tmp_path: Path, seed: int) -> None:
    """git rev-list --bisect-all prints min(weight, rest) of every candidate."""
    shape = merges(80, seed)
    history = bisect_histories.make(
        tmp_path / "repo", shape, lambda i: {"a" if i % 3 else "b": str(i)}
    )
    for options in ({}, {"first_parent": True}, {"paths": ("b",)}):
        plan = Repository(history.repo).plan([history.ids[0]], "main", **options)
        suspects = plan.graph.suspects([], [])
        weights = plan.graph.weights(suspects)
        ours = {plan.graph.names[i]: min(w, len(suspects) - w) for i, w in weights.items()}
        arguments = ["--first-parent"] if "first_parent" in options else []
        arguments += ["main", "--not", history.ids[0], "--", *options.get("paths", ())]
        lines = git(history.repo, "rev-list", "--bisect-all", *arguments).splitlines()
        theirs = {
            line.split()[0]: int(part.split("=")[1].rstrip(",)"))
            for line in lines
            for part in line.split()
            if "dist=" in part
        }
        assert ours == theirs


def test_a_broken_stretch_gives_the_set_that_git_gives(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(100), {51}, {49, 50, 51, 52})
    ran = bisect(tmp_path, "--repo", "repo", "--good", history.ids[0], "--bad", "main", *TARGET)
    assert ran.code == 1
    assert ran.result["end"] == "a set remains"
    assert "one of these 5" in ran.output
    assert set(ran.result["names"]) == set(history.ids[49:54])
    said = git_bisect_run(history, history.ids[0], "main")
    assert set(ran.result["names"]) == {line for line in said.splitlines() if len(line) == 40}
    assert {row["name"] for row in ran.result["skipped"]} == set(history.ids[49:53])
    assert all("does not build" in row["reason"] for row in ran.result["skipped"])


@pytest.mark.parametrize("seed", range(6))
def test_after_skips_in_merges_gits_set_is_ours(tmp_path: Path, seed: int) -> None:
    """git replays `zxhil bisect log --git` and must reach the same conclusion."""
    rng = random.Random(seed)
    shape = merges(50, seed + 100)
    culprit = rng.randrange(10, 40)
    broken = {culprit} | {rng.randrange(1, 49) for _ in range(12)}
    history = repository(tmp_path / "repo", shape, {culprit}, broken - {0, 49})
    ran = bisect(tmp_path, "--repo", "repo", "--good", history.ids[0], "--bad", "main", *TARGET)
    assert history.ids[culprit] in ran.result["names"]
    log = tmp_path / "log"
    log.write_text(bisect_drive.zxhil(tmp_path, "log", "--git").stdout)
    said = git(history.repo, "bisect", "replay", str(log), check=False)
    git(history.repo, "bisect", "reset")
    listed = {line for line in said.splitlines() if len(line) == 40}
    assert set(ran.result["names"]) == (listed or {first_bad_of(said)})


def test_a_fix_is_found_with_find_fix_which_is_suggested(tmp_path: Path) -> None:
    of = ["bad" if i < 33 else "good" for i in range(64)]
    history = bisect_histories.make(
        tmp_path / "repo", linear(64), lambda i: {"state": of[i], "n": str(i)}
    )
    old, new = history.ids[0], history.ids[-1]
    ran = bisect(tmp_path, "--repo", "repo", "--good", old, "--bad", new, *TARGET)
    assert (ran.code, ran.result["end"]) == (1, "the ends are reversed")
    assert f"--find-fix --good {new} --bad {old}" in ran.output
    assert len(ran.tests) == 2
    ran = bisect(tmp_path, "--repo", "repo", "--good", new, "--bad", old, *TARGET)
    assert ran.code == 2
    assert "--find-fix" in ran.output
    ran = bisect(tmp_path, "--repo", "repo", "--find-fix", "--good", new, "--bad", old, *TARGET)
    assert ran.result["names"] == [history.ids[33]]
    assert "first again good" in ran.output
    log = tmp_path / "log"
    log.write_text(bisect_drive.zxhil(tmp_path, "log", "--git").stdout)
    said = git(history.repo, "bisect", "replay", str(log))
    assert f"{history.ids[33]} is the first fixed commit" in said


def test_ends_that_do_not_differ(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(20), set())
    ran = bisect(tmp_path, "--repo", "repo", "--good", history.ids[0], "--bad", "main", *TARGET)
    assert (ran.code, ran.result["end"], len(ran.tests)) == (1, "the ends do not differ", 2)
    assert "both ends are good" in ran.output


def test_a_bad_merge_base_ends_it(tmp_path: Path) -> None:
    """As git: the good end, on a side branch, fixed what was bad where it branched off."""
    shape = [[], [0], [1], [2], [1]]
    of = ["good", "bad", "bad", "bad", "good"]
    history = bisect_histories.make(
        tmp_path / "repo", shape, lambda i: {"state": of[i], "n": str(i)}
    )
    ends = ("--good", history.ids[4], "--bad", history.ids[3])
    ran = bisect(tmp_path, "--repo", "repo", *ends, *TARGET)
    assert (ran.code, ran.result["end"]) == (1, "the merge base is already changed")
    assert ran.result["names"] == [history.ids[1]]
    git(history.repo, "bisect", "start", history.ids[3], history.ids[4])
    assert "merge base must be tested" in git(history.repo, "bisect", "next", check=False) or True
    assert git(history.repo, "rev-parse", "HEAD").strip() == history.ids[1]


def test_first_parent_blames_the_merge(tmp_path: Path) -> None:
    shape = [[], [0], [0], [2], [1, 3], [4]]
    history = repository(tmp_path / "repo", shape, {3})
    ends = ("--good", history.ids[0], "--bad", "main")
    assert bisect(tmp_path, "--repo", "repo", *ends, *TARGET).result["names"] == [history.ids[3]]
    ran = bisect(tmp_path, "--repo", "repo", *ends, *TARGET, "--first-parent")
    assert ran.result["names"] == [history.ids[4]]


def test_paths_leave_commits_out(tmp_path: Path) -> None:
    of = ["bad" if i >= 12 else "good" for i in range(30)]
    history = bisect_histories.make(
        tmp_path / "repo", linear(30), lambda i: {"state": of[i], "doc": str(i // 3)}
    )
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, *ends, *TARGET, "--paths", "state")
    assert ran.result["names"] == [history.ids[12]]
    assert ran.result["range"]["candidates"] == 1
    ran = bisect(tmp_path, *ends, "--paths", "doc", "--when-command", "test `cat doc` -lt 7")
    assert ran.result["names"] == [history.ids[21]]
    ran = bisect(tmp_path, *ends, *TARGET, "--paths", "doc")
    assert ran.result["names"] == [history.ids[12]]
    of[:] = ["good"] * 13 + ["bad"] * 17
    other = bisect_histories.make(
        tmp_path / "other", linear(30), lambda i: {"state": of[i], "doc": str(i // 3)}
    )
    ends = ("--repo", "other", "--good", other.ids[0], "--bad")
    ran = bisect(tmp_path, *ends, "main", *TARGET, "--paths", "doc")
    assert ran.result["names"] == [other.ids[15]]
    assert "2 commits that do not touch the paths" in ran.output
    ran = bisect(tmp_path, *ends, other.ids[14], *TARGET, "--paths", "doc")
    assert (ran.code, ran.result["end"]) == (1, "none of the candidates did it")


def test_git_bisect_run_takes_it_as_its_script(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(100), {51}, {49, 50, 51, 52})
    git(history.repo, "bisect", "start", "main", history.ids[0])
    target = ("--build", bisect_drive.BUILD, "--image-path", "image.bin", "--when-command", PROBE)
    script = [*bisect_drive.ZXHIL, "bisect", "step", *target]
    said = git(history.repo, "bisect", "run", *script, check=False)
    assert {line for line in said.splitlines() if len(line) == 40} == set(history.ids[49:54])


def test_wrong_option_stops_git_bisect(tmp_path: Path) -> None:
    for arguments in (["--wrong"], [], ["--when", "nonsense", "--image", "x"]):
        done = bisect_drive.zxhil(tmp_path, "step", *arguments)
        assert done.returncode >= 128, arguments


def test_conflicting_options_are_refused(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(4), {2})
    with pytest.raises(UserError, match="is not a commit"):
        Repository(history.repo).plan(["nowhere"], "main")
    for arguments, word in [
        (["--good", "a"], "needs a range"),
        (["--repo", "repo", "--good", "main", "--bad", "main"], "exactly one condition"),
        (["--repo", "repo", "--when", "boots", "--good", "a", "--bad", "b"], "--build"),
        (["--repo", "repo", "--when-command", "x"], "both ends"),
        (["--images", "x", "--when", "boots", "--paths", "p"], "git histories"),
        (
            ["--repo", "repo", "--when", "case x", "--build", "b", "--good", "a", "--bad", "b"],
            "case PROGRAM/CASE changes",
        ),
        (["--repo", "nowhere", "--when-command", "x", "--good", "a", "--bad", "b"], "nowhere"),
    ]:
        ran = bisect(tmp_path, *arguments)
        assert ran.code == 2, ran.output
        assert word in ran.output
        assert "Traceback" not in ran.output
