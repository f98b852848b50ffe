"""Sentences that many pages share, in a line each.

`page.handle("handle", ObjType.VMO, Rights.READ)` adds the clauses of a bad handle, of one of the
wrong type, and of one that lacks a right: their ids, their predicates, what they say in plain
words, and the words that state them on a page. What a page says otherwise is an argument. A
page's special sentences have predicates of their own (`sentences.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.asks import Asks, Routine
from zxhil.model.clause import Clause
from zxhil.model.conditions import (
    Kept,
    asked,
    at_the_limit,
    bad_buffer,
    bad_inout,
    bad_input,
    bad_output,
    bad_room,
    invalid,
    lacking,
    more_than,
    never,
    of_other_type,
    other_bits,
    other_value,
    over,
    peer_closed,
)
from zxhil.model.routine_effects import RoutineEffects
from zxhil.model.sentences import C, Predicate, Sentences
from zxhil.model.stated import (
    BAD_POINTER,
    MEMORY,
    NOT_VALID,
    NOT_ZERO,
    PEER_CLOSED,
    TOO_LARGE,
    Words,
)
from zxhil.model.tri import Tri

Statuses = Status | tuple[Status, ...]
"""One status; several where the page demands a failure without saying which."""

_ACRONYMS = ("VMO", "VMAR", "BTI", "PMT", "IOMMU", "VCPU")


def named(type_: ObjType) -> str:
    """A type with its article: an event, a VMO."""
    name = type_.name if type_.name in _ACRONYMS else type_.name.lower()
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"


class RoutineSentences(RoutineEffects[C]):
    """A page that can say in one line what many pages say.

    Everywhere, `clause` is the clause's name if it is not the usual one.
    """

    def __init__(self, name: str, call: type[C], source: str, *, core: bool = False) -> None:
        super().__init__(name, call, source, core=core)
        self.routines: dict[Clause, Routine] = {}
        """What each routine error clause asks."""
        self._phrases: dict[str, str] = {}
        self._formerly = {"options": "flags"}

    def names(self, parameter: str, called: str = "", *, formerly: str = "") -> None:
        """Say what sentences call a parameter, and what older pages named it (``|`` between)."""
        self.place(parameter)
        if called:
            self._phrases[parameter] = called
        self._formerly[parameter] = formerly

    # ---- handles

    def handle(
        self, parameter: str, type_: ObjType | None = None, right: Rights | None = None
    ) -> None:
        """It must be valid, of `type_` if that is given, and have `right` if that is given."""
        self.valid(parameter)
        if type_ is not None:
            self.of_type(parameter, type_)
        if right is not None:
            self.has_right(parameter, right)

    def valid(
        self,
        parameter: str,
        *,
        clause: str = "bad_handle",
        status: Statuses = Status.ZX_ERR_BAD_HANDLE,
        words: Words = NOT_VALID,
    ) -> Clause:
        """ZX_ERR_BAD_HANDLE for no handle of the process."""
        return self._add(
            Routine(Asks.VALID, parameter),
            clause,
            status,
            f"{self._called(parameter)} is not valid",
            invalid(self.place(parameter)),
            words,
        )

    def of_type(
        self,
        parameter: str,
        *types: ObjType,
        clause: str = "wrong_type",
        status: Statuses = Status.ZX_ERR_WRONG_TYPE,
        sentence: str = "",
        words: Words = (),
        spelled: str = "",
    ) -> Clause:
        """ZX_ERR_WRONG_TYPE for a handle to an object of none of `types`."""
        type_ = named(types[0])
        return self._add(
            Routine(Asks.TYPE, parameter, tuple(map(int, types))),
            clause,
            status,
            sentence or f"{self._called(parameter)} is not {type_}'s",
            of_other_type(self.place(parameter), types),
            words or f"not {type_}|not {type_} handle|not a handle to {type_}".lower(),
            spelled=spelled,
        )

    def has_right(
        self,
        parameter: str,
        right: Rights,
        *,
        clause: str = "access_denied",
        words: Words = (),
        said_with: Clause | None = None,
    ) -> Clause:
        """ZX_ERR_ACCESS_DENIED for a handle without `right`."""
        named = f"zx_right_{right.name}".lower()
        return self._add(
            Routine(Asks.RIGHT, parameter, (int(right),)),
            clause,
            Status.ZX_ERR_ACCESS_DENIED,
            f"{self._called(parameter)} lacks ZX_RIGHT_{right.name}",
            lacking(self.place(parameter), right),
            words or (() if said_with else named),
            said_with=said_with,
        )

    def rights_held(
        self,
        parameter: str,
        handle: str,
        *,
        clause: str = "invalid_args_rights",
        status: Status = Status.ZX_ERR_INVALID_ARGS,
        words: Words = "not a subset",
    ) -> Clause:
        """ZX_ERR_INVALID_ARGS for `parameter` with rights that `handle` has not."""
        return self._add(
            Routine(Asks.HELD, parameter, (self.place(handle),)),
            clause,
            status,
            f"{parameter} requests some that {handle} lacks",
            more_than(self.place(handle), self.place(parameter)),
            words,
        )

    def peer_open(self, parameter: str, sentence: str) -> Clause:
        """ZX_ERR_PEER_CLOSED for a handle to an object whose other side is closed."""
        return self._add(
            Routine(Asks.PEER, parameter),
            "peer_closed",
            Status.ZX_ERR_PEER_CLOSED,
            sentence,
            peer_closed(self.place(parameter)),
            PEER_CLOSED,
            about="",
        )

    # ---- pointers

    def pointer(
        self,
        parameter: str,
        *,
        optional: bool = False,
        null_when_empty: bool = False,
        required: bool = False,
        clause: str = "",
        kept: Kept = 0,
    ) -> Clause:
        """ZX_ERR_INVALID_ARGS for an invalid pointer, read or written as the prototype says.

        `optional`: NULL is fine for an output. `null_when_empty`: NULL is fine for an input of
        size zero. A buffer that the call fills may be NULL (see `bad_buffer`), unless the page
        says that it is `required`. Of a longer input the call keeps `kept` bytes, or elements.
        """
        kind = self.syscall.parameters[self.place(parameter)].kind
        size = kind.counted_by
        at, at_size = self.place(parameter), self.place(size) if size else -1
        sentence = f"{parameter} is NULL or an invalid pointer"
        if kind.reads:
            sentence = f"{parameter} is an invalid pointer"
            predicate = bad_inout(at, at_size)
            if not kind.writes:
                predicate = bad_input(at, at_size, null_when_empty=null_when_empty, kept=kept)
        elif required and size:
            predicate = bad_room(at, at_size)
        elif size or optional:
            sentence = f"{parameter} is neither NULL nor a valid pointer"
            predicate = bad_buffer(at, at_size) if size else bad_output(at, optional=True)
        else:
            predicate = bad_output(at, optional=False)
        return self._add(
            Routine(Asks.POINTER, parameter),
            clause or f"invalid_args_{parameter}",
            Status.ZX_ERR_INVALID_ARGS,
            sentence,
            predicate,
            BAD_POINTER,
        )

    # ---- numbers

    def options(
        self,
        bits: int = 0,
        sentence: str = "options is not zero",
        *,
        clause: str = "invalid_args_options",
        status: Status = Status.ZX_ERR_INVALID_ARGS,
        words: Words = NOT_ZERO,
    ) -> Clause:
        """ZX_ERR_INVALID_ARGS for options with other bits than `bits`."""
        return self._add(
            Routine(Asks.BITS, "options", (bits,)),
            clause,
            status,
            sentence,
            other_bits(self.place("options"), bits),
            words,
        )

    def one_of(
        self,
        parameter: str,
        values: Iterable[int],
        sentence: str,
        *,
        clause: str,
        words: Words = (),
        said_with: Clause | None = None,
    ) -> Clause:
        """ZX_ERR_INVALID_ARGS for another value than `values`."""
        valid = tuple(values)
        return self._add(
            Routine(Asks.VALUE, parameter, valid),
            clause,
            Status.ZX_ERR_INVALID_ARGS,
            sentence,
            other_value(self.place(parameter), valid),
            words,
            said_with=said_with,
        )

    def range(
        self,
        parameter: str,
        most: int,
        sentence: str,
        *,
        clause: str = "out_of_range",
        surely: int | None = None,
        words: Words = TOO_LARGE,
    ) -> Clause:
        """ZX_ERR_OUT_OF_RANGE for more than `most`.

        If the page does not say how much is too much, more than `most` may be, and more than
        `surely` is.
        """
        return self._add(
            Routine(Asks.MOST, parameter, (most,)),
            clause,
            Status.ZX_ERR_OUT_OF_RANGE,
            sentence,
            over(self.place(parameter), most, most if surely is None else surely),
            words,
        )

    def allows_up_to(
        self, parameter: str, most: int, sentence: str, *, clause: str, words: Words
    ) -> Clause:
        """As many as `most` are not too many: no ZX_ERR_OUT_OF_RANGE for them, or for one less."""
        predicate = at_the_limit(self.place(parameter), most)
        predicate.__name__ = clause
        return self.grant(sentence, Status.ZX_ERR_OUT_OF_RANGE, words=words)(predicate)

    def when(
        self,
        clause: str,
        sentence: str,
        predicate: Callable[..., Tri],
        *parameters: str,
        status: Statuses = (),
        about: str = "",
        words: Words = (),
        contradicted: bool = False,
    ) -> Clause:
        """An error whose condition is a query of the state about just these parameters.

        Its status is the one that `clause` is named after, unless it is given.
        """
        named = status or Status[f"ZX_ERR_{clause.upper()}"]
        statuses = named if isinstance(named, tuple) else (named,)
        holds = asked(predicate, *map(self.place, parameters))
        added = self.add_error(clause, statuses, sentence, holds, contradicted=contradicted)
        self.state(added, about=about, words=words)
        return added

    # ---- what needs no parameter

    def no_memory(self) -> Clause:
        """ZX_ERR_NO_MEMORY may come at any time."""
        return self.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out", words=MEMORY)

    def never(
        self, clause: str, status: Status, sentence: str, *, about: str = "", words: Words
    ) -> Clause:
        """An error that nothing a guest test can do brings about."""
        added = self.add_error(clause, (status,), sentence, never)
        self.state(added, about=about, words=words)
        return added

    # ---- how it is added

    def take_errors(self, other: Sentences[Any]) -> None:
        """Take over the errors of a page that this one has in common with it, word for word."""
        super().take_errors(other)
        if isinstance(other, RoutineSentences):
            own = {clause.id.partition("/")[2]: clause for clause, _ in self.errors}
            for clause, routine in other.routines.items():
                self.routines[own[clause.id.partition("/")[2]]] = routine

    def _called(self, parameter: str) -> str:
        return self._phrases.get(parameter, parameter)

    def _names(self, parameter: str) -> str:
        return f"{parameter}|{self._formerly.get(parameter, '')}"

    def _add(
        self,
        routine: Routine,
        name: str,
        status: Statuses,
        sentence: str,
        predicate: Predicate,
        words: Words,
        *,
        about: str | None = None,
        said_with: Clause | None = None,
        spelled: str = "",
    ) -> Clause:
        statuses = status if isinstance(status, tuple) else (status,)
        clause = self.add_error(name, statuses, sentence, predicate)
        subject = self._names(routine.parameter) if about is None else about
        self.state(clause, about=subject, words=words, said_with=said_with, spelled=spelled)
        self.routines[clause] = routine
        return clause
