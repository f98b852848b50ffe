"""Pointers to futexes: which futex it is, and the value that it had before the call."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from zxhil.abi.kinds import wire
from zxhil.abi.kinds.base import Draft, HandlesOf, InC, Input, Pool, Words
from zxhil.abi.kinds.common import NoOutput, Pointing
from zxhil.abi.kinds.places import Pointer
from zxhil.abi.kinds.values import FutexPointer, Memory
from zxhil.abi.kinds.words import bytes_in_c, pointed

_VALUE = struct.Struct("<i")
_MASK = 0xFFFFFFFF


def _signed(value: int) -> int:
    return value - (1 << 32) if value >> 31 else value


@dataclass(frozen=True)
class InFutex(NoOutput, Pointing):
    """``const zx_futex_t*``: the kernel knows a futex by its address alone.

    The wire carries the address as a distance from the program, which is the same in each run for
    static memory.
    """

    ctype: str = "const zx_futex_t*"
    reads: ClassVar[bool] = True

    @property
    def element(self) -> int:
        """A zx_futex_t."""
        return _VALUE.size

    # ---- the recorder and the wire

    def record_argument(self, at: InC) -> str:
        """The memory, and which futex and value there is, if it can be read."""
        return f"arg_futex({at.text});"

    def argument_decoder(self) -> Callable[[str], FutexPointer]:
        """The memory, the place, and the value. Older logs have the memory alone."""
        return _futex

    def argument_field(self, value: FutexPointer) -> str:
        """The letter, the place, and the value."""
        letter = wire.letter(value.memory, value.aligned)
        if value.place is None or value.value is None:
            return letter
        return f"{letter}{value.place:x}={value.value & _MASK:x}"

    def handles_given(self) -> HandlesOf | None:
        """A futex has none."""
        return None

    # ---- from Python

    def made(self, value: Any) -> FutexPointer:
        """A pointer to a futex with this value: each call of one value names the same futex."""
        if isinstance(value, FutexPointer):
            return value
        if value is None or isinstance(value, Memory):
            return FutexPointer(value or Memory.NULL, True, None, None)
        return FutexPointer(Memory.WRITABLE, True, value & _MASK, value)

    def content(self, content: Any, say: Input) -> bytes:
        """The value, as it lies in memory."""
        if isinstance(content, bytes) and len(content) == _VALUE.size:
            return content
        number = say.named(content)
        if not isinstance(number, int) or not -(1 << 31) <= number < 1 << 32:
            raise say.wrong(f"{content!r} is no value of a futex", "give a number of 32 bits")
        return _VALUE.pack(_signed(number & _MASK))

    def memory(self, content: bytes | None) -> bytes:
        """The value."""
        return content or b""

    # ---- for people, and C of a test case

    def argument_text(self, value: FutexPointer, words: Words) -> str:
        """The memory, and the value."""
        content = "" if value.value is None else str(value.value)
        return pointed(value.memory, value.aligned, content)

    def c_variable(self, value: Pointer, draft: Draft, count: int) -> str:
        """A static variable."""
        number = _VALUE.unpack(value.content)[0] if value.content else 0
        draft.line(f"static zx_futex_t {draft.name} = {number};")
        return f"&{draft.name}"

    def c_content(self, content: bytes, draft: Draft) -> str:
        """A string."""
        return bytes_in_c(content)

    # ---- values to try

    def drawn(self, rng: random.Random, pool: Pool) -> Any:
        """A futex with a small value."""
        return rng.choice((0, 0, 1, -1))


def _futex(field: str) -> FutexPointer:
    memory, aligned = wire.MEMORY[field[0]]
    if len(field) == 1:
        return FutexPointer(memory, aligned, None, None)
    place, _, value = field[1:].partition("=")
    number = int(value, 16)
    if number >> 32:
        raise ValueError(f"{value} is no value of a futex")
    return FutexPointer(memory, aligned, int(place, 16), _signed(number))
