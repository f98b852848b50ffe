"""What several kinds have in common: nothing written, and pointers."""

from __future__ import annotations

import random
from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any

from zxhil.abi.kinds import wire
from zxhil.abi.kinds.base import Decoder, Draft, HandlesOf, InC, Input, Kind, Pool, Words
from zxhil.abi.kinds.places import Pointer, Trial, Where, pointer_in_c, trials
from zxhil.abi.kinds.values import Memory, OutPointer, OutValue
from zxhil.abi.kinds.words import pointed

_LITERAL_MAX = 256
# How often one of the trials is drawn, and content at an edge or misaligned.
_ODD = 0.1
_PLACED = 0.2


class NoOutput(Kind, partial=True):
    """A parameter through which the call writes nothing."""

    def record_output(self, at: InC) -> str:
        """There is nothing to record."""
        return ""

    def output_decoder(self) -> Callable[[str], OutValue]:
        """There is nothing to decode."""
        raise TypeError(f"{self!r} has no output")

    def output_field(self, value: Any) -> str:
        """There is nothing to write."""
        raise TypeError(f"{self!r} has no output")

    def handles_written(self) -> HandlesOf | None:
        """There are none."""
        return None

    def output_text(self, value: Any, words: Words) -> str:
        """There is nothing to show."""
        raise TypeError(f"{self!r} has no output")

    def c_handle(self, name: str, index: int, *, declared: bool) -> str:
        """There is none."""
        raise TypeError(f"{self!r} has no output")


class Pointing(Kind, partial=True):
    """A pointer to memory."""

    @property
    def is_value(self) -> bool:
        """It is not."""
        return False

    # ---- from Python

    @property
    def absent(self) -> Pointer:
        """Nothing to read, memory to write to."""
        return Pointer(Where.NULL if self.reads else Where.SCRATCH)

    def spelled(self, value: Any, say: Input) -> Pointer:
        """A pointer to what is given."""
        if value is None:
            return Pointer(Where.NULL)
        content = value.content if isinstance(value, Pointer) else value
        where = value.where if isinstance(value, Pointer) else Where.SCRATCH
        return Pointer(where) if content is None else Pointer(where, self.content(content, say))

    @abstractmethod
    def content(self, content: Any, say: Input) -> Any:
        """What `memory` takes of what a person puts into memory. Raises UserError."""

    # ---- C of a test case

    def c_argument(self, value: Pointer, draft: Draft) -> str:
        """A pointer to memory as `value` has it, with the same in it."""
        ctype, count = self.element_ctype, draft.extent // self.element
        if text := pointer_in_c(value, ctype):
            return text
        if value.where is Where.READ_ONLY_EDGE:
            return f"zx_read_only_edge({ctype}, {count})"
        if value.where is Where.SCRATCH and draft.extent <= draft.most_bytes:
            return self.c_variable(value, draft, count)
        held = len(value.content or ()) * self.element
        return self.c_placed(value, draft, draft.place(value, held), count)

    def c_variable(self, value: Pointer, draft: Draft, count: int) -> str:
        """Declare a variable; return a pointer to it."""
        draft.line(f"static {self.element_ctype} {draft.name}[{max(count, 1)}];")
        return draft.name

    def c_placed(self, value: Pointer, draft: Draft, place: str, count: int) -> str:
        """Fill memory at the expression `place`; return a pointer to it."""
        draft.line(f"{self.element_ctype}* {draft.name} = {place};")
        size = len(value.content or ()) * self.element
        if size < draft.extent <= draft.most_bytes:
            draft.line(f"__builtin_memset({draft.name}, 0, {draft.extent});")
        if size:
            source = self.c_content(value.content, draft)
            draft.line(f"__builtin_memcpy({draft.name}, {source}, {size});")
        return draft.name

    def c_content(self, content: Any, draft: Draft) -> str:
        """The expression of memory with this in it."""
        raise TypeError(f"{self!r} is given no content")

    def c_given(self, value: Pointer, draft: Draft, count: int) -> str:
        """A pointer to a literal of the content, or to a variable where that is not enough."""
        content, ctype = value.content if value.content is not None else (), self.element_ctype
        long = isinstance(content, bytes) and len(content) > _LITERAL_MAX
        if len(content) >= count and not long:
            return self.c_content(content, draft) if content else f"({ctype}[1]){{0}}"
        draft.line(f"static {ctype} {draft.name}[{max(count, len(content), 1)}];")
        if isinstance(content, bytes) and len(set(content)) == 1:
            draft.line(f"__builtin_memset({draft.name}, {content[0]:#x}, {len(content)});")
        elif content:
            source, size = self.c_content(content, draft), len(content) * self.element
            draft.line(f"__builtin_memcpy({draft.name}, {source}, {size});")
        return draft.name

    def c_kept(self, draft: Draft, place: str, count: int) -> str:
        """Keep what a call writes to a place that a later call may write to as well."""
        name, ctype = draft.name, self.element_ctype
        count = min(count, draft.most_bytes // self.element)
        draft.line(f"{ctype}* {name}_at = {place};")
        draft.line(f"static {ctype} {name}[{max(count, 1)}];")
        size = f"{count} * sizeof(*{name})"
        draft.line(f"__builtin_memset({name}_at, 0, {size});")
        draft.after(f"__builtin_memcpy({name}, {name}_at, {size});")
        return f"{name}_at"

    # ---- values to try

    def trials(self) -> Iterable[Trial]:
        """Memory that is not mapped, has the wrong access, or ends or begins at an edge."""
        return trials(reads=self.reads, writes=self.writes, alignment=self.element_alignment)

    def draw(self, rng: random.Random, pool: Pool) -> Any:
        """Usually a valid value, sometimes one of the trials, or content in such memory."""
        pick = rng.random()
        if pick < _ODD:
            return rng.choice(list(self.trials())).value
        value = self.drawn(rng, pool)
        if pick < _ODD + _PLACED and not isinstance(value, Pointer):
            return Pointer(rng.choice((Where.EDGE, Where.MISALIGNED)), value)
        return value

    def drawn(self, rng: random.Random, pool: Pool) -> Any:
        """A valid pointer."""
        return Pointer(Where.SCRATCH)


class Written(Pointing, partial=True):
    """A pointer to memory that the call writes and does not read."""

    @property
    def writes(self) -> bool:
        """It does."""
        return True

    def argument_decoder(self) -> Decoder:
        """The memory is all that is known before the call."""
        return wire.OUT_POINTERS.__getitem__

    def argument_field(self, value: OutPointer) -> str:
        """The letter of the memory."""
        return wire.letter(value.memory, value.aligned)

    def handles_given(self) -> HandlesOf | None:
        """The call reads nothing through it."""
        return None

    def made(self, value: Any) -> OutPointer:
        """A pointer; what it points to does not matter."""
        return made_out(value)

    def content(self, content: Any, say: Input) -> Any:
        """Nothing can be put there."""
        raise say.wrong("is written by the call", "give a pointer: unmapped, edge, None, …")

    def argument_text(self, value: OutPointer, words: Words) -> str:
        """The memory."""
        return pointed(value.memory, value.aligned)

    def c_handle(self, name: str, index: int, *, declared: bool) -> str:
        """An element of an array."""
        return f"{name}[{index}]"


def made_out(value: Any) -> OutPointer:
    """A pointer of which only the memory is known; `...`, or anything in it: that is writable."""
    if isinstance(value, OutPointer):
        return value
    memory = Memory.NULL if value is None else value
    return OutPointer(memory if isinstance(memory, Memory) else Memory.WRITABLE, True)
