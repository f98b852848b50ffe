"""Make programs: new ones call by call, and others of those that reached something new.

Of some candidates the one is taken whose conditions, by the model, were met least often.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from zxhil.abi.calls import BY_NAME, Parameter
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.explore.coverage import CLAUSE, PAIR
from zxhil.explore.draw import Drawing, Sketch
from zxhil.explore.program import MOST_CALLS, CallProgram, Ref, Step, bound, given_handle
from zxhil.explore.survey import Surveyed
from zxhil.model.objects import HandleEntry
from zxhil.model.page import AnyPage
from zxhil.model.pages import load

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
}
_LENGTHS = (4, 6, 8, 8, 12, 12, 16, 20, 30)
_CANDIDATES = 3
#: How often a call is made on a handle that was just closed, lost its peer, or lacks a right.
_SPOILED = 0.2

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
    """Makes programs of the calls that `kernel` has; `counts` are those of the features so far."""

    def __init__(self, rng: random.Random, kernel: Surveyed, counts: Mapping[str, int]) -> None:
        names = kernel.names
        self.rng = rng
        self._absent = kernel.absent_topics
        self._names = [name for name in names for _ in range(self._weight(name, counts))]
        self._may = frozenset(names)
        self._counts = counts

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
            for step in self._next(sketch):
                sketch.append(step)

    def _next(self, sketch: Sketch) -> tuple[Step, ...]:
        """The next call, and before it what makes an object that it is about."""
        drawing = Drawing(self.rng, sketch, self._absent)
        if self.rng.random() < _SPOILED and (steps := self._spoiled(sketch, drawing)):
            return steps
        best: tuple[float, Step] | None = None
        for _ in range(_CANDIDATES):
            name = self.rng.choice(self._names)
            maker = self._maker(sketch, name)
            if maker is not None:
                return (maker,)
            step = drawing.step(name)
            score = self._rarity(sketch, load(name), step)
            if best is None or score > best[0]:
                best = score, step
        assert best is not None
        return (best[1],)

    def _spoiled(self, sketch: Sketch, drawing: Drawing) -> tuple[Step, ...]:
        """A call on a handle to which something was done just before: nothing if none fits."""
        name = self.rng.choice(self._names)
        handles = [p for p in BY_NAME[name].parameters if p.kind.is_value and p.kind.is_handle]
        if not handles:
            return ()
        parameter = self.rng.choice(handles)
        entries = drawing.fitting(name, parameter)
        if not entries:
            return ()
        entry = self.rng.choice(entries[-8:])
        ref, step = sketch.ref(entry.value), drawing.step(name)
        if ref is None:
            return ()
        made = Ref(len(sketch.steps), "out")
        match self.rng.randrange(4):
            case 0 | 1:
                rights = self._fewer(parameter, entry)
                if rights is None or "handle_duplicate" not in self._may:
                    return ()
                first, ref = Step("handle_duplicate", {"handle": ref, "rights": rights}), made
            case 2:
                peers = _peers(sketch, entry)
                if not peers or "handle_close" not in self._may:
                    return ()
                closed = (Step("handle_close", {"handle": each}) for each in peers)
                return (*closed, Step(name, {**step.given, parameter.name: ref}))
            case _:
                if ref.is_given or "handle_close" not in self._may:
                    return ()
                first = Step("handle_close", {"handle": ref})
        return first, Step(name, {**step.given, parameter.name: ref})

    def _fewer(self, parameter: Parameter, entry: HandleEntry) -> int | None:
        """The rights of a handle without one that the call needs, or any one."""
        known = entry.rights.value
        if known is None:
            return None
        needed = [r for n in getattr(parameter.kind, "needs", ()) for r in Rights if r & n.rights]
        there = [right for right in needed or Rights if right & known.bits]
        return known.bits & ~int(self.rng.choice(there)) if there else None

    def _maker(self, sketch: Sketch, name: str) -> Step | None:
        """What makes an object of a type that the call takes, if none is there."""
        for parameter in BY_NAME[name].parameters:
            types = [t for each in getattr(parameter.kind, "needs", ()) for t in each.types]
            if not types or any(_type(e) in types and not _given(e) for e in sketch.entries()):
                continue
            makers = [m for t in types for m in _MAKERS.get(t, ()) if m.name in self._may]
            if makers and self.rng.random() < 0.8:
                return self.rng.choice(makers)
        return None

    def _rarity(self, sketch: Sketch, page: AnyPage, step: Step) -> float:
        """The higher, the less often the conditions were met that this call meets."""
        held = [c.id for c in page.allows(sketch.state, sketch.call(step)).holds]
        keys = [f"{CLAUSE} {id_}" for id_ in held]
        if len(held) == 2:
            keys.append(f"{PAIR} {' '.join(sorted(held))}")
        if not keys:
            # A call that succeeds builds what others need.
            return 0.5 + self.rng.random() / 2
        best = max(1 / (1 + self._counts.get(key, 0)) for key in keys)
        return best / len(held) ** 2 + self.rng.random() / 2

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
        drawn = Drawing(self.rng, _replayed(program, at), self._absent).step(step.name)
        names = [name for name in drawn.given if name in step.given] or list(drawn.given)
        if not names:
            return program
        name = self.rng.choice(names)
        return program.replaced(at, Step(step.name, {**step.given, name: drawn.given[name]}))


def _replayed(program: CallProgram, count: int) -> Sketch:
    sketch = Sketch()
    for step in program.steps[:count]:
        sketch.append(step)
    return sketch


def _joined(one: CallProgram, other: CallProgram) -> CallProgram:
    """Both, one after the other."""
    if len(one) + len(other) > MOST_CALLS // 2:
        return one
    by = len(one)

    def moved(ref: Ref) -> Ref:
        return ref if ref.is_given else ref._replace(call=ref.call + by)

    steps = (Step(s.name, {n: bound(v, moved) for n, v in s.given.items()}) for s in other.steps)
    return CallProgram((*one.steps, *steps))


def _peers(sketch: Sketch, entry: HandleEntry) -> list[Ref]:
    """The handles to the other end of a pair, as far as a program may close them."""
    object_ = entry.object.value
    peer = None if object_ is None else object_.peer
    if peer is None or peer.given:
        return []
    found = (sketch.ref(each.value) for each in peer.handles if each.live.value)
    return [ref for ref in found if ref is not None and not ref.is_given]


def _type(entry: HandleEntry) -> ObjType | None:
    object_ = entry.object.value
    return None if object_ is None else object_.type


def _given(entry: HandleEntry) -> bool:
    object_ = entry.object.value
    return object_ is not None and object_.given
