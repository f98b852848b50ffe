"""One thing wrong with a valid call: from what a routine sentence asks to what is given instead.

Whether a value breaks a sentence is asked of the sentence itself: its predicate is evaluated for a
call that has the value. What it leaves open is tried as well, and claims only that the set-up
works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from zxhil.abi.calls import Parameter
from zxhil.abi.kinds import Memory
from zxhil.abi.kinds.places import pointer_in_c
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.guest.baseline.setups import Pair, SetUp
from zxhil.model.arguments import make_call
from zxhil.model.asks import Asks, Routine
from zxhil.model.clause import Clause
from zxhil.model.kernel import Kernel
from zxhil.model.page import Page
from zxhil.model.tri import MAYBE, NO, YES, Tri

#: What zxtest.h can make, and the call by which it does.
MAKERS = {
    "channel": (ObjType.CHANNEL, "channel_create"),
    "socket": (ObjType.SOCKET, "socket_create"),
    "fifo": (ObjType.FIFO, "fifo_create"),
    "event": (ObjType.EVENT, "event_create"),
    "eventpair": (ObjType.EVENTPAIR, "eventpair_create"),
    "vmo": (ObjType.VMO, "vmo_create"),
    "port": (ObjType.PORT, "port_create"),
    "timer": (ObjType.TIMER, "timer_create"),
    "job": (ObjType.JOB, "job_create"),
    "process": (ObjType.PROCESS, "process_create"),
    "thread": (ObjType.THREAD, "handle_duplicate"),
    "vmar": (ObjType.VMAR, "handle_duplicate"),
    "resource": (ObjType.RESOURCE, "handle_duplicate"),
}
#: Some values that are no option of any call, apart from the next one after the largest valid.
_ODD_VALUES = (0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
#: Numbers of bytes that fit where two are mapped.
_AT_MOST_TWO = ("0", "1", "2")
#: How many elements a buffer has when its sentence is asked: of more, a call may read fewer.
_SOME = 1


class Variant(NamedTuple):
    """What differs from the valid call in the argument for `parameter`; `name` says it.

    `answer`: does it break the sentence? `given` replaces the argument; empty, it stays. `pairs`
    are declared beside the others, `before` are statements right before the call, after which
    the handle `closed` is closed. `others` are further arguments that are replaced. `written` is
    the new handle where the call may write one through `given`. `bits`: the call is made once
    for each bit that is not in this mask; `given` names the bit.
    """

    parameter: str
    name: str
    answer: Tri
    given: str = ""
    pairs: tuple[Pair, ...] = ()
    before: tuple[str, ...] = ()
    closed: str = ""
    others: tuple[tuple[str, str], ...] = ()
    written: str = ""
    bits: int | None = None


class _Asked(NamedTuple):
    """A sentence that is asked of a call."""

    page: Page[Any]
    clause: Clause
    routine: Routine
    setup: SetUp

    @property
    def parameter(self) -> str:
        return self.routine.parameter

    @property
    def given(self) -> str:
        """What the valid call has there."""
        return self.setup.arguments[self.parameter]

    @property
    def declared(self) -> Parameter:
        return next(p for p in self.page.syscall.parameters if p.name == self.parameter)

    def variant(self, name: str, answer: Tri, given: str = "", **more: Any) -> Variant:
        """One of this parameter."""
        return Variant(self.parameter, name, answer, given, **more)

    def holds(self, value: Any) -> Tri:
        """Does its condition hold with this value, and nothing else wrong?"""
        predicate = dict(self.page.errors)[self.clause]
        given = {self.parameter: value}
        if counter := self.declared.kind.counted_by:
            given[counter] = _SOME
        return predicate(Kernel([]).state, make_call(self.page.name, given))


def variants(page: Page[Any], clause: Clause, routine: Routine, setup: SetUp) -> Iterator[Variant]:
    """What may be wrong with the call as far as one routine sentence goes."""
    make = _MADE.get(routine.asks)
    if make is not None and routine.parameter in setup.arguments:
        yield from make(_Asked(page, clause, routine, setup))


def _invalid_handles(asked: _Asked) -> Iterator[Variant]:
    yield asked.variant("zero", YES, "ZX_HANDLE_INVALID")
    yield asked.variant("never_allocated", YES, "ZX_NEVER_A_HANDLE")
    handle = asked.given
    yield asked.variant("closed", YES, before=(f"close_and_get_info({handle})",), closed=handle)


def _wrong_types(asked: _Asked) -> Iterator[Variant]:
    for name, (type_, _) in MAKERS.items():
        if type_ not in asked.routine.detail:
            other = Pair("other", f"make_{name}()")
            info = "get_basic_info(other.h)"  # its rights are observed before they decide anything
            yield asked.variant(f"is_{name}", YES, "other.h", pairs=(other,), before=(info,))


def _without_right(asked: _Asked) -> Iterator[Variant]:
    handle = asked.given
    for bit in asked.routine.detail:
        right = Rights(bit).name or ""
        bare = f"{handle} = without({handle}, ZX_RIGHT_{right})"
        yield asked.variant(f"without_{right.lower()}", YES, before=(bare,))


def _rights_not_held(asked: _Asked) -> Iterator[Variant]:
    of = asked.page.syscall.parameters[asked.routine.detail[0]].name
    handle = asked.setup.arguments[of]
    bare = f"{handle} = without({handle}, ZX_RIGHT_TRANSFER)"
    yield asked.variant("not_held", YES, "ZX_RIGHT_TRANSFER", before=(bare,))


def _peer_closed(asked: _Asked) -> Iterator[Variant]:
    peer = f"{asked.given.removesuffix('.h')}.peer"
    yield asked.variant("peer_closed", YES, before=(f"close_and_get_info({peer})",), closed=peer)


def _pointers(asked: _Asked) -> Iterator[Variant]:
    type_, written = asked.declared.kind.element_ctype, asked.declared.kind.writes
    for trial in asked.declared.kind.trials():
        text = pointer_in_c(trial.value, type_)
        if text and trial.memory is not None:
            yield from _where(asked, trial.name, text, trial.memory)
    edge = "zx_edge" if written else "zx_read_only_edge"
    cast = "" if type_ == "char" else f"({type_}*)"
    only_part = written and not asked.declared.kind.reads and asked.declared.kind.counted_by
    memory = Memory.PARTIAL if only_part else Memory.INVALID
    count = asked.setup.arguments.get(asked.declared.kind.counted_by, "")
    if type_ != "char" or count not in _AT_MOST_TWO:
        yield from _where(asked, "past_mapping_end", f"{cast}{edge}(char, 2)", memory)
    yield from _valid_pointers(asked, type_, edge)


def _where(asked: _Asked, name: str, given: str, memory: Memory) -> Iterator[Variant]:
    answer = asked.holds(memory)
    if answer == YES:
        yield asked.variant(name, YES, given)
    elif not asked.declared.kind.counted_by or memory is Memory.PARTIAL:
        # Nothing is written that would show what the call did.
        yield asked.variant(name, MAYBE, given)


def _valid_pointers(asked: _Asked, type_: str, edge: str) -> Iterator[Variant]:
    """Pointers that are fine, or as good as: where the memory's content does not matter."""
    only_written = asked.declared.kind.writes and not asked.declared.kind.reads
    counter = asked.declared.kind.counted_by
    count = asked.setup.arguments[counter] if counter else "1"
    if type_ == "char" or only_written:
        yield _valid(asked, "at_mapping_end", NO, type_, f"{edge}({type_}, {count})")
    if type_ != "char" and only_written:
        yield _valid(asked, "misaligned", MAYBE, type_, f"zx_misaligned({type_})")


