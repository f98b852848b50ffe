"""Serial streams damaged and cut at random: what can't be read is no verdict."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from run_drive import assert_no_new_verdict, times
from zxhil.machine.monitor import Monitor
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.run.ending import Ending, conclude
from zxhil.run.plan import Task
from zxhil.run.record import RunReport
from zxhil.run.session import Session
from zxhil.trace.records import TraceReader

pytestmark = pytest.mark.qemu

#: Cases of each program in the recorded logs, evenly chosen.
_CASES = 8
_NOISE = (
    b"[00000.142] 01024.01027> INIT: cpu 0, calling hook\r\n",
    b"~",
    b"~0000S00000000\r\n",
    b"\n",
    b"\0" * 40,
    b"ZIRCON KERNEL PANIC\r\n",
    b"welcome to Zircon\r\n",
)


class Recorded(NamedTuple):
    """A log as a machine wrote it, and what the program's table says of its cases."""

    program: str
    data: bytes
    infos: dict[str, CaseInfo]


@pytest.fixture(scope="module")
def recorded(
    tasks: Callable[..., list[Task]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Recorded], RunReport]:
    """A log of each program, and the verdicts that it gives."""
    from dataclasses import replace

    from run_setup import setup_for
    from zxhil.abi.arch import Arch
    from zxhil.run.journal import Journal

    logs = tmp_path_factory.mktemp("recorded") / "logs"
    some = [
        replace(task, selected=task.selected[:: max(1, len(task.selected) // _CASES)])
        for task in tasks("*")
    ]
    setup = setup_for(logs, logs.with_name("zbis"))
    report = Session({Arch.X64: setup}, Journal(logs)).run(some)
    streams = [
        Recorded(
            task.program.name,
            (logs / f"x64-{task.program.name}.serial").read_bytes(),
            task.infos,
        )
        for task in some
    ]
    return streams, report


def judge(log: Recorded, data: bytes, chance: random.Random) -> list[CaseResult]:
    """As a run does, in pieces of any size."""
    oracle, reader, monitor = Oracle(log.program, log.infos), TraceReader(), Monitor()
    results: list[CaseResult] = []
    start = 0
    while start < len(data):
        end = start + chance.choice((1, 7, 300, 4096, 65536))
        monitor.feed(data[start:end])
        results += oracle.feed(reader.feed(data[start:end]))
        start = end
    results += oracle.feed(reader.finish())
    if not oracle.finished:
        end_ = Ending("QEMU died", "QEMU was killed by signal 9")
        results += [conclude(result, end_) for result in oracle.finish()]
    return results


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def head_lost(data: bytes, chance: random.Random) -> bytes:
    return data[chance.randrange(len(data)) :]


def span_lost(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.choice((1, 2, 30, 250, 3000)) :]


def lines_lost(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    start = chance.randrange(len(lines))
    del lines[start : start + chance.choice((1, 1, 2, 5, 40))]
    return b"".join(lines)


def lines_twice(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    start = chance.randrange(len(lines))
    span = lines[start : start + chance.choice((1, 2, 5, 40))]
    lines[start:start] = span
    return b"".join(lines)


def lines_swapped(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def bytes_changed(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 20))):
        changed[chance.randrange(len(changed))] = chance.choice((chance.randrange(256), 0x30, 0x7E))
    return bytes(changed)


def noise(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 3, 12))):
        start = chance.randrange(len(data))
        word = chance.choice((*_NOISE, chance.randbytes(chance.randrange(1, 400))))
        data = data[:start] + word + data[start:]
    return data


KINDS = (
    cut,
    head_lost,
    span_lost,
    lines_lost,
    lines_twice,
    lines_swapped,
    bytes_changed,
    noise,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_a_damaged_stream_gives_no_other_verdict(
    kind: Callable[[bytes, random.Random], bytes], recorded: tuple[list[Recorded], RunReport]
) -> None:
    streams, report = recorded
    for seed in range(times(10_000, 400) // len(KINDS)):
        chance = random.Random(f"{kind.__name__} {seed}")
        log = chance.choice(streams)
        data = kind(log.data, chance)
        if chance.random() < 0.2:
            data = chance.choice(KINDS)(data, chance) if data else data
        results = judge(log, data, chance)
        seen = RunReport("", (), (), tuple(results))
        try:
            assert_no_new_verdict(seen, report)
        except AssertionError as error:
            raise AssertionError(f"{kind.__name__}, seed {seed}, {log.program}") from error
        except KeyError as error:
            raise AssertionError(f"{kind.__name__}, seed {seed}: a case of no name") from error


def test_two_streams_in_one(recorded: tuple[list[Recorded], RunReport], tmp_path: Path) -> None:
    """Lines of another machine's trace in between: no case is judged by them."""
    streams, report = recorded
    for seed in range(times(500, 40)):
        chance = random.Random(seed)
        one, other = chance.sample(streams, 2)
        lines = one.data.splitlines(keepends=True)
        foreign = other.data.splitlines(keepends=True)
        start, place = chance.randrange(len(foreign)), chance.randrange(len(lines))
        lines[place:place] = foreign[start : start + chance.choice((1, 3, 30))]
        results = judge(one, b"".join(lines), chance)
        own = [result for result in results if result.info.program == one.program]
        wanted = {case.id for case in report.cases}
        named = [result for result in own if result.id in wanted]
        assert_no_new_verdict(RunReport("", (), (), tuple(named)), report)


def test_damaged_case_blames_no_clause(
    session: Callable[..., Session], tasks: Callable[..., list[Task]], tmp_path: Path
) -> None:
    """A case diverges, and then a line of it is lost: what was lost may explain the rest."""
    (task,) = tasks("object_get_child")
    report = session("logs", ("standin.fault=child-handle-invalid-status",)).run([task])
    failed = {case.id for case in report.cases if case.divergences}
    assert failed
    (path,) = (tmp_path / "logs").glob("*.serial")
    data = path.read_bytes()
    log = Recorded(task.program.name, data, task.infos)
    lines = data.splitlines(keepends=True)
    ends = [number for number, line in enumerate(lines) if line[6:7] == b"E"]
    for number in ends:
        results = judge(log, b"".join(lines[:number] + lines[number + 1 :]), random.Random(1))
        lost = [result for result in results if result.end is CaseEndKind.LOST]
        assert lost
        assert not any(result.divergences or result.reached for result in lost)
