"""Make programs: new ones call by call, and others of those that reached something new.

Half of the calls are aimed at a condition that was rarely met alone: of some candidates the one is
taken that, by the model, meets it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zxhil.abi.calls import BY_NAME
from zxhil.abi.kinds import Pointer
from zxhil.abi.objects import ObjType
from zxhil.explore.coverage import ALONE, CLAUSE, STATE
from zxhil.explore.draw import Drawing
from zxhil.explore.observe import observations
from zxhil.explore.program import MOST_CALLS, CallProgram, Ref, Step, given_handle
from zxhil.explore.recipes import StateRecipe, recipes
from zxhil.explore.situation import situations
from zxhil.explore.sketch import Sketch
from zxhil.explore.spoil import Spoiler, is_array_of_handles, with_own
from zxhil.explore.survey import Surveyed
from zxhil.model.clause import Clause, ClauseKind
from zxhil.model.objects import HandleEntry
from zxhil.model.pages import load
from zxhil.model.tri import YES

#: How often a call is drawn, beside those that are drawn once.
OFTEN = {
    "channel_write": 6,
    "channel_read": 5,
    "channel_read_etc": 3,
    "channel_write_etc": 6,
    "handle_close": 4,
    "handle_duplicate": 3,
    "channel_create": 3,
    "socket_create": 3,
    "socket_share": 3,
    "socket_accept": 3,
    "socket_write": 3,
    "socket_read": 3,
    "socket_shutdown": 2,
    "port_create": 2,
    "port_queue": 3,
    "port_wait": 6,
    "port_cancel": 3,
    "object_wait_async": 6,
    "object_wait_many": 4,
    "object_signal": 3,
    "object_signal_peer": 2,
    "fifo_create": 2,
    "fifo_read": 4,
    "fifo_write": 4,
    "object_get_info": 5,
    "object_wait_one": 3,
    "object_set_cookie": 4,
    "object_get_cookie": 4,
    "object_get_child": 3,
    "vmo_create": 2,
    "vmo_get_size": 3,
    "vmo_set_size": 3,
    "vmo_read": 6,
    "vmo_write": 6,
    "vmo_clone": 4,
    "vmo_op_range": 2,
    "timer_set": 2,
    "interrupt_create": 3,
    "interrupt_bind": 3,
    "interrupt_trigger": 6,
    "interrupt_wait": 4,
    "interrupt_ack": 4,
    "object_get_property": 4,
    "object_set_property": 4,
}
_LENGTHS = (4, 6, 8, 8, 12, 12, 16, 20, 30)
#: How often a call is to meet a condition that was rarely met, and is made on a handle that
#: was just closed, lost its peer, or lacks a right.
_AIMED = 0.5
_SPOILED = 0.1
#: How often an object is in a rare state first, and how often what the call did is looked at.
_SITUATED = 0.2
_OBSERVED, _OBSERVED_RARE = 0.15, 0.6
#: How often something is written first where the call is to read.
_FILLED = 0.7
#: Conditions of which the rarest is aimed at, and calls that are drawn for it.
_LOOKS = 8
_MAKERS_AT_MOST = 3
#: How often an object of any type is made for a call that takes any.
_ANY_TYPE = 0.15
_CANDIDATES = 8
#: Of so many of them it is asked which meets the fewest conditions.
_PLAIN = 3

_JOB, _RESOURCE = given_handle("job"), given_handle("resource")
#: How an object of a type is made.
_MAKERS: dict[ObjType, tuple[Step, ...]] = {
    ObjType.CHANNEL: (Step("channel_create", {"options": 0}),),
    ObjType.SOCKET: tuple(Step("socket_create", {"options": n}) for n in (0, 1, 2, 4, 4)),
    ObjType.EVENT: (Step("event_create", {"options": 0}),),
    ObjType.EVENTPAIR: (Step("eventpair_create", {"options": 0}),),
    ObjType.PORT: (Step("port_create", {"options": 0}),),
    ObjType.TIMER: (Step("timer_create", {"options": 0, "clock_id": 0}),),
    ObjType.FIFO: (
        Step("fifo_create", {"elem_count": 4, "elem_size": 8, "options": 0}),
        Step("fifo_create", {"elem_count": 1, "elem_size": 8, "options": 0}),
    ),
    ObjType.VMO: (Step("vmo_create", {"size": 8192, "options": 0}),),
    ObjType.JOB: (Step("job_create", {"parent_job": _JOB, "options": 0}),),
    ObjType.PROCESS: (Step("process_create", {"job": _JOB, "name": b"p", "options": 0}),),
    ObjType.RESOURCE: (
        Step(
            "resource_create",
            {"parent_rsrc": _RESOURCE, "options": 4, "base": 0, "size": 0, "name": b"r"},
        ),
    ),
    ObjType.INTERRUPT: (Step("interrupt_create", {"src_obj": 0, "src_num": 0, "options": 0x10}),),
}


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
    ) -> None:
        names = kernel.names
        self.rng = rng
        self._absent = kernel.absent_topics
        self._names = [name for name in names for _ in range(self._weight(name, counts))]
        self._may = frozenset(names)
        self._counts = counts
        pages = [load(name) for name in names]
        makers = (tuple(m for m in each if m.name in self._may) for each in _MAKERS.values())
        self._makers = [each for each in makers if each]
        self._clauses = [c for page in pages for c in page.clauses if c.kind is ClauseKind.ERROR]
        self._aims = Counter[str]() if aims is None else aims
        self.states: set[str] = set()
        """The states of objects by call that the calls drawn since it was emptied should meet."""

    @staticmethod
    def _weight(name: str, counts: Mapping[str, int]) -> int:
        """More for a page of which conditions were never met."""
        clauses = [clause.id for clause in load(name).clauses]
        left = sum(1 for id_ in clauses if f"{CLAUSE} {id_}" not in counts)
        return OFTEN.get(name, 1) * 2 + (6 * left // len(clauses) if clauses else 0)

    def fresh(self) -> CallProgram:
        """A new program."""
        sketch = Sketch()
        self._extend(sketch, self.rng.choice(_LENGTHS))
        return sketch.program

    def _extend(self, sketch: Sketch, count: int) -> None:
        for _ in range(count):
            self._next(sketch)

    def _next(self, sketch: Sketch) -> None:
        """Add a call, and before it what makes an object that it is about."""
        drawing = Drawing(self.rng, sketch, self._absent, self._aims)
        pick = self.rng.random()
        if pick < _AIMED:
            target = self._target()
            forced = self._situated(sketch, target.page) if pick < _SITUATED * _AIMED else None
            self._prepare(sketch, drawing, target.page)
            steps = self._aimed(sketch, drawing, target, {} if forced is None else forced.given)
        else:
            name = self.rng.choice(self._names)
            forced = self._situated(sketch, name) if self.rng.random() < _SITUATED else None
            self._prepare(sketch, drawing, name)
            step = drawing.step(name)
            if forced is not None:
                step = step.giving({**step.given, **forced.given})
            spoiled = self._spoiler(sketch, drawing).any(step) if pick < _AIMED + _SPOILED else ()
            steps = spoiled or (step,)
        for step in steps:
            self._append(sketch, step)
        if self.rng.random() < (_OBSERVED if forced is None else _OBSERVED_RARE):
            peers = self._spoiler(sketch, drawing).peers_of(steps[-1].given.get("handle"))
            for step in observations(steps[-1], len(sketch.steps) - 1, peers):
                if step.name not in self._may:
                    break
                self._append(sketch, step)

    def _append(self, sketch: Sketch, step: Step) -> None:
        """Add a call; note in which state the objects are that it is given."""
        for parameter in BY_NAME[step.name].parameters:
            ref = step.given.get(parameter.name)
            value = sketch.value(ref) if isinstance(ref, Ref) else None
            entry = None if value is None else sketch.state.entry(value)
            if entry is not None:
                lead = f"{STATE} {step.name} {parameter.name}"
                self.states.update(f"{lead} {each}" for each in situations(entry))
        sketch.append(step)

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

        target = min(self.rng.choices(self._clauses, k=_LOOKS), key=known)
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
        if best is None and (steps := self._spoiler(sketch, drawing).towards(target, plain)):
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
            makers = [m for t in types for m in _MAKERS.get(t, ()) if m.name in self._may]
            if makers and self.rng.random() < 0.8:
                return self.rng.choice(makers)
        return None

    # ---- of a program that is there

    def mutated(self, program: CallProgram, others: Sequence[CallProgram]) -> CallProgram:
        """A program like this one, with one or two changes."""
        for _ in range(self.rng.choice((1, 1, 2))):
            program = self._once(program, others)
        return program

    def _once(self, program: CallProgram, others: Sequence[CallProgram]) -> CallProgram:
        at = self.rng.randrange(len(program) + 1)
        match self.rng.randrange(6):
            case 0 | 1:
                return self._grown(program, at)
            case 2 if at < len(program):
                return self._redrawn(program, at)
            case 3 if len(program) > 2 and at < len(program):
                return program.without({at})
            case 4 if at < len(program):
                return program.inserted(at + 1, (program.steps[at],))
            case 5 if others:
                return _joined(program, self.rng.choice(others))
        return self._grown(program, len(program))

    def _grown(self, program: CallProgram, at: int) -> CallProgram:
        """A call or more in the middle, or at the end."""
        if len(program) >= MOST_CALLS // 2:
            return program.without(set(range(at // 2)) or {0})
        sketch = _replayed(program, at)
        self._extend(sketch, self.rng.choice((1, 1, 2, 4)))
        return program.inserted(at, tuple(sketch.steps[at:]))

    def _redrawn(self, program: CallProgram, at: int) -> CallProgram:
        """A call with one other argument."""
        step = program.steps[at]
        drawn = Drawing(self.rng, _replayed(program, at), self._absent, self._aims).step(step.name)
        names = [name for name in drawn.given if name in step.given] or list(drawn.given)
        if not names:
            return program
        name = self.rng.choice(names)
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


def _type(entry: HandleEntry) -> ObjType | None:
    object_ = entry.object.value
    return None if object_ is None else object_.type


def _given(entry: HandleEntry) -> bool:
    object_ = entry.object.value
    return object_ is not None and object_.given


def simple(step: Step, target: str, number: int) -> Step:
    """The call with fewer handles to be wrong in an array: with one, or with none, or as it is.

    What a `target` is about stays; one about the call's own handle gets that.
    """
    syscall = BY_NAME[step.name]
    given = dict(step.given)
    if "self" in target:
        return step.giving(with_own(given, syscall))
    about_entries = "handles" in target or "entry" in target
    for parameter in syscall.parameters:
        value = given.get(parameter.name)
        content = value.content if isinstance(value, Pointer) else value
        if not (is_array_of_handles(parameter) and isinstance(content, list) and content):
            continue
        if number % 3 == 0 and not about_entries:
            given[parameter.name] = []
            given.pop(parameter.kind.sized_by, None)
        elif number % 3 == 1:
            given[parameter.name] = content[:1]
            given.pop(parameter.kind.sized_by, None)
    return step.giving(given)
