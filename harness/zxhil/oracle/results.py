"""Results of the oracle: values that every report is made from, and their JSON form."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from zxhil.disk.shape import SchemaMismatch
from zxhil.docs.held import Quote
from zxhil.model.judge import VerdictKind
from zxhil.model.pages import source_of
from zxhil.oracle.cases import CaseInfo

if TYPE_CHECKING:
    from zxhil.docs.quotes import Quotes


class CaseEndKind(enum.StrEnum):
    """How a case ended, as all reports name it. `severity` is higher the worse it is."""

    severity: int

    def __new__(cls, word: str, severity: int = 0) -> CaseEndKind:
        """Make a member; only its word is its value."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.severity = severity
        return member

    PASSED = "passed", 0
    FAILED = "failed", 3
    VACUOUS = "vacuous", 2
    SKIPPED = "skipped", 1
    CRASHED = "crashed", 5
    HUNG = "hung", 6
    PANIC = "kernel panic", 7
    LOST = "lost", 4

    @property
    def is_clean(self) -> bool:
        """Did the case pass, or was it skipped?"""
        return self in (CaseEndKind.PASSED, CaseEndKind.SKIPPED)

    @property
    def is_judged(self) -> bool:
        """Did the case do what it is for? FAILED with a divergence, PASSED without one."""
        return self in (CaseEndKind.PASSED, CaseEndKind.FAILED)

    @property
    def is_machine_fault(self) -> bool:
        """Does it say that the machine, the kernel or the stream failed, and judge nothing?"""
        return self.severity >= CaseEndKind.LOST.severity

    @property
    def is_incomplete(self) -> bool:
        """Did the case not get to what it is for, though the kernel has the call?"""
        return self.is_machine_fault or self is CaseEndKind.VACUOUS

    @property
    def can_be_known(self) -> bool:
        """May a known entry name it as its kind? LOST proves nothing about a kernel."""
        return self.is_incomplete and self is not CaseEndKind.LOST

    @property
    def style(self) -> str:
        """How a terminal shows it: "good", "dim" or "bad"."""
        return {CaseEndKind.PASSED: "good", CaseEndKind.SKIPPED: "dim"}.get(self, "bad")


@dataclass(frozen=True, slots=True)
class JudgedCall:
    """One call of a case, decoded for people, and its verdict.

    `allowed` are the names of the statuses that the page allowed. `offset` is the place of the
    call's record in the serial stream, in bytes.
    """

    text: str
    status: str
    verdict: VerdictKind
    allowed: tuple[str, ...]
    offset: int
    permitted: str = ""
    """The clause that allows this status at any time, if only that explains it."""
    thread: int = 0
    process: int = 0
    """The thread that made it, and the process of that; 0 are the program's first ones."""
    until: int = -1
    """Where other calls overlapped it: the number of the last one made before it returned."""

    @property
    def maker(self) -> str:
        """Who made it: ``thread 1``, ``thread 2 of process 1``."""
        return f"thread {self.thread}" + (f" of process {self.process}" if self.process else "")

    @property
    def overlap(self) -> str:
        """Where other calls were made before it returned: the last one, in words."""
        return f"returned after call {self.until} was made" if self.until >= 0 else ""

    @property
    def is_status_allowed(self) -> bool:
        """Is its status right, regardless of its outputs?"""
        return self.status.partition(",")[0] in self.allowed


T = TypeVar("T")


