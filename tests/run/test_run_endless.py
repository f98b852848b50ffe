"""A guest that never ends is ended: only what is awaited resets a clock, and each limit holds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from damage_kinds import ASKED, INFOS, NAMES, PROGRAM, make
from zxhil.abi.ages import Age
from zxhil.abi.arch import Arch
from zxhil.abi.calls import BY_NAME
from zxhil.machine.limits import Limit, Limits, Passed, Watch
from zxhil.machine.listen import End, EndKind, follow
from zxhil.machine.monitor import Monitor
from zxhil.oracle.oracle import MAX_NOTES, Oracle
from zxhil.oracle.order import Order
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.run import boot as boot_module
from zxhil.run.boot import Observer, run_boot
from zxhil.run.ending import LOG_ENDS, Ending
from zxhil.run.judging import Judging
from zxhil.run.record import BootRecord
from zxhil.trace.encode import TraceWriter
from zxhil.trace.records import TraceReader

NONCE = 77
LIMITS = Limits(boot=10, case=5, silence=5)
#: A read brings a chunk, and takes this many seconds of the test's own clock.
READ = 0.25


def _started() -> TraceWriter:
    writer = TraceWriter(NONCE)
    writer.start("x64", PROGRAM, len(NAMES))
    return writer


def _begun() -> TraceWriter:
    writer = _started()
    writer.begin(0, "good")
    return writer


def _both(writer: TraceWriter) -> None:
    writer.begin(0, "good")
    writer.end(0, 0)


def _call(writer: TraceWriter) -> None:
    writer.call("handle_close", BY_NAME["handle_close"].type(0))
    writer.returned("handle_close", 0, {})


#: What a guest writes without end, after its first words and the beginning of its first case.
ENDLESS: dict[str, Callable[[TraceWriter], None]] = {
    "cases": _both,
    "beginnings": lambda writer: writer.begin(0, "good"),
    "beginnings of another case": lambda writer: writer.begin(5, "last"),
    "ends": lambda writer: writer.end(0, 0),
    "skips": lambda writer: writer.skip(3, "skipped", "socket_share"),
    "versions": lambda writer: writer.record("V", f"2 x64 {PROGRAM} 6 {NONCE:x}"),
    "kernel versions": lambda writer: writer.record("K", "git-0"),
    "continuations": lambda writer: writer._frame("+", "a" * 200),
    "calls": _call,
    "answers": lambda writer: writer.record("A", "0 ok"),
    "nonsense": lambda writer: writer.record("Q", "0"),
}


class Endless:
    """A line on which something comes without end; it takes a clock of its own along."""

    nonce: int | None = NONCE
    command = ("nothing",)
    log_path = SimpleNamespace(name="x64-simulated.serial")

    def __init__(self, first: bytes, more: Iterator[bytes]) -> None:
        self.now = 0.0
        self.taken = 0
        self._chunks = itertools.chain([first], more)

    def __enter__(self) -> Endless:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def finish(self) -> None:
        pass

    def listen(self, watch: Watch) -> Iterator[Any]:
        return follow(self._read, self._ended, watch, Monitor(), lambda: self.now)

    def _read(self, deadline: float) -> bytes:
        self.now += READ
        chunk = next(self._chunks)
        self.taken += len(chunk)
        assert self.now < 1000, "it never ends"
        return chunk

    def _ended(self) -> End:
        raise AssertionError("unreachable: an endless line has no end")


class Seen(Observer):
    def __init__(self) -> None:
        self.results: list[CaseResult] = []

    def case(self, result: CaseResult, serial: str) -> None:
        self.results.append(result)


def watched(
    line: Endless, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> tuple[BootRecord, list[CaseResult]]:
    monkeypatch.setattr(boot_module, "Watch", lambda limits: Watch(limits, lambda: line.now))
    way = SimpleNamespace(push=lambda job: line)
    setup: Any = SimpleNamespace(
        limits=limits,
        documented=None,
        known=None,
        age=Age(),
        standin=False,
        saved=None,
        transport=way,
    )
    program = SimpleNamespace(name=PROGRAM, arch=Arch.X64)
    task: Any = SimpleNamespace(program=program, infos=INFOS, asked=lambda selected: ASKED)
    seen = Seen()
    return run_boot(setup, task, tuple(ASKED), "x64-simulated", seen), seen.results


def _chunks(what: str, times: int = 50) -> Iterator[bytes]:
    writer = _begun()
    writer.take()
    while True:
        for _ in range(times):
            ENDLESS[what](writer)
        yield writer.take()


@pytest.mark.parametrize("what", ENDLESS)
def test_unexpected_case_resets_no_timeout(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Endless(_begun().take(), _chunks(what))
    record, results = watched(line, LIMITS, monkeypatch)
    assert record.end == EndKind.LIMIT
    assert record.end_text == Passed(Limit.CASE, 5).text
    # The beginning and the end of one case that was awaited, and a skip: no more is progress.
    assert line.now <= 3 * LIMITS.case + 1
    ends = {result.end for result in results if result.info.name not in ("good", "skipped")}
    assert ends <= {CaseEndKind.LOST, CaseEndKind.HUNG}


@pytest.mark.parametrize("skip", [False, True])
def test_program_that_begins_forever_gets_no_more_time(
    skip: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A board that names its own nonce may be reset: what it shows again is not awaited."""
    writer = _started()
    _both(writer)
    if skip:
        writer.skip(3, "skipped", "socket_share")
    again = writer.take() * 5
    line = Endless(again, itertools.repeat(again))
    line.nonce = None
    record, results = watched(line, LIMITS, monkeypatch)
    assert record.end_text == Passed(Limit.CASE, 5).text
    assert line.now <= LIMITS.case + 4
    assert {result.info.name for result in results} <= {"good", "skipped"}


