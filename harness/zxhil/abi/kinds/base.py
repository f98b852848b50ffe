"""The base of all kinds of parameters: the sides that each of them has."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol

from zxhil.abi.kinds.needs import Needs
from zxhil.abi.kinds.places import Pointer, Trial
from zxhil.abi.kinds.values import OutValue
from zxhil.abi.objects import MAX_MSG_HANDLES

Decoder = Callable[[str], Any]
HandlesOf = Callable[[Any], Iterable[int]]


class InC(NamedTuple):
    """How C reaches a value: its expression, and that of the values beside it.

    A parameter's name is its expression. A struct's field lies in `struct`, a variable, and so do
    those of the struct's other `fields`; what is no field is a parameter.
    """

    text: str
    struct: str = ""
    fields: frozenset[str] = frozenset()

    def beside(self, name: str) -> str:
        """The expression of the parameter or field `name`."""
        return f"{self.struct}.{name}" if name in self.fields else name


class Input(Protocol):
    """The caller's part in spelling a parameter from a Python value."""

    def named(self, value: Any) -> Any:
        """A number for constants that are given by name in a string; all else as it is."""

    def handle(self, value: Any) -> Any:
        """A handle for a call's result that has one. Raises UserError if it has several."""

    def wrong(self, problem: str, remedy: str) -> Exception:
        """The error for a value that can't be given."""

    @property
    def most_bytes(self) -> int:
        """How many bytes there is room for."""


class Words(Protocol):
    """The caller's part in the text of a parameter: it knows the call and its handles."""

    def handle(self, value: int) -> str:
        """What is known of a handle."""

    def number(self, value: int) -> str:
        """A number as this parameter has it: by name, in decimal, in hex."""

    def other(self, name: str) -> Any:
        """The argument for another parameter."""


class Draft(Protocol):
    """What a parameter's C needs of the file of test cases that is written.

    `name` is a variable of this call and parameter alone, `handle_name` one that a person chose.
    """

    name: str
    handle_name: str
    extent: int
    """How many bytes the pointer points to, as the call is given it."""

    most_bytes: int
    """How many bytes there is room for."""

    def line(self, text: str) -> None:
        """Add a line before the call."""

    def after(self, text: str) -> None:
        """Add a line after the call."""

    def handle(self, value: int) -> str:
        """The expression of a handle."""

    def number(self, value: int) -> str:
        """The expression of a number as this parameter has it."""

    def place(self, value: Pointer, held: int) -> str:
        """The expression of memory at the edge or misaligned, where it lay in the dialogue.

        `held` bytes are put into it.
        """

    def other(self, name: str) -> Any:
        """The value for another parameter."""


class Pool(Protocol):
    """The source of random values for generated calls."""

    def handle(self, kind: Kind) -> int:
        """A handle, usually an open one of a type that the kind accepts."""

    def number(self, kind: Kind) -> int:
        """A number, usually one that is valid for the parameter."""


