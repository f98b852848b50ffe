"""Prefetch: the wanted one first, what is no longer wanted cancelled, waste counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from zxhil.bisect.prefetch import Prefetch, ProbeResult
from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import Workspace


class Workshop:
    """Work that lasts until it is released or cancelled, for names that begin with "long"."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.begun: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.started = threading.Semaphore(0)

    def __call__(self, name: str, bench: Workspace, cancel: Cancel) -> ProbeResult:
        with self.lock:
            self.begun.append(name)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.started.release()
        try:
            if name == "wrong":
                raise ValueError("a mistake of ours")
            if name.startswith("long"):
                cancel.nap(600)
            return ProbeResult(facts={"name": name}, total=1.0)
        finally:
            with self.lock:
                self.at_once -= 1


@contextmanager
def prefetch(
    benches: int, work: Callable[[str, Workspace, Cancel], ProbeResult]
) -> Iterator[Prefetch]:
    made = Prefetch([Workspace(i, Path("/"), ExitStack()) for i in range(benches)], work)
    try:
        yield made
    finally:
        made.close()


def test_unneeded_prefetch_is_cancelled() -> None:
    """There is one bench, so the second can only begin after the first was cancelled."""
    work = Workshop()
    with prefetch(1, work) as at:
        at.want(["long"])
        work.started.acquire()
        at.want(["short"])
        assert at.wait("short").facts == {"name": "short"}
        assert at.wasted > 0


def test_needed_prefetch_continues() -> None:
    work = Workshop()
    with prefetch(2, work) as at:
        at.want(["one", "long"])
        at.wait("one")
        at.want(["two", "long"])
        at.wait("two")
        assert work.begun.count("long") == 1


def test_prefetch_starts_in_order_within_the_number_of_benches() -> None:
    work = Workshop()
    with prefetch(2, work) as at:
        at.want(["long 1", "long 2", "long 3"])
        for _ in range(2):
            work.started.acquire()
        assert sorted(work.begun) == ["long 1", "long 2"]
    assert work.most_at_once == 2


def test_prefetched_result_is_used_once() -> None:
    work = Workshop()
    with prefetch(1, work) as at:
        for _ in range(3):
            at.want(["one"])
            at.wait("one")
    assert work.begun == ["one"] * 3


def test_finished_work_no_longer_wanted_is_waste() -> None:
    work = Workshop()
    with prefetch(1, work) as at:
        at.want(["one", "two"])
        at.wait("one")
        for _ in range(2):
            work.started.acquire()
        at.want(["three"])
        at.wait("three")
        assert at.wasted > 0


def test_closing_ends_work_that_lasts() -> None:
    work = Workshop()
    with prefetch(2, work) as at:
        at.want(["long 1", "long 2"])
        work.started.acquire()
    assert work.at_once == 0


def test_exception_in_a_job_reaches_its_waiter() -> None:
    with prefetch(1, Workshop()) as at:
        at.want(["wrong"])
        with pytest.raises(ValueError, match="a mistake of ours"):
            at.wait("wrong")
