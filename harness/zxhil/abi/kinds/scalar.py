"""A value passed in a register: a number or a handle."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from zxhil.abi.kinds.base import Draft, HandlesOf, InC, Input, Pool, Words
from zxhil.abi.kinds.common import NoOutput
from zxhil.abi.kinds.needs import Needs, needs
from zxhil.abi.kinds.places import Trial
from zxhil.abi.kinds.words import rights_in_c, typed, typed_in_c
from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.rights import Rights, rights_name


@dataclass(frozen=True)
class Scalar(NoOutput):
    """An integer of up to 64 bits; a handle, with its `needs`, if its type is zx_handle_t."""

    ctype: str
    bits: int
    signed: bool = False
    needs: tuple[Needs, ...] = ()

    @property
    def is_value(self) -> bool:
        """It is."""
        return True

    @property
    def is_handle(self) -> bool:
        """Is it a zx_handle_t?"""
        return self.ctype == "zx_handle_t"

    @property
    def is_number(self) -> bool:
        """Is it anything else?"""
        return not self.is_handle

    @property
    def width(self) -> int:
        """Its size in bytes."""
        return (self.bits + 7) // 8

    # ---- the recorder and the wire

    def record_argument(self, at: InC) -> str:
        """Its bits, unsigned: those of an int32_t are not extended to 64."""
        return f"arg_scalar((uint{8 * self.width}_t){at.text});"

    def argument_decoder(self) -> Callable[[str], int]:
        """Raises ValueError for what has more bits."""
        limit = 1 << self.bits

        def unsigned(field: str) -> int:
            value = int(field, 16)
            if not 0 <= value < limit:
                raise ValueError(f"{field} is not a {self.bits}-bit number")
            return value

        def signed(field: str) -> int:
            value = unsigned(field)
            return value - limit if value >= limit // 2 else value

        return signed if self.signed else unsigned

    def argument_field(self, value: int) -> str:
        """Its bits."""
        return f"{value & ((1 << self.bits) - 1):x}"

    def handles_given(self) -> HandlesOf | None:
        """The handle itself."""
        return (lambda value: (value,)) if self.is_handle else None

    def fitted(self, number: int) -> int:
        """Its low bits, signed where the type is."""
        low = number & ((1 << self.bits) - 1)
        return low - (1 << self.bits) if self.signed and low >> (self.bits - 1) else low

    # ---- from Python

    def made(self, value: int) -> int:
        """The value as it is."""
        return value

    @property
    def absent(self) -> int:
        """Rights stay the same; else 0."""
        return int(Rights.SAME_RIGHTS) if self.ctype == "zx_rights_t" else 0

    def spelled(self, value: Any, say: Input) -> int:
        """A number, by name if a person likes, that fits."""
        number = say.named(value)
        if self.is_handle:
            number = say.handle(number)
        if not isinstance(number, int):
            raise say.wrong(f"{number!r} is not a number", f"give a {self.ctype}")
        if not -(1 << self.bits - 1) <= number < 1 << self.bits:
            problem = f"{number:#x} has more than {self.bits} bits"
            raise say.wrong(problem, f"give a {self.ctype}")
        return number

    def memory(self, content: int) -> bytes:
        """Its bytes in a struct."""
        return (content & ((1 << self.bits) - 1)).to_bytes(self.width, "little")

    # ---- for people

    def argument_text(self, value: int, words: Words) -> str:
        """By name where it has one."""
        if self.is_handle:
            return f"<{words.handle(value)}>"
        if self.ctype == "zx_rights_t":
            return rights_name(value)
        return words.number(value)

    def field_text(self, value: int, words: Words, *, given: bool) -> str:
        """As a field of a struct, whose names are its type's; `given`: in an argument."""
        if self.is_handle:
            return f"<{words.handle(value)}>" if given else hex(value)
        name = typed(self.ctype, value)
        return name if name is not None else (hex(value) if value > 9 else str(value))

    # ---- C of a test case

    def c_argument(self, value: int, draft: Draft) -> str:
        """By name where it has one."""
        if self.is_handle:
            return draft.handle(value)
        return rights_in_c(value) if self.ctype == "zx_rights_t" else draft.number(value)

    def c_field(self, value: int, draft: Draft) -> str:
        """As a field of a struct."""
        if self.is_handle:
            return draft.handle(value)
        name = typed_in_c(self.ctype, value)
        if name is not None:
            return name
        suffix = "" if self.signed else "ull" if self.bits > 32 else "u"
        return f"{value if value < 10 else hex(value)}{suffix}"

    # ---- values to try

    def trials(self) -> Iterable[Trial]:
        """The handle that is none; the largest and the smallest number."""
        if self.is_handle:
            return (Trial("zero", 0),)
        top = (1 << (self.bits - self.signed)) - 1
        lowest = [Trial("lowest", -top - 1)] if self.signed else []
        return (Trial("zero", 0), Trial("largest", top), *lowest)

    def draw(self, rng: random.Random, pool: Pool) -> int:
        """What the pool has."""
        return pool.handle(self) if self.is_handle else pool.number(self)


@dataclass(frozen=True, init=False)
class InHandle(Scalar):
    """A handle that is passed by value: in every case, and `when` the arguments are such."""

    def __init__(
        self,
        types: ObjType | tuple[ObjType, ...] = (),
        rights: Rights = Rights.NONE,
        *,
        kind: ResourceKind | None = None,
        when: tuple[Needs, ...] = (),
    ) -> None:
        """Make the kind of a handle; without arguments nothing is stated of it."""
        always = needs(types, rights, kind=kind)
        every = (*([always] if always != Needs() else []), *when)
        super().__init__("zx_handle_t", 32, needs=every)
