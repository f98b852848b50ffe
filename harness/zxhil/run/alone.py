"""Judge a serial log without a journal, each of its streams separately.

Nothing says with which nonce the log was made but its own `V` frames: each nonce there is a stream
of its own. Where two of them show one case, they agree or the case is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.machine.monitor import Monitor
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.order import Order
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.run.ending import LOG_ENDS, Ending
from zxhil.run.judging import Judging, together
from zxhil.run.record import BootRecord
from zxhil.run.tail import SerialTail
from zxhil.trace.events import ProgramStart
from zxhil.trace.records import TraceReader
from zxhil.trace.wire import announced

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses
    from zxhil.oracle.cases import KnownClauses
    from zxhil.symbols.crash import Symbols

_CHUNK = 1 << 20
_V = re.compile(rb"~[0-9a-f]{5}V[^\r\n~]{0,240}")
_LONGEST = 256
#: A log with more streams than this is not judged.
MAX_STREAMS = 1000


class Alone(NamedTuple):
    """The result of a log; `oracle` is that of its last stream."""

    results: tuple[CaseResult, ...]
    damage: tuple[str, ...]
    noise: tuple[str, ...]
    oracle: Oracle


class _Stream(NamedTuple):
    """Where in the log a nonce first appears; None if no `V` frame is intact."""

    nonce: int | None
    start: int


def judge_alone(
    log: Path,
    documented: Mapping[str, DocumentedStatuses] | None,
    known: KnownClauses | None = None,
    symbols: Symbols | None = None,
) -> Alone:
    """Judge a log by itself. Raises UserError if it can't be read or has too many streams.

    The cases are those of the program that the log names, as it stands in this checkout.
    """
    streams = list(_streams(log)) or [_Stream(None, 0)]
    results: list[CaseResult] = []
    damage: list[str] = []
    noise: list[str] = []
    ending = _ending(log, symbols)
    for stream in streams:
        oracle = Oracle("", None, documented, known)
        reader = TraceReader(stream.nonce, restarts=True)
        judging = Judging(reader, oracle, Order(), on_start=partial(_know, oracle))
        judging.read(log, stream.start)
        mine = judging.finish(_with_lines(ending, oracle))
        results += [*mine, *_swallowed(oracle, mine)]
        damage += oracle.damage
        noise += [reader.noise] if reader.noise else []
    if len(streams) > 1:
        noise.insert(0, f"{len(streams)} boots found in the log; each was judged separately")
    return Alone(tuple(together(results).values()), tuple(damage), tuple(noise), oracle)


def _know(oracle: Oracle, start: ProgramStart) -> None:
    oracle.cases = {**oracle.cases, **_cases_of(start.program, start.arch)}
    oracle.finished = False


def _streams(log: Path) -> Iterator[_Stream]:
    found: set[int] = set()
    try:
        with log.open("rb") as file:
            base, tail = 0, b""
            while chunk := file.read(_CHUNK):
                data = tail + chunk
                for match in _V.finditer(data):
                    nonce = announced(match[0])
                    if nonce is None or nonce in found:
                        continue
                    found.add(nonce)
                    yield _Stream(nonce, base + match.start())
                    if len(found) > MAX_STREAMS:
                        raise UserError(
                            str(log),
                            f"contains the streams of more than {MAX_STREAMS} boots",
                            "give the log of one boot",
                        )
                tail = data[-_LONGEST:]
                base += len(data) - len(tail)
    except OSError as error:
        raise UserError(str(log), f"can't be read: {error.strerror}", "give a log") from error


_X64 = re.compile(rb"\barch: +x86|\bRIP: |INTEL|Intel")
_ARM64 = re.compile(rb"\barch: +arm64|\belr +0x|\bESR |cortex|Cortex")


def failed_boot(log: Path, symbols: Symbols | None) -> BootRecord | None:
    """The record of a boot in which the kernel failed before it ran a program; otherwise None.

    The log is one that `judge_alone` could read. Its architecture is what its lines tell of.
    """
    ending = _ending(log, symbols)
    if ending.kind == LOG_ENDS:
        return None
    data = log.read_bytes()
    arch = Arch.ARM64 if _ARM64.search(data) and not _X64.search(data) else Arch.X64
    tail = SerialTail()
    tail.add(data)
    return BootRecord(
        arch.value,
        "",
        log.name,
        (),
        (),
        ending.kind,
        ending.text,
        ending.evidence,
        0.0,
        0.0,
        tail=tail.lines(ending.evidence),
    )


def _ending(log: Path, symbols: Symbols | None) -> Ending:
    """How the stream ended, by its own records."""
    said = Ending(LOG_ENDS, "the log ends here")
    monitor = Monitor()
    with log.open("rb") as file:
        while chunk := file.read(_CHUNK):
            for word in monitor.feed(chunk):
                said = Ending(word.kind.value, f"the kernel reported: {word.kind}", word.text)
        for word in monitor.finish():
            said = Ending(word.kind.value, f"the kernel reported: {word.kind}", word.text)
    return replace(said, evidence=symbols.symbolized(said.evidence)) if symbols else said


def _with_lines(ending: Ending, oracle: Oracle) -> Ending:
    """The ending, with the C lines of the program that crashed, if it is one of ours."""
    from zxhil.guest.crashed import logged_crash

    if not oracle.arch:
        return ending
    evidence = logged_crash(ending.evidence, Arch(oracle.arch), oracle.program)
    return replace(ending, evidence=evidence)


def _swallowed(oracle: Oracle, results: list[CaseResult]) -> list[CaseResult]:
    """The cases that damage may have swallowed: a log alone does not say which were requested."""
    if not oracle.damage:
        return []
    seen = {result.info.name for result in results}
    why = f"it may be in the damaged part of the log: {oracle.damage[0]}"
    return [
        CaseResult(info, oracle.arch, CaseEndKind.LOST, (), (), (), (), why)
        for name, info in oracle.cases.items()
        if name not in seen and info.program == oracle.program
    ]


def _cases_of(program: str, arch: Arch) -> dict[str, CaseInfo]:
    """The cases of this checkout's program of that name; empty if it can't be built."""
    from zxhil.run.plan import Task, build_named

    try:
        return Task(build_named(arch, program), ()).infos
    except UserError:
        return {}
