"""What held while a call was under way, where other calls had their effects in between.

A call begins at some moment after its `C` and ends at some moment before its `R`; which, nobody
knows. So a condition of the page holds (YES) if it did at every moment, and may hold (MAYBE) if it
did at one. A page whose sentence speaks of two moments asks with a `Watched`:

    is_open = page.watch(lambda s, c: s.valid(c.handle))

    @page.error(Status.ZX_ERR_CANCELED, "handle was invalidated during the wait", words=…)
    def canceled(s, c):
        return both(is_open.began(s, c), s.invalid(c.handle))

Where nothing came in between, all moments are one, and a watch answers as things are now.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from zxhil.model.tri import Tri

T = TypeVar("T", bound=Hashable)


class Course(NamedTuple):
    """What the watches of a page answered if the call began at one certain moment.

    `first` at that moment, `all` since: each different answer once, in order.
    """

    first: tuple[Any, ...]
    all: tuple[tuple[Any, ...], ...]

    def then(self, answers: tuple[Any, ...]) -> Course:
        """The same, a moment later."""
        later = zip(self.all, answers, strict=True)
        return Course(self.first, tuple(a if n in a else (*a, n) for a, n in later))


class Watched(Generic[T]):
    """A question that a page asks of more than one moment of a call, given the state."""

    __slots__ = ("_ask", "_place")

    def __init__(self, ask: Callable[[Any, Any], T], place: int) -> None:
        self._ask = ask
        self._place = place

    def now(self, s: Any, c: Any) -> T:
        """The answer as things are."""
        return self._ask(s, c)

    def began(self, s: Any, c: Any) -> T:
        """The answer at the moment when the call began."""
        course = None if s.moments is None else s.moments.course
        return self._ask(s, c) if course is None else course.first[self._place]

    def since(self, s: Any, c: Any) -> tuple[T, ...]:
        """The answers from the moment when the call began until now: each once, in order."""
        now = self._ask(s, c)
        course = None if s.moments is None else s.moments.course
        if course is None:
            return (now,)
        before: tuple[T, ...] = course.all[self._place]
        return before if now in before else (*before, now)


class Moments:
    """What one call that is under way met so far. `begun`: its begin has had its effect.

    `lows` and `highs` are the least and the most that each error's condition was.
    """

    __slots__ = ("begun", "course", "courses", "highs", "lows")

    def __init__(self) -> None:
        self.begun = False
        self.lows: list[Tri] = []
        self.highs: list[Tri] = []
        self.courses: tuple[Course, ...] = ()
        """One for each moment at which it may have begun."""
        self.course: Course | None = None
        """The one that watches answer for."""

    def each(self) -> Iterator[Course | None]:
        """Each moment at which it may have begun, None for now: watches answer for that one."""
        begun = self.courses if self.begun and self.courses else (*self.courses, None)
        try:
            for course in begun:
                self.course = course
                yield course
        finally:
            self.course = None

    def over(self, ask: Callable[[], Tri]) -> tuple[Tri, Tri]:
        """The least and the most that `ask` answers, wherever the call may have begun."""
        if not self.courses:
            # The one moment that `each` has then.
            self.course = None
            answer = ask()
            return answer, answer
        answers = [ask() for _ in self.each()]
        return min(answers), max(answers)

    def note(self, conditions: Sequence[Callable[[], Tri]], watched: tuple[Any, ...]) -> None:
        """Another moment, with its conditions of errors, and what the watches answer."""
        found = [self.over(ask) for ask in conditions]
        lows, highs = [low for low, _ in found], [high for _, high in found]
        self.lows = list(map(min, self.lows or lows, lows))
        self.highs = list(map(max, self.highs or highs, highs))
        if watched:
            courses = [course.then(watched) for course in self.courses]
            if not self.begun:
                courses.append(Course(watched, tuple((answer,) for answer in watched)))
            self.courses = tuple(dict.fromkeys(courses))

    def begins(self, conditions: Sequence[Callable[[], Tri]], watched: tuple[Any, ...]) -> None:
        """Its begin has its effect now: no earlier moment counts, and no later one is a begin."""
        self.lows, self.highs, self.courses = [], [], ()
        self.note(conditions, watched)
        self.begun = True

    def merged(self, place: int, ask: Callable[[], Tri]) -> tuple[Tri, Tri]:
        """The least and the most that an error's condition was, over all moments, now included."""
        low, high = self.over(ask)
        if not self.lows:
            return low, high
        return min(low, self.lows[place]), max(high, self.highs[place])
