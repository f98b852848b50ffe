"""Bytes: those that the call reads, and room for those that it writes.

The wire carries them, or the first of them and a CRC-32 (`zxhil.abi.sample`).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from zxhil.abi.kinds import wire
from zxhil.abi.kinds.base import Draft, HandlesOf, InC, Input, Pool, Words
from zxhil.abi.kinds.common import NoOutput, Pointing, Written
from zxhil.abi.kinds.places import Pointer
from zxhil.abi.kinds.values import BytesPointer, Memory
from zxhil.abi.kinds.words import bytes_in_c, pointed
from zxhil.abi.sample import Sample, field_of, from_field, sample

_DRAWN = (b"", b"a", b"hello", bytes(range(32)), b"x" * 300)


def spelled_bytes(content: Any, say: Input) -> bytes:
    """Bytes that a person gave, or text. Raises UserError for anything else, or too many."""
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes | bytearray):
        raise say.wrong(f"{content!r} is not bytes", 'give bytes, as b"hi"')
    limit = say.most_bytes // 2
    if len(content) > limit:
        raise say.wrong(f"more than {limit} bytes", "give the size of it separately")
    return bytes(content)


@dataclass(frozen=True)
class InBytes(NoOutput, Pointing):
    """``const void*`` (or `ctype`) to as many bytes as parameter `size` says."""

    size: str
    ctype: str = "const void*"
    reads: ClassVar[bool] = True

    @property
    def counted_by(self) -> str:
        """The parameter with the number of bytes."""
        return self.size

    # ---- the recorder and the wire

    def record_argument(self, at: InC) -> str:
        """The memory, and the bytes if they can be read."""
        return f"arg_bytes({at.text}, {at.beside(self.size)});"

    def argument_decoder(self) -> Callable[[str], BytesPointer]:
        """The memory, and the bytes."""
        return _in_bytes

    def argument_field(self, value: BytesPointer) -> str:
        """The letter, and the bytes."""
        carried = "" if value.content is None else field_of(value.content)
        return wire.letter(value.memory, value.aligned) + carried

    def handles_given(self) -> HandlesOf | None:
        """Bytes are no handles."""
        return None

    # ---- from Python

    def made(self, value: Any) -> BytesPointer:
        """A pointer to these bytes."""
        if isinstance(value, BytesPointer):
            return value
        if value is None or isinstance(value, Memory):
            return BytesPointer(value or Memory.NULL, True, None)
        return BytesPointer(Memory.READABLE, True, sample(value))

    def length(self, value: Any) -> int:
        """The number of bytes."""
        return len(value) if isinstance(value, bytes | bytearray | list | tuple) else 0

    def content(self, content: Any, say: Input) -> bytes:
        """Bytes, or text."""
        return spelled_bytes(content, say)

    def memory(self, content: bytes | None) -> bytes:
        """The bytes."""
        return content or b""

    # ---- for people, and C of a test case

    def argument_text(self, value: BytesPointer, words: Words) -> str:
        """The memory, and the bytes."""
        carried = "" if value.content is None else value.content.text
        return pointed(value.memory, value.aligned, carried)

    def c_variable(self, value: Pointer, draft: Draft, count: int) -> str:
        """A literal, or a variable."""
        return self.c_given(value, draft, count)

    def c_content(self, content: bytes, draft: Draft) -> str:
        """A string."""
        return bytes_in_c(content)

    # ---- values to try

    def drawn(self, rng: random.Random, pool: Pool) -> bytes:
        """A few bytes."""
        return rng.choice(_DRAWN)


def _in_bytes(field: str) -> BytesPointer:
    memory, aligned = wire.MEMORY[field[0]]
    return BytesPointer(memory, aligned, from_field(field[1:]) if len(field) > 1 else None)


@dataclass(frozen=True)
class OutBytes(Written):
    """A buffer of `size` bytes, of which the call says in `actual` how many it wrote.

    A call that has no such parameter writes all of them. `usual` is the size if a person does not
    say one.
    """

    size: str
    actual: str = ""
    ctype: str = "void*"
    usual: int = 4096
    is_bytes: ClassVar[bool] = True

    @property
    def counted_by(self) -> str:
        """The parameter with the number of bytes that there is room for."""
        return self.size

    @property
    def room(self) -> int:
        """The usual size."""
        return self.usual

    def record_argument(self, at: InC) -> str:
        """The whole room."""
        return f"arg_out_buffer({at.text}, {at.beside(self.size)}, 1);"

    def record_output(self, at: InC) -> str:
        """What was written, after ZX_OK."""
        room = at.beside(self.size)
        if not self.actual:
            return f"out_all_bytes(status, {at.text}, {room});"
        actual = at.beside(self.actual)
        return f"out_bytes(status, {at.text}, {room}, {actual}, sizeof(*{actual}));"

    def output_decoder(self) -> Callable[[str], Sample]:
        """The bytes."""
        return from_field

    def output_field(self, value: Sample) -> str:
        """The bytes."""
        return field_of(value)

    def handles_written(self) -> HandlesOf | None:
        """Bytes are no handles."""
        return None

    def output_text(self, value: Sample, words: Words) -> str:
        """The bytes."""
        return value.text

    def c_placed(self, value: Pointer, draft: Draft, place: str, count: int) -> str:
        """Nothing is put there, and later calls don't need the output."""
        return place
