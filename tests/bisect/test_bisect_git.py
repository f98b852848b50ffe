"""Git histories: the answer is right, it is git's, and nothing is left behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bisect_drive
import bisect_histories
import pytest
from bisect_drive import LOOK, TARGET, bisect, git_bisect_run, has_gone, repository, wait_for
from bisect_histories import git, linear, merges

from harness.bisect.build import GitProvider, Recipe
from harness.bisect.cache import Cache
from harness.bisect.gitrange import Repository
from harness.bisect.outcome import Outcome, Policy
from harness.bisect.process import Cancel
from harness.bisect.provide import Bench, Supply
from harness.bisect.runner import Bisection
from harness.bisect.search import Stop, StopKind
from harness.bisect.session import Observation, Session
from harness.bisect.setup import benches
from harness.bisect.when import Facts
from harness.errors import UserError


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
    assert len(ran.looks) <= 12
    assert git(history.repo, "status", "--porcelain=2", "--branch") == before
    assert len(git(history.repo, "worktree", "list").splitlines()) == 1
    git(history.repo, "checkout", "-q", "-f", "main")
    assert first_bad_of(git_bisect_run(history, history.ids[0], "main")) == history.ids[616]


@pytest.mark.parametrize("seed", range(6))
def test_merges_give_what_git_gives(tmp_path: Path, seed: int) -> None:
    shape = merges(60, seed)
    culprit = random.Random(seed).randrange(1, 60)
    history = repository(tmp_path / "repo", shape, {culprit})
    ran = bisect(tmp_path, "--repo", "repo", "--good", history.ids[0], "--bad", "main", *TARGET)
    assert ran.result["names"] == [history.ids[culprit]]
    said = git_bisect_run(history, history.ids[0], "main")
    assert first_bad_of(said) == history.ids[culprit]
    assert len(ran.looks) - 2 <= said.count("revisions left") + 3


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
    """git is told what we saw, by `zxhil bisect log --git`, and must conclude the same."""
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
    assert (ran.code, ran.result["end"]) == (1, "the ends lie the wrong way round")
    assert f"--find-fix --good {new} --bad {old}" in ran.output
    assert len(ran.looks) == 2
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
    assert (ran.code, ran.result["end"], len(ran.looks)) == (1, "the ends do not differ", 2)
    assert "both ends are good" in ran.output


def test_a_bad_merge_base_ends_it(tmp_path: Path) -> None:
    """As git: the good end, on a side branch, mended what was bad where it branched off."""
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


def test_without_a_build_the_command_looks_at_the_checkout(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(50), {17})
    look = "grep -q good state && test $(git rev-parse HEAD) = $ZXHIL_COMMIT"
    ends = ("--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, "--repo", "repo", *ends, "--when-command", look)
    assert ran.result["names"] == [history.ids[17]]


def test_builds_are_kept_by_tree(tmp_path: Path) -> None:
    """Two commits of one tree are built once, and a second bisection builds nothing."""
    of = ["good"] * 20 + ["bad"] * 20
    history = bisect_histories.make(tmp_path / "repo", linear(40), lambda i: {"state": of[i]})
    count = tmp_path / "count"
    build = (f"echo x >>{count}; {bisect_drive.BUILD}", *TARGET[2:])
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, *ends, "--build", *build)
    assert ran.result["names"] == [history.ids[20]]
    assert len(count.read_text().split()) == 2
    assert sum(not look.get("cached", False) for look in ran.looks) == 2
    bisect(tmp_path, *ends, "--build", *build)
    assert len(count.read_text().split()) == 2


def test_a_build_accuses_a_commit_only_from_a_clean_worktree(tmp_path: Path) -> None:
    """What an earlier build left makes the next one fail, here each time."""
    history = repository(tmp_path / "repo", linear(40), {23})
    build = (f"test ! -e left-over && touch left-over && {bisect_drive.BUILD}", *TARGET[2:])
    ran = bisect(
        tmp_path, "--repo", "repo", "--good", history.ids[0], "--bad", "main", "--build", *build
    )
    assert ran.result["names"] == [history.ids[23]]
    assert not ran.result["skipped"]


def test_infrastructure_faults_are_retried_and_never_an_answer(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(40), {23})
    look = f"test -e {tmp_path}/$ZXHIL_COMMIT || {{ touch {tmp_path}/$ZXHIL_COMMIT; kill -9 $$; }}"
    target = (*TARGET[:4], "--when-command", f"{look}; {LOOK}")
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, *ends, *target)
    assert ran.result["names"] == [history.ids[23]]
    faults = [look for look in ran.looks if look["outcome"] == "infrastructure fault"]
    assert len(faults) * 2 == len(ran.looks)
    assert "SIGKILL" in faults[0]["reason"]


def test_a_build_that_was_killed_says_nothing_of_the_commit(tmp_path: Path) -> None:
    """As the kernel's out-of-memory killer does; the next try is from a used worktree."""
    history = repository(tmp_path / "repo", linear(40), {23})
    once = f"test -e {tmp_path}/$ZXHIL_COMMIT || {{ touch {tmp_path}/$ZXHIL_COMMIT; kill -9 $$; }}"
    build = (f"{once}; {bisect_drive.BUILD}", *TARGET[2:])
    ends = ("--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, "--repo", "repo", *ends, "--build", *build)
    assert ran.result["names"] == [history.ids[23]]
    assert not ran.result["skipped"]
    assert "the build was stopped: killed by SIGKILL" in ran.output


def test_faults_that_do_not_end_stop_it_with_exit_code_3(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(8), {4})
    sick = tmp_path / "sick"
    sick.touch()
    target = (*TARGET[:4], "--when-command", f"test ! -e {sick} || exit 200; {LOOK}")
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, *ends, *target, "--retries", "1")
    assert ran.code == 3
    assert "exit code 200 (2 times in a row)" in ran.output
    assert [look["outcome"] for look in ran.looks] == ["infrastructure fault"] * 2
    sick.unlink()
    ran = bisect(tmp_path, "--resume")
    assert ran.result["names"] == [history.ids[4]]


