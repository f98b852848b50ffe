"""A dialogue as a C file of guest test cases, one for each boot (docs/guest-tests.md).

The file says what was called and with what; handles and koids are those that the calls before
returned, so that it does the same wherever it runs.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zxhil import named_file
from zxhil.abi.calls import CALLS, Parameter
from zxhil.abi.constants import argument_name
from zxhil.abi.kinds import (
    InBytes,
    InHandles,
    InOutDispositions,
    Kind,
    Out,
    OutBytes,
    OutHandleInfos,
    OutHandles,
    OutRecords,
    Scalar,
)
from zxhil.abi.objects import HandleInfo, InfoTopic
from zxhil.abi.runtime import SCRATCH_SIZE
from zxhil.errors import UserError
from zxhil.live.ctext import bytes_text, call_lines, disposition_text, rights_text
from zxhil.live.result import Dialogue, Result
from zxhil.live.spelling import Spelt, extent
from zxhil.live.values import BOOTSTRAP, Handle, Pointer, Where

_TAKEN = re.compile(
    "auto|break|case|char|const|continue|default|do|double|else|enum|extern|float|for|goto|if"
    "|inline|int|long|register|restrict|return|short|signed|sizeof|static|struct|switch|typedef"
    "|union|unsigned|void|volatile|while|bool|true|false|look"
)
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_KOIDS = (InfoTopic.PROCESS_THREADS, InfoTopic.JOB_CHILDREN, InfoTopic.JOB_PROCESSES)
_LITERAL_MAX = 256
_LOOK_CLAIMS = "object_get_info/handle_basic"
_WIDTH = 100


def save(
    path: str, dialogues: Sequence[Dialogue], name: str, known: Mapping[str, Any]
) -> tuple[str, ...]:
    """Write the file. `known` are the prompt's variables, whose names handles take.

    Returns what there is to be said of it: which cases reached nothing that they could claim.
    Raises UserError if nothing was said or if `name` is no C name, MachineError if it can't be
    written.
    """
    if not _NAME.fullmatch(name):
        raise UserError(name, "is not a valid case name", "use lower-case letters, digits and _")
    said = [(boot, each) for boot, each in enumerate(dialogues) if each.results or each.unreturned]
    if not said:
        raise UserError(path, "no call to save was made", "make one first")
    names = [name if not number else f"{name}_{number + 1}" for number in range(len(said))]
    cases = [_Case(each, boot, known) for boot, each in said]
    texts = [case.text(n) for case, n in zip(cases, names, strict=True)]
    versions = dict.fromkeys(f"{each.version or '-'} ({each.arch})" for _, each in said)
    head = f"/* Recorded with zxhil shell on {', '.join(versions)}. */\n"
    content = head + '#include "zxtest.h"\n\n' + "\n".join(texts)
    named_file.write(Path(path), content.encode(), "the session file")
    return tuple(
        f"case {n} reached no clause: no documented error condition was met and no documented "
        f"effect was observed. A query of a handle was added; it claims {_LOOK_CLAIMS}"
        for case, n in zip(cases, names, strict=True)
        if not case.reached
    )


class _Case:
    """One boot's dialogue, on its way to C."""

    def __init__(self, dialogue: Dialogue, boot: int, known: Mapping[str, Any]) -> None:
        self._dialogue = dialogue
        self._lines: list[str] = []
        self._after: list[str] = []
        self._handles: dict[int, str] = {}
        """The expression for each handle's value, the latest if there were several."""
        self._sources: dict[tuple[Any, ...], str] = {}
        self._koids: dict[int, str] = {}
        self._named: dict[tuple[Any, ...], str] = {}
        for name, value in known.items():
            only = value[0] if isinstance(value, Result) and len(value) == 1 else value
            if isinstance(only, Handle) and _can_name(name):
                self._named[only.source] = name
        self._boot = boot
        for handle in dialogue.bootstrap:
            for info, expression in BOOTSTRAP.values():
                if handle.info & 0xFF == info and info in HandleInfo:
                    self._handles.setdefault(handle.handle, expression)
                    self._koids.setdefault(handle.koid, f"get_basic_info({expression})")

    def text(self, name: str) -> str:
        for result in self._dialogue.results:
            self._call(result.spelt, result.number)
            self._learn(result)
        claimed = self.reached
        if not claimed:
            claimed = (_LOOK_CLAIMS,)
            self._look()
        if self._dialogue.unreturned is not None:
            self._lines.append("/* This call did not return. */")
            self._call(self._dialogue.unreturned, len(self._dialogue.results))
        body = "\n".join(f"    {line}" if line else "" for line in self._lines)
        claims = '"\n     "'.join(textwrap.wrap(" ".join(claimed), _WIDTH - 16))
        # Lines are joined again by the compiler: each but the last ends with a blank.
        claims = claims.replace('"\n', ' "\n')
        return f'CASE({name},\n     "{claims}") {{\n{body}\n}}\n'

    def _look(self) -> None:
        """Have something that the case can claim: a handle that a call made, or one given."""
        living = [
            self._sources[handle.source]
            for result in self._dialogue.results
            for handle in result.handles
            if (entry := self._dialogue.state.entry(int(handle))) and entry.live.value
        ]
        self._lines.append("/* The calls reach no clause, which a case must. */")
        self._lines.append(f"get_basic_info({(living or ['zx_self_process()'])[-1]});")

    @property
    def reached(self) -> tuple[str, ...]:
        """The errors whose condition held, or else the effects that were seen."""
        reached = dict.fromkeys(c for result in self._dialogue.results for c in result.reached)
        return tuple(reached) or self._dialogue.seen()

    # ---- a call

    def _call(self, spelt: Spelt, number: int) -> None:
        arguments = [self._argument(spelt, number, p) for p in spelt.syscall.parameters]
        self._lines += call_lines(spelt.syscall.name, arguments)
        self._lines += self._after
        self._after.clear()

    def _argument(self, spelt: Spelt, number: int, parameter: Parameter) -> str:
        value, kind = spelt.values[parameter.name], parameter.kind
        if isinstance(kind, Scalar):
            return self._scalar(kind, spelt, parameter.name, value)
        assert isinstance(value, Pointer)
        name = f"{parameter.name}_{number}"
        size = extent(kind, spelt.values)
        ctype = _element_type(kind)
        if value.where in (Where.UNMAPPED, Where.KERNEL, Where.READ_ONLY):
            return f"{value.where}({ctype})"
        if value.where is Where.NULL:
            return "NULL"
        count = size // _sizeof(kind)
        if value.where is Where.READ_ONLY_EDGE:
            return f"zx_read_only_edge({ctype}, {count})"
        if value.where is Where.SCRATCH and size <= SCRATCH_SIZE:
            return self._variable(spelt, number, parameter, value, name, count)
        place = self._place(spelt, parameter, value, size)
        if isinstance(kind, OutHandles | OutHandleInfos) or _is_out_handle(kind):
            room = SCRATCH_SIZE // _sizeof(kind)
            return self._kept(ctype, name, place, min(count, room))
        if isinstance(kind, OutBytes | OutRecords):
            return place
        self._lines.append(f"{ctype}* {name} = {place};")
        given = _content_size(kind, value)
        if given < size <= SCRATCH_SIZE:
            self._lines.append(f"__builtin_memset({name}, 0, {size});")
        if given:
            source = self._content(kind, value.content)
            self._lines.append(f"__builtin_memcpy({name}, {source}, {given});")
        return name

    def _place(self, spelt: Spelt, parameter: Parameter, value: Pointer, size: int) -> str:
        """Memory at the edge, or misaligned: the place that it had in the dialogue."""
        ctype = _element_type(parameter.kind)
        offset = spelt.offsets[parameter.name]
        if value.where is Where.MISALIGNED:
            if offset == 1:
                return f"zx_misaligned({ctype})"
            return f"({ctype}*)(void*)(zx_misaligned(char) + {offset - 1})"
        held = max(size, _content_size(parameter.kind, value))
        return f"zx_edge({ctype}, {min(held, SCRATCH_SIZE) // _sizeof(parameter.kind)})"

    def _kept(self, ctype: str, name: str, place: str, count: int) -> str:
        """Keep what a call writes to a place that a later call may write to as well."""
        self._lines.append(f"{ctype}* {name}_at = {place};")
        self._lines.append(f"static {ctype} {name}[{max(count, 1)}];")
        size = f"{count} * sizeof(*{name})"
        self._lines.append(f"__builtin_memset({name}_at, 0, {size});")
        self._after.append(f"__builtin_memcpy({name}, {name}_at, {size});")
        return f"{name}_at"

    def _scalar(self, kind: Scalar, spelt: Spelt, name: str, value: int) -> str:
        if kind.ctype == "zx_handle_t":
            return self._handle(value)
        if kind.ctype == "zx_rights_t":
            return rights_text(value)
        if name == "koid" and int(value) in self._koids:
            return self._koids[int(value)]
        type_ = self._type_of(spelt.values.get("handle", 0))
        named = argument_name(spelt.syscall.name, name, int(value), type_, " | ")
        if named is not None:
            return named
        if -9 <= value <= 9 or name.startswith("num_") or "size" in name:
            return str(int(value))
        return f"{int(value):#x}"

    def _type_of(self, handle: int) -> str | None:
        entry = self._dialogue.state.entry(int(handle))
        object_ = None if entry is None else entry.object.value
        return None if object_ is None else object_.type.name

    def _handle(self, value: int) -> str:
        source = getattr(value, "source", None)
        if source in self._sources:
            return self._sources[source]
        if int(value) in self._handles:
            return self._handles[int(value)]
        return "ZX_HANDLE_INVALID" if value == 0 else f"{int(value):#x}u"

    def _variable(
        self, spelt: Spelt, number: int, parameter: Parameter, value: Pointer, name: str, count: int
    ) -> str:
        """Declare what a pointer points to; return the pointer."""
        kind = parameter.kind
        match kind:
            case Out(target):
                shown = self._named.get((self._boot, number, parameter.name, 0), name)
                self._lines.append(f"{target} {shown} = 0;")
                return f"&{shown}"
            case InBytes() | InHandles() | InOutDispositions():
                return self._given(kind, value, name, count)
            case OutRecords():
                return self._records(spelt, name, count)
        self._lines.append(f"static {_element_type(kind)} {name}[{max(count, 1)}];")
        return name

    def _given(self, kind: Kind, value: Pointer, name: str, count: int) -> str:
        content = value.content if value.content is not None else ()
        ctype = _element_type(kind)
        if len(content) >= count and not (
            isinstance(content, bytes) and len(content) > _LITERAL_MAX
        ):
            return self._content(kind, content) if content else f"({ctype}[1]){{0}}"
        self._lines.append(f"static {ctype} {name}[{max(count, len(content), 1)}];")
        if isinstance(content, bytes) and len(set(content)) == 1:
            self._lines.append(f"__builtin_memset({name}, {content[0]:#x}, {len(content)});")
        elif content:
            source, size = self._content(kind, content), _content_size(kind, value)
            self._lines.append(f"__builtin_memcpy({name}, {source}, {size});")
        return name

    def _content(self, kind: Kind, content: Any) -> str:
        """An expression for memory with this in it."""
        match kind:
            case InBytes():
                return bytes_text(content)
            case InHandles():
                return f"(zx_handle_t[]){{{', '.join(self._handle(h) for h in content)}}}"
        entries = ", ".join(disposition_text(entry, self._handle(entry[1])) for entry in content)
        return f"(zx_handle_disposition_t[]){{{entries}}}"

    def _records(self, spelt: Spelt, name: str, size: int) -> str:
        topic = spelt.values["topic"]
        if topic == InfoTopic.HANDLE_BASIC and size >= 32:
            self._lines.append("union {")
            self._lines.append("    zx_info_handle_basic_t basic;")
            self._lines.append(f"    char room[{size}];")
            self._lines.append(f"}} {name};")
            return f"&{name}"
        ctype, count = ("zx_koid_t", (size + 7) // 8) if topic in _KOIDS else ("char", size)
        align = "" if topic in _KOIDS else "_Alignas(8) "
        self._lines.append(f"static {align}{ctype} {name}[{max(count, 1)}];")
        return name

    # ---- what a call returned

    def _learn(self, result: Result) -> None:
        """Remember the expression for each returned value."""
        for handle in result.handles:
            _, number, output, index = handle.source
            parameter = next(p for p in result.spelt.syscall.parameters if p.name == output)
            name = f"{output}_{number}"
            where = result.spelt.values[output].where
            if isinstance(parameter.kind, Out) and where is Where.SCRATCH:
                name = self._named.get(handle.source, name)
            elif isinstance(parameter.kind, OutHandleInfos):
                name = f"{name}[{index}].handle"
            else:
                name = f"{name}[{index}]"
            self._sources[handle.source] = self._handles[int(handle)] = name
        name = f"buffer_{result.number}"
        info = result.info
        if info is not None:
            self._koids[info.koid] = f"{name}.basic.koid"
            if info.related_koid:
                self._koids[info.related_koid] = f"{name}.basic.related_koid"
        raw = result.outs.get("buffer")
        if result.spelt.values.get("topic") in _KOIDS and isinstance(raw, bytes):
            for index in range(len(raw) // 8):
                koid = int.from_bytes(raw[index * 8 : index * 8 + 8], "little")
                self._koids.setdefault(koid, f"{name}[{index}]")


def _can_name(name: str) -> bool:
    """Can a variable in C have this name, beside those that are made here?"""
    if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name) or name.startswith("zx_"):
        return False
    outputs = {p.name for call in CALLS for p in call.parameters if not isinstance(p.kind, Scalar)}
    return name.removesuffix("_at").rstrip("0123456789").rstrip("_") not in outputs


def _is_out_handle(kind: Kind) -> bool:
    return isinstance(kind, Out) and kind.target == "zx_handle_t"


def _element_type(kind: Kind) -> str:
    ctype = kind.ctype.removeprefix("const ").removesuffix("*")
    return "char" if ctype == "void" else ctype


def _sizeof(kind: Kind) -> int:
    match kind:
        case InBytes() | OutBytes() | OutRecords():
            return 1
        case InHandles() | OutHandles():
            return 4
        case OutHandleInfos():
            return 16
        case InOutDispositions():
            return 20
        case Out(_, bits):
            return bits // 8
    return 1


def _content_size(kind: Kind, value: Pointer) -> int:
    return _sizeof(kind) * len(value.content or ())
