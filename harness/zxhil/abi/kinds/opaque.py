"""Memory that is not looked into."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zxhil.abi.kinds import wire
from zxhil.abi.kinds.base import Decoder, Draft, HandlesOf, InC, Input, Words
from zxhil.abi.kinds.buffers import spelled_bytes
from zxhil.abi.kinds.common import NoOutput, Pointing, made_out
from zxhil.abi.kinds.needs import Needs
from zxhil.abi.kinds.places import Pointer
from zxhil.abi.kinds.values import OutPointer
from zxhil.abi.kinds.words import bytes_in_c, pointed


@dataclass(frozen=True)
class Opaque(NoOutput, Pointing):
    """A pointer to memory of which nothing is recorded but where it is.

    Its `size` is a number of bytes, a parameter that holds it, or factors of it. `needs` are
    those of the handles in it.
    """

    ctype: str
    size: int | str | tuple[int | str, ...]
    needs: tuple[Needs, ...] = ()

    @property
    def _factors(self) -> tuple[int | str, ...]:
        return self.size if isinstance(self.size, tuple) else (self.size,)

    def extent(self, values: Mapping[str, Any]) -> int:
        """The product of its factors."""
        return math.prod(int(values[e]) if isinstance(e, str) else e for e in self._factors)

    # ---- the recorder and the wire

    def record_argument(self, at: InC) -> str:
        """Where the memory is; its alignment is not known."""
        factors = (at.beside(e) if isinstance(e, str) else e for e in self._factors)
        return f"arg_pointer({at.text}, {' * '.join(f'(uint64_t){each}' for each in factors)}, 1);"

    def argument_decoder(self) -> Decoder:
        """The memory is all that is known."""
        return wire.OUT_POINTERS.__getitem__

    def argument_field(self, value: OutPointer) -> str:
        """The letter of the memory."""
        return wire.letter(value.memory, value.aligned)

    def handles_given(self) -> HandlesOf | None:
        """None that is known."""
        return None

    @property
    def hides_handles(self) -> bool:
        """Those that the call has needs of."""
        return bool(self.needs)

    # ---- from Python

    def made(self, value: Any) -> OutPointer:
        """A pointer; what it points to does not matter."""
        return made_out(value)

    def content(self, content: Any, say: Input) -> bytes:
        """Bytes, as they lie in memory."""
        return spelled_bytes(content, say)

    def memory(self, content: bytes | None) -> bytes:
        """The bytes."""
        return content or b""

    # ---- for people, and C of a test case

    def argument_text(self, value: OutPointer, words: Words) -> str:
        """The memory."""
        return pointed(value.memory, value.aligned)

    def c_variable(self, value: Pointer, draft: Draft, count: int) -> str:
        """Bytes, aligned for anything."""
        draft.line(f"static _Alignas(16) char {draft.name}[{max(count, 1)}];")
        if value.content:
            size = len(value.content)
            draft.line(f"__builtin_memcpy({draft.name}, {bytes_in_c(value.content)}, {size});")
        return f"(void*){draft.name}"

    def c_content(self, content: bytes, draft: Draft) -> str:
        """A string."""
        return bytes_in_c(content)
