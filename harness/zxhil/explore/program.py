"""A program of calls: a value whose handles are symbolic, and its text.

    # zxhil program 2
    r0 = channel_create(options=0)
    r1 = channel_write(handle=r0.out0, bytes=b"ab", handles=[r0.out1])

`r0.out0` is the handle that call 0 wrote through `out0`, `r2.handles[1]` an entry of an array,
`r3.koid` the koid that zx_object_get_info reported; `process`, `job`, … are given to the program.
`second.NAME(…)` is made by a second thread: it begins where its first call stands, beside the first
thread's calls from there on, and has ended where the calls after its last one stand. A call waits
for the calls of the other thread to which it refers.

Values are numbers, names of constants joined by ``|``, bytes, lists, and pointers as the shell
has them (docs/shell.md). What is left out follows from the rest, as in the shell.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from zxhil.abi.calls import BY_NAME
from zxhil.abi.constants import argument_name
from zxhil.abi.kinds import Pointer, Where
from zxhil.errors import UserError
from zxhil.live.spelling import constants
from zxhil.live.values import BOOTSTRAP, POINTERS
from zxhil.names import did_you_mean

#: The version of the text; the first line of a file names it. Version 1 had no threads.
VERSION = 2
_HEADS = tuple(f"# zxhil program {version}\n" for version in (VERSION, 1))
#: What stands before the name of a call of the second thread.
_SECOND = "second"
#: No program is longer, whoever wrote it.
MOST_CALLS = 200
_MOST_CHARACTERS = 1 << 18
KOID = "koid"


class Ref(NamedTuple):
    """A value that an earlier call returned.

    `output` is the parameter that it was written through (of an array the `place`-th entry), or
    "koid". A handle that the program is given has its name there, and no call.
    """

    call: int
    output: str
    place: int = 0

    @property
    def is_given(self) -> bool:
        """Is it a handle that the program is given?"""
        return self.call < 0


def given_handle(name: str) -> Ref:
    """The handle `name` (process, thread, …) that every program is given."""
    return Ref(-1, name)


class Step(NamedTuple):
    """One call: its name, and the values of its parameters by name.

    A value is a number, a `Ref`, None, bytes, a list, a tuple (a struct), or a `Pointer`. `second`:
    it is made by a second thread.
    """

    name: str
    given: Mapping[str, Any]
    second: bool = False

    def giving(self, given: Mapping[str, Any]) -> Step:
        """The same call with other values."""
        return self._replace(given=given)


@dataclass(frozen=True, slots=True)
class CallProgram:
    """Calls in order."""

    steps: tuple[Step, ...]

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def beside(self) -> range:
        """From the second thread's first call to its last, with the first thread's between them."""
        seconds = [number for number, step in enumerate(self.steps) if step.second]
        return range(seconds[0], seconds[-1] + 1) if seconds else range(0)

    @property
    def text(self) -> str:
        """One line for each call."""
        return "".join(f"r{n} = {step_text(step)}\n" for n, step in enumerate(self.steps))

    def without(self, dropped: set[int]) -> CallProgram:
        """The program without these calls; what they returned is 0 for the calls after them."""
        places = [n for n in range(len(self.steps)) if n not in dropped]
        new = {old: n for n, old in enumerate(places)}

        def moved(ref: Ref) -> Any:
            if ref.is_given:
                return ref
            return ref._replace(call=new[ref.call]) if ref.call in new else 0

        return CallProgram(tuple(_mapped(self.steps[old], moved) for old in places))

    def inserted(self, at: int, steps: tuple[Step, ...]) -> CallProgram:
        """The program with more calls before call `at`; they refer to calls before them."""

        def moved(ref: Ref) -> Any:
            return ref._replace(call=ref.call + len(steps)) if ref.call >= at else ref

        after = tuple(_mapped(step, moved) for step in self.steps[at:])
        return CallProgram(self.steps[:at] + steps + after)

    def then(self, other: CallProgram) -> CallProgram:
        """Both, one after the other."""
        by = len(self.steps)

        def moved(ref: Ref) -> Ref:
            return ref if ref.is_given else ref._replace(call=ref.call + by)

        return CallProgram(self.steps + tuple(_mapped(step, moved) for step in other.steps))

    def replaced(self, at: int, step: Step) -> CallProgram:
        """The program with another call at this place."""
        return CallProgram((*self.steps[:at], step, *self.steps[at + 1 :]))


def bound(value: Any, of: Callable[[Ref], Any]) -> Any:
    """A value with `of(ref)` in place of each reference."""
    # Nearly all are numbers or references.
    if type(value) is int or type(value) is bytes:
        return value
    if isinstance(value, Ref):
        return of(value)
    if isinstance(value, Pointer):
        return value if value.content is None else Pointer(value.where, bound(value.content, of))
    if isinstance(value, list):
        return [bound(each, of) for each in value]
    if isinstance(value, tuple):
        return tuple(bound(each, of) for each in value)
    return value


def refs(value: Any) -> Iterator[Ref]:
    """The references in a value."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Pointer):
        yield from refs(value.content)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from refs(each)


def _mapped(step: Step, of: Callable[[Ref], Any]) -> Step:
    return step.giving({name: bound(value, of) for name, value in step.given.items()})


# ---- text


def step_text(step: Step) -> str:
    """A call as a line of text."""
    given = ", ".join(f"{name}={_text(step.name, name, v)}" for name, v in step.given.items())
    return f"{_SECOND}.{step.name}({given})" if step.second else f"{step.name}({given})"


