"""The golden logs: what the whole suite did, case by case.

It ran on the stand-in kernel; the cases of calls that it lacks, on a real one (`real-*`).
`scripts/golden` records them. A case can be judged as it was recorded, or with an answer changed.
"""

from __future__ import annotations

import functools
import json
import lzma
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from zxhil.model.clause import Outcome
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseResult
from zxhil.trace.events import (
    BootstrapHandle,
    CallMade,
    CallReturned,
    CaseEnd,
    CaseSkipped,
    CaseStart,
    Event,
)
from zxhil.trace.frame import Damage
from zxhil.trace.records import TraceReader

#: ZXHIL_GOLDEN names another folder, to try logs before they are kept.
FOLDER = Path(
    os.environ.get("ZXHIL_GOLDEN", Path(__file__).resolve().parents[1] / "data" / "golden")
)
ARCHS = ("x64", "arm64")


@dataclass(frozen=True, eq=False)
class GoldenCase:
    """A case as it was recorded: `made[i]` was answered with `outcomes[i]`, by `times[i]`.

    `beside` is empty for a case of one thread whose calls all return. Else it has all that was
    recorded, and calls that did not return have an empty outcome.
    """

    arch: str
    info: CaseInfo
    preamble: tuple[Event, ...]
    start: CaseStart
    made: tuple[CallMade, ...]
    outcomes: tuple[Outcome, ...]
    end: CaseEnd
    times: tuple[int, ...] = ()
    beside: tuple[Event, ...] = ()

    @property
    def bootstrap(self) -> list[BootstrapHandle]:
        """The handles that its program was started with."""
        return [event for event in self.preamble if isinstance(event, BootstrapHandle)]

    def events(self, changed: Mapping[int, Outcome] | None = None) -> list[Event]:
        """What the reader saw of it, with some answers changed."""
        events: list[Event] = [*self.preamble, self.start]
        if self.beside:
            assert not changed, f"{self.info.id} has threads: which answer is which is not known"
            return [*events, *self.beside, self.end]
        times = self.times or (0,) * len(self.made)
        for place, (made, recorded) in enumerate(zip(self.made, self.outcomes, strict=True)):
            answer = (changed or {}).get(place, recorded)
            status, outs, unwritten = answer
            events += [made, CallReturned(status, dict(outs), unwritten, 0, times[place])]
        return [*events, self.end]

    def claiming(self, *clauses: str) -> GoldenCase:
        """The same, for these clauses."""
        return replace(self, info=replace(self.info, claims=clauses))

    def judged(self, changed: Mapping[int, Outcome] | None = None) -> CaseResult:
        """Judge it, with some answers changed."""
        oracle = Oracle(self.info.program, {self.info.name: self.info})
        (result,) = oracle.feed(self.events(changed))
        return result


@functools.cache
def golden(arch: str) -> tuple[GoldenCase, ...]:
    """Every case of the suite on `arch`."""
    return tuple(case for archive in archives(arch) for case in read(arch, archive.read_bytes()))


@functools.cache
def of_standin(arch: str) -> tuple[GoldenCase, ...]:
    """Those of the stand-in alone."""
    return read(arch, (FOLDER / f"{arch}.tar.xz").read_bytes())


@functools.cache
def everywhere() -> tuple[GoldenCase, ...]:
    """Every case of x64, and of arm64 those that did not run on x64."""
    on_x64 = {case.info.id for case in golden("x64")}
    return golden("x64") + tuple(c for c in golden("arm64") if c.info.id not in on_x64)


def archives(arch: str) -> list[Path]:
    """The stand-in's, and that of a real kernel."""
    return [path for path in (FOLDER / f"{arch}.tar.xz", real(arch)) if path.exists()]


def real(arch: str) -> Path:
    """Where the cases of a real kernel are, of calls that the stand-in lacks."""
    return FOLDER / f"real-{arch}.tar.xz"


def read(arch: str, packed: bytes) -> tuple[GoldenCase, ...]:
    """The cases of an archive that `scripts/golden` made."""
    content = unpacked(packed)
    claims = json.loads(content["cases.json"])
    cases = [case for name, log in _logs(content) for case in _cases(arch, name, log, claims)]
    skipped = {case for name, log in _logs(content) for case in _skipped(name, log)}
    endless = {case for name, log in _logs(content) for case in _endless(name, log)}
    assert {case.info.id for case in cases} == set(claims) - skipped - endless
    return tuple(cases)


