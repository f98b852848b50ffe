"""Prepare a call: take a right of its handle, its peer, or all of it; write what it is to read."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, NamedTuple

from zxhil.abi.calls import BY_NAME, Parameter, Syscall
from zxhil.abi.kinds import DISPOSITION, Pointer
from zxhil.abi.objects import MAX_MSG_HANDLES, InfoTopic
from zxhil.abi.rights import Rights
from zxhil.explore.draw import Drawing, has_something
from zxhil.explore.numbers import SAME
from zxhil.explore.program import Ref, Step
from zxhil.explore.sketch import Sketch
from zxhil.model.clause import Clause
from zxhil.model.objects import HandleEntry

#: How often the handle that a call has is the one that is prepared, not any other that fits.
_OWN = 0.7


#: What a handle has whose rights no page says.
USUAL = Rights.TRANSFER | Rights.DUPLICATE | Rights.WAIT | Rights.READ | Rights.WRITE


class _Chosen(NamedTuple):
    """A parameter of a call, and the handle that it is to be given."""

    parameter: Parameter
    entry: HandleEntry
    ref: Ref


class Spoiler:
    """Makes calls before a call; those that are not among the names `may` are not made."""

    def __init__(
        self, rng: random.Random, sketch: Sketch, drawing: Drawing, may: frozenset[str]
    ) -> None:
        self._rng = rng
        self._sketch = sketch
        self._drawing = drawing
        self._may = may

    def any(self, step: Step) -> tuple[Step, ...]:
        """The call after whatever can be done to a handle of it; empty if nothing can."""
        ways = [self.without_right, self.without_right, self.without_peer, self.closed]
        return self._rng.choice(ways)(step)

    def crowded(self, step: Step, count: int) -> tuple[Step, ...]:
        """The call with so many handles."""
        array = next((p for p in BY_NAME[step.name].parameters if is_array_of_handles(p)), None)
        if array is None or not {"event_create", "handle_duplicate"} <= self._may:
            return ()
        first = len(self._sketch.steps)
        event = Step("event_create", {"options": 0})
        same = Step("handle_duplicate", {"handle": Ref(first, "out"), "rights": SAME})
        refs = [Ref(first + number, "out") for number in range(count)]
        one = array.kind.element_ctype == _HANDLE
        handles = [ref if one else (0, ref, 0, SAME, 0) for ref in refs]
        given = {name: v for name, v in step.given.items() if name != array.kind.sized_by}
        return event, *([same] * (count - 1)), Step(step.name, {**given, array.name: handles})

    def towards(self, target: Clause, step: Step) -> tuple[Step, ...]:
        """What may make the call meet a condition, by the statuses that it is about."""
        names = {status.name for status in target.statuses}
        if target.id.endswith(("out_of_range_handles", "max_handles")):
            return self.crowded(step, MAX_MSG_HANDLES + self._rng.randrange(2))
        if "ZX_ERR_ACCESS_DENIED" in names:
            return self.array_without_right(step, target) or self.without_right(step)
        if "ZX_ERR_PEER_CLOSED" in names:
            return self.without_peer(step)
        if "ZX_ERR_BAD_HANDLE" in names:
            return self.closed(step)
        return ()

    def without_right(self, step: Step) -> tuple[Step, ...]:
        """The call with a duplicate that lacks a right."""
        chosen = self._chosen(step)
        rights = None if chosen is None else self._fewer(chosen)
        if chosen is None or rights is None:
            return ()
        first = self.reduced(chosen.entry, chosen.ref, rights)
        made = Ref(len(self._sketch.steps), "out")
        return (*first, _given(step, chosen.parameter, made)) if first else ()

    def reduced(self, entry: HandleEntry, ref: Ref, rights: int) -> tuple[Step, ...]:
        """What makes a handle with these rights: in place of one that can't be duplicated."""
        known = entry.rights.value
        can_duplicate = known is not None and known.bits & Rights.DUPLICATE
        name = "handle_duplicate" if can_duplicate else "handle_replace"
        if name not in self._may or (ref.is_given and not can_duplicate):
            return ()
        return (Step(name, {"handle": ref, "rights": rights}),)

    def array_without_right(self, step: Step, target: Clause) -> tuple[Step, ...]:
        """The call with an array of one duplicate that lacks the right that the condition names."""
        right = next((r for r in _OF_ARRAYS if str(r.name).lower() in target.id), None)
        array = next((p for p in BY_NAME[step.name].parameters if is_array_of_handles(p)), None)
        entries = [] if array is None else self._drawing.fitting(step.name, array)
        if right is None or array is None or not entries:
            return ()
        entry = self._rng.choice(entries[-8:])
        ref, known = self._sketch.ref(entry.value), entry.rights.value
        if ref is None or known is None:
            return ()
        first = self.reduced(entry, ref, known.bits & ~int(right))
        made, operation = Ref(len(self._sketch.steps), "out"), int(right is Rights.DUPLICATE)
        one = made if array.kind.element_ctype == _HANDLE else (operation, made, 0, SAME, 0)
        given = {name: v for name, v in step.given.items() if name != array.kind.sized_by}
        return (*first, Step(step.name, {**given, array.name: [one]})) if first else ()

    def without_peer(self, step: Step) -> tuple[Step, ...]:
        """The call on an object whose other end was closed."""
        chosen = self._chosen(step, with_peer=True)
        peers = [] if chosen is None else self.peers(chosen.entry)
        if chosen is None or not peers or "handle_close" not in self._may:
            return ()
        closed = (Step("handle_close", {"handle": each}) for each in peers)
        return (*closed, _given(step, chosen.parameter, chosen.ref))

    def closed(self, step: Step) -> tuple[Step, ...]:
        """The call with a handle that was closed."""
        chosen = self._chosen(step)
        if chosen is None or chosen.ref.is_given or "handle_close" not in self._may:
            return ()
        first = Step("handle_close", {"handle": chosen.ref})
        return first, _given(step, chosen.parameter, chosen.ref)

    def filled(self, name: str) -> tuple[Step, ...]:
        """What puts something where a call takes it, if nothing is there yet.

        For a call that is given a koid: what reports the koid of an object that is a child.
        """
        if any(parameter.name == "koid" for parameter in BY_NAME[name].parameters):
            return self._koid_of_child()
        fill = _FILLED_BY.get(name)
        if fill is None or fill.name not in self._may:
            return ()
        entries = self._drawing.fitting(name, BY_NAME[name].parameters[0])
        if any(has_something(entry.object.value) for entry in entries):
            return ()
        ends = [peer for entry in entries for peer in self.peers(entry)]
        if name == "port_wait":
            ends = [ref for entry in entries if (ref := self._sketch.ref(entry.value))]
        if not ends:
            return ()
        given = dict(fill.given) | {"handle": self._rng.choice(ends)}
        if name == "socket_accept":
            made = Ref(len(self._sketch.steps), "out0")
            socket = Step("socket_create", {"options": 0})
            return socket, Step(fill.name, given | {"socket_to_share": made})
        if name.startswith("channel") and self._rng.random() < 0.5:
            made = Ref(len(self._sketch.steps), "out")
            event = Step("event_create", {"options": 0})
            return event, Step(fill.name, given | {"handles": [made]})
        return (Step(fill.name, given),)

    def _koid_of_child(self) -> tuple[Step, ...]:
        entries = self._sketch.entries()
        children = [e for e in entries if e.object.value and e.object.value.parent is not None]
        if not children or "object_get_info" not in self._may:
            return ()
        ref = self._sketch.ref(self._rng.choice(children[-6:]).value)
        return (Step("object_get_info", {"handle": ref, "topic": int(InfoTopic.HANDLE_BASIC)}),)

    def _chosen(self, step: Step, *, with_peer: bool = False) -> _Chosen | None:
        parameters = BY_NAME[step.name].parameters
        handles = [p for p in parameters if p.kind.is_value and p.kind.is_handle]
        if not handles:
            return None
        parameter = self._rng.choice(handles)
        entries = self._drawing.fitting(step.name, parameter)
        if with_peer:
            entries = [entry for entry in entries if self.peers(entry)]
        if not entries:
            return None
        entry = self._rng.choice(entries[-8:])
        if self._rng.random() < _OWN:
            given = step.given.get(parameter.name)
            value = self._sketch.value(given) if isinstance(given, Ref) else None
            entry = next((each for each in entries if each.value == value), entry)
        ref = self._sketch.ref(entry.value)
        return None if ref is None else _Chosen(parameter, entry, ref)

    def _fewer(self, chosen: _Chosen) -> int | None:
        """The rights of a handle without one that the call needs, or any one."""
        known = chosen.entry.rights.value
        needs = chosen.parameter.kind.needs
        needed = [right for each in needs for right in Rights if right & each.rights]
        if known is None:
            return int(USUAL) & ~int(self._rng.choice(needed)) if needed else None
        there = [right for right in needed or Rights if right & known.bits]
        return known.bits & ~int(self._rng.choice(there)) if there else None

    def peers_of(self, handle: object) -> list[Ref]:
        """The handles to the other end of an object, by a handle of the program."""
        value = self._sketch.value(handle) if isinstance(handle, Ref) else None
        entry = None if value is None else self._sketch.state.entry(value)
        return [] if entry is None else self.peers(entry)

    def peers(self, entry: HandleEntry) -> list[Ref]:
        """The handles to the other end of a pair, as far as a program may close them."""
        object_ = entry.object.value
        peer = None if object_ is None else object_.peer
        if peer is None or peer.given:
            return []
        found = (self._sketch.ref(each.value) for each in peer.handles if each.live.value)
        return [ref for ref in found if ref is not None and not ref.is_given]


