"""Sequences of several threads: each call has its effect at a random moment of its own.

The kernel is the reference, which does one call at a time. What it did in between is what the
oracle has to find out, from the order of the records alone.
"""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from caller import Caller
from reference import NAMES, Reference
from zxhil.abi.arch import Arch
from zxhil.abi.calls import AnyCall, ObjectGetInfo
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseResult
from zxhil.oracle.simulate import BOOTSTRAP
from zxhil.trace.events import (
    BootstrapHandle,
    CallMade,
    CallReturned,
    CaseEnd,
    CaseStart,
    ProgramStart,
    ThreadStarted,
)

_LAST_TOPIC = 9
Outs = tuple[int, dict[str, Any]]


class UnderWay(NamedTuple):
    """A call of a thread; `answer` is None until it has had its effect."""

    call: AnyCall
    full: list[Any]
    answer: Outs | None


def _drawn(caller: Caller) -> tuple[AnyCall, list[Any]]:
    """The next call; of topics of information, one that the reference knows."""
    while True:
        call, full = caller.draw()
        if not isinstance(call, ObjectGetInfo) or call.topic <= _LAST_TOPIC:
            return call, full


def play_threads(
    number: int,
    calls: int = 60,
    threads: int = 2,
    *,
    kernel: type[Reference] = Reference,
    only: frozenset[str] = frozenset(),
) -> CaseResult:
    """Play one sequence, of these calls if any are named; returns what the oracle makes of it."""
    rng = random.Random(number)
    given = list(BOOTSTRAP.items())
    reference = kernel(rng, [(b.value, b.type, b.rights, b.koid) for _, b in given])
    caller = Caller(rng, reference, curious=False)
    events: list[Any] = [ProgramStart(Arch.X64, "p", 1, 0, 7)]
    events += [BootstrapHandle(int(info), *b) for info, b in given]
    events += [CaseStart(0, "it", 0), *(ThreadStarted(t, 0, 0) for t in range(1, threads))]
    under_way: dict[int, UnderWay] = {}
    made = 0
    while made < calls or under_way:
        thread = rng.randrange(threads)
        mine = under_way.get(thread)
        if mine is None:
            # Mostly alone: a thread begins less often while another is in a call.
            if made < calls and (not under_way or rng.random() < 0.4):
                call, full = _drawn(caller)
                while only and NAMES[type(call)] not in only:
                    call, full = _drawn(caller)
                under_way[thread] = UnderWay(call, full, None)
                events.append(CallMade(NAMES[type(call)], call, made, thread))
                made += 1
        elif mine.answer is None:
            under_way[thread] = mine._replace(answer=reference.call(mine.call, mine.full))
        else:
            del under_way[thread]
            events.append(CallReturned(*mine.answer, (), thread))
    events.append(CaseEnd(0, made, 0))
    oracle = Oracle("p", {"it": CaseInfo("p", "it", (), "f.c:1")})
    (result,) = oracle.feed(events)
    return result
