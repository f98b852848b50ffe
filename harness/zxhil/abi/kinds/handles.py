"""Arrays of zx_handle_t: those that the call reads, and room for those that it writes."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, ClassVar

from zxhil.abi.kinds import wire
from zxhil.abi.kinds.base import Draft, HandlesOf, InC, Input, Pool, Words
from zxhil.abi.kinds.common import NoOutput, Pointing, Written
from zxhil.abi.kinds.needs import Needs
from zxhil.abi.kinds.places import Pointer
from zxhil.abi.kinds.values import HANDLES_ON_WIRE, HandlesPointer, Memory
from zxhil.abi.kinds.words import listed, pointed


def spelled_list(content: Any, say: Input) -> list[Any]:
    """A list that a person gave. Raises UserError for anything else."""
    if isinstance(content, int | str | bytes) or not hasattr(content, "__iter__"):
        raise say.wrong(f"{content!r} is not a list", "put it in brackets: [h]")
    return list(content)


@dataclass(frozen=True)
class InHandles(NoOutput, Pointing):
    """``const zx_handle_t*`` to as many handles as parameter `number` says."""

    number: str
    ctype: str = "const zx_handle_t*"
    needs: tuple[Needs, ...] = ()
    reads: ClassVar[bool] = True

    @property
    def counted_by(self) -> str:
        """The parameter with the number of handles."""
        return self.number

    @property
    def element(self) -> int:
        """A zx_handle_t."""
        return 4

    # ---- the recorder and the wire

    def record_argument(self, at: InC) -> str:
        """The memory, and the handles if they can be read."""
        return f"arg_handles({at.text}, {at.beside(self.number)});"

    def argument_decoder(self) -> Callable[[str], HandlesPointer]:
        """The memory, and the handles."""
        return _in_handles

    def argument_field(self, value: HandlesPointer) -> str:
        """The letter, and the handles."""
        handles = [f"{handle:x}" for handle in value.values]
        return wire.letter(value.memory, value.aligned) + wire.joined(handles, value.complete)

    def handles_given(self) -> HandlesOf | None:
        """All that the wire carried."""
        return attrgetter("values")

    def is_cut(self, value: HandlesPointer) -> bool:
        """Are there more than the wire carried?"""
        return not value.complete

    # ---- from Python

    def made(self, value: Any) -> HandlesPointer:
        """A pointer to these handles."""
        if isinstance(value, HandlesPointer):
            return value
        if value is None or isinstance(value, Memory):
            return HandlesPointer(value or Memory.NULL, True, (), True)
        handles, complete = tuple(value)[:HANDLES_ON_WIRE], len(value) <= HANDLES_ON_WIRE
        return HandlesPointer(Memory.READABLE, True, handles, complete)

    def length(self, value: Any) -> int:
        """The number of handles."""
        if isinstance(value, HandlesPointer):
            return len(value.values)
        return len(value) if isinstance(value, bytes | list | tuple) else 0

    def content(self, content: Any, say: Input) -> tuple[int, ...]:
        """A list of handles."""
        handles = tuple(say.handle(each) for each in spelled_list(content, say))
        if not all(isinstance(each, int) and 0 <= each < 1 << 32 for each in handles):
            raise say.wrong(f"{list(handles)!r} are not all handles", "give numbers of 32 bits")
        return handles

    def memory(self, content: Sequence[int] | None) -> bytes:
        """The handles."""
        handles = content or ()
        return struct.pack(f"<{len(handles)}I", *handles)

    # ---- for people, and C of a test case

    def argument_text(self, value: HandlesPointer, words: Words) -> str:
        """The memory, and what is known of the handles."""
        texts = (f"<{words.handle(handle)}>" for handle in value.values)
        content = listed(texts, len(value.values), value.complete)
        return pointed(value.memory, value.aligned, content)

    def c_variable(self, value: Pointer, draft: Draft, count: int) -> str:
        """A literal, or a variable."""
        return self.c_given(value, draft, count)

    def c_content(self, content: Sequence[int], draft: Draft) -> str:
        """An array."""
        return f"(zx_handle_t[]){{{', '.join(draft.handle(handle) for handle in content)}}}"

    # ---- values to try

    def drawn(self, rng: random.Random, pool: Pool) -> list[int]:
        """A few handles."""
        return [pool.handle(self) for _ in range(rng.choice((0, 1, 1, 2, 5)))]


def _in_handles(field: str) -> HandlesPointer:
    memory, aligned = wire.MEMORY[field[0]]
    found, complete = wire.entries(field[1:])
    return HandlesPointer(memory, aligned, tuple([int(e, 16) for e in found]), complete)


@dataclass(frozen=True)
class OutHandles(Written):
    """Room for `number` zx_handle_t, of which the call says in `actual` how many it wrote."""

    number: str
    actual: str
    ctype: str = "zx_handle_t*"

    @property
    def counted_by(self) -> str:
        """The parameter with the number of handles that there is room for."""
        return self.number

    @property
    def element(self) -> int:
        """A zx_handle_t."""
        return 4

    def record_argument(self, at: InC) -> str:
        """The whole room."""
        size = f"(uint64_t){at.beside(self.number)} * sizeof(*{at.text})"
        return f"arg_out_buffer({at.text}, {size}, _Alignof(__typeof__(*{at.text})));"

    def record_output(self, at: InC) -> str:
        """What was written, after ZX_OK."""
        room, actual = at.beside(self.number), at.beside(self.actual)
        return f"out_handles(status, {at.text}, {room}, {actual}, sizeof(*{actual}));"

    def output_decoder(self) -> Callable[[str], tuple[int, ...]]:
        """The handles."""
        return _out_handles

    def is_left(self, field: str) -> bool:
        """Any of the handles."""
        return wire.has_left(field)

    def output_field(self, value: Iterable[int]) -> str:
        """The handles."""
        return wire.listed(f"{handle:x}" for handle in value)

    def handles_written(self) -> HandlesOf | None:
        """All of them."""
        return tuple

    def output_text(self, value: Sequence[int], words: Words) -> str:
        """The handles in hex."""
        return listed(map(hex, value), len(value))

    def c_placed(self, value: Pointer, draft: Draft, place: str, count: int) -> str:
        """They are kept: later calls need them."""
        return self.c_kept(draft, place, count)


def _out_handles(field: str) -> tuple[int, ...]:
    return tuple([int(e, 16) for e in wire.entries(field)[0]])
