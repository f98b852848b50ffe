"""The oracle: replays a trace on the model and judges every call of every case.

It takes the events of `harness.trace.records`, a case at a time, and keeps nothing of a case
that it has reported, so that memory stays flat however long the trace is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from harness.abi.calls import AnyCall
from harness.abi.status import status_name
from harness.model.judge import Verdict, VerdictKind, judge, reached
from harness.model.page import AnyPage, Outcome
from harness.model.pages import load
from harness.model.state import Bootstrap, State
from harness.oracle.render import call_text, outcome_text
from harness.oracle.results import CaseEndKind, CaseInfo, CaseResult, Divergence, JudgedCall
from harness.trace.frame import Damage
from harness.trace.records import (
    BootstrapHandle,
    CallMade,
    CallReturned,
    CallTable,
    CaseEnd,
    CaseSkipped,
    CaseStart,
    Event,
    KernelVersion,
    ProgramEnd,
    ProgramStart,
)


class Kernel(NamedTuple):
    """What the trace says of the kernel: its version, and the calls that its vDSO lacks."""

    version: str | None
    absent: frozenset[str]


class _Case:
    """A case while it runs."""

    def __init__(self, info: CaseInfo, bootstrap: list[Bootstrap], offset: int) -> None:
        self.info = info
        self.offset = offset
        self.state = State(bootstrap)
        self.calls: list[JudgedCall] = []
        self.divergences: list[Divergence] = []
        self.reached: dict[str, None] = {}
        self.returned: dict[str, None] = {}
        self.made: tuple[str, AnyCall, int] | None = None
        self.damage = ""


class Oracle:
    """Feed it the events of one program's run; it returns a result as each case ends.

    `cases` maps case names to what the program's table says of them; a case that is not there
    has no claims. After the stream's end, `finish` returns the case that never ended, if any,
    as crashed: whoever knows better how the machine ended says so with `results.with_end`.
    """

    def __init__(self, program: str, cases: Mapping[str, CaseInfo] | None = None) -> None:
        self.program = program
        self.arch = ""
        self.kernel = Kernel(None, frozenset())
        self.finished = False
        """The program said that it is through."""
        self.damage: list[str] = []
        """Damage outside of any case."""
        self.cases = cases or {}
        self._pages: dict[str, AnyPage] = {}
        self._bootstrap: list[Bootstrap] = []
        self._case: _Case | None = None

    @property
    def current(self) -> str | None:
        """The name of the case that runs now."""
        return None if self._case is None else self._case.info.name

    def feed(self, events: Iterable[Event]) -> list[CaseResult]:
        """Take the next events; return the cases that ended."""
        results: list[CaseResult] = []
        for event in events:
            self._take(event, results)
        return results

    def finish(self) -> list[CaseResult]:
        """Say that the stream ended."""
        results: list[CaseResult] = []
        self._abandon(results)
        return results

    def _take(self, event: Event, results: list[CaseResult]) -> None:
        match event:
            case CallMade(name, call, offset):
                if self._case is not None:
                    self._case.made = (name, call, offset)
            case CallReturned(status, outs):
                self._returned(Outcome(status, outs))
            case CaseStart(_, name, offset):
                self._abandon(results)
                self._case = _Case(self._info(name), self._bootstrap, offset)
            case CaseEnd(_, calls, _):
                self._end(calls, results)
            case CaseSkipped(_, name, missing, _):
                if self.current == name:
                    # It began, and only then asked for what is not there.
                    self._case = None
                self._abandon(results)
                results.append(self._skipped(name, missing))
            case Damage(what, offset):
                self._damaged(f"{what}, at byte {offset} of the stream")
            case ProgramEnd():
                self._abandon(results)
                self.finished = True
            case _:
                self._told(event)

    def _told(self, event: Event) -> None:
        match event:
            case ProgramStart(arch, program, _, _):
                self.arch, self.program = arch.value, program
            case KernelVersion(version):
                self.kernel = self.kernel._replace(version=version)
            case CallTable(_, absent):
                self.kernel = self.kernel._replace(absent=absent)
            case BootstrapHandle(_, handle, type_, rights, koid, related):
                self._bootstrap.append(Bootstrap(handle, type_, rights, koid, related))
            case _:
                """Foreign text: the log keeps it."""

    def _info(self, name: str) -> CaseInfo:
        known = self.cases.get(name)
        return known or CaseInfo(self.program, name, (), "")

    def _page(self, name: str) -> AnyPage:
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = load(name)
        return page

    def _returned(self, outcome: Outcome) -> None:
        case = self._case
        if case is None or case.made is None or case.damage:
            return
        name, call, offset = case.made
        case.made = None
        text = call_text(case.state, name, call)
        verdict = judge(self._page(name), case.state, call, outcome)
        for clause in reached(verdict.allowed):
            case.reached[clause.id] = None
            if outcome.status in clause.statuses:
                case.returned[clause.id] = None
        allowed = tuple(status_name(s) for s in sorted(verdict.allowed.statuses, reverse=True))
        permitted = "" if verdict.permitted is None else verdict.permitted.id
        answer = outcome_text(name, outcome)
        case.calls.append(JudgedCall(text, answer, verdict.kind, allowed, offset, permitted))
        if verdict.kind is not VerdictKind.CONFORMS:
            case.divergences.append(_divergence(verdict, name, outcome))

    def _damaged(self, what: str) -> None:
        if self._case is None:
            self.damage.append(what)
        elif not self._case.damage:
            self._case.damage = what

    def _skipped(self, name: str, missing: str) -> CaseResult:
        if missing.startswith("@"):
            detail = f"the process was given no {missing[1:]} handle"
        else:
            detail = f"this kernel's vDSO has no zx_{missing}"
        return CaseResult(self._info(name), self.arch, CaseEndKind.SKIPPED, (), (), (), (), detail)

    def _end(self, calls: int, results: list[CaseResult]) -> None:
        case = self._case
        self._case = None
        if case is None:
            self.damage.append("a case ended that never began")
            return
        if not case.damage and calls != len(case.calls):
            case.damage = f"the case made {calls} calls, {len(case.calls)} came through"
        results.append(self._result(case))

    def _abandon(self, results: list[CaseResult]) -> None:
        """The case that runs will not end any more."""
        case, self._case = self._case, None
        if case is None:
            return
        result = self._result(case)
        if not case.damage:
            where = "before its first call" if not case.calls else f"after call {len(case.calls)}"
            if case.made is not None:
                where = f"in {call_text(case.state, case.made[0], case.made[1])}"
            result = CaseResult(
                result.info,
                result.arch,
                CaseEndKind.CRASHED,
                result.calls,
                result.divergences,
                result.reached,
                result.returned,
                f"the case's end was never reached; it was {where}",
            )
        results.append(result)

    def _result(self, case: _Case) -> CaseResult:
        all_reached = dict.fromkeys([*case.reached, *sorted(case.state.seen)])
        blamed = (clause for d in case.divergences for clause in d.blamed)
        all_reached.update(dict.fromkeys(blamed))
        missed = [claim for claim in case.info.claims if claim not in all_reached]
        detail = ""
        if case.damage:
            end, detail = CaseEndKind.LOST, case.damage
        elif case.divergences:
            end = CaseEndKind.FAILED
        elif missed:
            end, detail = CaseEndKind.VACUOUS, f"never reached: {', '.join(missed)}"
        else:
            end = CaseEndKind.PASSED
        return CaseResult(
            case.info,
            self.arch,
            end,
            tuple(case.calls),
            tuple(case.divergences),
            tuple(all_reached),
            tuple(case.returned),
            detail,
        )


def _divergence(verdict: Verdict, name: str, outcome: Outcome) -> Divergence:
    got = status_name(outcome.status)
    match verdict.kind:
        case VerdictKind.MISSING_ERROR:
            text = f"zx_{name} succeeded, its page demands an error"
        case VerdictKind.WRONG_ERROR:
            text = f"zx_{name} returned {got}, whose documented condition does not hold"
        case VerdictKind.UNDOCUMENTED_ERROR:
            text = f"zx_{name} returned {got}, which its page does not document"
        case _:
            text = verdict.seen or f"zx_{name} returned {got}: that effect did not happen"
    return Divergence(
        verdict.call,
        verdict.kind,
        tuple(clause.id for clause in verdict.blamed),
        tuple(clause.sentence for clause in verdict.blamed),
        verdict.blamed_call,
        text,
    )
