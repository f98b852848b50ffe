"""The calls of one case on two kernels, side by side.

A call that a case makes only after some status (closing a handle that should be gone, for example)
shifts all later ones on one side. So calls are paired by content, not by number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from zxhil.abi.calls import BY_NAME
from zxhil.abi.calls.notation import TICKS, TIME
from zxhil.oracle.results import JudgedCall

#: A call and the index of it on either side; -1 where that side does not make it.
Pair = tuple[int, int]

#: Name, arguments with the types of handles, numbers of the handles in order of appearance (their
#: values differ from boot to boot), status.
_Token = tuple[str, str, tuple[int, ...], str]

_HANDLE = re.compile(r"<(0x[0-9a-f]+)(?: (\w+))?[^>]*>")
_OUT = re.compile(r"=(0x[0-9a-f]+)")
_KOID = re.compile(r"\bkoid[= ]\d+")

# The same call counts most; each later key only breaks ties of the earlier ones.
_NAME, _ARGUMENTS, _HANDLES, _STATUS = 8, 4, 2, 1
#: Above this many cells of the table, calls are paired by number: no shipped case is that long.
_MOST = 1 << 18


def side_by_side(old: Sequence[JudgedCall], new: Sequence[JudgedCall]) -> list[Pair]:
    """Pair the calls of two runs of a case, in order; calls of different names are never paired.

    Each thread's calls are in order; how those of several lie to each other differs by chance.
    """
    before, after = _by_thread(old), _by_thread(new)
    pairs = _in_one_order([old[i] for i in before], [new[j] for j in after])
    return [(before[i] if i >= 0 else i, after[j] if j >= 0 else j) for i, j in pairs]


def _by_thread(calls: Sequence[JudgedCall]) -> list[int]:
    threads = [call.thread for call in calls]
    return sorted(range(len(threads)), key=threads.__getitem__)


def _in_one_order(old: Sequence[JudgedCall], new: Sequence[JudgedCall]) -> list[Pair]:
    before, after = _tokens(old), _tokens(new)
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    ends = len(before) - tail, len(after) - tail
    middle = _pairs(before[head : ends[0]], after[head : ends[1]])
    return [
        *((i, i) for i in range(head)),
        *((i + head if i >= 0 else i, j + head if j >= 0 else j) for i, j in middle),
        *((ends[0] + i, ends[1] + i) for i in range(tail)),
    ]


def hunks(pairs: Sequence[Pair]) -> Iterator[tuple[list[int], list[int]]]:
    """Runs of calls that only one side makes, as indexes of the old and of the new side."""
    gone: list[int] = []
    added: list[int] = []
    for i, j in [*pairs, (0, 0)]:
        if i >= 0 and j >= 0:
            if gone or added:
                yield gone, added
            gone, added = [], []
        elif i >= 0:
            gone.append(i)
        else:
            added.append(j)


def name_of(call: JudgedCall) -> str:
    """``zx_channel_write``."""
    return call.text.partition("(")[0]


def status_of(call: JudgedCall) -> str:
    """The status alone, without outputs: values of handles differ from boot to boot.

    What a clock returned is not compared either, and is named by its type.
    """
    syscall = BY_NAME.get(name_of(call).removeprefix("zx_"))
    if syscall is not None and syscall.returns in (TIME, TICKS):
        return syscall.returns.ctype
    return call.status.partition(",")[0]


def _tokens(calls: Sequence[JudgedCall]) -> list[_Token]:
    numbers: dict[str, int] = {}
    tokens = []
    for call in calls:
        handles = tuple(
            numbers.setdefault(found[1], len(numbers)) for found in _HANDLE.finditer(call.text)
        )
        text = _KOID.sub("koid", _HANDLE.sub(r"<\2>", call.text))
        tokens.append((name_of(call), text, handles, status_of(call)))
        for value in _OUT.findall(call.status):
            numbers.setdefault(value, len(numbers))
    return tokens


def _common(old: Sequence[_Token], new: Sequence[_Token]) -> int:
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _pairs(old: Sequence[_Token], new: Sequence[_Token]) -> list[Pair]:
    """The pairing with the highest score, by dynamic programming over all pairs of prefixes."""
    if len(old) * len(new) > _MOST:
        return _by_number(old, new)
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(len(new) - 1, -1, -1):
            score = max(below[j], row[j + 1])
            if value := _score(old[i], new[j]):
                score = max(score, value + below[j + 1])
            row[j] = score
    pairs: list[Pair] = []
    i = j = 0
    while i < len(old) or j < len(new):
        both = i < len(old) and j < len(new)
        value = _score(old[i], new[j]) if both else 0
        if value and best[i][j] == value + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif i < len(old) and best[i][j] == best[i + 1][j]:
            pairs.append((i, -1))
            i += 1
        else:
            pairs.append((-1, j))
            j += 1
    return pairs


def _by_number(old: Sequence[_Token], new: Sequence[_Token]) -> list[Pair]:
    pairs: list[Pair] = []
    for i in range(max(len(old), len(new))):
        if i < min(len(old), len(new)) and old[i][0] == new[i][0]:
            pairs.append((i, i))
            continue
        pairs += [(i, -1)] if i < len(old) else []
        pairs += [(-1, i)] if i < len(new) else []
    return pairs


def _score(one: _Token, other: _Token) -> int:
    if one[0] != other[0]:
        return 0
    same = [mine == theirs for mine, theirs in zip(one[1:], other[1:], strict=True)]
    return _NAME + _ARGUMENTS * same[0] + _HANDLES * same[1] + _STATUS * same[2]