def _text(call: str, name: str, value: Any) -> str:
    if isinstance(value, Ref):
        if value.is_given:
            return value.output
        index = f"[{value.place}]" if value.place or _is_array(value.output) else ""
        return f"r{value.call}.{value.output}{index}"
    if isinstance(value, Pointer):
        return _pointer_text(call, value)
    if isinstance(value, list):
        return f"[{', '.join(_text('', '', each) for each in value)}]"
    if isinstance(value, tuple):
        # A struct's first comma tells it from a number in parentheses.
        return f"({', '.join(_text('', '', each) for each in value)},)"
    if isinstance(value, int) and not isinstance(value, bool):
        return _number(call, name, int(value))
    return repr(value)


def _is_array(output: str) -> bool:
    return output == "handles"


def _pointer_text(call: str, value: Pointer) -> str:
    if value.where is Where.NULL:
        return "None"
    name = value.where.value.removeprefix("zx_")
    return name if value.content is None else f"{name}({_text(call, '', value.content)})"


def _number(call: str, name: str, value: int) -> str:
    text = argument_name(call, name, value, None, " | ") if call else None
    if text is not None and all(part.strip() in constants() for part in text.split("|")):
        return text
    return str(value) if -9 <= value <= 99 else hex(value)


_POINTERS = {**POINTERS, "scratch": Pointer(Where.SCRATCH)}


def parse(text: str, place: str = "program") -> CallProgram:
    """Read the text of a program. Raises UserError, with `place` and the line, if it is none."""
    if len(text) > _MOST_CHARACTERS:
        raise UserError(place, f"has more than {_MOST_CHARACTERS} characters", "shorten it")
    try:
        lines = ast.parse(text, place).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", 1)
        raise UserError(f"{place}:{line}", "is not the text of a call", _REMEDY) from None
    if len(lines) > MOST_CALLS:
        raise UserError(place, f"has more than {MOST_CALLS} calls", "shorten it")
    return CallProgram(tuple(_step(node, number, place) for number, node in enumerate(lines)))


_REMEDY = "write one call a line: r0 = channel_create(options=0)"


def _step(node: ast.stmt, number: int, place: str) -> Step:
    where = f"{place}:{node.lineno}"
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if (
            name == f"r{number}"
        ):
            pass
        case _:
            raise UserError(where, f"does not assign a call to r{number}", _REMEDY)
    func, second = call.func, False
    match func:
        case ast.Attribute(value=ast.Name(id=thread), attr=attr) if thread == _SECOND:
            func, second = ast.Name(attr), True
    if not isinstance(func, ast.Name) or func.id not in BY_NAME:
        raise UserError(where, f"{ast.unparse(func)} is not a call", _near(func))
    syscall = BY_NAME[func.id]
    names = [p.name for p in syscall.parameters]
    if call.args or any(k.arg not in names for k in call.keywords):
        usage = f"{syscall.name}({', '.join(f'{n}=' for n in names)})"
        raise UserError(where, "has an argument that the call does not take", f"it is {usage}")
    reader = _Reader(where, number)
    given = {str(k.arg): reader.value(k.value) for k in call.keywords}
    return Step(syscall.name, given, second)


def _near(node: ast.expr) -> str:
    return did_you_mean(ast.unparse(node), list(BY_NAME))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Values of one call's text."""

    place: str
    number: int

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | bytes() | None as value) if value is not True:
                return Pointer(Where.NULL) if value is None else value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
                return -value
            case ast.BinOp(op=ast.BitOr()):
                return self._flags(node)
            case ast.Name(id=name):
                return self._named(name)
            case ast.Attribute(value=ast.Name(id=name), attr=output):
                return self._ref(name, output, 0)
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id=name), attr=output),
                slice=ast.Constant(value=int() as index),
            ):
                return self._ref(name, output, index)
            case ast.List(elts=elements):
                return [self.value(each) for each in elements]
            case ast.Tuple(elts=elements):
                return tuple(self.value(each) for each in elements)
            case ast.Call(func=ast.Name(id=name), args=[content], keywords=[]) if name in _POINTERS:
                return Pointer(_POINTERS[name].where, self.value(content))
        raise UserError(self.place, f"{ast.unparse(node)} is not a value", _REMEDY)

    def _flags(self, node: ast.expr) -> int:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._flags(node.left) | self._flags(node.right)
        value = self.value(node)
        if not isinstance(value, int):
            raise UserError(self.place, f"{ast.unparse(node)} is not a number", _REMEDY)
        return value

    def _named(self, name: str) -> Any:
        if name in _POINTERS:
            return _POINTERS[name]
        if name in BOOTSTRAP:
            return given_handle(name)
        if name in constants():
            return constants()[name]
        known = [*_POINTERS, *BOOTSTRAP, *constants()]
        raise UserError(self.place, f"{name} is not known", did_you_mean(name, known))

    def _ref(self, name: str, output: str, index: int) -> Ref:
        call = int(name[1:]) if name[:1] == "r" and name[1:].isdecimal() else self.number
        if call >= self.number:
            problem = f"{name} is not a call before this one"
            raise UserError(self.place, problem, f"refer to r0 to r{self.number - 1}")
        return Ref(call, output, index)


def read(path: Path) -> CallProgram:
    """Read a file. Raises UserError if it is none, or of another version."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_CHARACTERS + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "is not text"
        raise UserError(str(path), problem, "remove it") from None
    if not text.startswith(_HEADS):
        raise UserError(f"{path}:1", f"does not begin with {_HEADS[0].strip()!r}", "remove it")
    return parse(text, str(path))


def file_text(program: CallProgram) -> str:
    """The content of a file that `read` reads."""
    return f"{_HEADS[0]}{program.text}"
