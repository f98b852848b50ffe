"""Pointers to structs that the call reads, and of which it may write fields."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from zxhil.abi.kinds import wire
from zxhil.abi.kinds.base import Draft, HandlesOf, InC, Input, Kind, Pool, Words
from zxhil.abi.kinds.buffers import spelled_bytes
from zxhil.abi.kinds.handles import spelled_list
from zxhil.abi.kinds.needs import Needs
from zxhil.abi.kinds.places import Pointer
from zxhil.abi.kinds.structs import Structs
from zxhil.abi.kinds.values import HANDLES_ON_WIRE, Memory, OutValue, StructsPointer
from zxhil.abi.kinds.words import bytes_in_c, listed, pointed


@dataclass(frozen=True)
class InStructs(Structs):
    """A pointer to `number` structs, or to one, that the call reads.

    It writes the fields `written` of each, whatever its status: the output is a tuple with the
    field of each struct (with a tuple of the fields, if these are several). Where fields are
    pointers that the call writes through, the output is a tuple of theirs. `needs` are those of
    the handles in the structs.
    """

    written: tuple[str, ...] = ()
    needs: tuple[Needs, ...] = ()
    reads: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.layout.has_pointers:
            return
        if self.number or self.written or any(kind.recorders() for kind in self.layout.kinds):
            raise TypeError(f"{self.layout.ctype} has pointers: only one, read, without structs")

    @property
    def ctype(self) -> str:  # type: ignore[override]
        """The parameter's type in C."""
        return f"{'' if self.written else 'const '}{self.layout.ctype}*"

    @property
    def writes(self) -> bool:
        """Does it write a field, or through one?"""
        return bool(self.written) or any(kind.writes for kind in self.layout.kinds)

    # ---- the recorder, in C

    def recorders(self) -> Mapping[str, str]:
        """One for all fields, one for those that are written."""
        if self.layout.has_pointers:
            return {}
        fields = [name for name, _ in self.layout.fields]
        made = {self._recorder(): self.layout.recorder(self._recorder(), fields)}
        if self.written:
            name = self._recorder(*self.written)
            made[name] = self.layout.recorder(name, self.written)
        return made

    def _recorder(self, *fields: str) -> str:
        return "_".join(["record", self.layout.ctype, *fields])

    def record_argument(self, at: InC) -> str:
        """The memory, and the structs if they can be read."""
        size = f"sizeof(*{at.text}), _Alignof(__typeof__(*{at.text}))"
        if not self.layout.has_pointers:
            number = at.beside(self.number) if self.number else "1"
            return f"arg_structs({at.text}, {number}, {size}, {self._recorder()});"
        kept = f"{at.text}_read"
        names = [name for name, _ in self.layout.fields]
        fields = " ".join(self.layout.record_fields(names, kept))
        return (
            f"{self.layout.ctype} {kept} = {{0}}; "
            f"if (arg_struct(&{kept}, {at.text}, {size})) {{ {fields} fields_end(); }}"
        )

    def record_output(self, at: InC) -> str:
        """The fields that the call writes, and what it writes through them."""
        if self.written:
            number = at.beside(self.number) if self.number else "1"
            recorder = self._recorder(*self.written)
            return f"out_fields({at.text}, {number}, sizeof(*{at.text}), {recorder});"
        kept = f"{at.text}_read"
        outputs = [
            kind.record_output(self.layout.place(name, kept)) for name, kind in self._through()
        ]
        return f"out_begin(); {' '.join(outputs)} fields_end();" if outputs else ""

    def _through(self) -> list[tuple[str, Kind]]:
        """The fields that the call writes through."""
        return [(name, kind) for name, kind in self.layout.fields if kind.writes]

    # ---- the wire

    def argument_decoder(self) -> Callable[[str], StructsPointer[Any]]:
        """The memory, and the structs."""
        decode = self.layout.decoder()
        if self.layout.has_pointers:
            return lambda field: _with_pointers(decode, field)

        def structs(field: str) -> StructsPointer[Any]:
            memory, aligned = wire.MEMORY[field[0]]
            found, complete = wire.entries(field[1:])
            return StructsPointer(memory, aligned, tuple(map(decode, found)), complete)

        return structs

    def argument_field(self, value: StructsPointer[Any]) -> str:
        """The letter, and the structs."""
        texts = [self.layout.text(each) for each in value.values[:HANDLES_ON_WIRE]]
        return wire.letter(value.memory, value.aligned) + wire.joined(texts, value.complete)

    def output_decoder(self) -> Callable[[str], OutValue]:
        """The fields that were written, or what was written through them."""
        if not self.written:
            through = [kind.output_decoder() for _, kind in self._through()]
            return lambda field: _parts(through, field)
        decoders = [kind.argument_decoder() for _, kind in self.layout.of(self.written)]
        if len(decoders) == 1:
            only = decoders[0]
            return lambda field: tuple([only(e) for e in wire.entries(field)[0]])
        return lambda field: tuple([_parts(decoders, e) for e in wire.entries(field)[0]])

    def output_field(self, value: Sequence[Any]) -> str:
        """The same, written."""
        if not self.written:
            pairs = zip(self._through(), value, strict=True)
            return ",".join(
                wire.NOTHING if each is None else kind.output_field(each)
                for (_, kind), each in pairs
            )
        kinds = [kind for _, kind in self.layout.of(self.written)]
        if len(kinds) == 1:
            return wire.listed(kinds[0].argument_field(each) for each in value)
        return wire.listed(
            ",".join(k.argument_field(e) for k, e in zip(kinds, each, strict=True))
            for each in value
        )

    # ---- handles

    def handles_given(self) -> HandlesOf | None:
        """Those in the structs that the wire carried."""
        handles = self.layout.handles()
        return None if handles is None else lambda value: handles(value.values)

    def is_cut(self, value: StructsPointer[Any]) -> bool:
        """Are there more structs than the wire carried, or more of what they point to?"""
        if not self.layout.has_pointers:
            return not value.complete
        return any(
            kind.is_cut(field)
            for each in value.values
            for kind, field in zip(self.layout.kinds, each, strict=True)
        )

    def handles_written(self) -> HandlesOf | None:
        """Those that the call writes through a field."""
        through = [kind.handles_written() for _, kind in self._through()]
        places = [(i, handles) for i, handles in enumerate(through) if handles is not None]
        if not places:
            return None
        return lambda value: [h for i, handles in places if value[i] for h in handles(value[i])]

    # ---- from Python

    def made(self, value: Any) -> StructsPointer[Any]:
        """A pointer to structs: to a list of them, or to one."""
        if isinstance(value, StructsPointer):
            return value
        if value is None or isinstance(value, Memory):
            return StructsPointer(value or Memory.NULL, True, (), True)
        given = value if self.number else [value]
        structs = tuple(self.layout.made(each) for each in given[:HANDLES_ON_WIRE])
        memory = Memory.WRITABLE if self.written else Memory.READABLE
        return StructsPointer(memory, True, structs, len(given) <= HANDLES_ON_WIRE)

    def length(self, value: Any) -> int:
        """The number of structs."""
        if isinstance(value, StructsPointer):
            return len(value.values)
        return len(value) if isinstance(value, list | tuple) else 0

    def content(self, content: Any, say: Input) -> Any:
        """A list of structs, or one; or their bytes as they lie in memory."""
        if isinstance(content, bytes | bytearray) or self.layout.has_pointers:
            content = spelled_bytes(content, say)
            if len(content) % self.element:
                problem = f"{len(content)} bytes are no whole number of {self.layout.ctype}"
                raise say.wrong(problem, f"one has {self.element} bytes")
            return tuple(
                _Memory(content[at : at + self.element])
                for at in range(0, len(content), self.element)
            )
        structs = spelled_list(content, say) if self.number else [content]
        return tuple(self.layout.spelled(each, say) for each in structs)

    def memory(self, content: Sequence[Any] | None) -> bytes:
        """The structs."""
        return b"".join(
            each.bytes if isinstance(each, _Memory) else self.layout.memory(each)
            for each in content or ()
        )

    # ---- for people

    def argument_text(self, value: StructsPointer[Any], words: Words) -> str:
        """The memory, and the structs."""
        texts = (self.layout.shown(each, words, given=True) for each in value.values)
        count = len(value.values)
        content = listed(texts, count, value.complete) if self.number else "".join(texts)
        return pointed(value.memory, value.aligned, content)

    def output_text(self, value: Sequence[Any], words: Words) -> str:
        """The fields that were written, or what was written through them."""
        if not self.written:
            texts = [
                f"{name}={kind.output_text(each, words)}"
                for (name, kind), each in zip(self._through(), value, strict=True)
                if each is not None
            ]
            return f"{{{', '.join(texts)}}}"
        kinds = [kind for _, kind in self.layout.of(self.written)]
        if len(kinds) == 1:
            only = kinds[0]
            shown = (only.field_text(each, words, given=False) for each in value)
        else:
            shown = (_fields_text(kinds, each, words) for each in value)
        return listed(shown, len(value))

    # ---- C of a test case

    def c_variable(self, value: Pointer, draft: Draft, count: int) -> str:
        """A literal, or a variable."""
        return self.c_given(value, draft, count)

    def c_content(self, content: Sequence[Any], draft: Draft) -> str:
        """An array."""
        if any(isinstance(each, _Memory) for each in content):
            return f"(void*){bytes_in_c(self.memory(content))}"
        structs = (self.layout.in_c(each, draft) for each in content)
        return f"({self.layout.ctype}[]){{{', '.join(structs)}}}"

    def c_handle(self, name: str, index: int, *, declared: bool) -> str:
        """No handle lies in the struct itself that the call wrote."""
        raise TypeError(f"{self!r} has no handle of its own")

    # ---- values to try

    def drawn(self, rng: random.Random, pool: Pool) -> Any:
        """A few structs, or one."""
        if self.layout.has_pointers:
            return bytes(self.element)
        if not self.number:
            return self.layout.draw(rng, pool)
        return [self.layout.draw(rng, pool) for _ in range(rng.choice((0, 1, 1, 2, 5)))]


class _Memory(NamedTuple):
    """A struct that was given as its bytes."""

    bytes: bytes


def _fields_text(kinds: Sequence[Kind], value: Sequence[Any], words: Words) -> str:
    texts = (k.field_text(v, words, given=False) for k, v in zip(kinds, value, strict=True))
    return f"{{{', '.join(texts)}}}"


def _with_pointers(decode: Callable[[str], Any], field: str) -> StructsPointer[Any]:
    memory, aligned = wire.MEMORY[field[0]]
    values = (decode(field[1:]),) if len(field) > 1 else ()
    return StructsPointer(memory, aligned, values, True)


def _parts(decoders: Sequence[Callable[[str], Any]], field: str) -> tuple[Any, ...]:
    parts = field.split(",")
    pairs = zip(decoders, parts, strict=True)
    return tuple([None if part == wire.NOTHING else decode(part) for decode, part in pairs])
