"""Save a dialogue as a C file of guest test cases, one for each boot (docs/guest-tests.md).

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
from zxhil.abi.kinds import Pointer, Where
from zxhil.abi.kinds.records import KOIDS
from zxhil.abi.objects import HandleInfo
from zxhil.abi.runtime import SCRATCH_SIZE
from zxhil.errors import UserError
from zxhil.live.result import Dialogue, Result
from zxhil.live.save_second import arranged
from zxhil.live.spelling import Spelt
from zxhil.live.values import BOOTSTRAP, Handle

_TAKEN = re.compile(
    "auto|break|case|char|const|continue|default|do|double|else|enum|extern|float|for|goto|if"
    "|inline|int|long|register|restrict|return|short|signed|sizeof|static|struct|switch|typedef"
    "|union|unsigned|void|volatile|while|bool|true|false|look"
)
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_FALLBACK_CLAIMS = "object_get_info/handle_basic"
_WIDTH = 100


def save(
    path: str,
    dialogues: Sequence[Dialogue],
    name: str,
    known: Mapping[str, Any],
    command: str = "shell",
) -> tuple[str, ...]:
    """Write the file. `known` are the prompt's variables, whose names handles take.

    `command` is the subcommand that the file names as its origin.

    Returns notes for the user: which cases reached no clause that they could claim.
    Raises UserError if no call was made or if `name` is no C name, MachineError if it can't be
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
    head = f"/* Recorded with zxhil {command} on {', '.join(versions)}. */\n"
    content = head + '#include "zxtest.h"\n\n' + "\n".join(texts)
    named_file.write(Path(path), content.encode(), "the session file")
    return tuple(
        f"case {n} reached no clause: no documented error condition was met and no documented "
        f"effect was observed. A query of a handle was added; it claims {_FALLBACK_CLAIMS}"
        for case, n in zip(cases, names, strict=True)
        if not case.reached
    )