@pytest.mark.parametrize(
    "text", [b"noise\r\n", b"~", b"\0", b"a", make(7800, ()), b"~00004Kabcd00000000\r\n"]
)
def test_noise_resets_no_clock_before_or_after_the_first_line(
    text: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Endless(text, itertools.repeat(text * 20))
    record, _ = watched(line, LIMITS, monkeypatch)
    assert record.end_text == Passed(Limit.BOOT, 10).text
    assert line.now <= LIMITS.boot + 2
    line = Endless(_begun().take(), itertools.repeat(text * 20))
    record, _ = watched(line, LIMITS, monkeypatch)
    assert record.end_text == Passed(Limit.CASE, 5).text
    assert line.now <= LIMITS.case + 2


@pytest.mark.parametrize("what", ["calls", "cases", "continuations"])
def test_output_of_a_boot_is_limited(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Endless(_begun().take(), _chunks(what, 500))
    record, _ = watched(line, Limits(1e9, 1e9, 1e9, output=1 << 18), monkeypatch)
    assert record.end_text == Passed(Limit.OUTPUT, 1 << 18).text
    assert line.taken < 1 << 20


@pytest.mark.parametrize("what", ["calls", "cases"])
def test_records_of_a_boot_are_limited(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Endless(_begun().take(), _chunks(what))
    record, _ = watched(line, Limits(1e9, 1e9, 1e9, records=2000), monkeypatch)
    assert record.end_text == Passed(Limit.RECORDS, 2000).text


@pytest.mark.parametrize("what", ENDLESS)
@pytest.mark.parametrize("nonce", [NONCE, None])
def test_long_log_of_a_guest_that_repeats_itself_keeps_one_result_per_case(
    what: str, nonce: int | None
) -> None:
    read = Judging(
        TraceReader(nonce, program=PROGRAM, restarts=None if nonce else True),
        Oracle("", INFOS),
        Order(ASKED if nonce else None),
    )
    read.feed(_begun().take())
    for chunk in itertools.islice(_chunks(what), 40):
        read.feed(chunk)
    assert len(read._results) <= len(NAMES)
    assert len(read.oracle.damage) <= MAX_NOTES + 1
    results = read.finish(Ending(LOG_ENDS, "the log ends here"))
    assert len({result.id for result in results}) == len(results) <= len(NAMES)
