"""Builds on the way: kept by tree, retried where the host failed, and never a false answer."""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from pathlib import Path
from typing import Any

import bisect_drive
import bisect_histories
import pytest
from bisect_drive import PROBE, TARGET, bisect, repository
from bisect_histories import git, linear
from zxhil.bisect.build import GitProvider, Recipe, Worktree, keep_image
from zxhil.bisect.cache import Cache
from zxhil.bisect.gitrange import Repository
from zxhil.bisect.outcome import Policy, ProbeOutcome
from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import Supply, Workspace
from zxhil.bisect.record import Observation
from zxhil.bisect.runner import Bisection
from zxhil.bisect.search import Stop, StopKind
from zxhil.bisect.session import BisectSession
from zxhil.bisect.setup import benches
from zxhil.bisect.when import Facts
from zxhil.image import zbi
from zxhil.image.zbi import Item, ItemType


def test_without_a_build_the_command_tests_the_checkout(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(50), {17})
    test = "grep -q good state && test $(git rev-parse HEAD) = $ZXHIL_COMMIT"
    ends = ("--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, "--repo", "repo", *ends, "--when-command", test)
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
    assert sum(not test.get("cached", False) for test in ran.tests) == 2
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
    test = f"test -e {tmp_path}/$ZXHIL_COMMIT || {{ touch {tmp_path}/$ZXHIL_COMMIT; kill -9 $$; }}"
    target = (*TARGET[:4], "--when-command", f"{test}; {PROBE}")
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, *ends, *target)
    assert ran.result["names"] == [history.ids[23]]
    faults = [test for test in ran.tests if test["outcome"] == "infrastructure fault"]
    assert len(faults) * 2 == len(ran.tests)
    assert "SIGKILL" in faults[0]["reason"]


def test_killed_build_gives_no_verdict(tmp_path: Path) -> None:
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
    target = (*TARGET[:4], "--when-command", f"test ! -e {sick} || exit 200; {PROBE}")
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, *ends, *target, "--retries", "1")
    assert ran.code == 3
    assert "exit code 200 (2 times in a row)" in ran.output
    assert [test["outcome"] for test in ran.tests] == ["infrastructure fault"] * 2
    sick.unlink()
    ran = bisect(tmp_path, "--resume")
    assert ran.result["names"] == [history.ids[4]]


def test_an_unstable_verdict_is_seen_and_outvoted(tmp_path: Path) -> None:
    """Each commit's second test gives a wrong result; three or more tests reveal it."""
    history = repository(tmp_path / "repo", linear(30), {11})
    count = f"n={tmp_path}/n-$ZXHIL_COMMIT; echo x >>$n; test $(wc -l <$n) = 2"
    target = (*TARGET[:4], "--when-command", f"if {count}; then ! {PROBE}; else {PROBE}; fi")
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, *ends, *target, "--repeat", "3")
    assert ran.result["names"] == [history.ids[11]]
    assert [(row["good"], row["bad"]) for row in ran.result["confidence"]] == [(3, 1), (1, 3)]
    assert history.ids[11] in ran.result["unstable"]
    assert "1 x good, 3 x bad" in ran.output


def test_prefetch_changes_nothing_but_the_time(tmp_path: Path) -> None:
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
    prefetch = built.read_text().split()
    assert ran.result["names"] == one.result["names"] == [history.ids[123]]
    assert ran.candidates == one.candidates
    assert set(prefetch) > set(alone), "else nothing was prefetched"
    assert len(prefetch) <= 2 * len(alone) + 2
    assert ran.result["seconds"]["wasted"] > 0
    assert len(git(history.repo, "worktree", "list").splitlines()) == 1


def test_kernel_that_names_another_commit_is_rejected(tmp_path: Path) -> None:
    of = [0, 1, 1, 2]
    history = bisect_histories.make(tmp_path / "repo", linear(4), lambda i: {"a": str(of[i])})
    cache = Cache(tmp_path / "cache", 1 << 20)
    provider = GitProvider(Repository(history.repo), Recipe("make"), cache, tmp_path)
    one, same, other = history.ids[1:]
    assert provider.objection(one, f"git-{one}") == ""
    assert provider.objection(one, f"git-{same}-dirty") == "", "the tree is the same"
    assert "stale image" in provider.objection(one, f"git-{other[:12]}")
    assert provider.objection(one, "git-0123456789abcdef") == "", "not a commit of this history"
    assert provider.objection(one, "unknown") == ""


