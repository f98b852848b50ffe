"""Pointers to structs: what those that a call reads and those that it writes have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zxhil.abi.kinds.common import Pointing
from zxhil.abi.kinds.layout import Layout


@dataclass(frozen=True)
class Structs(Pointing, partial=True):
    """A pointer to as many structs as the parameter `number` says, or to one."""

    layout: Layout[Any]
    number: str = ""

    @property
    def element(self) -> int:
        """A struct."""
        return self.layout.size

    @property
    def element_alignment(self) -> int:
        """That of the struct."""
        return self.layout.alignment

    @property
    def counted_by(self) -> str:
        """The parameter with the number of structs, or of those that there is room for."""
        return self.number