class _Case:
    """One boot's dialogue, on its way to C."""

    def __init__(self, dialogue: Dialogue, boot: int, known: Mapping[str, Any]) -> None:
        self._dialogue = dialogue
        self.lines: list[str] = []
        self.after: list[str] = []
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
        calls: dict[int, list[str]] = {}
        for result in self._dialogue.results:
            first = len(self.lines)
            self._call(result.spelt, result.number)
            calls[result.number] = self.lines[first:]
            self._learn(result)
        file: list[str] = []
        if self._dialogue.second:
            file, self.lines = arranged(calls, self._dialogue.second)
        claimed = self.reached
        if not claimed:
            claimed = (_FALLBACK_CLAIMS,)
            self._claim_fallback()
        if (last := self._dialogue.unreturned) is not None:
            never = last.syscall.never
            self.lines.append("no_return();" if never else "/* This call did not return. */")
            self._call(last, len(self._dialogue.results))
        body = "\n".join(f"    {line}" if line else "" for line in self.lines)
        claims = '"\n     "'.join(textwrap.wrap(" ".join(claimed), _WIDTH - 16))
        # The compiler joins the lines: each but the last ends with a blank.
        claims = claims.replace('"\n', ' "\n')
        before = "".join(f"{line}\n" for line in file)
        return f'{before}CASE({name},\n     "{claims}") {{\n{body}\n}}\n'

    def _claim_fallback(self) -> None:
        """Query a handle that a call made, or a bootstrap handle: a case must claim something."""
        living = [
            self._sources[handle.source]
            for result in self._dialogue.results
            for handle in result.handles
            if (entry := self._dialogue.state.entry(int(handle))) and entry.live.value
        ]
        self.lines.append("/* The calls reach no clause, which a case must. */")
        self.lines.append(f"get_basic_info({(living or ['zx_self_process()'])[-1]});")

    @property
    def reached(self) -> tuple[str, ...]:
        """The errors whose condition held, or else the effects that were seen."""
        reached = dict.fromkeys(c for result in self._dialogue.results for c in result.reached)
        return tuple(reached) or self._dialogue.seen()

    # ---- a call

    def _call(self, spelt: Spelt, number: int) -> None:
        arguments = [self._argument(spelt, number, p) for p in spelt.syscall.parameters]
        self.lines += call_lines(spelt.syscall.name, arguments)
        self.lines += self.after
        self.after.clear()

    def _argument(self, spelt: Spelt, number: int, parameter: Parameter) -> str:
        value, kind = spelt.values[parameter.name], parameter.kind
        return kind.c_argument(value, _Draft(self, spelt, number, parameter))

    def number(self, spelt: Spelt, name: str, value: int) -> str:
        """The expression of a number that is given for the parameter `name`."""
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

    def handle(self, value: int) -> str:
        """The expression of a handle."""
        source = getattr(value, "source", None)
        if source in self._sources:
            return self._sources[source]
        if int(value) in self._handles:
            return self._handles[int(value)]
        return "ZX_HANDLE_INVALID" if value == 0 else f"{int(value):#x}u"

    def handle_name(self, number: int, output: str) -> str:
        """The variable to which the user assigned what a call returned; "" if none."""
        return self._named.get((self._boot, number, output, 0), "")

    # ---- what a call returned

    def _learn(self, result: Result) -> None:
        """Remember the expression for each returned value."""
        for handle in result.handles:
            _, number, output, index = handle.source
            parameter = next(p for p in result.spelt.syscall.parameters if p.name == output)
            name = f"{output}_{number}"
            where = result.spelt.values[output].where
            declared = where is Where.SCRATCH and parameter.kind.is_handle
            if declared:
                name = self._named.get(handle.source, name)
            name = parameter.kind.c_handle(name, index, declared=declared)
            self._sources[handle.source] = self._handles[int(handle)] = name
        name = f"buffer_{result.number}"
        info = result.info
        if info is not None:
            self._koids[info.koid] = f"{name}.basic.koid"
            if info.related_koid:
                self._koids[info.related_koid] = f"{name}.basic.related_koid"
        raw = result.outs.get("buffer")
        if result.spelt.values.get("topic") in KOIDS and isinstance(raw, bytes):
            for index in range(len(raw) // 8):
                koid = int.from_bytes(raw[index * 8 : index * 8 + 8], "little")
                self._koids.setdefault(koid, f"{name}[{index}]")


class _Draft:
    """The C of one parameter of a call (`zxhil.abi.kinds.Draft`)."""

    most_bytes = SCRATCH_SIZE

    def __init__(self, case: _Case, spelt: Spelt, number: int, parameter: Parameter) -> None:
        self._case, self._spelt, self._parameter = case, spelt, parameter
        self.name = f"{parameter.name}_{number}"
        self.handle_name = case.handle_name(number, parameter.name)
        self.extent = parameter.kind.extent(spelt.values)

    def line(self, text: str) -> None:
        self._case.lines.append(text)

    def after(self, text: str) -> None:
        self._case.after.append(text)

    def handle(self, value: int) -> str:
        return self._case.handle(value)

    def number(self, value: int) -> str:
        return self._case.number(self._spelt, self._parameter.name, value)

    def place(self, value: Pointer, held: int) -> str:
        kind = self._parameter.kind
        if value.where is Where.MISALIGNED:
            offset = self._spelt.offsets[self._parameter.name]
            if offset == 1:
                return f"zx_misaligned({kind.element_ctype})"
            return f"({kind.element_ctype}*)(void*)(zx_misaligned(char) + {offset - 1})"
        held = max(self.extent, held)
        return f"zx_edge({kind.element_ctype}, {min(held, self.most_bytes) // kind.element})"

    def other(self, name: str) -> Any:
        return self._spelt.values[name]


def _can_name(name: str) -> bool:
    """Can a C variable have this name without a clash with the generated ones?"""
    if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name) or name.startswith("zx_"):
        return False
    outputs = {p.name for call in CALLS for p in call.parameters if not p.kind.is_value}
    return name.removesuffix("_at").rstrip("0123456789").rstrip("_") not in outputs


_CALL_WIDTH = 96


def call_lines(name: str, arguments: Sequence[str]) -> list[str]:
    """A call as a statement, broken between arguments where it would be too long a line."""
    lines, line = [], f"zx_{name}("
    for number, argument in enumerate(arguments):
        part = argument + (", " if number + 1 < len(arguments) else "")
        if number and len(line) + len(part.rstrip()) + len(");") > _CALL_WIDTH:
            lines.append(line.rstrip())
            line = "        "
        line += part
    return [*lines, f"{line});"]
