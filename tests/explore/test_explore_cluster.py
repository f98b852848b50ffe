"""What a worker says of a share is checked before it counts; who plays a share is chosen so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from explore_model import ModelWork
from zxhil.abi.arch import Arch
from zxhil.cli import cli
from zxhil.cluster.content import PortableSetup
from zxhil.cluster.players import SHARE, ExploreJob, RoundOrder, _Player
from zxhil.cluster.rounds import ClusterRounds, checked_share
from zxhil.cluster.sealed import Damaged, packed_answer
from zxhil.errors import UserError
from zxhil.explore.worker import News, Round
from zxhil.image.find import load
from zxhil.machine.limits import Limits
from zxhil.run.setup import Setup
from zxhil.standin import build

PROGRAM = "r0 = event_create(options=0)\n"
TWO = "r0 = event_create(options=0)\nr1 = second.event_create(options=0)\n"
LATE = "r0 = object_wait_one(handle=process, signals=8, deadline=ZX_TIME_INFINITE)\n"
KEY = ["event_create", "event_create/x", "wrong error", False]
HIT = [PROGRAM, [KEY, 0, "it is wrong", False], []]


def order(number: int = 3, news: News | None = None, **more: Any) -> RoundOrder:
    news = news or News([], Counter(), Counter())
    return RoundOrder("job", "v", 1, Round(number, news, **more), "everything")


def share(**fields: Any) -> dict[str, Any]:
    usual = {
        "number": 3, "share": 1, "calls": 70, "programs": 6, "boots": 1, "lost": 0,
        "counts": {"clause a/b": 2}, "aims": {}, "corpus": [PROGRAM], "hits": [HIT],
        "making": 0.5, "seconds": 1.5,
    }  # fmt: skip
    return {SHARE: {**usual, **fields}}


def test_whole_answer_is_taken() -> None:
    done = checked_share(packed_answer([share()], {"log.serial": b"~"}), order(), 6)
    assert (done.calls, done.counts, done.corpus) == (70, Counter({"clause a/b": 2}), [PROGRAM])
    (hit,) = done.hits
    assert (hit.text, hit.shown.key.clause, hit.before) == (PROGRAM, "event_create/x", ())


def test_calls_of_a_second_thread_count_as_calls_of_its_program() -> None:
    """It is created, started, ends, is waited for, and closed: five more calls."""
    hit = [TWO, [KEY, 6, "it is wrong", False], []]
    done = checked_share(packed_answer([share(hits=[hit])], {}), order(), 6)
    assert [each.shown.call for each in done.hits] == [6]


@pytest.mark.parametrize(
    ("lines", "files", "why"),
    [
        ([], {}, "no line"),
        ([share(), share()], {}, "2 lines"),
        ([{"other": {}}], {}, "other"),
        ([share(share=0)], {}, "another share"),
        ([share(number=2)], {}, "another share"),
        ([share(programs=5)], {}, "not of 6 programs"),
        ([share(calls=10**6)], {}, "not of 6 programs"),
        ([share(calls=-1)], {}, "less than 0"),
        ([share(lost=7)], {}, "not of 6 programs"),
        ([share(seconds="1")], {}, "seconds"),
        ([share(counts={"x": 0})], {}, "counts 'x' 0 times"),
        ([share(aims={"x": 10**9})], {}, "counts 'x'"),
        ([share(counts={"x" * 500: 1})], {}, "counts 'xxx"),
        ([share(counts=["x"])], {}, "not an object"),
        ([share(corpus=[PROGRAM] * 7)], {}, "more programs than it ran"),
        ([share(corpus=["import os"])], {}, "a program that is none"),
        ([share(corpus=[LATE])], {}, "no exploration makes"),
        ([share(hits=[[LATE, *HIT[1:]]])], {}, "no exploration makes"),
        ([share(hits=[[*HIT[:2], ["x"]]])], {}, "a program that is none"),
        ([share(hits=[[*HIT[:2], [PROGRAM] * 13]])], {}, "no program shows"),
        ([share(hits=[[PROGRAM, [KEY, 1, "", False], []]])], {}, "no program shows"),
        ([share(hits=[[TWO, [KEY, 10, "", False], []]])], {}, "no program shows"),
        ([share(hits=[[PROGRAM, [["no_call", *KEY[1:]], 0, "", False], []]])], {}, "no program"),
        ([share(hits=[[PROGRAM, [KEY, 0, "it is wrong"], []]])], {}, "hits"),
        ([share()], {"../x": b""}, "files"),
    ],
)
def test_answer_that_no_share_makes_is_damaged(
    lines: list[dict[str, Any]], files: dict[str, bytes], why: str
) -> None:
    with pytest.raises(Damaged, match=why):
        checked_share(packed_answer(lines, files), order(), 6)


def test_programs_to_replay_are_counted_in_place_of_those_to_make() -> None:
    answer = packed_answer([share(programs=2, calls=2)], {})
    assert checked_share(answer, order(replay=[PROGRAM] * 2), 6).programs == 2
    with pytest.raises(Damaged):
        checked_share(answer, order(replay=[PROGRAM]), 6)


class Threads:
    """A cluster that has workers, and nothing else."""

    def __init__(self, **threads: int) -> None:
        self.has = threads

    def threads(self) -> dict[str, int]:
        return self.has


def test_shares_stay_where_they_were_and_spread_over_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ExploreJob, "of", lambda work: None)
    cluster = Threads(a=1, b=2)
    made = ClusterRounds(cluster, ModelWork(), 3, lambda: None)  # type: ignore[arg-type]
    places = []
    for has in ({"a": 1, "b": 2}, {"a": 1, "c": 2}, {"a": 1, "b": 2, "c": 2}, {}):
        cluster.has = has
        made._place_shares()
        places.append([made._places[share] for share in range(3)])
    first, second, third, last = places
    assert sorted(first) == ["a", "b", "b"]
    assert [place.replace("b", "c") for place in first] == second == third == last


def test_kernel_and_symbols_of_a_crash_are_sent(tmp_path: Path) -> None:
    kernel = tmp_path / "here" / "kernel.bin"
    (kernel.parent / "kernel_x64").mkdir(parents=True)
    kernel.write_bytes(b"kernel")
    (kernel.parent / "kernel_x64" / "zircon.elf").write_bytes(b"symbols")
    image = replace(load(build(Arch.X64), Arch.X64), kernel=kernel, kernel_state=None)
    setup = Setup(image, Limits(1.0, 1.0, 1.0), tmp_path, tmp_path)
    for symbols, there in ((True, [b"symbols"]), (False, [])):
        folder = tmp_path / f"there{symbols}"
        folder.mkdir()
        at = PortableSetup.of(setup, symbols=symbols).at(folder)
        assert at.image is not None
        assert at.image.kernel.read_bytes() == b"kernel"
        beside = at.image.kernel.parent.glob("kernel_x64/zircon.elf")
        assert [path.read_bytes() for path in beside] == there


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--ssh", "h", "--arch", "x64"), "--cluster: can't be combined with --transport ssh"),
        ((), "--cluster nonsense://x: is no file and no address"),
    ],
)
def test_cluster_that_cannot_be_used_is_refused(words: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(cli, ["explore", "--cluster", "nonsense://x", *words])
    assert isinstance(done.exception, UserError)
    assert said in str(done.exception)


class ModelJob:
    """As `ExploreJob`, on the model's kernel."""

    def at(self, folder: Path) -> ModelWork:
        return ModelWork(programs=4)


def test_player_that_missed_a_round_counts_as_one_that_did_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = News([], Counter(), Counter())
    monkeypatch.setattr("zxhil.cluster.players.unpack", lambda digest, read: seen)
    steady, other = (_Player(ModelJob(), tmp_path, 1) for _ in range(2))  # type: ignore[arg-type]
    news = seen
    for number in range(1, 6):
        done = steady.play(order(number, news), lambda digest: b"")
        if number in (2, 5):
            # It knows nothing before the second round, and misses two rounds after it.
            missed = other.play(order(number, news), lambda digest: b"")
            assert (missed.counts, missed.corpus) == (done.counts, done.corpus)
        news = News(done.corpus, done.counts, done.aims)
        seen = News([*seen.corpus, *news.corpus], seen.counts + news.counts, seen.aims + news.aims)
    # Another share of the same round is told the news once.
    again = steady.play(order(5, news), lambda digest: b"")
    assert again.counts == done.counts
