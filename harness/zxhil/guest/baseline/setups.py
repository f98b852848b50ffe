"""What each call needs to succeed: a line of C for each call, in guest_tests/baseline.txt.

A line is `CALL: STATEMENTS`. The first statement that makes the call is the call itself; what
stands before it sets up, what stands after it observes what the call did.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from zxhil.abi.calls import BY_NAME
from zxhil.counts import counted
from zxhil.errors import UserError
from zxhil.names import no_such
from zxhil.shipped import GUEST_TESTS

PATH = GUEST_TESTS / "baseline.txt"

_PAIRS = "handle_pair_t "
_OPEN, _CLOSE = "([{", ")]}"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')


class Pair(NamedTuple):
    """A variable of type handle_pair_t and what it is initialized with."""

    name: str
    value: str


class SetUp(NamedTuple):
    """A valid call: `arguments` by parameter, in order, each as an expression of C.

    `pairs` are the variables that the line declares as handle_pair_t, `before` the other
    statements before the call, `after` those behind it; without the semicolon. `line` is the
    line's number.
    """

    call: str
    line: int
    pairs: tuple[Pair, ...]
    before: tuple[str, ...]
    arguments: dict[str, str]
    after: tuple[str, ...]


def read_setups(path: Path = PATH) -> dict[str, SetUp]:
    """The set-up of each call that the file has one for.

    Raises UserError, with the line, for what is no such line.
    """
    found: dict[str, SetUp] = {}
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = text.strip()
        if not line or line.startswith("#"):
            continue
        setup = _set_up(line, number, f"{path}:{number}")
        if setup.call in found:
            raise UserError(f"{path}:{number}", f"{setup.call} has a line already", "remove one")
        found[setup.call] = setup
    return found


def _set_up(line: str, number: int, place: str) -> SetUp:
    call, colon, code = line.partition(":")
    if not colon:
        raise UserError(place, "is not a set-up", 'write "CALL: statements of C"')
    if call not in BY_NAME:
        raise no_such(place, "call", call, list(BY_NAME))
    statements = split(code, ";")
    made = [place for place, each in enumerate(statements) if each.startswith(f"zx_{call}(")]
    if not made:
        raise UserError(place, f"does not call zx_{call}", f"add zx_{call}(…)")
    at = made[0]
    arguments = split(statements[at][len(f"zx_{call}(") : -1], ",")
    names = [parameter.name for parameter in BY_NAME[call].parameters]
    if len(arguments) != len(names):
        raise UserError(
            place,
            f"zx_{call} has {counted(len(arguments), 'argument')}",
            f"give {', '.join(names)}",
        )
    pairs: list[Pair] = []
    before: list[str] = []
    for statement in statements[:at]:
        if statement.startswith(_PAIRS):
            pairs += map(_pair, split(statement.removeprefix(_PAIRS), ","))
        else:
            before.append(statement)
    return SetUp(
        call,
        number,
        tuple(pairs),
        tuple(before),
        dict(zip(names, arguments, strict=True)),
        tuple(statements[at + 1 :]),
    )


def _pair(declared: str) -> Pair:
    name, _, value = declared.partition("=")
    return Pair(name.strip(), value.strip())


def split(code: str, separator: str) -> list[str]:
    """Split C at a character that stands in no brackets and no literal; drop empty parts."""
    quoted = [range(*found.span()) for found in _QUOTED.finditer(code)]
    parts, start, depth = [], 0, 0
    for place, char in enumerate(code):
        if any(place in span for span in quoted):
            continue
        depth += (char in _OPEN) - (char in _CLOSE)
        if char == separator and not depth:
            parts.append(code[start:place])
            start = place + 1
    parts.append(code[start:])
    return [part.strip() for part in parts if part.strip()]
