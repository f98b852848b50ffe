"""Structs: a C type made of named fields, each a kind of its own.

A struct is a NamedTuple whose fields are annotated with kinds, like the parameters of a call:

>>> class WaitItem(NamedTuple):
...     handle: Annotated[int, Scalar("zx_handle_t", 32)]
...     waitfor: Annotated[int, Scalar("zx_signals_t", 32)]
...     pending: Annotated[int, Scalar("zx_signals_t", 32)]
>>> WAIT_ITEM = Layout("zx_wait_item_t", WaitItem)

and a parameter is then ``InStructs(WAIT_ITEM, "count", written=("pending",))``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from zxhil.abi.kinds.base import Draft, HandlesOf, InC, Input, Kind, Pool, Words

R = TypeVar("R", bound=tuple[Any, ...])


@dataclass(frozen=True)
class Layout(Generic[R]):
    """A struct of C: its type's name, and its fields in memory order as a NamedTuple.

    A struct with pointers among its fields can't stand in an array, and what they point to can't
    be structs: the wire has no more levels than these (docs/trace.md).
    """

    ctype: str
    record: type[R]
    spelled_by: str = ""
    """What a person may write for one, besides its fields: functions of the shell."""
    fields: tuple[tuple[str, Kind], ...] = field(init=False)

    def __post_init__(self) -> None:
        hints = get_type_hints(self.record, include_extras=True)
        kinds = tuple((name, get_args(note)[1]) for name, note in hints.items())
        object.__setattr__(self, "fields", kinds)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of the fields."""
        return tuple(kind for _, kind in self.fields)

    @property
    def alignment(self) -> int:
        """Its alignment in bytes, the largest of a field's."""
        return max(kind.alignment for kind in self.kinds)

    @property
    def size(self) -> int:
        """Its size in bytes, with the padding that C puts in."""
        end = 0
        for kind in self.kinds:
            end += -end % kind.alignment + kind.width
        return end + -end % self.alignment

    @property
    def has_pointers(self) -> bool:
        """Is a field a pointer to memory that the call reads or writes?"""
        return any(kind.reads or kind.writes for kind in self.kinds)

    def definition(self) -> str:
        """Its definition in C."""
        tag = self.ctype.removesuffix("_t")
        lines = [f"    {kind.declared(name)};" for name, kind in self.fields]
        checked = f'_Static_assert(sizeof({self.ctype}) == {self.size}, "{self.ctype} is '
        checked += f'{self.size} bytes");'
        return "\n".join([f"typedef struct {tag} {{", *lines, f"}} {self.ctype};", checked])

    def of(self, names: Iterable[str]) -> list[tuple[str, Kind]]:
        """These fields."""
        kinds = dict(self.fields)
        return [(name, kinds[name]) for name in names]

    def record_fields(self, names: Iterable[str], struct: str) -> list[str]:
        """Statements that record these fields of the variable `struct`."""
        return [kind.record_argument(self.place(name, struct)) for name, kind in self.of(names)]

    def place(self, name: str, struct: str) -> InC:
        """A field of the variable `struct` in C."""
        return InC(f"{struct}.{name}", struct, frozenset(each for each, _ in self.fields))

    def recorder(self, name: str, names: Iterable[str]) -> str:
        """A function of C that records these fields of one element of an array."""
        statements = self.record_fields(names, "it")
        return "\n".join(
            [
                f"static void {name}(const void* at) {{",
                f"    {self.ctype} it; /* the pointer may be misaligned */",
                "    memcpy(&it, at, sizeof(it));",
                *(f"    {statement}" for statement in statements),
                "}",
                "",
            ]
        )

    def decoder(self) -> Callable[[str], R]:
        """A function from the text of a struct to its fields. Raises ValueError."""
        decoders = [kind.argument_decoder() for kind in self.kinds]
        record, count = self.record, len(decoders)

        def decode(text: str) -> R:
            parts = text.split(",")
            if len(parts) != count:
                raise ValueError(f"{text} does not have {count} fields")
            return record(*[each(part) for each, part in zip(decoders, parts, strict=True)])

        return decode

    def text(self, value: Sequence[Any]) -> str:
        """The text of a struct."""
        return ",".join(kind.argument_field(each) for kind, each in self._pairs(value))

    def handles(self) -> HandlesOf | None:
        """A function from structs to the handles in them."""
        places = [(i, of) for i, kind in enumerate(self.kinds) if (of := kind.handles_given())]
        if not places:
            return None

        def handles(values: Iterable[Sequence[Any]]) -> list[int]:
            return [handle for value in values for i, of in places for handle in of(value[i])]

        return handles

    # ---- from Python

    def made(self, value: Sequence[Any]) -> R:
        """The fields from Python values. Raises TypeError if there are too many or too few."""
        if len(value) != len(self.kinds):
            raise TypeError(f"{value!r} does not have the {len(self.kinds)} fields of {self.ctype}")
        return self.record(*[kind.made(each) for kind, each in self._pairs(value)])

    def spelled(self, value: Any, say: Input) -> tuple[Any, ...]:
        """The fields that a person gave. Raises UserError."""
        fields = list(value) if isinstance(value, tuple | list) else []
        if len(fields) != len(self.kinds):
            names = ", ".join(name for name, _ in self.fields)
            other = f"{self.spelled_by}, or " if self.spelled_by else ""
            raise say.wrong(f"{value!r} is not a {self.ctype}", f"give {other}({names})")
        return tuple(kind.spelled(each, say) for kind, each in self._pairs(fields))

    def memory(self, value: Sequence[Any]) -> bytes:
        """Its bytes, the padding zero."""
        packed = b""
        for kind, each in self._pairs(value):
            packed += bytes(-len(packed) % kind.alignment) + kind.memory(each)
        return packed.ljust(self.size, b"\0")

    def read(self, raw: bytes) -> R | None:
        """The fields of a struct in memory, numbers as unsigned; None if there are fewer bytes."""
        if len(raw) < self.size:
            return None
        values: list[Any] = []
        end = 0
        for kind, type_ in zip(self.kinds, get_type_hints(self.record).values(), strict=True):
            end += -end % kind.alignment
            field, end = raw[end : end + kind.width], end + kind.width
            values.append(int.from_bytes(field, "little") if type_ is int else field)
        return self.record(*values)

    def _pairs(self, value: Sequence[Any]) -> Iterable[tuple[Kind, Any]]:
        return zip(self.kinds, value, strict=True)

    # ---- for people, and C of a test case

    def shown(self, value: Sequence[Any], words: Words, *, given: bool) -> str:
        """``{handle=0x2f, type=EVENT}``; without fields that are not used and zero."""
        fields = zip(self.fields, value, strict=True)
        texts = [
            f"{name}={kind.field_text(each, words, given=given)}"
            for (name, kind), each in fields
            if each or not name.startswith(("unused", "reserved"))
        ]
        return f"{{{', '.join(texts)}}}"

    def in_c(self, value: Sequence[Any], draft: Draft) -> str:
        """An initializer."""
        return f"{{{', '.join(kind.c_field(each, draft) for kind, each in self._pairs(value))}}}"

    def draw(self, rng: random.Random, pool: Pool) -> tuple[Any, ...]:
        """Fields for a generated call."""
        return tuple(kind.draw(rng, pool) for kind in self.kinds)
