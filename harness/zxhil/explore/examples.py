"""Calls that succeed by the model, each with the few calls that make what it is given.

They are learned from the programs of the corpus. A call that meets no condition is the best one to
change: with one other argument, or on a handle that lacks a right, it meets one condition alone,
and what it did can be looked at.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from zxhil.abi.calls import BY_NAME
from zxhil.explore.program import CallProgram, Ref, Step, refs
from zxhil.explore.situation import situation
from zxhil.explore.sketch import Sketch

#: Examples of one call, and calls of one example.
_MOST = 16
_UNSURE = 2
_LONGEST = 12
#: Of so many examples the one that was used least often is taken.
_LOOKS = 4
#: Parameters whose value says what the call does.
_CHOOSES = ("options", "property", "topic", "op", "kind", "cache_policy", "action", "policy")


class Examples:
    """Programs whose last call succeeds by the model, the first one of each state and option."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, CallProgram]] = {}
        self.types: dict[tuple[str, str], set[str]] = {}
        """The types of objects that calls were given for a parameter and succeeded."""

    def learn(self, program: CallProgram) -> None:
        """Learn from a program: it goes by the program and what was learned before alone."""
        program = CallProgram(tuple(step._replace(second=False) for step in program.steps))
        sketch = Sketch()
        for number, step in enumerate(program.steps):
            known = self._of.setdefault(step.name, {})
            words = "" if len(known) >= _MOST else _words(sketch, step)
            _, _, permits = sketch.append(step)
            if not permits.ok or permits.holds:
                continue
            self._note(sketch, step)
            # What the model is not sure of is an example only where there is no other.
            if not words or words in known or (permits.may_hold and len(known) >= _UNSURE):
                continue
            for kept in (_needed(program, number), _touched(program, number)):
                part = _only(program, kept)
                if len(part) <= _LONGEST and _succeeds(part, words):
                    known[words] = part
                    break

    def _note(self, sketch: Sketch, step: Step) -> None:
        for name, value in step.given.items():
            number = sketch.value(value) if isinstance(value, Ref) else None
            entry = None if number is None else sketch.state.entry(number)
            if entry is not None and entry.object.value is not None:
                types = self.types.setdefault((step.name, name), set())
                types.add(entry.object.value.type.name)

    def names(self) -> list[str]:
        """The calls of which there is an example."""
        return [name for name, known in self._of.items() if known]

    def pick(self, rng: random.Random, name: str, used: Counter[str]) -> CallProgram | None:
        """One of a call's examples that was seldom used; `used` counts it."""
        known = self._of.get(name)
        if not known:
            return None
        choices = rng.choices(list(known), k=_LOOKS)
        words = min(choices, key=lambda each: used[f"example {each}"])
        used[f"example {words}"] += 1
        return known[words]


def _words(sketch: Sketch, step: Step) -> str:
    """The call, the states of its objects, and what it chooses."""

    def each() -> Iterator[str]:
        yield step.name
        for parameter in BY_NAME[step.name].parameters:
            value = step.given.get(parameter.name)
            number = sketch.value(value) if isinstance(value, Ref) else None
            entry = None if number is None else sketch.state.entry(number)
            if isinstance(value, Ref) and entry is not None:
                yield f"{value.output} {situation(entry)}" if value.is_given else situation(entry)
            elif parameter.name in _CHOOSES and isinstance(value, int):
                yield f"{parameter.name} {value}"

    return "; ".join(each())


def _succeeds(program: CallProgram, words: str) -> bool:
    """Does its last call succeed by the model, in the state that the words are about?"""
    sketch = Sketch()
    *first, last = program.steps
    for step in first:
        sketch.append(step)
    if _words(sketch, last) != words:
        return False
    _, _, permits = sketch.append(last)
    return permits.ok and not permits.holds


def core(program: CallProgram, number: int) -> CallProgram:
    """Call `number`, and those before it that are about the same objects."""
    return _only(program, _touched(program, number))


def _only(program: CallProgram, kept: set[int]) -> CallProgram:
    return program.without(set(range(len(program))) - kept)


def _needed(program: CallProgram, number: int) -> set[int]:
    """The call, and those that return what it is given."""
    needed = {number}
    for at in range(number, -1, -1):
        if at in needed:
            needed.update(_sources(program.steps[at]))
    return needed


def _touched(program: CallProgram, number: int) -> set[int]:
    """Also those before it that are given the same objects, or the other end of them."""
    needed, sources = {number}, _sources(program.steps[number])
    for at in range(number - 1, -1, -1):
        own = _sources(program.steps[at])
        if at in sources or own & sources:
            needed.add(at)
            sources |= own
    return needed


def _sources(step: Step) -> set[int]:
    """The calls whose results a call is given."""
    return {ref.call for value in step.given.values() for ref in refs(value) if not ref.is_given}