class VersionProbe:
    """Takes the image's content for what its kernel says; bad from a certain commit on."""

    def __init__(self, bad: set[str]) -> None:
        self._bad = bad

    def test(self, supply: Supply, bench: Workspace, cancel: Cancel) -> dict[str, Any]:
        assert supply.image is not None
        return {"kernel": supply.image.read_text().strip()}

    def bad(self, facts: Facts, old: Facts | None) -> bool:
        return facts["kernel"].removeprefix("git-") in self._bad

    def in_words(self, facts: Facts) -> str:
        return ""


def test_an_older_image_that_a_build_left_is_made_again(tmp_path: Path) -> None:
    """The build makes an image only if there is none, so each but the first is an old one."""
    history = repository(tmp_path / "repo", linear(16), {11})
    command = 'test -e image || echo "git-$(git rev-parse HEAD)" >image'
    cache = Cache(tmp_path / "cache", 1 << 20)
    repo = Repository(history.repo)
    provider = GitProvider(repo, Recipe(command, ("image",)), cache, tmp_path)
    seen: list[Observation] = []
    bisection = Bisection(
        repo.plan([history.ids[0]], "main"),
        Policy(),
        provider,
        VersionProbe(set(history.ids[11:])),
        report=seen.append,
        sleep=lambda seconds: None,
    )
    session = BisectSession(tmp_path / "session")
    with benches(1) as places:
        stop, _, _ = bisection.run(session, (), places)
    session.close()
    assert stop == Stop(StopKind.FOUND, (history.ids[11],))
    faults = [test for test in seen if test.outcome is ProbeOutcome.FAULT]
    assert all("stale image" in test.reason for test in faults)
    assert len(faults) == len(seen) // 2, "each but the first test ran a stale image once"


SHIM = struct.pack("<3I", 0x1BADB002, 0x10002, -(0x1BADB002 + 0x10002) & 0xFFFFFFFF) + b"\0" * 99
SYMBOLS = {
    "": "out/zircon.elf",
    "elsewhere/k.elf": "elsewhere/k.elf",
    "elsewhere": "elsewhere/zircon.elf",
}


@pytest.mark.parametrize("named", SYMBOLS)
@pytest.mark.parametrize("there", [True, False])
def test_symbols_of_a_build_are_kept_with_its_image(
    tmp_path: Path, named: str, there: bool
) -> None:
    """Of a build folder only the image and the symbols; without symbols it is kept as well."""
    tree, kept = tmp_path / "tree", tmp_path / "kept"
    (tree / "out").mkdir(parents=True)
    (tree / "elsewhere").mkdir()
    kept.mkdir()
    kernel = Item(ItemType.KERNEL_X64, b"\x90" * 500 + b"\0userboot\0userboot.shutdown\0")
    (tree / "out" / "kernel.zbi").write_bytes(zbi.write([kernel]))
    (tree / "out" / "multiboot.bin").write_bytes(SHIM)
    (tree / "out" / "object.o").write_bytes(b"large")
    if there:
        (tree / SYMBOLS[named]).write_bytes(b"the symbols")
    keep_image(tree, [tree / "out"], kept, Recipe("make", ("out",), symbols=named))
    names = {"kernel.zbi", "multiboot.bin", *(["zircon.elf"] if there else [])}
    assert {path.name for path in kept.iterdir()} == names
    if there:
        assert (kept / "zircon.elf").read_bytes() == b"the symbols"


def test_cache_of_an_image_with_other_symbols_is_not_used(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(2), set())
    cache = Cache(tmp_path / "cache", 1 << 20)
    repo = Repository(history.repo)
    count = tmp_path / "count"
    command = f"echo x >>{count}; {bisect_drive.BUILD}"
    with benches(1) as (bench,):
        for symbols in ("", "a.elf", "a.elf"):
            recipe = Recipe(command, ("image.bin",), symbols=symbols)
            provider = GitProvider(repo, recipe, cache, tmp_path)
            provider.provide(history.ids[0], bench, Cancel()).close()
            bench.closing.close()
    assert count.read_text().split() == ["x", "x"]


def test_entries_of_worktrees_are_written_one_at_a_time(tmp_path: Path) -> None:
    """Git dies of an entry that another git has half written."""
    history = repository(tmp_path / "repo", linear(2), set())
    made = threading.Thread(
        target=Worktree, args=(Repository(history.repo), tmp_path / "one", history.ids[0])
    )
    folder = os.open(history.repo / ".git", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        made.start()
        made.join(0.5)
        assert made.is_alive()
    finally:
        os.close(folder)
    made.join()
    assert (tmp_path / "one").is_dir()
