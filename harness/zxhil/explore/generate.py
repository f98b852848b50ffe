"""Make programs call by call.

Half of the calls are aimed at a condition that was rarely met alone: of some candidates the one is
taken that, by the model, meets it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from zxhil.abi.calls import BY_NAME
from zxhil.abi.objects import ObjType
from zxhil.explore.aim import RuleBreaker
from zxhil.explore.coverage import ALONE, STATE
from zxhil.explore.draw import Drawing
from zxhil.explore.examples import Examples
from zxhil.explore.makers import MAKERS
from zxhil.explore.observe import observations
from zxhil.explore.program import CallProgram, Ref, Step
from zxhil.explore.recipes import StateRecipe, recipes
from zxhil.explore.situation import situations
from zxhil.explore.sketch import Sketch
from zxhil.explore.spoil import Spoiler, simple
from zxhil.explore.survey import Surveyed
from zxhil.explore.weights import weight
from zxhil.model.clause import Clause, ClauseKind
from zxhil.model.objects import HandleEntry
from zxhil.model.pages import load
from zxhil.model.tri import YES

_LENGTHS = (1, 1, 2, 2, 3, 3, 4, 6, 12)
#: How often a call is to meet a condition that was rarely met, and is made on a handle that
#: was just closed, lost its peer, or lacks a right.
_AIMED = 0.5
_SPOILED = 0.1
#: How often a call that is aimed, or another one, is made of one that succeeded; how often that one
#: is made, too, and how often the other ones are changed.
_BY_EXAMPLE, _EXAMPLES = 0.6, 0.4
_FIRST, _CHANGED = 0.4, 0.5
#: How often an object is in a rare state first, and how often what the call did is looked at.
_SITUATED = 0.2
#: How often it is of a type with which the call succeeded.
_TAKEN = 0.7
_OBSERVED, _OBSERVED_RARE = 0.35, 0.7
#: How often of those that fail.
_FAILED = 0.3
#: How often something is written first where the call is to read.
_FILLED = 0.7
#: Conditions of which the rarest is aimed at, and calls that are drawn for it.
_LOOKS = 8
_MAKERS_AT_MOST = 3
#: How often an object of any type is made for a call that takes any.
_ANY_TYPE = 0.15
_CANDIDATES = 8
#: How often a call is at a limit when an effect of it is aimed at.
_AT_LIMITS = 0.1
#: How often what is aimed at is an effect.
_EFFECTS = 0.3
#: Of so many of them it is asked which meets the fewest conditions.
_PLAIN = 3


class Generator:
    """Makes programs of the calls that `kernel` has; `counts` are those of the features so far.

    `aims` counts how often each condition was aimed at: one that can't be met gives way to others.
    """

    def __init__(
        self,
        rng: random.Random,
        kernel: Surveyed,
        counts: Mapping[str, int],
        aims: Counter[str] | None = None,
        examples: Examples | None = None,
    ) -> None:
        names = kernel.names
        self.rng = rng
        self._absent = kernel.absent_topics
        self._names = [name for name in names for _ in range(weight(name, counts))]
        self._may = frozenset(names)
        self._counts = counts
        pages = [load(name) for name in names]
        makers = (tuple(m for m in each if m.name in self._may) for each in MAKERS.values())
        self._makers = [each for each in makers if each]
        clauses = [clause for page in pages for clause in page.clauses]
        self._errors = [each for each in clauses if each.kind is ClauseKind.ERROR]
        self._effects = [each for each in clauses if each.kind is ClauseKind.EFFECT]
        self._examples = Examples() if examples is None else examples
        self._aims = Counter[str]() if aims is None else aims
        self.states: set[str] = set()
        """The states of objects by call that the calls drawn since it was emptied should meet."""

    def fresh(self) -> CallProgram:
        """A new program."""
        sketch = Sketch()
        self.extend(sketch, self.rng.choice(_LENGTHS))
        return sketch.program

    def extend(self, sketch: Sketch, count: int) -> None:
        """Add so many calls, with what makes the objects that they are about."""
        for _ in range(count):
            self._next(sketch)

    def drawing(self, sketch: Sketch) -> Drawing:
        """Where random values come from for calls after those of the sketch."""
        return Drawing(self.rng, sketch, self._absent, self._aims)

    def _next(self, sketch: Sketch) -> None:
        """Add a call, and before it what makes an object that it is about."""
        drawing = self.drawing(sketch)
        pick, looked = self.rng.random(), _OBSERVED
        if pick < _AIMED:
            target = self._target()
            steps = self._by_example(sketch, drawing, target)
            if not steps:
                steps, looked = self._aimed_anew(sketch, drawing, target, pick < _SITUATED * _AIMED)
            elif target.kind is ClauseKind.EFFECT:
                looked = _OBSERVED_RARE
        else:
            steps = self._example(sketch, drawing) if self.rng.random() < _EXAMPLES else ()
            looked = _OBSERVED_RARE
            if not steps:
                steps, looked = self._drawn(sketch, drawing, pick < _AIMED + _SPOILED)
        done = False
        for step in steps:
            done = self._append(sketch, step)
        if not done:
            # What fails should leave nothing to see.
            looked *= _FAILED
        if self.rng.random() < looked:
            peers = self._spoiler(sketch, drawing).peers_of(steps[-1].given.get("handle"))
            refs = (sketch.ref(e.value) for e in sketch.entries() if _type(e) is ObjType.PORT)
            ports = [ref for ref in refs if ref is not None]
            more = observations(steps[-1], len(sketch.steps) - 1, peers, ports[-1:])
            for step in more:
                if step.name not in self._may:
                    break
                self._append(sketch, step)

    def _drawn(
        self, sketch: Sketch, drawing: Drawing, is_spoiled: bool
    ) -> tuple[tuple[Step, ...], float]:
        """A call of random arguments, and how often what it did is looked at."""
        name = self.rng.choice(self._names)
        forced = self._situated(sketch, name) if self.rng.random() < _SITUATED else None
        self._prepare(sketch, drawing, name)
        step = drawing.step(name)
        if forced is not None:
            step = step.giving({**step.given, **forced.given})
        spoiled = self._spoiler(sketch, drawing).any(step) if is_spoiled else ()
        return spoiled or (step,), _OBSERVED if forced is None else _OBSERVED_RARE

    def _aimed_anew(
        self, sketch: Sketch, drawing: Drawing, target: Clause, is_situated: bool
    ) -> tuple[tuple[Step, ...], float]:
        """A call that meets a condition if possible, and how often what it did is looked at."""
        forced = self._situated(sketch, target.page) if is_situated else None
        self._prepare(sketch, drawing, target.page)
        steps = self._aimed(sketch, drawing, target, {} if forced is None else forced.given)
        return steps, _OBSERVED if forced is None else _OBSERVED_RARE

    # ---- made of calls that succeeded

    def _base(self, sketch: Sketch, name: str) -> Step | None:
        """A call that should succeed, after those that make what it is given."""
        example = self._examples.pick(self.rng, name, self._aims)
        if example is None or not {step.name for step in example.steps} <= self._may:
            return None
        first = len(sketch.steps)
        *before, base = sketch.program.then(example).steps[first:]
        for step in before:
            self._append(sketch, step)
        return base

    def _by_example(self, sketch: Sketch, drawing: Drawing, target: Clause) -> tuple[Step, ...]:
        """A call that would succeed, changed so that it meets the condition, alone if possible.

        Of an effect: a call that succeeds otherwise.
        """
        base = self._base(sketch, target.page) if self.rng.random() < _BY_EXAMPLE else None
        if base is None:
            return ()
        if self.rng.random() < _FIRST / 2:
            self._append(sketch, base)
        spoiler = self._spoiler(sketch, drawing)
        breaker = RuleBreaker(self.rng, sketch, spoiler, self._may)
        is_effect = target.kind is ClauseKind.EFFECT
        if is_effect and self.rng.random() < _AT_LIMITS and (steps := breaker.at_limits(base)):
            return steps
        if steps := breaker.breaking(base, target):
            return steps
        if self.rng.random() < 0.5 and (steps := spoiler.towards(target, base)):
            return steps
        changed = [drawing.changed(base, target.id) for _ in range(_CANDIDATES)]
        if is_effect:
            page = load(target.page)
            works = [s for s in changed if page.allows(sketch.state, sketch.call(s)).ok]
            return (works[0] if works else base,)
        best, _ = self._best(sketch, target, changed)
        return (best,) if best is not None else spoiler.towards(target, base) or (base,)

    def _example(self, sketch: Sketch, drawing: Drawing) -> tuple[Step, ...]:
        """A call that succeeds, as it was, or changed, or after it was made before."""
        names = self._examples.names()
        if not names:
            return ()
        choices = self.rng.choices(names, k=_LOOKS)
        name = min(choices, key=lambda each: self._aims[f"example {each}"])
        self._aims[f"example {name}"] += 1
        base = self._base(sketch, name)
        if base is None:
            return ()
        first = (base,) if self.rng.random() < _FIRST else ()
        if self.rng.random() < _CHANGED:
            return *first, drawing.changed(base, "")
        return *first, base

    def _append(self, sketch: Sketch, step: Step) -> bool:
        """Add a call; note in which state the objects are that it is given.

        Returns whether it succeeds by the model.
        """
        for parameter in BY_NAME[step.name].parameters:
            ref = step.given.get(parameter.name)
            value = sketch.value(ref) if isinstance(ref, Ref) else None
            entry = None if value is None else sketch.state.entry(value)
            if entry is not None:
                lead = f"{STATE} {step.name} {parameter.name}"
                self.states.update(f"{lead} {each}" for each in situations(entry))
        _, _, permits = sketch.append(step)
        return bool(permits.ok and not permits.holds)

    def _situated(self, sketch: Sketch, name: str) -> Step | None:
        """Bring an object that the call is about into a state in which it seldom was."""
        parameters = [p for p in BY_NAME[name].parameters if p.kind.is_value and p.kind.is_handle]
        choices = [
            (parameter.name, recipe)
            for parameter in parameters
            for type_ in {t for need in parameter.kind.needs for t in need.types} or set(recipes())
            for recipe in recipes().get(type_, ())
            if all(step.name in self._may for step in recipe.steps)
        ]
        if self.rng.random() < _TAKEN:
            types = self._examples.types
            taken = [c for c in choices if c[1].name.split()[0] in types.get((name, c[0]), ())]
            choices = taken or choices
        if not choices:
            return None
        choices.sort(key=lambda each: (each[0], each[1].name))

        def seldom(choice: tuple[str, StateRecipe]) -> int:
            return self._aims[f"{name} {choice[0]} {choice[1].name}"]

        parameter, recipe = min(self.rng.choices(choices, k=_LOOKS), key=seldom)
        self._aims[f"{name} {parameter} {recipe.name}"] += 1
        first = len(sketch.steps)
        for step in sketch.program.then(CallProgram(recipe.steps)).steps[first:]:
            self._append(sketch, step)
        return Step(name, {parameter: recipe.made._replace(call=recipe.made.call + first)})

    def _prepare(self, sketch: Sketch, drawing: Drawing, name: str) -> None:
        """Make the objects that the call is about, and what it is to read."""
        for _ in range(_MAKERS_AT_MOST):
            maker = self._maker(sketch, name)
            if maker is None:
                break
            sketch.append(maker)
        if self.rng.random() < _FILLED:
            for step in self._spoiler(sketch, drawing).filled(name):
                sketch.append(step)

    def _target(self) -> Clause:
        """Of some conditions the one that was met least often alone, and aimed at in vain."""

        def known(clause: Clause) -> int:
            return self._counts.get(f"{ALONE} {clause.id}", 0) + self._aims[clause.id]

        clauses = self._effects if self.rng.random() < _EFFECTS else self._errors
        target = min(self.rng.choices(clauses, k=_LOOKS), key=known)
        self._aims[target.id] += 1
        return target

    def _aimed(
        self, sketch: Sketch, drawing: Drawing, target: Clause, given: Mapping[str, Any]
    ) -> tuple[Step, ...]:
        """A call that meets the condition, alone if possible; else one of its page."""
        name = target.page

        def draw(number: int) -> Step:
            step = drawing.step(name)
            if number % 2 == 0:
                step = step.giving({**step.given, **given})
            return simple(step, target.id, number)

        best, plain = self._best(sketch, target, map(draw, range(_CANDIDATES)))
        spoiler = self._spoiler(sketch, drawing)
        breaker = RuleBreaker(self.rng, sketch, spoiler, self._may)
        if best is None and (steps := breaker.breaking(plain, target)):
            return steps
        if best is None and (steps := spoiler.towards(target, plain)):
            return steps
        if best is None:
            # A call that meets little else, with one other argument.
            changed = (drawing.changed(plain, target.id) for _ in range(_CANDIDATES))
            best, _ = self._best(sketch, target, changed)
        return (best or plain,)

    def _best(
        self, sketch: Sketch, target: Clause, steps: Iterable[Step]
    ) -> tuple[Step | None, Step]:
        """The call that meets the fewest conditions beside the target, and that of the fewest."""
        page = load(target.page)
        meets = next((p for clause, p in page.errors if clause is target), None)
        best: tuple[int, Step] | None = None
        plain: tuple[int, Step] | None = None
        for number, step in enumerate(steps):
            call = sketch.call(step)
            # One condition is asked about quickly, all of them are not.
            is_met = meets is not None and meets(sketch.state, call) is YES
            if not is_met and number >= _PLAIN:
                continue
            held = page.allows(sketch.state, call).holds
            if plain is None or len(held) < plain[0]:
                plain = len(held), step
            if target in held and (best is None or len(held) < best[0]):
                best = len(held), step
                if len(held) == 1:
                    break
        assert plain is not None
        return None if best is None else best[1], plain[1]

    def _spoiler(self, sketch: Sketch, drawing: Drawing) -> Spoiler:
        return Spoiler(self.rng, sketch, drawing, self._may)

    def _maker(self, sketch: Sketch, name: str) -> Step | None:
        """What makes an object of a type that the call takes, if none is there."""
        for parameter in BY_NAME[name].parameters:
            types = [t for each in parameter.kind.needs for t in each.types]
            any_type = not types and parameter.kind.is_value and parameter.kind.is_handle
            if any_type and self._makers and self.rng.random() < _ANY_TYPE:
                return self.rng.choice([m for ms in self._makers for m in ms])
            if not types or any(_type(e) in types and not _given(e) for e in sketch.entries()):
                continue
            makers = [m for t in types for m in MAKERS.get(t, ()) if m.name in self._may]
            if makers and self.rng.random() < 0.8:
                return self.rng.choice(makers)
        return None


def _type(entry: HandleEntry) -> ObjType | None:
    object_ = entry.object.value
    return None if object_ is None else object_.type


def _given(entry: HandleEntry) -> bool:
    object_ = entry.object.value
    return object_ is not None and object_.given