class Calls(Sequence[JudgedCall], Generic[T]):
    """The calls of a case, rendered only when they are read.

    `items` is what was kept of the calls; `words` renders one of them, always the same way;
    `permitted` returns, without rendering, whether its `JudgedCall.permitted` is not empty.
    """

    def __init__(
        self,
        items: Sequence[T],
        words: Callable[[T], JudgedCall],
        permitted: Callable[[T], bool] = lambda item: True,
    ) -> None:
        self._items = items
        self._words = words
        self._permitted = permitted

    @property
    def items(self) -> Sequence[T]:
        """What was kept of the calls."""
        return self._items

    def permitted(self) -> Iterator[JudgedCall]:
        """The calls that only a status explains which their page allows at any time."""
        chosen = map(self._words, filter(self._permitted, self._items))
        return (call for call in chosen if call.permitted)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> JudgedCall: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[JudgedCall, ...]: ...

    def __getitem__(self, index: int | slice) -> JudgedCall | tuple[JudgedCall, ...]:
        if isinstance(index, slice):
            return tuple(map(self._words, self._items[index]))
        return self._words(self._items[index])

    def __iter__(self) -> Iterator[JudgedCall]:
        return map(self._words, self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process gets them in words, which it would have to make otherwise.
        return tuple, (tuple(self),)

    def __repr__(self) -> str:
        return repr(tuple(self))


def permitted_calls(calls: Sequence[JudgedCall]) -> Iterator[JudgedCall]:
    """The calls that only a status explains which their page allows at any time."""
    if isinstance(calls, Calls):
        return calls.permitted()
    return (call for call in calls if call.permitted)


@dataclass(frozen=True, slots=True)
class Divergence:
    """A call that the page does not allow.

    `call` is the index of the call that showed it, `blamed_call` of the one that broke its
    page's word. `blamed` are clause ids, the likeliest first; `sentences` say them in words.
    `text` says in one sentence what was expected, what came, and why. `causes` are sets of the
    clauses: all of one set broken explain what was seen. `quoted` are what the user's own pages
    say for the likeliest clause.
    """

    call: int
    kind: VerdictKind
    blamed: tuple[str, ...]
    sentences: tuple[str, ...]
    blamed_call: int
    text: str
    causes: tuple[tuple[str, ...], ...] = ()
    quoted: tuple[Quote, ...] = ()

    @property
    def statement(self) -> tuple[str, ...]:
        """The text in every report: the sentence, and the text that it rests on.

        That is the user's page, quoted, or the page that the model's clause was written from.
        """
        own = self.text, *map(str, self.quoted)
        if self.quoted or not self.blamed:
            return own
        sources = dict.fromkeys(filter(None, map(source_of, self.blamed)))
        text = f" [{'; '.join(sources)}]" if sources else ""
        if self.sentences[0] not in self.text:
            return (*own, f"the page says ({self.blamed[0]}): {self.sentences[0]}{text}")
        return (own[0] + text, *own[1:])

    @property
    def explained_by(self) -> tuple[tuple[str, ...], ...]:
        """`causes`; where nothing says more, the likeliest clause."""
        return self.causes or ((self.blamed[0],),) if self.blamed else ()

    @property
    def attributed(self) -> tuple[str, ...]:
        """The clauses whose sentence it counts against: none whose condition does not apply."""
        return tuple(dict.fromkeys(clause for cause in self.explained_by for clause in cause))


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case on one kernel.

    `reached` are ids of the clauses whose condition held, or whose effect was seen or missed;
    `returned` those of the error clauses whose status came back while their condition held.
    `detail` describes why the case ended as it did.
    """

    info: CaseInfo
    arch: str
    end: CaseEndKind
    calls: Sequence[JudgedCall]
    divergences: tuple[Divergence, ...]
    reached: tuple[str, ...]
    returned: tuple[str, ...]
    detail: str = ""
    evidence: str = ""

    @property
    def id(self) -> str:
        """``program/case``."""
        return self.info.id

    @property
    def has_threads(self) -> bool:
        """Did more than one thread make calls?"""
        return any(call.thread for call in self.calls)


def to_json(result: CaseResult, calls: bool = True) -> dict[str, Any]:
    """The JSON object of a case; field by field as `CaseResult` has them, empty ones left out.

    Without `calls` they are left out: to put them into words costs more than to judge them.
    """
    return {
        "case": result.info.id,
        "page": result.info.page,
        "claims": list(result.info.claims),
        "source": result.info.source,
        "arch": result.arch,
        "end": result.end.value,
        **({"detail": result.detail} if result.detail else {}),
        **({"evidence": result.evidence} if result.evidence else {}),
        "reached": list(result.reached),
        "returned": list(result.returned),
        **({"calls": [_call_json(call) for call in result.calls]} if calls else {}),
        "divergences": [
            {
                "call": d.call,
                "kind": d.kind.value,
                "blamed": list(d.blamed),
                "sentences": list(d.sentences),
                "blamed_call": d.blamed_call,
                "text": d.text,
                **({"causes": [list(each) for each in d.causes]} if d.causes else {}),
                **({"quoted": [each._asdict() for each in d.quoted]} if d.quoted else {}),
            }
            for d in result.divergences
        ],
    }


def _call_json(call: JudgedCall) -> dict[str, Any]:
    return {
        "text": call.text,
        "status": call.status,
        "verdict": call.verdict.value,
        "allowed": list(call.allowed),
        "offset": call.offset,
        **({"permitted": call.permitted} if call.permitted else {}),
        **({"thread": call.thread} if call.thread else {}),
        **({"process": call.process} if call.process else {}),
        **({"until": call.until} if call.until >= 0 else {}),
    }


def check_case(data: Mapping[str, Any]) -> None:
    """Check what a schema can't: that the parts of a case's JSON are consistent.

    Raises SchemaMismatch.
    """
    end, divergences = CaseEndKind(data["end"]), data["divergences"]
    if end.is_judged and bool(divergences) is not (end is CaseEndKind.FAILED):
        raise SchemaMismatch(f"is {end}, with {len(divergences)} divergences")
    calls = len(data["calls"]) if "calls" in data else None
    for number, divergence in enumerate(divergences):
        place = f".divergences[{number}]"
        if len(divergence["sentences"]) != len(divergence["blamed"]):
            raise SchemaMismatch("has different numbers of sentences and clauses").inside(place)
        for name in ("call", "blamed_call"):
            if calls is not None and divergence[name] >= calls:
                problem = f"is {divergence[name]}, the case has {calls} calls"
                raise SchemaMismatch(problem).inside(f"{place}.{name}")


def from_json(data: Mapping[str, Any]) -> CaseResult:
    """Read what `to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    program, _, name = data["case"].partition("/")
    return CaseResult(
        CaseInfo(program, name, tuple(data["claims"]), data["source"]),
        data["arch"],
        CaseEndKind(data["end"]),
        tuple(
            JudgedCall(
                c["text"],
                c["status"],
                VerdictKind(c["verdict"]),
                tuple(c["allowed"]),
                c["offset"],
                c.get("permitted", ""),
                c.get("thread", 0),
                c.get("process", 0),
                c.get("until", -1),
            )
            for c in data.get("calls", ())
        ),
        tuple(
            Divergence(
                d["call"],
                VerdictKind(d["kind"]),
                tuple(d["blamed"]),
                tuple(d["sentences"]),
                d["blamed_call"],
                d["text"],
                tuple(tuple(each) for each in d.get("causes", ())),
                tuple(Quote(each["place"], each["text"]) for each in d.get("quoted", ())),
            )
            for d in data["divergences"]
        ),
        tuple(data["reached"]),
        tuple(data["returned"]),
        data.get("detail", ""),
        data.get("evidence", ""),
    )


def with_quotes(result: CaseResult, quotes: Quotes) -> CaseResult:
    """The same case, with quotations from the user's own pages in its divergences."""
    if not result.divergences:
        return result
    divergences = (
        replace(each, quoted=quotes.of(each.blamed[0]) if each.blamed else ())
        for each in result.divergences
    )
    return replace(result, divergences=tuple(divergences))


def agreed(one: CaseResult, other: CaseResult) -> CaseResult:
    """Merge two results of one case from one stream: the first, if both agree.

    Otherwise one of them is wrong, and it is unknown which.
    """
    if _verdict(one) == _verdict(other):
        return one
    detail = f"it arrived twice: {one.end}, then {other.end}"
    detail = other.detail if other.end is CaseEndKind.LOST else detail
    return CaseResult(one.info, one.arch, CaseEndKind.LOST, (), (), (), (), detail)


def _verdict(result: CaseResult) -> tuple[object, ...]:
    return (result.end, *((d.call, d.kind, d.blamed) for d in result.divergences))


def with_end(result: CaseResult, end: CaseEndKind, detail: str, evidence: str = "") -> CaseResult:
    """The same case, ended otherwise: how its machine ended is known only later."""
    return replace(result, end=end, detail=detail, evidence=evidence)
