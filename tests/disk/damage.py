"""Damages valid JSON at random: bits, bytes, types, keys, elements, depth, length.

And puts in place of a file what can't be read to its end.
"""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_STRANGE = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2.0,
    10**30,
    "",
    "x",
    "../../etc/passwd",
    "a\0b",
    "\ud800",
    [],
    {},
    [[]],
    {"a": 1},
    float("nan"),
    float("inf"),
)


def damaged(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """`count` damaged versions of a file: one JSON object, or one on each line."""
    draw = random.Random(seed)
    lines = data.splitlines(keepends=True) if data.count(b"\n{") else [data]
    for _ in range(count):
        at = draw.randrange(len(lines))
        ways = (_bits, _bytes, _cut, _value, _value, _value, _value, _deep, _lines)
        way = draw.choice(ways)
        if way is _lines:
            yield b"".join(_lines(lines, draw))
        else:
            line = way(lines[at], draw)  # type: ignore[operator]
            yield b"".join([*lines[:at], line, *lines[at + 1 :]])


def _bits(data: bytes, draw: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(draw.randint(1, 3)):
        made[draw.randrange(len(made))] ^= 1 << draw.randrange(8)
    return bytes(made)


def _bytes(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data))
    return data[:at] + draw.randbytes(draw.randint(0, 5)) + data[at + draw.randint(0, 9) :]


def _cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def _lines(lines: list[bytes], draw: random.Random) -> list[bytes]:
    made = list(lines)
    at = draw.randrange(len(made))
    match draw.randrange(3):
        case 0:
            del made[at]
        case 1:
            made.insert(draw.randrange(len(made)), made[at])
        case _:
            made.insert(at, made.pop(draw.randrange(len(made))))
    return made


def _deep(data: bytes, draw: random.Random) -> bytes:
    depth = draw.choice([500, 3000, 50_000])
    head, tail = draw.choice([(b"[", b"]"), (b'{"a":', b"}")])
    nested = head * depth + b"1" + tail * draw.choice([0, depth])
    at = data.find(b":", draw.randrange(len(data))) + 1
    return data[:at] + nested + data[data.find(b",", at) :] if at else nested


def _value(data: bytes, draw: random.Random) -> bytes:
    """Take out, swap or double something within."""
    whole = copy.deepcopy(json.loads(data))
    places = list(_places(whole))
    if not places:
        return data[1:]
    holder, key = draw.choice(places)
    changes: list[Callable[[], None]] = [lambda: holder.__delitem__(key)]
    changes += [lambda: holder.__setitem__(key, draw.choice(_STRANGE))] * 3
    if isinstance(holder, list):
        changes.append(lambda: holder.insert(0, copy.deepcopy(holder[key])))
    other, place = draw.choice(places)
    changes.append(lambda: holder.__setitem__(key, copy.deepcopy(other[place])))
    draw.choice(changes)()
    return json.dumps(whole).encode() + (b"\n" if data.endswith(b"\n") else b"")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        yield value, key
        if isinstance(each, dict | list):
            yield from _places(each)


def make_irregular(path: Path, kind: str) -> None:
    """Make a FIFO, a link to a device without an end, or a loop of links."""
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "endless":
            path.symlink_to("/dev/zero")
        case "loop":
            path.symlink_to(path)
