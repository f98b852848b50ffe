"""Work is spread over processes; what one of them does not answer is done again."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from zxhil.errors import UserError
from zxhil.report.saved import report_json
from zxhil.run import replay
from zxhil.run.plan import Task
from zxhil.run.session import Session
from zxhil.run.spread import cores, spread


def test_results_come_in_order_from_several_processes() -> None:
    found = spread(lambda item: (item, os.getpid()), "abcdefgh", range(8), 2)
    assert [item for item, _ in found] == [*"abcdefgh"]
    pids = {pid for _, pid in found}
    assert len(pids) == 2
    assert os.getpid() not in pids


@pytest.mark.parametrize(("items", "processes"), [("a", 2), ("ab", 1), ("", 2)])
def test_what_one_process_does_is_done_here(items: str, processes: int) -> None:
    found = spread(lambda item: os.getpid(), items, [1] * len(items), processes)
    assert found == [os.getpid()] * len(items)


def test_killed_process_costs_a_retry_and_no_result() -> None:
    mine = os.getpid()

    def work(item: int) -> int:
        if item == 3 and os.getpid() != mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return item * item

    assert spread(work, range(8), [1] * 8, 2) == [item * item for item in range(8)]


def test_failure_is_raised_here_and_only_for_its_item() -> None:
    mine = os.getpid()

    def work(item: int) -> int:
        if item == 2 and os.getpid() != mine:
            raise UserError("here", "is wrong", "fix it")
        return item

    assert spread(work, range(4), [1] * 4, 2) == [0, 1, 2, 3]

    def wrong(item: int) -> int:
        raise UserError(str(item), "is wrong", "fix it")

    with pytest.raises(UserError, match="0: is wrong"):
        spread(wrong, range(4), [1] * 4, 2)


def test_refused_processes_leave_the_work_to_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    assert spread(str, range(4), [1] * 4, 2) == ["0", "1", "2", "3"]


def test_no_process_is_left() -> None:
    pids = set(spread(lambda item: os.getpid(), range(4), [1] * 4, 2))
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_one_core_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0})
    assert cores() == 1


@pytest.mark.qemu
def test_folder_is_judged_alike_by_one_and_by_two_processes(
    session: Callable[..., Session],
    tasks: Callable[[str, str], list[Task]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session("logs").run([*tasks("object_get_child", "handle_*"), *tasks("socket_share", "self*")])
    spread_over: list[int] = []

    def noted(work: Any, items: Any, sizes: Any, processes: int) -> Any:
        spread_over.append(processes)
        return spread(work, items, sizes, processes)

    monkeypatch.setattr(replay, "spread", noted)
    monkeypatch.setattr(replay, "_WORTH_A_PROCESS", 1)
    reports = []
    for number in (1, 2):
        monkeypatch.setattr(replay, "cores", lambda number=number: number)
        report = report_json(replay.check(tmp_path / "logs"))
        assert sum(len(case["calls"]) for case in report["cases"]) > 20
        reports.append(json.dumps(report))
    assert spread_over == [2]
    assert reports[0] == reports[1]
