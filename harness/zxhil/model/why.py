"""Why the model expected something else than what came: for the sentence of a divergence.

What is said is what the model's own facts say, and nothing else: a condition of the page, the
arguments that it asks for, and those facts without which it would not hold, each with the call that
made it so. It is asked for divergences alone, before the model follows the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from zxhil.abi.calls import AnyCall
from zxhil.abi.rights import rights_name
from zxhil.model.clause import Clause, Outcome
from zxhil.model.facts import Fact, values_read
from zxhil.model.given import handles_by_place
from zxhil.model.objects import Channel, HandleEntry, KernelObject, Socket
from zxhil.model.page import AnyPage, Predicate
from zxhil.model.state import State
from zxhil.model.tri import NO, YES
from zxhil.model.verdict import Ground, Verdict

_MOST_FACTS = 64  # read of more, the latest are tried; more are not read by any page's sentence
_MOST_GROUNDS = 2
_MOST_REASONS = 3


def grounds(
    page: AnyPage, state: State, call: AnyCall, outcome: Outcome, own: Verdict
) -> tuple[Ground, ...]:
    """The conditions that the outcome breaks; if none is met, those that its status would need."""
    if own.expected:
        return _of_outputs(page, state, call, outcome, own.blamed[0])
    predicates = _predicates(page)
    met, unmet = [], []
    for clause in own.blamed:
        predicate = predicates.get(clause)
        if predicate is None:
            continue
        answer = predicate(state, call)
        if answer == YES:
            met.append(_ground(state, call, clause, predicate, met=True))
        elif answer == NO and outcome.status in clause.statuses:
            unmet.append(_ground(state, call, clause, predicate, met=False))
    return tuple((met or unmet)[:_MOST_GROUNDS])


def _predicates(page: AnyPage) -> dict[Clause, Predicate]:
    granted = ((grant.clause, grant.holds) for grant in page.grants)
    return dict([*page.errors, *granted, *page.refusals])


class _Reads:
    """A call that notes which of its arguments are asked for."""

    def __init__(self, call: AnyCall) -> None:
        self._call = call
        self.names: dict[str, None] = {}

    def __getattr__(self, name: str) -> Any:
        self.names[name] = None
        return getattr(self._call, name)

    def __getitem__(self, place: int) -> Any:
        self.names[self._call._fields[place]] = None
        return self._call[place]


def _ground(
    state: State, call: AnyCall, clause: Clause, predicate: Predicate, *, met: bool
) -> Ground:
    reads = _Reads(call)
    wanted = YES if met else NO
    facts = _decisive(lambda: predicate(state, reads) == wanted)
    return Ground(clause, met, tuple(reads.names), _reasons(state, call, facts))


def _of_outputs(
    page: AnyPage, state: State, call: AnyCall, outcome: Outcome, clause: Clause
) -> tuple[Ground, ...]:
    def contradicted() -> bool:
        return any(m.clause is clause for m in page.contradictions(state, call, outcome))

    return (Ground(clause, True, (), _reasons(state, call, _decisive(contradicted))),)


def _decisive(holds: Callable[[], bool]) -> list[Fact[Any]]:
    """A smallest set of facts that `holds` rests on: all others could be unknown.

    The latest are kept: what became so last is why it holds now.
    """
    kept: list[Fact[Any]] = []
    dropped: list[tuple[Fact[Any], Any]] = []
    with values_read() as read:
        if not holds():
            return []
        tried: set[Fact[Any]] = set()
        try:
            # What is asked only once something else is unknown is found on the way.
            while len(tried) < _MOST_FACTS and (left := _known(f for f in read if f not in tried)):
                for fact in left:
                    tried.add(fact)
                    believed, fact.value = fact.value, None
                    if holds():
                        dropped.append((fact, believed))
                    else:
                        fact.value = believed
                        kept.append(fact)
        finally:
            for fact, believed in dropped:
                fact.value = believed
    return kept


def _known(facts: Iterable[Fact[Any]]) -> list[Fact[Any]]:
    """Those that have a value, the oldest first."""
    found = [fact for fact in facts if fact.value is not None]
    found.sort(key=lambda fact: -1 if fact.origin is None else fact.origin.call)
    return found[-_MOST_FACTS:]


# ---- facts in words


def _reasons(state: State, call: AnyCall, facts: list[Fact[Any]]) -> tuple[str, ...]:
    """What the facts say, those that say more than the call's own text shows."""
    if not facts:
        return ()
    asked = {id(fact) for fact in facts}
    found = {id(fact): text for fact, text in _said(state, call) if id(fact) in asked}
    texts = dict.fromkeys(found[id(fact)] for fact in facts if id(fact) in found)
    return tuple(texts)[-_MOST_REASONS:]


