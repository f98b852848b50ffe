"""Work shared out: all of it, nothing twice, and evenly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.guest.cases import Case
from zxhil.guest.source import Program
from zxhil.run.balance import pieces, shard
from zxhil.run.durations import NOTHING_MEASURED, Durations
from zxhil.run.plan import Task


def task(name: str, cases: int, arch: Arch = Arch.X64) -> Task:
    table = tuple(Case(i, f"c{i}", (), f"{name}.c", i + 1) for i in range(cases))
    program = Program(name, arch, Path(name), b"", table)
    return Task(program, tuple(range(cases)))


def work(tasks: list[Task]) -> list[tuple[str, str, int]]:
    return sorted((t.program.arch, t.program.name, i) for t in tasks for i in t.selected)


def seconds(tasks: list[Task], durations: Durations) -> float:
    return sum(durations.task(each) for each in tasks)


SIZES = st.lists(st.integers(1, 300), min_size=1, max_size=7)
TIMES = st.lists(st.floats(0, 2), min_size=1, max_size=20)


@given(SIZES, st.integers(1, 9), TIMES)
def test_shards_are_disjoint_and_complete(sizes: list[int], count: int, times: list[float]) -> None:
    tasks = [task(f"p{n}", size) for n, size in enumerate(sizes)]
    durations = Durations(
        {"x64": 0.25},
        {
            f"x64/p{n}/c{i}": times[(n + i) % len(times)]
            for n, size in enumerate(sizes)
            for i in range(size)
        },
    )
    got: list[Task] = []
    for number in range(1, count + 1):
        try:
            got += shard(tasks, number, count, durations)
        except UserError:
            continue
    assert work(got) == work(tasks)


@given(SIZES, st.integers(1, 9))
def test_pieces_are_the_whole(sizes: list[int], places: int) -> None:
    tasks = [task(f"p{n}", size) for n, size in enumerate(sizes)]
    assert work(pieces(tasks, places, NOTHING_MEASURED)) == work(tasks)


def test_one_machine_splits_nothing() -> None:
    tasks = [task("a", 10), task("b", 300)]
    assert [t.program.name for t in pieces(tasks, 1, NOTHING_MEASURED)] == ["b", "a"]


def test_longest_program_runs_first() -> None:
    tasks = [task("many", 100), task("slow", 2)]
    durations = Durations({}, {"x64/slow/c0": 9.0})
    assert pieces(tasks, 1, durations)[0].program.name == "slow"


def test_a_long_program_is_split_for_two_machines() -> None:
    durations = Durations({"x64": 0.2}, {})
    parts = pieces([task("a", 200)], 2, durations)
    assert len(parts) == 2
    one, other = (durations.task(part) for part in parts)
    assert one == pytest.approx(other, rel=0.02)


def test_a_boot_more_must_be_worth_it() -> None:
    """Two cases of 5 ms in two boots of 0.2 s end no sooner."""
    assert len(pieces([task("a", 2)], 2, Durations({"x64": 0.2}, {}))) == 1


def test_shards_are_equally_long() -> None:
    tasks = [task("a", 273), task("b", 161), task("c", 148), task("d", 101), task("e", 70)]
    durations = Durations({"x64": 0.25}, {f"x64/a/c{i}": 0.02 for i in range(273)})
    loads = [seconds(shard(tasks, n, 3, durations), durations) for n in (1, 2, 3)]
    assert max(loads) < 1.2 * min(loads), loads


def test_a_shard_with_nothing_to_do() -> None:
    with pytest.raises(UserError, match="nothing to run"):
        shard([task("a", 1)], 2, 2, NOTHING_MEASURED)
