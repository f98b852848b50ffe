"""The C of a baseline case: a valid call with one thing wrong, and the end of what it made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from zxhil.abi.calls import BY_NAME, Parameter
from zxhil.guest.baseline.setups import Pair, SetUp
from zxhil.guest.baseline.variants import Variant

_WIDTH = 100
_INDENT = "    "
#: A comma behind an argument, not one within the parentheses of a macro: (char, 2).
_ARGUMENT_END = re.compile(r", (?!\d+\))")
#: A declaration of one variable: its type, its name.
_DECLARED = re.compile(r"(?:static )?\w+\*? (\w+)(?: =|\[|$)")
#: Makers of objects with two ends.
_TWO_ENDED = (
    "channel",
    "socket",
    "sharing_socket",
    "fifo",
    "eventpair",
    "process",
    "guest",
    "vcpu",
    "trapping_vcpu",
)


class _Code(NamedTuple):
    """Lines in order: what is made, the call, what observes it, what is closed at the end."""

    made: list[str]
    call: list[str]
    observed: list[str]
    closed: list[str]


def case_text(name: str, claims: Sequence[str], setup: SetUp, variant: Variant) -> list[str]:
    """The lines of a case."""
    code = _code(setup, variant)
    body = [line for part in code for line in part]
    if variant.bits is not None:
        body = _for_each_bit(
            code, variant.bits, anew=any("close_if_open" in each for each in setup.after)
        )
    head = f'CASE({name}, "{" ".join(claims)}") {{'
    return [head, *_wrapped(f"{_INDENT}{line}" for line in body), "}"]


def _for_each_bit(code: _Code, valid: int, *, anew: bool) -> list[str]:
    """`anew`: what a failed call may have consumed is made, and observed, for each bit."""
    inside = [line for part in code for line in part] if anew else code.call
    skip = [f"if (bit & {valid:#x}u) continue;"] if valid else []
    loop = [
        "for (uint32_t bit = 1; bit; bit <<= 1) {",
        *(f"{_INDENT}{line}" for line in [*skip, *inside]),
        "}",
    ]
    return loop if anew else [*code.made, *loop, *code.observed, *code.closed]


def _code(setup: SetUp, variant: Variant) -> _Code:
    parameters = BY_NAME[setup.call].parameters
    given = {**setup.arguments, **dict(variant.others)}
    if variant.given:
        given[variant.parameter] = variant.given
    after = _observed(setup, variant)
    call = f"zx_{setup.call}({', '.join(given.values())})"
    outputs = [p for p in parameters if given[p.name] == f"&{p.name}"]
    closing = [p.name for p in outputs if p.kind.is_new_handle]
    closing += [variant.written] if variant.written else []
    before = list(_needed([*setup.before, *variant.before], [call, *after]))
    used = " ".join([*before, call, *after])
    pairs = [p for p in (*setup.pairs, *variant.pairs) if _mentions(used, p.name)]
    made = [*_pairs(pairs), *_variables(outputs), *before]
    return _Code(
        [f"{each};" for each in made],
        _guarded(call, closing),
        [f"{each};" for each in after],
        [f"{each};" for each in _closing(pairs, after, variant.closed)],
    )


def _observed(setup: SetUp, variant: Variant) -> list[str]:
    """The statements behind the call, about what is given in place of the valid argument."""
    was = setup.arguments[variant.parameter]
    if variant.given.isidentifier() and was.isidentifier():
        return [re.sub(rf"\b{was}\b", variant.given, each) for each in setup.after]
    if not variant.given or not was.endswith((".h", ".peer")):
        return list(setup.after)
    if not variant.pairs:
        return [each for each in setup.after if was not in each]
    return [each.replace(was, variant.given) for each in setup.after]


def _needed(before: list[str], later: list[str]) -> Iterator[str]:
    """The statements without those that declare what no later one uses."""
    for at, statement in enumerate(before):
        declared = _DECLARED.match(statement)
        if not declared or _mentions(" ".join([*before[at + 1 :], *later]), declared[1]):
            yield statement


def _mentions(code: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", code) is not None


def _pairs(pairs: Iterable[Pair]) -> list[str]:
    declared = ", ".join(f"{pair.name} = {pair.value}" for pair in pairs)
    return [f"handle_pair_t {declared}"] if declared else []


def _variables(outputs: Sequence[Parameter]) -> Iterator[str]:
    """The variables that the call writes to, a line for each type."""
    for type_, group in groupby(outputs, lambda p: p.kind.ctype.rstrip("*")):
        names = [p.name + (" = ZX_HANDLE_INVALID" if p.kind.is_new_handle else "") for p in group]
        yield f"{type_} {', '.join(names)}"


def _guarded(call: str, closing: Sequence[str]) -> list[str]:
    """The call; if it succeeds, info of the new handles is got before they are closed."""
    if not closing:
        return [f"{call};"]
    line = f"if ({call} == ZX_OK) close_if_open({closing[0]});"
    if len(closing) == 1 and len(line) <= _WIDTH - 2 * len(_INDENT):
        return [line]
    closes = [f"{_INDENT}close_if_open({handle});" for handle in closing]
    return [f"if ({call} == ZX_OK) {{", *closes, "}"]


def _closing(pairs: Iterable[Pair], after: Iterable[str], closed: str) -> Iterator[str]:
    """What closes the pairs, where nothing else has."""
    gone = {closed, *(each[each.find("(") + 1 : -1] for each in after if "close" in each)}
    for pair in pairs:
        maker = pair.value.removeprefix("make_").removesuffix("()")
        two = maker == pair.value or maker in _TWO_ENDED
        ends = [f"{pair.name}.h", *([f"{pair.name}.peer"] if two else [])]
        left = [end for end in ends if end not in gone]
        if left == ends:
            yield f"close_pair({pair.name})"
        else:
            yield from (f"zx_handle_close({end})" for end in left)


def _wrapped(lines: Iterable[str]) -> Iterator[str]:
    """Lines of at most a hundred columns, broken behind an argument."""
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())] + 2 * _INDENT
        while len(line) > _WIDTH:
            at = max((found.end() for found in _ARGUMENT_END.finditer(line, 0, _WIDTH)), default=0)
            if at <= len(indent):
                break
            yield line[:at].rstrip()
            line = indent + line[at:]
        yield line