def test_an_unstable_verdict_is_seen_and_outvoted(tmp_path: Path) -> None:
    """Each commit's second look lies; three looks or more show it."""
    history = repository(tmp_path / "repo", linear(30), {11})
    count = f"n={tmp_path}/n-$ZXHIL_COMMIT; echo x >>$n; test $(wc -l <$n) = 2"
    target = (*TARGET[:4], "--when-command", f"if {count}; then ! {LOOK}; else {LOOK}; fi")
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, *ends, *target, "--repeat", "3")
    assert ran.result["names"] == [history.ids[11]]
    assert [(row["good"], row["bad"]) for row in ran.result["confidence"]] == [(3, 1), (1, 3)]
    assert history.ids[11] in ran.result["unstable"]
    assert "1 x good, 3 x bad" in ran.output


def test_looking_ahead_changes_nothing_but_the_time(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(200), {123}, {99, 100, 101})
    built = tmp_path / "built"
    build = (f"echo $ZXHIL_COMMIT >>{built}; sleep 0.05; {bisect_drive.BUILD}", *TARGET[2:])
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    one = bisect(tmp_path, *ends, "--build", *build)
    alone = built.read_text().split()
    built.unlink()
    ran = bisect(
        tmp_path, *ends, "--build", *build, "--jobs", "3", XDG_CACHE_HOME=str(tmp_path / "fresh")
    )
    ahead = built.read_text().split()
    assert ran.result["names"] == one.result["names"] == [history.ids[123]]
    assert ran.candidates == one.candidates
    assert set(ahead) > set(alone), "else nothing was built ahead"
    assert len(ahead) <= 2 * len(alone) + 2
    assert ran.result["seconds"]["wasted"] > 0
    assert len(git(history.repo, "worktree", "list").splitlines()) == 1


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A short path, for zxhil leaves a TMPDIR aside that is too long for sockets."""
    with tempfile.TemporaryDirectory(prefix="b-", dir="/tmp") as folder:
        yield Path(folder)


def waiting_bisect(folder: Path, temporary: Path, good: str) -> tuple[subprocess.Popen[str], Path]:
    """Start a bisection whose build hangs at the third look; return it and the build's pid file."""
    pid = folder / "pid"
    build = (
        f"echo x >>{folder}/n; test $(wc -l <{folder}/n) -ne 3 || {{ echo $$ >{pid}.part; "
        f"mv {pid}.part {pid}; sleep 600; }}; {bisect_drive.BUILD}"
    )
    arguments = ["--repo", "repo", "--good", good, "--bad", "main", "--build", build, *TARGET[2:]]
    env = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        [*bisect_drive.ZXHIL, "bisect", *arguments],
        cwd=folder,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    # Else the tests that it is empty in the end would test nothing.
    wait_for(pid.exists)
    assert list(temporary.iterdir())
    return process, pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_and_resume_goes_on(
    tmp_path: Path, temporary: Path, number: int
) -> None:
    history = repository(tmp_path / "repo", linear(100), {42})
    process, pid = waiting_bisect(tmp_path, temporary, history.ids[0])
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert has_gone(int(pid.read_text()))
    assert len(git(history.repo, "worktree", "list").splitlines()) == 1
    assert list(temporary.iterdir()) == []
    before = bisect_drive.session_looks(tmp_path)
    assert len(before) == 2
    ran = bisect(tmp_path, "--resume")
    assert ran.result["names"] == [history.ids[42]]
    assert ran.looks[:2] == before
    assert len(ran.looks) <= 9


