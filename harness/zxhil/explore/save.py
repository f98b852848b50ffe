"""Save a finding as a C case, by the saver of the shell."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from zxhil.abi.calls import BY_NAME
from zxhil.abi.objects import ObjType
from zxhil.explore.corpus import write
from zxhil.explore.execute import Ran
from zxhil.explore.findings import ExploreFinding
from zxhil.explore.program import KOID, Ref, Step, bound
from zxhil.live.result import Dialogue, Result
from zxhil.live.save import save
from zxhil.live.spelling import Spelt, spell
from zxhil.live.values import BOOTSTRAP, Handle
from zxhil.oracle.sentence import Judged
from zxhil.trace.events import BootstrapHandle

#: Stand for the handles that a program is given; no kernel gives these out.
_GIVEN = {name: 0xF0000000 + number for number, name in enumerate(BOOTSTRAP)}


def save_finding(folder: Path, finding: ExploreFinding, ran: Ran, version: str) -> Path:
    """Write a C case of the finding, and its program beside it; returns the case's path.

    Raises MachineError if they can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = case_name(finding)
    path = folder / f"{name}.c"
    save(str(path), [dialogue(ran, version)], name, {}, "explore")
    write(folder, finding.program)
    return path


def case_name(finding: ExploreFinding) -> str:
    """The name of a finding's case: its call, and a word of its own."""
    digest = hashlib.sha256(str(finding.key).encode()).hexdigest()[:6]
    return f"explored_{finding.key.call}_{digest}"


def dialogue(ran: Ran, version: str) -> Dialogue:
    """A program that ran, as the shell has a session."""
    found = Dialogue(arch=ran.result.arch, version=version)
    found.bootstrap = [
        BootstrapHandle(int(info), _GIVEN[name], int(ObjType.NONE), 0, 0, 0)
        for name, (info, _) in BOOTSTRAP.items()
    ]
    places = (place for place in enumerate(ran.steps) if place[1] is not None)
    calls = {step: ran.calls[call] for call, step in places if step is not None}
    for number, step in enumerate(ran.program.steps):
        if number not in calls:
            found.unreturned = found.unreturned or _spelt(step, calls)
            continue
        judged = calls[number]
        found.results.append(Result(number, _spelt(step, calls), judged, _handles(number, judged)))
    found.second = frozenset(n for n in calls if ran.program.steps[n].second)
    return found


def _spelt(step: Step, calls: Mapping[int, Judged]) -> Spelt:
    given = {name: bound(v, lambda ref: _value(ref, calls)) for name, v in step.given.items()}
    return spell(step.name, (), given)


def _value(ref: Ref, calls: Mapping[int, Judged]) -> int:
    """What the program's reference was; a call that failed, or was never made, returned 0."""
    if ref.is_given:
        return _GIVEN[ref.output]
    if ref.call not in calls:
        return 0
    judged = calls[ref.call]
    if ref.output == KOID:
        raw = judged.outcome.outs.get("buffer")
        return int.from_bytes(raw[:8], "little") if isinstance(raw, bytes) else 0
    for handle in _handles(ref.call, judged):
        if handle.source[2:] == (ref.output, ref.place):
            return handle
    value = judged.outcome.outs.get(ref.output)
    return value if isinstance(value, int) else 0


def _handles(number: int, judged: Judged) -> tuple[Handle, ...]:
    found: list[Handle] = []
    for parameter in BY_NAME[judged.name].parameters:
        value = judged.outcome.outs.get(parameter.name)
        handles = parameter.kind.handles_written()
        if handles is None or value is None or judged.outcome.status:
            continue
        for index, handle in enumerate(handles(value)):
            source = (0, number, parameter.name, index)
            found.append(Handle.make(handle, source, hex))
    return tuple(found)
