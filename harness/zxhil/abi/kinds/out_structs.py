"""Pointers to structs that the call writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zxhil.abi.kinds import wire
from zxhil.abi.kinds.base import Draft, HandlesOf, InC, Words
from zxhil.abi.kinds.common import Written
from zxhil.abi.kinds.places import Pointer
from zxhil.abi.kinds.structs import Structs
from zxhil.abi.kinds.values import OutValue
from zxhil.abi.kinds.words import listed


@dataclass(frozen=True)
class OutStructs(Structs, Written):
    """Room for `number` structs, `actual` of them written; or for one, without these two."""

    actual: str = ""

    def __post_init__(self) -> None:
        if self.layout.has_pointers or bool(self.number) != bool(self.actual):
            raise TypeError(f"{self.layout.ctype}: no pointers, and both counts or none")

    @property
    def ctype(self) -> str:  # type: ignore[override]
        """The parameter's type in C."""
        return f"{self.layout.ctype}*"

    def recorders(self) -> Mapping[str, str]:
        """One for all fields."""
        name = f"record_{self.layout.ctype}"
        return {name: self.layout.recorder(name, [field for field, _ in self.layout.fields])}

    def record_argument(self, at: InC) -> str:
        """The whole room."""
        size = f"sizeof(*{at.text})"
        if self.number:
            size = f"(uint64_t){at.beside(self.number)} * {size}"
        buffer = "_buffer" if self.number else ""
        return f"arg_out{buffer}({at.text}, {size}, _Alignof(__typeof__(*{at.text})));"

    def record_output(self, at: InC) -> str:
        """What was written, after ZX_OK."""
        recorder = f"sizeof(*{at.text}), record_{self.layout.ctype}"
        if not self.number:
            return f"out_struct(status, {at.text}, {recorder});"
        room, actual = at.beside(self.number), at.beside(self.actual)
        return f"out_structs(status, {at.text}, {room}, {actual}, sizeof(*{actual}), {recorder});"

    def output_decoder(self) -> Callable[[str], OutValue]:
        """A tuple of structs, or the one struct."""
        decode = self.layout.decoder()
        if not self.number:
            return decode
        return lambda field: tuple([decode(e) for e in wire.entries(field)[0]])

    def is_left(self, field: str) -> bool:
        """Any of the structs."""
        return wire.has_left(field)

    def output_field(self, value: Sequence[Any]) -> str:
        """The structs, or the one."""
        return wire.listed(map(self.layout.text, value)) if self.number else self.layout.text(value)

    def handles_written(self) -> HandlesOf | None:
        """Those in the structs."""
        handles = self.layout.handles()
        if handles is None or self.number:
            return handles
        return lambda value: handles([value])

    def output_text(self, value: Any, words: Words) -> str:
        """The structs, or the one."""
        if not self.number:
            return self.layout.shown(value, words, given=False)
        texts = (self.layout.shown(each, words, given=False) for each in value)
        return listed(texts, len(value))

    def c_placed(self, value: Pointer, draft: Draft, place: str, count: int) -> str:
        """They are kept: later calls may need handles in them."""
        return self.c_kept(draft, place, count)

    def c_handle(self, name: str, index: int, *, declared: bool) -> str:
        """The first field that is a handle, of an element."""
        field = next(name for name, kind in self.layout.fields if kind.is_handle)
        return f"{name}[{index}].{field}"