def unpacked(packed: bytes) -> dict[str, bytes]:
    """The files of an archive."""
    with tarfile.open(fileobj=BytesIO(lzma.decompress(packed))) as archive:
        members = {m.name: archive.extractfile(m) for m in archive.getmembers()}
        return {name: stream.read() for name, stream in members.items() if stream}


def _logs(content: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Each program's name and log; a program that was begun again has several."""
    for name, log in content.items():
        if name.endswith(".serial"):
            yield name.partition(".")[0], log


def _skipped(program: str, log: bytes) -> list[str]:
    reader = TraceReader()
    events = reader.feed(log) + reader.finish()
    return [f"{program}/{event.name}" for event in events if isinstance(event, CaseSkipped)]


def _endless(program: str, log: bytes) -> list[str]:
    """The last case, if it has no end: a call that does not come back ended the program in it."""
    reader = TraceReader()
    events = reader.feed(log) + reader.finish()
    ends = [e for e in events if isinstance(e, CaseStart | CaseEnd | CaseSkipped)]
    return [f"{program}/{event.name}" for event in ends[-1:] if isinstance(event, CaseStart)]


def endless(arch: str) -> set[str]:
    """The cases in which a call ended the program: they have no end that could be judged."""
    logs = [_logs(unpacked(path.read_bytes())) for path in archives(arch)]
    return {case for each in logs for name, log in each for case in _endless(name, log)}


def skipped(arch: str) -> set[str]:
    """The cases for which the stand-in lacks a call, or memory."""
    content = unpacked((FOLDER / f"{arch}.tar.xz").read_bytes())
    return {case for name, log in _logs(content) for case in _skipped(name, log)}


def left_out(arch: str) -> dict[str, str]:
    """Those of `skipped` that the real kernel's log does not have either, and why."""
    if not real(arch).exists():
        return {}
    found: dict[str, str] = json.loads(unpacked(real(arch).read_bytes())["left_out.json"])
    return found


def _cases(arch: str, program: str, log: bytes, claims: dict[str, list[str]]) -> list[GoldenCase]:
    reader = TraceReader()
    preamble: list[Event] = []
    start: CaseStart | None = None
    between: list[Event] = []
    cases: list[GoldenCase] = []
    for event in reader.feed(log) + reader.finish():
        assert not isinstance(event, Damage), event
        match event:
            case CaseStart():
                start, between = event, []
            case CaseEnd():
                assert start is not None
                info = CaseInfo(program, start.name, tuple(claims[f"{program}/{start.name}"]), "")
                calls = _calls(between)
                alone = all(isinstance(e, CallMade | CallReturned) for e in between)
                whole = alone and len(between) == 2 * len(calls[0])
                beside = () if whole else tuple(between)
                made, outcomes, times = calls
                cases.append(
                    GoldenCase(
                        *(arch, info, tuple(preamble), start),
                        *(made, outcomes, event, times, beside),
                    )
                )
                start = None
            case CaseSkipped():
                start = None  # before the first case as well: it is no part of another one
            case _ if start is not None:
                between.append(event)
            case _ if not cases:
                preamble.append(event)
    return cases


def _calls(
    events: list[Event],
) -> tuple[tuple[CallMade, ...], tuple[Outcome, ...], tuple[int, ...]]:
    """The calls of a case, what each was answered, and when."""
    made: list[CallMade] = []
    outcomes: list[Outcome] = []
    times: list[int] = []
    under_way: dict[int, int] = {}
    for event in events:
        if isinstance(event, CallMade):
            under_way[event.thread] = len(made)
            made.append(event)
            outcomes.append(Outcome(0, {}))
            times.append(0)
        elif isinstance(event, CallReturned):
            place = under_way.pop(event.thread)
            outcomes[place] = Outcome(event.status, event.outs, event.unwritten)
            times[place] = event.time
    return tuple(made), tuple(outcomes), tuple(times)