_WRITE = Step("channel_write", {"options": 0, "bytes": b"ab"})
#: What puts something where these calls take it: through the other end, but for a port.
_FILLED_BY = {
    "channel_read": _WRITE,
    "channel_read_etc": _WRITE,
    "socket_read": Step("socket_write", {"options": 0, "buffer": b"ab"}),
    "socket_accept": Step("socket_share", {}),
    "fifo_read": Step("fifo_write", {"elem_size": 8, "data": b"abababab", "count": 1}),
    "port_wait": Step("port_queue", {"packet": (1, 0, 0, bytes(32))}),
}

_HANDLE = "zx_handle_t"

#: What a call needs of the handles in an array.
_OF_ARRAYS = (Rights.TRANSFER, Rights.DUPLICATE)


def is_array_of_handles(parameter: Parameter) -> bool:
    """Is it an array of handles, or of what moves them, that the call reads?"""
    kind = parameter.kind
    return kind.reads and kind.element_ctype in (_HANDLE, DISPOSITION.ctype)


def _given(step: Step, parameter: Parameter, ref: Ref) -> Step:
    return Step(step.name, {**step.given, parameter.name: ref})


def with_own(given: Mapping[str, Any], syscall: Syscall) -> dict[str, Any]:
    """What a call is given, with its own handle where it takes another one too."""
    own, found = given.get("handle"), dict(given)
    for parameter in syscall.parameters:
        if is_array_of_handles(parameter):
            one = own if parameter.kind.element_ctype == _HANDLE else (0, own, 0, SAME, 0)
            found[parameter.name] = [one]
            found.pop(parameter.kind.sized_by, None)
        elif parameter.name != "handle" and parameter.kind.is_value and parameter.kind.is_handle:
            found[parameter.name] = own
    return found if isinstance(own, Ref) and not own.is_given else dict(given)


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