def _by(fact: Fact[Any]) -> str:
    origin = fact.origin
    return "" if origin is None else f" by call {origin.call} (zx_{origin.clause.page})"


def _from(fact: Fact[Any]) -> str:
    return _by(fact).replace(" by ", " from ", 1)


def _said(state: State, call: AnyCall) -> Iterator[tuple[Fact[Any], str]]:
    """Each fact about the call's objects and those that they depend on, and what it says."""
    objects: dict[int, tuple[KernelObject, str]] = {}
    for name, value in handles_by_place(call):
        entry = state.entry(value)
        if entry is None:
            continue
        yield from _of_argument(entry, name)
        object_ = entry.object.value
        if object_ is not None:
            objects.setdefault(id(object_), (object_, name))
    alone = len(objects) == 1
    for object_, name in list(objects.values()):
        if object_.peer is not None:
            peer = "the peer" if alone else f"the peer of {name}"
            objects.setdefault(id(object_.peer), (object_.peer, peer))
        if object_.cookie is not None and object_.cookie.scope is not None:
            key = object_.cookie.scope.value
            if key is not None:
                objects.setdefault(id(key), (key, "the cookie's scope"))
    koid = getattr(call, "koid", None)
    child = None if koid is None else state.by_koid.get(koid)
    if child is not None:
        objects.setdefault(id(child), (child, f"the {child.type.name.lower()} of koid {koid}"))
    arguments = {value for _, value in handles_by_place(call)}
    for object_, name in objects.values():
        yield from _of_object(object_, name, arguments)


def _of_argument(entry: HandleEntry, name: str) -> Iterator[tuple[Fact[Any], str]]:
    if entry.live.value is False:
        closed = entry.live.origin is None or entry.live.origin.clause.page == "handle_close"
        yield entry.live, f"{name} was {'closed' if closed else 'consumed'}{_by(entry.live)}"
    if entry.rights.value is not None and entry.rights.origin is not None:
        yield entry.rights, f"{name} got its rights{_from(entry.rights)}"
    elif entry.rights.value is not None:
        yield entry.rights, f"{name} has the rights {rights_name(entry.rights.value.bits)}"


def _of_object(
    object_: KernelObject, name: str, arguments: set[int]
) -> Iterator[tuple[Fact[Any], str]]:
    for entry in object_.handles:
        if entry.value in arguments and entry.live.value is not True:
            continue
        if entry.live.value is False:
            yield entry.live, f"{name} was closed{_by(entry.live)}"
        elif entry.value not in arguments and entry.live.value is True:
            yield entry.live, f"a handle to {name}{_from(entry.live)} is open"
    yield object_.signals, f"the signals of {name} were set{_by(object_.signals)}"
    cookie = object_.cookie
    if cookie is not None and cookie.present.value:
        for fact in (cookie.present, cookie.value):
            yield fact, f"the cookie of {name} was set{_by(fact)}"
    if isinstance(object_, Channel):
        for message in object_.queue:
            if message.present.value:
                yield message.present, f"a message to {name} was written{_by(message.present)}"
                yield message.content, f"a message to {name} was written{_by(message.content)}"
    elif isinstance(object_, Socket):
        for slot in object_.shares:
            if slot.present.value:
                yield slot.present, f"a socket was shared to {name}{_by(slot.present)}"
            elif slot.accepted:
                yield slot.present, f"the share queue of {name} was emptied{_by(slot.present)}"