class Kind(ABC):
    """What a parameter of a call is, or a field of a struct that a call takes.

    A class of kinds that lacks a side can't be defined: TypeError. With `partial=True` it is not
    a kind yet, but what several have in common.
    """

    ctype: str
    """The type in C, of a parameter as of a field."""

    reads: ClassVar[bool] = False
    """Is it a pointer to memory that the call reads and the recorder records?"""

    is_bytes: ClassVar[bool] = False
    """Is the output bytes, of which a trace may carry the first ones alone?"""

    actual: str = ""
    """The parameter in which the call says how much it wrote; "" if it does not."""

    def __init_subclass__(cls, *, partial: bool = False, **more: Any) -> None:
        super().__init_subclass__(**more)
        if partial:
            return
        lacking = [
            name
            for name in dir(Kind)
            if getattr(getattr(Kind, name), "__isabstractmethod__", False)
            and getattr(getattr(cls, name), "__isabstractmethod__", False)
        ]
        own = [vars(each) for each in cls.__mro__ if each not in Kind.__mro__]
        if not any("ctype" in each or "ctype" in each.get("__annotations__", {}) for each in own):
            lacking.append("ctype")
        if lacking:
            raise TypeError(f"the kind {cls.__name__} lacks a side: {', '.join(lacking)}")

    @property
    @abstractmethod
    def is_value(self) -> bool:
        """Is it passed by value, and no pointer?"""

    @property
    def writes(self) -> bool:
        """Does the call write through it? Then the return record has a field for it."""
        return False

    @property
    def is_handle(self) -> bool:
        """Is the value a handle, or a pointer to one handle that the call writes?"""
        return False

    @property
    def is_new_handle(self) -> bool:
        """Is it a pointer to one handle that the call writes?"""
        return self.writes and self.is_handle

    @property
    def is_number(self) -> bool:
        """Is the value a number, or a pointer to one number that the call writes?"""
        return False

    @property
    def counted_by(self) -> str:
        """The parameter or field with the size of the memory, in bytes or elements; "" if none."""
        return ""

    @property
    def sized_by(self) -> str:
        """The parameter that is `length` where a person does not give it; "" if none."""
        return self.counted_by if self.reads else ""

    @property
    def each(self) -> str:
        """The parameter with the size of one element in bytes; "" where its type says that."""
        return ""

    @property
    def needs(self) -> tuple[Needs, ...]:
        """What the call needs of the handles that it is given here, in the order of its page."""
        return ()

    def fitted(self, number: int) -> int:
        """The number of this type that has the low bits of `number`."""
        return number & ((1 << 64) - 1)

    # ---- memory

    @property
    def width(self) -> int:
        """Its size in bytes as a field of a struct."""
        return 8

    @property
    def alignment(self) -> int:
        """Its alignment in bytes as a field of a struct."""
        return self.width

    @property
    def element(self) -> int:
        """Bytes of one element of what a pointer points to."""
        return 1

    @property
    def element_alignment(self) -> int:
        """The alignment of an element."""
        return self.element

    @property
    def element_ctype(self) -> str:
        """The type of an element in C; char for void."""
        target = self.ctype.removeprefix("const ").removesuffix("*")
        return "char" if target == "void" else target

    @property
    def room(self) -> int:
        """How many bytes or elements there is room for, where a person does not say."""
        return MAX_MSG_HANDLES

    def extent(self, values: Mapping[str, Any]) -> int:
        """Size in bytes of what a pointer points to, by the arguments of the call."""
        return self.element * (int(values[self.counted_by]) if self.counted_by else 1)

    def declared(self, name: str) -> str:
        """Its declaration in C, without the semicolon."""
        return f"{self.ctype} {name}"

    # ---- the recorder, in C

    def recorders(self) -> Mapping[str, str]:
        """Functions of C that its statements call, by name; the same name is the same function."""
        return {}

    @abstractmethod
    def record_argument(self, at: InC) -> str:
        """The statement that records it before the call."""

    @abstractmethod
    def record_output(self, at: InC) -> str:
        """The statement that records what was written through it; "" for what is not `writes`."""

    # ---- the wire

    @abstractmethod
    def argument_decoder(self) -> Decoder:
        """A function from the field of an argument to its value.

        It is made once and called for each argument: it must be fast. It raises ValueError,
        KeyError, IndexError or TypeError for a field that no recorder writes.
        """

    @abstractmethod
    def argument_field(self, value: Any) -> str:
        """The field of an argument."""

    @abstractmethod
    def output_decoder(self) -> Callable[[str], OutValue]:
        """A function from the field of an output that was written to its value."""

    def is_left(self, field: str) -> bool:
        """Does the field of an output show that the call did not write it, or not all?

        Asked only of a field that has `wire.PATTERN` in it.
        """
        return False

    @abstractmethod
    def output_field(self, value: Any) -> str:
        """The field of an output; `value` is not None."""

    # ---- handles

    @abstractmethod
    def handles_given(self) -> HandlesOf | None:
        """A function from the decoded argument to the handles in it; None if it never has any."""

    @abstractmethod
    def handles_written(self) -> HandlesOf | None:
        """A function from the decoded output to the new handles in it; None if it has none."""

    @property
    def hides_handles(self) -> bool:
        """Does the call read handles there that the wire never carries?"""
        return False

    def is_cut(self, value: Any) -> bool:
        """Does the decoded argument lack handles, because they were too many for the wire?"""
        return False

    # ---- from Python

    @abstractmethod
    def made(self, value: Any) -> Any:
        """The decoded argument that the recorder would write of a Python value.

        None is a NULL pointer, bytes and lists are memory that holds them, a `Memory` is a
        pointer there to nothing that could be read.
        """

    @property
    @abstractmethod
    def absent(self) -> Any:
        """What is given if a person does not say: a number or a `Pointer`."""

    @abstractmethod
    def spelled(self, value: Any, say: Input) -> Any:
        """What a person gave: a number, or a `Pointer` whose content `memory` takes.

        Raises UserError if it can't be given.
        """

    def length(self, value: Any) -> int:
        """How many bytes or elements a Python value or decoded argument gives."""
        return 0

    def memory(self, content: Any) -> bytes:
        """What is put into the guest's memory before the call."""
        return b""

    # ---- for people

    @abstractmethod
    def argument_text(self, value: Any, words: Words) -> str:
        """The text of a decoded argument."""

    @abstractmethod
    def output_text(self, value: Any, words: Words) -> str:
        """The text of a decoded output; `value` is not None."""

    def field_text(self, value: Any, words: Words, *, given: bool) -> str:
        """The text of a field of a struct; `given`: the call reads it, else it wrote it."""
        return self.argument_text(value, words)

    # ---- C of a test case

    @abstractmethod
    def c_argument(self, value: Any, draft: Draft) -> str:
        """The expression of what was spelled; what it needs is added to the draft."""

    def c_field(self, value: Any, draft: Draft) -> str:
        """The initializer of a field of a struct."""
        return self.c_argument(value, draft)

    @abstractmethod
    def c_handle(self, name: str, index: int, *, declared: bool) -> str:
        """The expression of a handle that the call wrote.

        `name` is the variable; `declared`: it is one, and no pointer to where it lies.
        """

    # ---- values to try

    @abstractmethod
    def trials(self) -> Iterable[Trial]:
        """What to try in place of a valid argument, whatever the handles and the page."""

    @abstractmethod
    def draw(self, rng: random.Random, pool: Pool) -> Any:
        """A value for a generated call, as `spelled` takes it."""