def test_killing_it_leaves_no_build_and_no_folder(tmp_path: Path, temporary: Path) -> None:
    history = repository(tmp_path / "repo", linear(100), {42})
    process, pid = waiting_bisect(tmp_path, temporary, history.ids[0])
    process.kill()
    process.communicate(timeout=60)
    wait_for(lambda: has_gone(int(pid.read_text())))
    wait_for(lambda: not list(temporary.iterdir()))
    ran = bisect(tmp_path, "--resume", TMPDIR=tempfile.gettempdir())
    assert ran.result["names"] == [history.ids[42]]
    # git's own entry for the lost worktree went too.
    assert len(git(history.repo, "worktree", "list").splitlines()) == 1


def test_a_session_is_not_overwritten_nor_used_twice(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(10), {5})
    arguments = ("--repo", "repo", "--good", history.ids[0], "--bad", "main", *TARGET)
    assert bisect(tmp_path, *arguments).code == 0
    again = bisect_drive.zxhil(tmp_path, *arguments)
    assert again.returncode == 2
    assert "--resume" in again.stderr


def test_two_bisections_never_write_one_session(tmp_path: Path) -> None:
    first = Session(tmp_path / "session")
    with pytest.raises(UserError, match="a bisection is running on it"):
        Session(tmp_path / "session")
    first.close()
    Session(tmp_path / "session").close()


def test_replay_takes_an_edited_log(tmp_path: Path) -> None:
    """A wrong look is deleted from the file, and only that one is made again."""
    history = repository(tmp_path / "repo", linear(64), {40})
    liar = tmp_path / "liar"
    liar.touch()
    lie = f"test ! -e {liar} || test $(cat number-now) != 31 || exit 1"
    build = (f"cp number image.bin && cat state >>image.bin && cp number {tmp_path}/number-now",)
    look = f"cd {tmp_path}; {lie}; {LOOK}"
    target = ("--build", *build, "--image-path", "image.bin", "--when-command", look)
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, *ends, *target)
    wrong = [look for look in ran.looks if look["candidate"] == history.ids[31]]
    assert [look["outcome"] for look in wrong] == ["bad"], "else the test tests nothing"
    assert ran.result["names"] == [history.ids[31]]
    liar.unlink()
    lines = (tmp_path / "zxhil-bisect.jsonl").read_text().splitlines()
    kept = [line for line in lines if f'"candidate": "{history.ids[31]}"' not in line]
    (tmp_path / "edited").write_text("\n".join(kept) + "\n")
    check = bisect_drive.zxhil(tmp_path, "replay", "edited", "--check")
    assert check.returncode == 1
    assert "the next look is at" in check.stdout
    (tmp_path / "zxhil-bisect.jsonl").unlink()
    done = bisect_drive.zxhil(tmp_path, "replay", "edited")
    assert f"first bad: {history.ids[40]}" in done.stdout


