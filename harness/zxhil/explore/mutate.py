"""Make programs of those that reached something new: with a call more or less, or another value."""

from __future__ import annotations

from collections.abc import Sequence

from zxhil.explore.examples import core
from zxhil.explore.generate import Generator
from zxhil.explore.program import MOST_CALLS, CallProgram
from zxhil.explore.sketch import Sketch

#: How often a program is cut to one of its calls, with those that are about the same objects.
_CORES = 0.6
#: How often what stands after a call that is added to a program is dropped.
_ENDED = 0.6


class Mutator:
    """Changes programs; the calls that it adds are those of a generator."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._rng = generator.rng

    def mutated(self, program: CallProgram, others: Sequence[CallProgram]) -> CallProgram:
        """A program like this one, or like what makes one of its calls, with a change or two."""
        if self._rng.random() < _CORES:
            program = core(program, self._rng.randrange(len(program)))
        for _ in range(self._rng.choice((1, 1, 2))):
            program = self._once(program, others)
        return program

    def _once(self, program: CallProgram, others: Sequence[CallProgram]) -> CallProgram:
        at = self._rng.randrange(len(program) + 1)
        match self._rng.randrange(6):
            case 0 | 1:
                return self._grown(program, at)
            case 2 if at < len(program):
                return self._redrawn(program, at)
            case 3 if len(program) > 2 and at < len(program):
                return program.without({at})
            case 4 if at < len(program):
                return program.inserted(at + 1, (program.steps[at],))
            case 5 if others:
                return _joined(program, self._rng.choice(others))
        return self._grown(program, len(program))

    def _grown(self, program: CallProgram, at: int) -> CallProgram:
        """A call or more in the middle, or at the end."""
        if len(program) >= MOST_CALLS // 2:
            return program.without(set(range(at // 2)) or {0})
        sketch = _replayed(program, at)
        self._generator.extend(sketch, self._rng.choice((1, 1, 2, 4)))
        if self._rng.random() < _ENDED:
            return sketch.program
        return program.inserted(at, tuple(sketch.steps[at:]))

    def _redrawn(self, program: CallProgram, at: int) -> CallProgram:
        """A call with one other argument."""
        step = program.steps[at]
        drawn = self._generator.drawing(_replayed(program, at)).step(step.name)
        names = [name for name in drawn.given if name in step.given] or list(drawn.given)
        if not names:
            return program
        name = self._rng.choice(names)
        return program.replaced(at, step.giving({**step.given, name: drawn.given[name]}))


def _replayed(program: CallProgram, count: int) -> Sketch:
    sketch = Sketch()
    for step in program.steps[:count]:
        sketch.append(step)
    return sketch


def _joined(one: CallProgram, other: CallProgram) -> CallProgram:
    """Both, one after the other."""
    if len(one) + len(other) > MOST_CALLS // 2:
        return one
    return one.then(other)
