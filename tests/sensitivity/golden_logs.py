"""The golden logs: what the whole suite did on the stand-in kernel, case by case.

`scripts/golden` records them. A case can be judged as it was recorded, or with an answer changed.
"""

from __future__ import annotations

import functools
import json
import lzma
import tarfile
from collections.abc import Mapping
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

FOLDER = Path(__file__).resolve().parents[1] / "data" / "golden"
ARCHS = ("x64", "arm64")


@dataclass(frozen=True, eq=False)
class GoldenCase:
    """A case as it was recorded: `made[i]` was answered with `outcomes[i]`."""

    arch: str
    info: CaseInfo
    preamble: tuple[Event, ...]
    start: CaseStart
    made: tuple[CallMade, ...]
    outcomes: tuple[Outcome, ...]
    end: CaseEnd

    @property
    def bootstrap(self) -> list[BootstrapHandle]:
        """The handles that its program was started with."""
        return [event for event in self.preamble if isinstance(event, BootstrapHandle)]

    def events(self, changed: Mapping[int, Outcome] | None = None) -> list[Event]:
        """What the reader saw of it, with some answers changed."""
        events: list[Event] = [*self.preamble, self.start]
        for place, (made, recorded) in enumerate(zip(self.made, self.outcomes, strict=True)):
            outcome = (changed or {}).get(place, recorded)
            events += [made, CallReturned(outcome.status, dict(outcome.outs), outcome.unwritten)]
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
    return read(arch, (FOLDER / f"{arch}.tar.xz").read_bytes())


def read(arch: str, packed: bytes) -> tuple[GoldenCase, ...]:
    """The cases of an archive that `scripts/golden` made."""
    cases: list[GoldenCase] = []
    with tarfile.open(fileobj=BytesIO(lzma.decompress(packed))) as archive:
        members = {m.name: archive.extractfile(m) for m in archive.getmembers()}
        content = {name: stream.read() for name, stream in members.items() if stream}
    claims = json.loads(content.pop("cases.json"))
    for name, log in content.items():
        cases += _cases(arch, name.removesuffix(".serial"), log, claims)
    skipped = {case for name, log in content.items() for case in _skipped(name, log)}
    assert {case.info.id for case in cases} == set(claims) - skipped
    return tuple(cases)


def _skipped(name: str, log: bytes) -> list[str]:
    """The cases for which the stand-in lacks a call."""
    reader, program = TraceReader(), name.removesuffix(".serial")
    events = reader.feed(log) + reader.finish()
    return [f"{program}/{event.name}" for event in events if isinstance(event, CaseSkipped)]


def skipped(arch: str) -> set[str]:
    """The cases on `arch` that were not run to their end."""
    packed = (FOLDER / f"{arch}.tar.xz").read_bytes()
    with tarfile.open(fileobj=BytesIO(lzma.decompress(packed))) as archive:
        members = {m.name: archive.extractfile(m) for m in archive.getmembers()}
        logs = {n: f.read() for n, f in members.items() if f and n.endswith(".serial")}
    return {case for name, log in logs.items() for case in _skipped(name, log)}


def _cases(arch: str, program: str, log: bytes, claims: dict[str, list[str]]) -> list[GoldenCase]:
    reader = TraceReader()
    preamble: list[Event] = []
    start: CaseStart | None = None
    made: list[CallMade] = []
    outcomes: list[Outcome] = []
    cases: list[GoldenCase] = []
    for event in reader.feed(log) + reader.finish():
        assert not isinstance(event, Damage), event
        match event:
            case CaseStart():
                start, made, outcomes = event, [], []
            case CallMade():
                made.append(event)
            case CallReturned():
                outcomes.append(Outcome(event.status, event.outs, event.unwritten))
            case CaseEnd():
                assert start is not None
                info = CaseInfo(program, start.name, tuple(claims[f"{program}/{start.name}"]), "")
                cases.append(
                    GoldenCase(
                        arch, info, tuple(preamble), start, tuple(made), tuple(outcomes), event
                    )
                )
                start = None
            case _ if start is None and not cases:
                preamble.append(event)
    return cases
