"""Effects that many pages share, in a line each: a new object, one property set or reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from zxhil.abi.objects import ObjType
from zxhil.abi.rights import DEFAULT_RIGHTS, Rights, earlier_rights, most_rights
from zxhil.model.clause import Clause, Mismatch, Outcome
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.sentences import C, Sentences
from zxhil.model.state import State
from zxhil.model.stated import Words
from zxhil.model.task_objects import TASKS, KernelTask

T = TypeVar("T")


def _nothing_else(state: State, handle: int, value: Any) -> None:
    """Nothing depends on the property."""


class GivenRights(NamedTuple):
    """The rights that a page says a new handle has, and the clause that says so.

    `of` is the type whose default rights limit them; empty if none does. `withdrawn` are those
    that pages of 2019-07 do not promise any more.
    """

    known: KnownRights
    clause: Clause
    of: str = ""
    withdrawn: int = 0

    def fact(self, state: State) -> Fact[KnownRights]:
        """The rights of one new handle, expected as the clause says."""
        known = self.known
        if self.of and (more := earlier_rights(self.of, state.earliest)):
            known = known._replace(most=known.most | more)
        if self.withdrawn and state.is_newer:
            known = known._replace(bits=known.bits & ~self.withdrawn)
        return state.fact(known, self.clause)


class RoutineEffects(Sentences[C]):
    """A page that can say in one line what many pages say of effects."""

    def created(self, words: Words) -> Clause:
        """The call's point: it returns a valid handle to a new object."""
        sentence = "a valid handle to a new object is returned"
        return self.effect("created", sentence, words=words, purpose=True)

    def rights(
        self, clause: str, sentence: str, of: str, *rights: Rights, words: Words = ()
    ) -> GivenRights:
        """The new handle has `rights`, and none beyond the default ones of the type `of`.

        If `of` is empty it may have any others. The page names each right in a sentence of its
        own, unless `words` are given.
        """
        said = self.effect(clause, sentence, words=words)
        for right in () if words else rights:
            self.state(said, words=f"zx_right_{right.name}".lower())
        bits = sum(map(int, rights))
        known = KnownRights(bits, exact=False)
        return GivenRights(known._replace(most=most_rights(of)) if of else known, said, of)

    def default_rights(self, of: str, sentence: str = "") -> GivenRights:
        """The new handle has the default rights of the type `of`, which other documents list."""
        said = sentence or f"the handle has the default rights of a {of} (handles.md, rights.h)"
        clause = self.effect("default_rights", said, elsewhere="handles.md and rights.h")
        known = KnownRights(DEFAULT_RIGHTS[of], exact=False, most=most_rights(of))
        return GivenRights(known, clause, of)

    def creates(
        self,
        output: str,
        type_: ObjType,
        clause: Clause,
        rights: GivenRights,
        *,
        parent: str = "",
        begins: Callable[[State, KernelObject], None] | None = None,
    ) -> None:
        """On success `output` is a handle to a new object, a child of that of `parent`.

        `begins` sets what every object of its type begins with.
        """

        @self.success
        def success(s: State, c: Any, o: Outcome) -> None:
            made = KernelTask(type_) if type_ in TASKS else KernelObject(type_)
            object_ = s.new_object(made, s.object(c[self.place(parent)]) if parent else None)
            if begins is not None:
                begins(s, object_)
            s.new_handle(o.number(output), object_, rights.fact(s), clause)

    def sets(
        self,
        of: Callable[[State, int], Fact[T]],
        handle: str,
        parameter: str,
        clause: Clause,
        as_: Callable[[int], T | None],
        also: Callable[[State, int, T | None], None] = _nothing_else,
    ) -> None:
        """On success what is `of` the object is `parameter`, as `as_` makes it (None: unknown).

        No page says if a call that fails has set it. `also` is what depends on it: it is called
        before, with the handle and the new value, and may happen as well if the call fails.
        """
        at, at_value = self.place(handle), self.place(parameter)

        @self.success
        def success(s: State, c: Any, o: Outcome) -> None:
            value = as_(c[at_value])
            also(s, c[at], value)
            s.change(of(s, c[at]), value, None if value is None else clause)

        @self.failure
        def failure(s: State, c: Any, o: Outcome) -> None:
            value = as_(c[at_value])
            also(s, c[at], value)
            if value is not None:
                s.may_have_become(of(s, c[at]), value)

    def reports(
        self, output: str, of: Callable[[State, int], Fact[int]], handle: str, clause: Clause
    ) -> None:
        """On success `output` is what is `of` the object; `clause` says so."""
        at = self.place(handle)
        self.place(output)
        self.reported[output] = lambda s, c: next(iter(of(s, c[at]).possible), 0)

        @self.outputs
        def outputs(s: State, c: Any, o: Outcome) -> Iterator[Mismatch]:
            fact, reported = of(s, c[at]), o.number(output)
            if o.status == 0 and reported is not None and not fact.may_be(reported):
                due = " or ".join(map(str, fact.possible))
                yield Mismatch(clause, f"{output}={due}", f"{output}={reported}")

        @self.success
        def success(s: State, c: Any, o: Outcome) -> None:
            reported = o.number(output)
            s.reach(clause, reported is not None)
            if reported is not None:
                s.saw(of(s, c[at]), reported)
