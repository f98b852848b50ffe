"""Reduce a program that shows something: each candidate really runs, many to a boot.

First all calls are dropped that are about other objects, then groups of calls, ever smaller ones,
and as many at once as can go together; then arguments become simpler, one at a time, and at last
all together that can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from zxhil.abi.calls import BY_NAME
from zxhil.abi.kinds import Pointer, Where
from zxhil.explore.examples import core
from zxhil.explore.execute import Ran
from zxhil.explore.program import CallProgram, Ref, Step

#: Rounds of candidates, each a boot or more: what is left after that is short enough.
MOST_ROUNDS = 24

Shows = Callable[[Ran], int | None]
"""The number of the call that shows it, None if none does."""
RunsAll = Callable[[Sequence[CallProgram]], Iterable[Ran]]


class Reducer:
    """`run` runs programs, `shows` says which call of a program still shows the finding.

    `together`: many programs cost little more than one.
    """

    def __init__(self, run: RunsAll, shows: Shows, *, together: bool = True) -> None:
        self._together = together
        self._run = run
        self._shows = shows
        self.rounds = 0
        self.last: Ran | None = None
        """The run of the shortest program that shows it; None: it was not shown again."""

    def reduce(self, program: CallProgram) -> CallProgram:
        """The shortest program found; the same one if it does not show the finding again."""
        if self._first([program]) is None:
            return program
        program = self._taken(program)
        program = self._drop(program)
        program = self._simplify(program)
        return self._drop(program)

    def _taken(self, program: CallProgram) -> CallProgram:
        """Without the calls after the one that shows it."""
        assert self.last is not None
        at = self._shows(self.last)
        assert at is not None
        return CallProgram(program.steps[: at + 1])

    def _first(self, programs: Iterable[CallProgram]) -> CallProgram | None:
        """The first of the candidates that shows the finding."""
        candidates = list(programs)
        if not candidates or self.rounds >= MOST_ROUNDS:
            return None
        self.rounds += 1
        for ran in self._run(candidates):
            if self._shows(ran) is not None:
                self.last = ran
                return ran.program
        return None

    def _drop(self, program: CallProgram) -> CallProgram:
        if len(about := core(program, len(program) - 1)) < len(program):
            found = self._first([about])
            program = program if found is None else self._taken(found)
        while self.rounds < MOST_ROUNDS:
            shorter = self._fewer(program) if self._together else self._first(_shorter(program))
            if shorter is None:
                break
            program = self._taken(shorter)
        return program

    def _fewer(self, program: CallProgram) -> CallProgram | None:
        """The program without as many groups of calls as can go: the groups run at once."""
        groups = list(_groups(len(program)))
        self.rounds += 1
        ran = list(self._run([program.without(group) for group in groups]))
        works = [n for n, each in enumerate(ran) if self._shows(each) is not None]
        if not works:
            return None
        # What can go alone can mostly go with others.
        counts = sorted({len(works) * n // 4 for n in (4, 3, 2, 1)} - {0, 1}, reverse=True)
        unions = [set().union(*(groups[n] for n in works[:count])) for count in counts]
        found = self._first(
            [program.without(union) for union in unions if len(union) < len(program)]
        )
        if found is None:
            self.last = ran[works[0]]
            return self.last.program
        return found

    def _simplify(self, program: CallProgram) -> CallProgram:
        while self.rounds < MOST_ROUNDS:
            changes = list(_simpler(program))
            if not changes:
                break
            self.rounds += 1
            ran = self._run([program.replaced(at, step) for at, step in changes])
            works = [
                c for c, each in zip(changes, ran, strict=True) if self._shows(each) is not None
            ]
            if not works:
                break
            program = self._all_of(program, works)
        return program

    def _all_of(self, program: CallProgram, changes: Sequence[tuple[int, Step]]) -> CallProgram:
        """The program with as many of the changes as go together."""
        together = program
        # Of several for one argument the simplest comes first, and so is put there last.
        for at, step in reversed(changes):
            together = together.replaced(at, _merged(program.steps[at], together.steps[at], step))
        alone = program.replaced(*changes[0])
        found = self._first([together])
        if found is None:
            # It is known to show the finding.
            return alone
        return found


def _merged(before: Step, now: Step, change: Step) -> Step:
    """`now`, with what `change` changed of `before`."""
    if change.second != before.second:
        return now._replace(second=change.second)
    given: dict[str, Any] = dict(now.given)
    for name in before.given:
        if name not in change.given:
            given.pop(name, None)
        elif change.given[name] != before.given[name]:
            given[name] = change.given[name]
    return now.giving(given)


def _shorter(program: CallProgram) -> Iterator[CallProgram]:
    """The program without groups of calls, the largest groups first."""
    return (program.without(group) for group in _groups(len(program)))


def _groups(length: int) -> Iterator[set[int]]:
    """The numbers of calls next to each other: first the half of them, at last each one."""
    size = length // 2
    while size:
        yield from (set(range(at, at + size)) for at in range(length - size, -1, -size))
        size //= 2


def _simpler(program: CallProgram) -> Iterator[tuple[int, Step]]:
    """The changes of one argument each that make a program simpler."""
    for at, step in enumerate(program.steps):
        if step.second:
            yield at, step._replace(second=False)
        for name, value in step.given.items():
            kind = next(p.kind for p in BY_NAME[step.name].parameters if p.name == name)
            for simpler in _values(value):
                yield at, step.giving({**step.given, name: simpler})
            if not kind.is_value and not isinstance(value, Ref):
                yield at, step.giving({n: v for n, v in step.given.items() if n != name})


def _values(value: Any) -> Iterator[Any]:
    """Simpler values than this one, the simplest first."""
    if isinstance(value, Ref):
        return
    if isinstance(value, bytes):
        if len(value) > 1:
            yield b"a"
        if value:
            yield b""
    elif isinstance(value, list):
        if len(value) > 1:
            yield from ([*value[:n], *value[n + 1 :]] for n in range(len(value)))
        for n, element in enumerate(value):
            yield from ([*value[:n], each, *value[n + 1 :]] for each in _values(element))
    elif isinstance(value, tuple):
        for n, field in enumerate(value):
            yield from ((*value[:n], each, *value[n + 1 :]) for each in _values(field))
    elif isinstance(value, Pointer):
        if value.content is not None and value.where in (Where.EDGE, Where.MISALIGNED):
            yield value.content
        if value.content is not None:
            yield from (Pointer(value.where, each) for each in _values(value.content))
    elif isinstance(value, int) and not isinstance(value, bool) and value not in (0, 1):
        yield 0
        yield 1