def test_a_line_cut_off_by_a_power_cut_is_ignored(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(64), {40})
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    assert bisect(tmp_path, *ends, *TARGET).code == 0
    session = tmp_path / "zxhil-bisect.jsonl"
    lines = session.read_text().splitlines(keepends=True)
    session.write_text("".join(lines[:5]) + lines[5][:40])
    ran = bisect(tmp_path, "--resume")
    assert ran.result["names"] == [history.ids[40]]
    session.write_text("".join([*lines[:3], lines[3][:40] + "\n", *lines[4:]]))
    ran = bisect(tmp_path, "--resume")
    assert ran.code == 2
    assert "zxhil-bisect.jsonl:4" in ran.output


def test_git_bisect_run_takes_it_as_its_script(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(100), {51}, {49, 50, 51, 52})
    git(history.repo, "bisect", "start", "main", history.ids[0])
    target = ("--build", bisect_drive.BUILD, "--image-path", "image.bin", "--when-command", LOOK)
    script = [*bisect_drive.ZXHIL, "bisect", "step", *target]
    said = git(history.repo, "bisect", "run", *script, check=False)
    assert {line for line in said.splitlines() if len(line) == 40} == set(history.ids[49:54])


def test_a_wrong_option_is_no_verdict_to_git(tmp_path: Path) -> None:
    for arguments in (["--wrong"], [], ["--when", "nonsense", "--image", "x"]):
        done = bisect_drive.zxhil(tmp_path, "step", *arguments)
        assert done.returncode >= 128, arguments


def test_a_kernel_that_names_another_commit_is_not_believed(tmp_path: Path) -> None:
    of = [0, 1, 1, 2]
    history = bisect_histories.make(tmp_path / "repo", linear(4), lambda i: {"a": str(of[i])})
    cache = Cache(tmp_path / "cache", 1 << 20)
    provider = GitProvider(Repository(history.repo), Recipe("make"), cache, tmp_path)
    one, same, other = history.ids[1:]
    assert provider.objection(one, f"git-{one}") == ""
    assert provider.objection(one, f"git-{same}-dirty") == "", "the tree is the same"
    assert "older image" in provider.objection(one, f"git-{other[:12]}")
    assert provider.objection(one, "git-0123456789abcdef") == "", "not a commit of this history"
    assert provider.objection(one, "unknown") == ""


class VersionProbe:
    """Takes the image's content for what its kernel says; bad from a certain commit on."""

    def __init__(self, bad: set[str]) -> None:
        self._bad = bad

    def look(self, supply: Supply, bench: Bench, cancel: Cancel) -> dict[str, Any]:
        assert supply.image is not None
        return {"kernel": supply.image.read_text().strip()}

    def bad(self, facts: Facts, old: Facts | None) -> bool:
        return facts["kernel"].removeprefix("git-") in self._bad


def test_an_older_image_that_a_build_left_is_made_again(tmp_path: Path) -> None:
    """The build makes an image only if there is none, so each but the first is an old one."""
    history = repository(tmp_path / "repo", linear(16), {11})
    command = 'test -e image || echo "git-$(git rev-parse HEAD)" >image'
    cache = Cache(tmp_path / "cache", 1 << 20)
    repo = Repository(history.repo)
    provider = GitProvider(repo, Recipe(command, ("image",)), cache, tmp_path)
    told: list[Observation] = []
    bisection = Bisection(
        repo.plan([history.ids[0]], "main"),
        Policy(),
        provider,
        VersionProbe(set(history.ids[11:])),
        tell=told.append,
        sleep=lambda seconds: None,
    )
    session = Session(tmp_path / "session")
    with benches(1) as places:
        stop, _, _ = bisection.run(session, (), places)
    session.close()
    assert stop == Stop(StopKind.FOUND, (history.ids[11],))
    faults = [look for look in told if look.outcome is Outcome.FAULT]
    assert all("older image" in look.reason for look in faults)
    assert len(faults) == len(told) // 2, "each but the first look was at an old image once"


def test_what_is_asked_for_must_go_together(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(4), {2})
    with pytest.raises(UserError, match="is not a commit"):
        Repository(history.repo).plan(["nowhere"], "main")
    for arguments, word in [
        (["--good", "a"], "needs a range"),
        (["--repo", "repo", "--good", "main", "--bad", "main"], "one thing to look for"),
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
