"""A page as it is written: its clauses, what they mean in the model, and what a page says of them.

A sentence that is special to its page has its own predicate or effect here; those that many pages
share are in `routine.py`. Each also carries the words by which `zxhil.docs` finds it on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from zxhil.abi.calls import BY_NAME
from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Clause, ClauseKind, Mismatch, Outcome
from zxhil.model.moments import Watched
from zxhil.model.state import State
from zxhil.model.stated import PageFact, PageFacts, Words, page_fact
from zxhil.model.tri import MAYBE, Tri

C = TypeVar("C")
A = TypeVar("A", bound=Hashable)

Predicate = Callable[[State, Any], Tri]
Effect = Callable[[State, Any, Outcome], None]
Check = Callable[[State, Any, Outcome], Iterable[Mismatch]]


class Grant(NamedTuple):
    """An effect clause that says that, while `holds`, a call need not fail with `statuses`."""

    clause: Clause
    statuses: tuple[Status, ...]
    holds: Predicate


def nothing(state: State, call: Any, outcome: Outcome) -> None:
    """The page guarantees nothing."""


def no_mismatch(state: State, call: Any, outcome: Outcome) -> Iterable[Mismatch]:
    """The page says nothing about outputs."""
    return ()


def always(call: Any) -> bool:
    """For every call."""
    return True


class Sentences(Generic[C]):
    """The clauses of one system call page. `source` says which text of the page they follow.

    Of every clause, `words` are what a page that states it has in one sentence, and `about` is
    the parameter that the sentence is about, with its names over the ages (see `PageFact`).
    `said_with`: the sentence that states that clause states this one as well.
    """

    def __init__(self, name: str, call: type[C], source: str, *, core: bool = False) -> None:
        self.name = name
        self.call = call
        self.source = source
        self.core = core
        """One of the five pages that reports list first and in full."""
        self.syscall = BY_NAME[name]
        self._places = {p.name: place for place, p in enumerate(self.syscall.parameters)}
        self.errors: list[tuple[Clause, Predicate]] = []
        self.later: list[tuple[Clause, Predicate]] = []
        """Errors of later pages than the one that this follows; `zxhil.model.since` has the day."""
        self.permitted: list[Clause] = []
        self.effects: list[Clause] = []
        self.grants: list[Grant] = []
        self.refusals: list[tuple[Clause, Predicate]] = []
        self.facts: list[PageFact] = []
        self.elsewhere: dict[str, str] = {}
        self.purpose: Clause | None = None
        """The effect that is the call's point: what it breaks if it fails for no stated reason."""
        self.modelled = True
        """Is anything known of the call? If not, it is followed and not judged."""
        self.observes = False
        """Do cases make the call to see what other calls did? Then those are suspected first."""
        self.weighs: tuple[Clause, ...] = ()
        """Sentences on outputs that may be as wrong as what they contradict, beside the purpose."""
        self.by_signals = False
        """Does its status depend on signals? Then it disproves nothing: they may be wrong."""
        self.silent: list[Predicate] = []
        self.unlisted: frozenset[Status] = frozenset()
        """Statuses that the page does not list, and that may come where it is silent."""
        self.always_ok: Clause | None = None
        """The effect that the call always succeeds, of a page that has no errors."""
        self.invalidates = ""
        """The parameter whose handle is gone after success, so that its value may come back."""
        self.guessed: set[Clause] = set()
        """Errors of which the model, not the page, leaves open when they are due."""
        self.points: Callable[..., Iterable[Clause]] | None = None
        """Which of some clauses the outputs of a failed call point to, the likeliest first."""
        self.touches: frozenset[str] | None = None
        """What it can touch beside its handles' objects; None: anything, if it has no handles."""
        self.asks_state: Callable[[Any], bool] = always
        """Of which calls do conditions or outputs depend on the state of the handles' objects?

        On more than type, koids and relatives, and whether the handle is alive, and its rights.
        What a call never asks for, its answer can't settle: so it need not be tried.
        """
        self.asks_cookies = False
        """Does that state include cookies?"""
        self.changes: dict[str, ObjType | None] = {}
        """Parameters through which the call changes an object, and of which type that must be."""
        self.reported: dict[str, Callable[[State, Any], Any]] = {}
        """Outputs that report what a call set: what each is, as far as the model knows."""
        self.leaves: Clause | None = None
        """The sentence on why the call does not return where a case expects that it will not."""
        self.watches: list[Watched[Any]] = []
        """What sentences ask of more than one moment of a call (`zxhil.model.moments`)."""
        self.begin: Effect = nothing
        """What the call has done before it waits."""
        self.succeed: Effect = nothing
        self.fail: Effect = nothing
        self.mismatches: Check = no_mismatch

    @property
    def departure(self) -> Clause | None:
        """The sentence that says that the call does not return; None if it does."""
        return self.purpose if self.syscall.never else self.leaves

    @property
    def weighed(self) -> tuple[Clause, ...]:
        """Sentences that are blamed beside the one that their output contradicts."""
        return self.weighs if self.purpose is None else (*self.weighs, self.purpose)

    @property
    def clauses(self) -> list[Clause]:
        """Every clause: errors, statuses allowed at any time, effects."""
        errors = [clause for clause, _ in (*self.errors, *self.later)]
        return errors + self.permitted + self.effects

    @property
    def stated(self) -> PageFacts:
        """What the page is known to state: first its text, then its list of errors."""
        facts = sorted(self.facts, key=lambda fact: bool(fact.status))
        return PageFacts(self.name, tuple(facts), self.elsewhere)

    def place(self, parameter: str) -> int:
        """Where the parameter stands; raises ValueError if the prototype has none of that name."""
        if parameter not in self._places:
            names = ", ".join(self._places)
            raise ValueError(f"zx_{self.name} has no parameter {parameter}; it has {names}")
        return self._places[parameter]

    # ---- errors

    def error(
        self,
        status: Status | tuple[Status, ...],
        sentence: str,
        *,
        about: str = "",
        words: Words = (),
        said_with: Clause | None = None,
        contradicted: bool = False,
    ) -> Callable[[Callable[[State, C], Tri]], Clause]:
        """Add an error clause: the decorated predicate says when its condition holds.

        A contradicted condition that holds is only a maybe: the page's other reading is as good.
        Of several statuses the page demands one without saying which, so no list of errors has it.
        """
        statuses = status if isinstance(status, tuple) else (status,)

        def add(predicate: Callable[[State, C], Tri]) -> Clause:
            name = predicate.__name__
            clause = self.add_error(name, statuses, sentence, predicate, contradicted=contradicted)
            self.state(clause, about=about, words=words, said_with=said_with)
            return clause

        return add

    def add_error(
        self,
        name: str,
        statuses: tuple[Status, ...],
        sentence: str,
        predicate: Predicate,
        *,
        contradicted: bool = False,
    ) -> Clause:
        """Add an error clause with no word of what the page says."""
        id_ = f"{self.name}/{name}"
        clause = Clause(id_, ClauseKind.ERROR, statuses, sentence, contradicted)
        if contradicted:
            self.errors.append((clause, lambda s, c: min(MAYBE, predicate(s, c))))
        else:
            self.errors.append((clause, predicate))
        return clause

    def of_later_pages(self, *clauses: Clause) -> None:
        """Say that these errors, just added, are not on the page that this follows."""
        self.later += [each for each in self.errors if each[0] in clauses]
        self.errors = [each for each in self.errors if each[0] not in clauses]

    def any_time(
        self, status: Status, sentence: str, *, words: Words = (), elsewhere: str = ""
    ) -> Clause:
        """Add a status that the page allows at any time, or `elsewhere`, where no page lists it."""
        name = f"{self.name}/{status.name.removeprefix('ZX_ERR_').lower()}"
        clause = Clause(name, ClauseKind.ANY_TIME, (status,), sentence)
        self.permitted.append(clause)
        self.state(clause, words=words)
        if elsewhere:
            self.elsewhere[name.partition("/")[2]] = elsewhere
        return clause

    def unspecified(self, predicate: Callable[[State, C], Tri]) -> None:
        """Where this holds, the page demands something without a status: any one may come."""
        self.silent.append(predicate)

    def unlisted_where(self, *statuses: Status) -> Callable[[Callable[[State, C], Tri]], None]:
        """Where this holds, the page says nothing of the argument, and other pages list these."""
        self.unlisted |= frozenset(statuses)
        return self.unspecified

    def take_errors(self, other: Sentences[Any]) -> None:
        """Take over the errors of a page that this one has in common with it, word for word."""

        def own(clause: Clause) -> Clause:
            return clause._replace(id=f"{self.name}/{clause.id.partition('/')[2]}")

        self.errors += [(own(clause), predicate) for clause, predicate in other.errors]
        self.permitted += [own(clause) for clause in other.permitted]
        self.facts += [fact for fact in other.facts if fact.status]

    # ---- effects

    def take_effect(self, clause: Clause, other: Sentences[Any]) -> Clause:
        """Take over an effect that this page has in common with another one, word for word."""
        name = clause.id.partition("/")[2]
        said = [f.words for f in other.facts if name in f.clauses]
        return self.effect(name, clause.sentence, words=said[0])

    def effect(
        self,
        name: str,
        sentence: str,
        *,
        words: Words = (),
        said_with: Clause | None = None,
        elsewhere: str = "",
        purpose: bool = False,
    ) -> Clause:
        """Add a documented effect; `success` and `failure` expect it, `outputs` checks it.

        `elsewhere`: not this page says so, but the one that it names.
        """
        clause = Clause(f"{self.name}/{name}", ClauseKind.EFFECT, (), sentence)
        self.effects.append(clause)
        self.state(clause, words=words, said_with=said_with)
        if elsewhere:
            self.elsewhere[name] = elsewhere
        if purpose:
            self.purpose = clause
        return clause

    def grant(
        self,
        sentence: str,
        *statuses: Status,
        words: Words = (),
        said_with: Clause | None = None,
    ) -> Callable[[Callable[[State, C], Tri]], Clause]:
        """Add an effect clause that says what is fine: it is reached when it holds and ZX_OK comes.

        It is blamed when one of `statuses` (any error, if none is given) comes while it holds.
        """

        def add(predicate: Callable[[State, C], Tri]) -> Clause:
            clause = self.effect(predicate.__name__, sentence, words=words, said_with=said_with)
            self.grants.append(Grant(clause, statuses, predicate))
            return clause

        return add

    def refusal(
        self, sentence: str, *, words: Words
    ) -> Callable[[Callable[[State, C], Tri]], Clause]:
        """Add an effect clause that says, in other words than ERRORS, when the call must fail.

        It is reached when it holds and an error comes, and blamed with the errors for ZX_OK.
        """

        def add(predicate: Callable[[State, C], Tri]) -> Clause:
            clause = self.effect(predicate.__name__, sentence, words=words)
            self.refusals.append((clause, predicate))
            return clause

        return add

    def watch(self, ask: Callable[[State, C], A]) -> Watched[A]:
        """Ask at each moment of a call: `Watched.began` and `Watched.since` answer later."""
        added = Watched(ask, len(self.watches))
        self.watches.append(added)
        return added

    def begins(self, effect: Callable[[State, C, Outcome], None]) -> None:
        """Say what the call does before it waits; `success` follows later, or `failure`.

        What it has done is there for the calls of other threads while it waits.
        """
        self.begin = effect

    def success(self, effect: Callable[[State, C, Outcome], None]) -> None:
        """Say what ZX_OK does to the model."""
        self.succeed = effect

    def failure(self, effect: Callable[[State, C, Outcome], None]) -> None:
        """Say what any other status does to the model."""
        self.fail = effect

    def outputs(self, check: Callable[[State, C, Outcome], Iterable[Mismatch]]) -> None:
        """Say how the outputs of an allowed outcome are checked, before it is applied."""
        self.mismatches = check

    # ---- what the page says

    def state(
        self,
        clause: Clause,
        *,
        about: str = "",
        words: Words = (),
        said_with: Clause | None = None,
        in_text: bool = False,
        spelled: str = "",
    ) -> None:
        """Note one more sentence that states a clause.

        `in_text`: not in the list of errors, although the clause is one. `spelled`: how the list
        spells the status, if not as the headers do.
        """
        name = clause.id.partition("/")[2]
        if said_with is not None:
            other = said_with.id.partition("/")[2]
            place = next(i for i, fact in enumerate(self.facts) if other in fact.clauses)
            fact = self.facts[place]
            self.facts[place] = fact._replace(clauses=(*fact.clauses, name))
        if words:
            listed = len(clause.statuses) == 1 and not in_text
            status = (spelled or clause.statuses[0].name) if listed else ""
            self.facts.append(page_fact(status, name, about, words))

    def unmodelled(self, status: Status, words: Words, *, why: str) -> None:
        """Note a condition that no clause follows from, and why."""
        self.facts.append(page_fact(status.name, "", "", words, why))
