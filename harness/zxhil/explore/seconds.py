"""Programs of two threads: which calls of a program a second thread makes."""

from __future__ import annotations

import random

from zxhil.explore.encode import may_be_second
from zxhil.explore.program import MOST_CALLS, CallProgram, Step

#: The most calls from the second thread's first to its last.
_BESIDE = 8
#: How often both threads make the same call at once.
_TWICE = 0.4


def with_second(rng: random.Random, program: CallProgram) -> CallProgram:
    """The program with some calls, next to each other, that a second thread makes."""
    if rng.random() < _TWICE and len(program) < MOST_CALLS:
        at = rng.randrange(len(program))
        program = program.inserted(at + 1, (program.steps[at],))
        return only_possible(_marked(program, {at + 1}))
    count = rng.randint(2, _BESIDE)
    start = rng.randrange(max(len(program) - count + 1, 1))
    window = range(start, min(start + count, len(program)))
    seconds = {number for number in window if rng.random() < 0.5} or {window[-1]}
    return only_possible(_marked(program, seconds))


def only_possible(program: CallProgram) -> CallProgram:
    """The program with those calls in the first thread that the second one can't make."""
    kept = {n for n, step in enumerate(program.steps) if step.second and may_be_second(step)}
    return _marked(program, kept)


def _marked(program: CallProgram, seconds: set[int]) -> CallProgram:
    def marked(number: int, step: Step) -> Step:
        return step._replace(second=number in seconds)

    return CallProgram(tuple(marked(n, step) for n, step in enumerate(program.steps)))
