from __future__ import annotations

import random

import pytest
from run_builders import call
from zxhil.oracle.results import JudgedCall
from zxhil.report import align
from zxhil.report.align import hunks, name_of, side_by_side, status_of


def calls(names: str, status: str = "ZX_OK") -> list[JudgedCall]:
    return [call(name, status, arguments=f"handle=<0x{i}7 event>") for i, name in enumerate(names)]


def test_equal_calls_are_paired_by_number() -> None:
    assert side_by_side(calls("abc"), calls("abc")) == [(0, 0), (1, 1), (2, 2)]
    assert side_by_side([], []) == []


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ("abc", "abxc", [(0, 0), (1, 1), (-1, 2), (2, 3)]),
        ("abxc", "abc", [(0, 0), (1, 1), (2, -1), (3, 2)]),
        ("ab", "cd", [(0, -1), (1, -1), (-1, 0), (-1, 1)]),
        ("", "a", [(-1, 0)]),
        ("a", "", [(0, -1)]),
    ],
)
def test_calls_of_one_side_alone_stand_alone(
    old: str, new: str, pairs: list[tuple[int, int]]
) -> None:
    assert side_by_side(calls(old), calls(new)) == pairs


def test_arguments_decide_between_calls_of_one_name() -> None:
    def info(value: str, kind: str = "event") -> JudgedCall:
        return call("object_get_info", arguments=f"handle=<{value} {kind} koid 7{value[2:]}>")

    old = [info("0x10"), info("0x20", "socket"), info("0x30", "channel")]
    new = [info("0x11"), info("0x31", "channel")]
    assert side_by_side(old, new) == [(0, 0), (1, -1), (2, 1)]


def test_statuses_decide_between_equal_calls() -> None:
    old = [call("x"), call("read"), call("read"), call("read", "ZX_ERR_SHOULD_WAIT")]
    new = [call("y"), call("read"), call("read", "ZX_ERR_SHOULD_WAIT")]
    paired = {pair for pair in side_by_side([*old, call()], [*new, call("z")]) if -1 not in pair}
    assert (3, 2) in paired
    assert len(paired) == 2


def test_hunks_contain_the_calls_of_one_side() -> None:
    pairs = [(0, 0), (1, -1), (-1, 1), (2, -1), (3, 2), (-1, 3)]
    assert list(hunks(pairs)) == [([1, 2], [1]), ([], [3])]


@pytest.mark.parametrize("most", [1 << 18, 0], ids=["aligned", "by number"])
@pytest.mark.parametrize("seed", range(20))
def test_every_call_is_paired_or_stands_alone_once(
    seed: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(align, "_MOST", most)
    rng = random.Random(seed)
    old, new = (calls("".join(rng.choices("abc", k=rng.randrange(30)))) for _ in range(2))
    pairs = side_by_side(old, new)
    assert [i for i, _ in pairs if i >= 0] == list(range(len(old)))
    assert [j for _, j in pairs if j >= 0] == list(range(len(new)))
    assert all(name_of(old[i]) == name_of(new[j]) for i, j in pairs if i >= 0 and j >= 0)


def test_what_a_clock_returned_is_not_compared() -> None:
    assert status_of(call("clock_get", "0x1157f240")) == "zx_time_t"
    assert status_of(call("ticks_get", "0x9")) == "zx_ticks_t"
    assert status_of(call("system_get_num_cpus", "0x1")) == "0x1"
    assert status_of(call("channel_create", "ZX_OK, out0=0x7")) == "ZX_OK"
