"""Elements of a size that the caller gives, for a call to read or to write.

The wire carries their bytes, as for any other bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from zxhil.abi.kinds.base import InC
from zxhil.abi.kinds.buffers import InBytes, OutBytes


def _all_bytes(at: InC, number: str, each: str) -> str:
    return f"all_bytes({at.beside(number)}, {at.beside(each)})"


def _extent(values: Mapping[str, Any], number: str, each: str) -> int:
    return int(values[number]) * int(values[each])


@dataclass(frozen=True)
class InElements(InBytes):
    """``const void*`` to as many elements as `size` says, of as many bytes as `each` says."""

    each: str = ""

    @property
    def sized_by(self) -> str:
        """How many elements bytes are does not follow from the bytes alone."""
        return ""

    @property
    def room(self) -> int:
        """One element."""
        return 1

    def extent(self, values: Mapping[str, Any]) -> int:
        """Their bytes."""
        return _extent(values, self.size, self.each)

    def record_argument(self, at: InC) -> str:
        """The memory, and the bytes if they can be read."""
        return f"arg_bytes({at.text}, {_all_bytes(at, self.size, self.each)});"


@dataclass(frozen=True)
class OutElements(OutBytes):
    """Room for `size` elements of `each` bytes, of which the call wrote `actual`.

    If there is no `actual` to write to and the call succeeds, it wrote one where one was asked for.
    """

    each: str = ""

    @property
    def room(self) -> int:
        """One element."""
        return 1

    def extent(self, values: Mapping[str, Any]) -> int:
        """Their bytes."""
        return _extent(values, self.size, self.each)

    def record_argument(self, at: InC) -> str:
        """The whole room."""
        return f"arg_out_buffer({at.text}, {_all_bytes(at, self.size, self.each)}, 1);"

    def record_output(self, at: InC) -> str:
        """What was written, after ZX_OK."""
        others = ", ".join(at.beside(name) for name in (self.size, self.each, self.actual))
        return f"out_elements(status, {at.text}, {others});"


@dataclass(frozen=True)
class OutWords(OutBytes):
    """Room for `size` integers of 8 bytes, all of which the call writes."""

    ctype: str = "zx_paddr_t*"
    element: ClassVar[int] = 8
    element_alignment: ClassVar[int] = 8

    @property
    def room(self) -> int:
        """One integer."""
        return 1

    def record_argument(self, at: InC) -> str:
        """The whole room."""
        return f"arg_out_buffer({at.text}, {self._bytes(at)}, {self.element});"

    def record_output(self, at: InC) -> str:
        """What was written, after ZX_OK."""
        size = self._bytes(at)
        return f"out_all_bytes(status, {at.text}, {size});"

    def _bytes(self, at: InC) -> str:
        return f"all_bytes({at.beside(self.size)}, {self.element})"
