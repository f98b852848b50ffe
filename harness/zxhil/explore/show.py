"""An exploration for people: the live display, the lines of a log, the report at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from zxhil.counts import counted
from zxhil.explore.coverage import CLAUSE, OBJECT, PAIR, STATE, STATUS
from zxhil.explore.findings import ExploreFinding
from zxhil.explore.session import Exploration
from zxhil.redraw import RedrawnLines
from zxhil.report.terminal import Style

_TICK = 0.5


def status_line(exploration: Exploration) -> str:
    """How far it is, on one line: what matters most comes first, as a terminal may cut it."""
    progress, coverage = exploration.progress, exploration.coverage
    known = f" ({progress.known.total()} times known)" if progress.known else ""
    return (
        f"{progress.calls} calls, {progress.rate:.0f} calls/s, "
        f"{counted(len(progress.findings), 'finding')}{known}; {coverage.of(CLAUSE)} clauses, "
        f"{coverage.of(PAIR)} pairs, {coverage.of(STATUS)} statuses, {coverage.of(OBJECT)} objects "
        f"and {coverage.of(STATE)} states by call; corpus of "
        f"{len(exploration.corpus.programs)}; {counted(progress.boots, 'boot')}"
    )


class Display:
    """Follows an exploration: on a terminal one line that is drawn again, else a line a round."""

    def __init__(self, stream: TextIO, *, live: bool) -> None:
        self._stream = stream
        self._text = "the first round runs"
        self._shown = self._rounds = 0
        self._lines = RedrawnLines(stream, lambda: [self._text], _TICK) if live else None

    def update(self, exploration: Exploration) -> None:
        """Something was found, or a round has ended."""
        text = status_line(exploration)
        findings = list(exploration.progress.findings.values())
        new = [heading(n, f) for n, f in enumerate(findings[self._shown :], self._shown + 1)]
        self._shown = len(findings)
        if self._lines is None:
            # What was found counts its calls when the round is over.
            rounds = exploration.progress.rounds
            lines = [*new, text] if rounds > self._rounds else new
            self._rounds = rounds
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()
            return
        with self._lines.lock:
            self._text = text
            self._lines.above += new
            self._lines.draw()

    def close(self) -> None:
        """The exploration is over."""
        if self._lines is not None:
            self._lines.close()


def heading(number: int, finding: ExploreFinding) -> str:
    """The first line of a finding."""
    what = finding.key.kind
    clause = f" ({finding.key.clause})" if finding.key.clause else ""
    return f"{number}. {what}: zx_{finding.key.call}{clause}"


def finding_text(number: int, finding: ExploreFinding, style: Style) -> Iterator[str]:
    """A finding: the sentence, the calls, the program."""
    yield style(heading(number, finding), "bad")
    yield f"   {finding.text}"
    if finding.reproduced:
        length = counted(len(finding.program), "call")
        times = counted(finding.seen, "time")
        yield f"   found {times}, reduced from {finding.original} to {length}:"
    elif finding.reproduced is None:
        yield "   not reduced: the exploration was interrupted"
    else:
        yield "   it was not shown again when the program ran alone; not reduced:"
    for place, call in enumerate(finding.calls):
        text, _, status = call.partition("\n")
        yield f"     {place} {text}"
        yield f"       {status}"
    yield style("   the program:", "dim")
    for line in finding.program.text.splitlines():
        yield style(f"     {line}", "dim")
    if finding.evidence:
        yield from (f"   | {line}" for line in finding.evidence.splitlines()[-12:])


def report_text(exploration: Exploration, style: Style, version: str) -> Iterator[str]:
    """All findings, and what was done."""
    progress = exploration.progress
    for number, finding in enumerate(progress.findings.values(), 1):
        yield from finding_text(number, finding, style)
        yield ""
    for key, times in sorted(progress.known.items()):
        yield style(f"known, {counted(times, 'time')}: {key}", "known")
    for key, times in sorted(progress.unreduced.items()):
        yield f"not reduced, {counted(times, 'time')}: {key}"
    if progress.lost:
        yield f"the output of {counted(progress.lost, 'program')} was damaged"
    yield f"{status_line(exploration)}, in {progress.seconds:.0f} s, on {version}"
