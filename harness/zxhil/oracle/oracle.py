"""The oracle: replays a trace on the model and judges every call of every case.

It takes the events of `zxhil.trace.events`, a case at a time, and keeps nothing of a case
that it has reported, so that memory stays flat however long the trace is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from zxhil.abi.ages import Age, age_reason, other_arguments
from zxhil.counts import counted
from zxhil.model.state import Bootstrap
from zxhil.model.verdict import VerdictKind
from zxhil.oracle.case import RunningCase
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.judging import (
    divergence,
    is_at_any_time,
    missing,
    open_by_age,
    permitted,
    statuses_of,
    words,
)
from zxhil.oracle.order import CaseRefused, OrderedEvent
from zxhil.oracle.results import Calls, CaseEndKind, CaseResult
from zxhil.oracle.texts import JudgingTexts
from zxhil.trace.events import (
    BootstrapHandle,
    CallMade,
    CallReturned,
    CallTable,
    CaseEnd,
    CaseSkipped,
    CaseStart,
    KernelAge,
    KernelVersion,
    NoReturn,
    ProgramEnd,
    ProgramStart,
    ThreadStarted,
)
from zxhil.trace.frame import Damage

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses
    from zxhil.oracle.cases import KnownClauses


#: Notes on damage that are kept.
MAX_NOTES = 100


class KernelSeen(NamedTuple):
    """What the trace says of the kernel: its version, and the calls that its vDSO lacks.

    `unsure` are calls that may have another prototype there; `age` is derived from its vDSO.
    """

    version: str | None
    absent: frozenset[str]
    unsure: frozenset[str] = frozenset()
    age: Age = Age()


_WENT_ON = "the end of the case is missing, but the program went on"

#: Why a case skips itself, by what an `S` record has.
_SKIPPED = {
    "@mapping": "it maps more pieces of memory than the guest runtime follows",
    "@threads": "it starts more threads or processes than the guest runtime follows",
    "@vdso": "the kernel gave the program no VMO of the vDSO",
    "@copy": "the kernel refused to map a copy of the program for another process",
    "@guest_code": "the code that its guest executes is for arm64",
    "@resizable": "this kernel's VMOs are not resizable unless they are made so",
}


class Oracle:
    """Feed it the events of one program's run; it returns a result as each case ends.

    `cases` maps case names to what the program's table says of them; a case that is not there
    has no claims. `documented` maps calls to the statuses that the user's own pages list: those
    are right where the model says otherwise. `known` lists what the kernel is known to break:
    that is blamed first where it explains the observation. `age` is what is known of its age beside
    the trace: sentences that its pages did not state are not demanded. `standin`: it is known to be
    the stand-in, whatever version it reports. After the stream's end,
    `finish` returns the case that never ended, if any, as crashed: a caller that knows how the
    machine ended says so with `results.with_end`.
    """

    def __init__(
        self,
        program: str,
        cases: Mapping[str, CaseInfo] | None = None,
        documented: Mapping[str, DocumentedStatuses] | None = None,
        known: KnownClauses | None = None,
        age: Age = Age(),  # noqa: B008 - immutable
        *,
        standin: bool = False,
    ) -> None:
        self.program = program
        self.arch = ""
        self.kernel = KernelSeen(None, frozenset())
        self.finished = False
        """The program said that it is through."""
        self.damage: list[str] = []
        """Damage outside of any case, the first `MAX_NOTES` of it."""
        self.cases = cases or {}
        self._documented = documented or {}
        self._known = known
        self._age = age
        self._standin = standin
        self._texts = JudgingTexts(self._documented)
        self._judged_for: KernelSeen | None = None
        self._bootstrap: list[Bootstrap] = []
        self._case: RunningCase | None = None
        self._ended = 0
        self._preamble = True
        """What comes before the first case is still coming."""
        self._unsound = ""
        """What was lost of the preamble, so that no case can be judged."""
        self._gap = ""
        """What was lost since the last case began or ended."""

    def feed(self, events: Iterable[OrderedEvent]) -> list[CaseResult]:
        """Take the next events; return the cases that ended."""
        results: list[CaseResult] = []
        for event in events:
            # Nearly all are of these two kinds.
            if isinstance(event, CallReturned):
                if self._case is not None:
                    self._case.returned(event)
            elif isinstance(event, CallMade):
                if self._case is not None:
                    self._case.call(event)
            else:
                self._case_event(event, results)
        return results

    def finish(self) -> list[CaseResult]:
        """Say that the stream ended."""
        results: list[CaseResult] = []
        self._abandon(results)
        return results

    def _case_event(self, event: OrderedEvent, results: list[CaseResult]) -> None:
        match event:
            case CaseStart(index, name, _):
                self._abandon(results, _WENT_ON)
                self._preamble = False
                self._case = self._new_case(name, index, self._bootstrap)
                self._case.damage = self._unsound
                self._gap = ""
            case CaseEnd(index, calls, _):
                self._end(index, calls, results)
            case CaseSkipped(index, name, missing, _):
                self._skip(index, name, missing, results)
            case Damage(what, offset):
                self._damaged(f"{what}, at byte {offset} of the stream")
            case CaseRefused(name, what, offset):
                self._refuse(name, f"{what}, at byte {offset} of the stream", results)
            case ProgramEnd(cases, _):
                self._abandon(results, _WENT_ON)
                self.finished = True
                if cases != self._ended:
                    self._note(
                        f"the program finished {counted(cases, 'case')}, {self._ended} arrived"
                    )
            case ProgramStart():
                self._begin(event, results)
            case _:
                self._take_header(event)

    def _begin(self, event: ProgramStart, results: list[CaseResult]) -> None:
        """A program starts; an earlier one in the same stream will not continue."""
        self._abandon(results, "the program restarted before the case ended")
        if not self.arch:
            # Earlier damage belongs to what ran before the program.
            self.damage.clear()
        self.arch, self.program = event.arch.value, event.program
        self._bootstrap = []
        self._ended = 0
        self._preamble = True
        self._unsound = self._gap = ""

    def _take_header(self, event: OrderedEvent) -> None:
        match event:
            case KernelVersion(version):
                self.kernel = self.kernel._replace(version=version)
            case CallTable(_, absent, unsure):
                self.kernel = self.kernel._replace(absent=absent, unsure=unsure)
            case KernelAge(earliest, latest, first, last):
                why = age_reason(first, last)
                self.kernel = self.kernel._replace(age=Age(earliest, latest, why))
            case BootstrapHandle(_, handle, type_, rights, koid, related, process):
                given = Bootstrap(handle, type_, rights, koid, related)
                if not process:
                    self._bootstrap.append(given)
                elif self._case is not None:
                    self._case.given(process, given)
            case ThreadStarted(thread, process):
                if self._case is not None:
                    self._case.starts(thread, process)
            case NoReturn(thread):
                if self._case is not None:
                    self._case.warns(thread)
            case _:
                """Foreign text: the log keeps it."""

    def _new_case(self, name: str, index: int, bootstrap: list[Bootstrap]) -> RunningCase:
        if self._judged_for != self.kernel:
            kernel = self._judged_for = self.kernel
            self._texts = JudgingTexts(
                self._documented, self._age, kernel.age, kernel.version, standin=self._standin
            )
        case = RunningCase(self._info(name), index, bootstrap, self._texts)
        case.state.unstated = self._texts.unstated
        case.state.earliest = self._texts.earliest
        case.state.is_newer = self._texts.is_newer
        if self._known is not None:
            version = self.kernel.version or "unknown"
            case.state.known_clauses = self._known.of(self.arch, version, case.info.id)
        return case

    def _info(self, name: str) -> CaseInfo:
        known = self.cases.get(name)
        return known or CaseInfo(self.program, name, (), "")

    def _damaged(self, what: str) -> None:
        self._gap = what
        if self._case is not None:
            self._case.damage = self._case.damage or what
            return
        self._note(what)
        if self._preamble:
            self._unsound = f"the start of the trace is damaged: {what}"

    def _note(self, what: str) -> None:
        if len(self.damage) < MAX_NOTES:
            self.damage.append(what)
        elif len(self.damage) == MAX_NOTES:
            self.damage.append("and more")

    def _refuse(self, name: str, what: str, results: list[CaseResult]) -> None:
        """A case that can't have run here proves nothing; its earlier result is dropped too."""
        self._abandon(results, _WENT_ON)
        self._note(what)
        known = self.cases.get(name)
        if known is not None:
            results.append(CaseResult(known, self.arch, CaseEndKind.LOST, (), (), (), (), what))

    def _skip(self, index: int, name: str, missing: str, results: list[CaseResult]) -> None:
        """The kernel lacks something: known before the case begins, or found when it gets there."""
        self._preamble = False
        case = self._case
        if case is not None and case.index != index:
            self._abandon(results, _WENT_ON)
            case = None
        self._case = None
        if case is None:
            case = self._new_case(name, index, [])
            # Its beginning and its calls may be among what was lost.
            case.damage = self._gap
        self._gap = ""
        if missing in _SKIPPED:
            detail = _SKIPPED[missing]
        elif missing.startswith("!"):
            detail = f"this machine can't: zx_{missing[1:]} returned ZX_ERR_NOT_SUPPORTED"
        elif missing.startswith("@"):
            detail = f"the process was not given a {missing[1:]} handle"
        elif missing in self.kernel.unsure:
            detail = other_arguments(missing, self.kernel.age)
        else:
            detail = f"this kernel's vDSO has no zx_{missing}"
        result = self._result(case)
        if result.end in (CaseEndKind.PASSED, CaseEndKind.VACUOUS):
            result = replace(result, end=CaseEndKind.SKIPPED, detail=detail)
        results.append(result)

    def _end(self, index: int, calls: int, results: list[CaseResult]) -> None:
        case = self._case
        self._case, self._gap = None, ""
        self._ended += 1
        if case is None:
            self._note(f"case {index} ended, but its beginning is missing")
            return
        if case.index != index:
            case.damage = case.damage or f"the end that arrived is that of case {index}"
        if not case.damage and calls != case.number_made:
            case.damage = f"the case made {counted(calls, 'call')}, {case.number_made} arrived"
        results.append(self._result(case))

    def _abandon(self, results: list[CaseResult], went_on: str = "") -> None:
        """The running case will not end.

        The stream `went_on`, in words: then it is its end that is missing, and no crash.
        """
        case, self._case = self._case, None
        if case is None:
            return
        case.damage = case.damage or went_on
        last, by_age = case.last, case.waits_by_age
        result = self._result(case)
        if not case.damage and by_age:
            detail = f"too old a kernel: {by_age}; {last}"
            result = replace(result, end=CaseEndKind.SKIPPED, detail=detail)
        elif not case.damage and not case.ended_by_call:
            detail = f"did not finish; {last}"
            result = replace(result, end=CaseEndKind.CRASHED, detail=detail)
        results.append(result)

    def _result(self, case: RunningCase) -> CaseResult:
        """The result of a case that is over. Its state is of no use after that."""
        case.close()
        result = self._judged(case)
        case.state.let_go()
        return result

    def _judged(self, case: RunningCase) -> CaseResult:
        calls = Calls(case.calls, words, permitted)
        if case.damage:
            # The lost frames may explain the rest: no divergence is reported.
            return CaseResult(
                case.info, self.arch, CaseEndKind.LOST, calls, (), (), (), case.damage
            )
        conforms = VerdictKind.CONFORMS
        doubted = [judged for judged in case.calls if judged.verdict.kind is not conforms]
        divergences = tuple(divergence(each) for each in doubted if each.verdict.kind.diverges)
        all_reached = dict.fromkeys([*case.reached, *sorted(case.state.seen)])
        claims = [c for c in case.info.claims if c not in case.state.unstated]
        missed = [claim for claim in claims if claim not in all_reached]
        end, detail = CaseEndKind.PASSED, ""
        if divergences:
            end = CaseEndKind.FAILED
        elif case.unjudged:
            end, detail = CaseEndKind.VACUOUS, case.unjudged
        elif missed and all(map(is_at_any_time, missed)):
            end, detail = CaseEndKind.SKIPPED, f"this kernel did not return {statuses_of(missed)}"
        elif missed and (by_age := open_by_age(missed, case.calls, self._texts)):
            end, detail = CaseEndKind.SKIPPED, by_age
        elif missed:
            why = "; ".join(missing(claim, case.calls) for claim in missed)
            end, detail = CaseEndKind.VACUOUS, f"not reached: {why}"
        return CaseResult(
            case.info,
            self.arch,
            end,
            calls,
            divergences,
            tuple(all_reached),
            tuple(case.returned_ids),
            detail,
        )
