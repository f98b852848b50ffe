"""A field of a struct that is not looked into: a union, an array, what is reserved."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from zxhil.abi.kinds.base import Draft, HandlesOf, InC, Input, Pool, Words
from zxhil.abi.kinds.common import NoOutput
from zxhil.abi.kinds.places import Trial


@dataclass(frozen=True)
class Raw(NoOutput):
    """`size` bytes, aligned to `aligned`, which C has as an array of uint8_t.

    The wire carries each byte as two digits. No parameter is of this kind.
    """

    size: int
    aligned: int = 1
    ctype: str = "uint8_t"

    @property
    def is_value(self) -> bool:
        """It is."""
        return True

    @property
    def width(self) -> int:
        """Its size in bytes."""
        return self.size

    @property
    def alignment(self) -> int:
        """Its alignment in bytes."""
        return self.aligned

    def declared(self, name: str) -> str:
        """An array, aligned."""
        align = f"_Alignas({self.aligned}) " if self.aligned > 1 else ""
        return f"{align}{self.ctype} {name}[{self.size}]"

    def record_argument(self, at: InC) -> str:
        """All its bytes."""
        return f"arg_raw({at.text}, {self.size});"

    def argument_decoder(self) -> Callable[[str], bytes]:
        """Raises ValueError for fewer bytes or more."""

        def raw(field: str) -> bytes:
            value = bytes.fromhex(field)
            if len(value) != self.size:
                raise ValueError(f"{field} is not {self.size} bytes")
            return value

        return raw

    def argument_field(self, value: bytes) -> str:
        """All its bytes."""
        return value.hex()

    def handles_given(self) -> HandlesOf | None:
        """What is not looked into has no handles."""
        return None

    def made(self, value: bytes) -> bytes:
        """The bytes, with zeroes after them."""
        return value.ljust(self.size, b"\0")

    @property
    def absent(self) -> bytes:
        """Zeroes."""
        return bytes(self.size)

    def spelled(self, value: Any, say: Input) -> bytes:
        """Bytes, with zeroes after them."""
        if not isinstance(value, bytes | bytearray) or len(value) > self.size:
            problem = f"{value!r} is not up to {self.size} bytes"
            raise say.wrong(problem, 'give bytes, as b"hi"')
        return self.made(bytes(value))

    def memory(self, content: bytes) -> bytes:
        """The bytes."""
        return content

    def argument_text(self, value: bytes, words: Words) -> str:
        """All bytes, without the zeroes at the end."""
        return value.rstrip(b"\0").hex() or "0"

    def c_argument(self, value: bytes, draft: Draft) -> str:
        """An initializer, without the zeroes at the end."""
        shown = value.rstrip(b"\0") or b"\0"
        return f"{{{', '.join(map(hex, shown))}}}"

    def trials(self) -> Iterable[Trial]:
        """None: what is in it, only its page knows."""
        return ()

    def draw(self, rng: random.Random, pool: Pool) -> bytes:
        """Zeroes, or anything."""
        return bytes(self.size) if rng.random() < 0.5 else rng.randbytes(self.size)