def _valid(asked: _Asked, name: str, answer: Tri, type_: str, given: str) -> Variant:
    """New handles that the call writes there are to be found by a name."""
    if not asked.declared.kind.handles_written():
        return asked.variant(name, answer, given)
    written = "*out_at" if asked.declared.kind.is_new_handle else ""
    before = (f"{type_}* out_at = {given}",)
    return asked.variant(name, answer, "out_at", before=before, written=written)


def _other_bits(asked: _Asked) -> Iterator[Variant]:
    given = "bit" if asked.given == "0" else f"{asked.given} | bit"
    yield asked.variant("invalid_bits", YES, given, bits=asked.routine.detail[0])


def _other_values(asked: _Asked) -> Iterator[Variant]:
    valid = asked.routine.detail
    for value in dict.fromkeys((max(valid) + 1, *_ODD_VALUES)):
        if asked.holds(value) == YES:
            yield asked.variant(f"is_{value:#x}", YES, f"{value:#x}u")


def _too_many(asked: _Asked) -> Iterator[Variant]:
    most, wide = asked.routine.detail[0], 8 * asked.declared.kind.width
    parameters = asked.page.syscall.parameters
    memory = next((p for p in parameters if p.kind.counted_by == asked.parameter), None)
    largest = (1 << wide) - 1
    suffix = "u" if wide <= 32 else "ull"
    if memory is not None and asked.holds(most + 1) == YES:
        array = f"static {memory.kind.element_ctype} many[{most + 1}]"
        others = ((memory.name, "many"),)
        yield asked.variant("over_limit", YES, "COUNT(many)", before=(array,), others=others)
    elif asked.holds(most + 1) == YES:
        yield asked.variant("over_limit", YES, f"{most + 1:#x}{suffix}")
    if largest > most + 1 and asked.holds(largest) == YES:
        yield asked.variant("max", YES, f"{largest:#x}{suffix}")


_MADE: dict[Asks, Callable[[_Asked], Iterator[Variant]]] = {
    Asks.VALID: _invalid_handles,
    Asks.TYPE: _wrong_types,
    Asks.RIGHT: _without_right,
    Asks.HELD: _rights_not_held,
    Asks.PEER: _peer_closed,
    Asks.POINTER: _pointers,
    Asks.BITS: _other_bits,
    Asks.VALUE: _other_values,
    Asks.MOST: _too_many,
}
