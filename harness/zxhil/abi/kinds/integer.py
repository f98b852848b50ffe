"""A pointer to one integer that the call writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zxhil.abi.kinds import wire
from zxhil.abi.kinds.base import Draft, HandlesOf, InC, Words
from zxhil.abi.kinds.common import Written
from zxhil.abi.kinds.places import Pointer


@dataclass(frozen=True)
class Out(Written):
    """``target*``, an integer of `bits`; a new handle if its type is zx_handle_t."""

    target: str
    bits: int

    @property
    def ctype(self) -> str:  # type: ignore[override]
        """The parameter's type in C."""
        return f"{self.target}*"

    @property
    def is_handle(self) -> bool:
        """Is it a zx_handle_t*?"""
        return self.target == "zx_handle_t"

    @property
    def is_number(self) -> bool:
        """Is it anything else?"""
        return not self.is_handle

    @property
    def element(self) -> int:
        """The integer's size in bytes."""
        return self.bits // 8

    def record_argument(self, at: InC) -> str:
        """Room for one."""
        return f"arg_out({at.text}, sizeof(*{at.text}), _Alignof(__typeof__(*{at.text})));"

    def record_output(self, at: InC) -> str:
        """The integer, whatever the status."""
        return f"out_integer({at.text}, sizeof(*{at.text}));"

    def output_decoder(self) -> Callable[[str], int]:
        """The integer, unsigned."""
        return wire.number

    def is_left(self, field: str) -> bool:
        """The whole integer."""
        return wire.has_left(field) and len(field) == 2 * self.element

    def output_field(self, value: int) -> str:
        """The integer."""
        return f"{value:x}"

    def handles_written(self) -> HandlesOf | None:
        """The handle."""
        return (lambda value: (value,)) if self.is_handle else None

    def memory(self, content: Any) -> bytes:
        """Zero before the call."""
        return bytes(self.element)

    def output_text(self, value: int, words: Words) -> str:
        """A new handle in hex, a number by name where it has one."""
        return hex(value) if self.is_handle else words.number(value)

    def c_variable(self, value: Pointer, draft: Draft, count: int) -> str:
        """A variable of its own, under the name that a person gave it."""
        name = draft.handle_name or draft.name
        draft.line(f"{self.target} {name} = 0;")
        return f"&{name}"

    def c_placed(self, value: Pointer, draft: Draft, place: str, count: int) -> str:
        """A handle is kept: later calls need it."""
        if self.is_handle:
            return self.c_kept(draft, place, count)
        return super().c_placed(value, draft, place, count)

    def c_handle(self, name: str, index: int, *, declared: bool) -> str:
        """The variable, or the element that it was kept in."""
        return name if declared else f"{name}[{index}]"
