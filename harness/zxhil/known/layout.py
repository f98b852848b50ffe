"""Positions in a TOML file: tomllib returns values, but errors and edits need places.

The text must be valid for tomllib, so that every string, array, and comment ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Value:
    """A value's offsets; `strings` are the texts in it, one or an array's."""

    start: int
    end: int
    strings: tuple[tuple[int, int], ...] = ()


@dataclass(slots=True)
class TomlBlock:
    """A ``[[name]]`` or ``[name]`` and its keys, as offsets: of the header's line, and of the end.

    The end is that of the last key's line: comments after it may well be the next block's.
    """

    name: str
    start: int
    end: int
    values: dict[str, Value] = field(default_factory=dict)


def line_of(text: str, offset: int) -> int:
    """The line, counted from 1, that contains the offset."""
    return text.count("\n", 0, offset) + 1


def blocks(text: str) -> list[TomlBlock]:
    """List the tables of a TOML text, in order."""
    found: list[TomlBlock] = []
    place = 0
    while place < len(text):
        line_start, place = place, _skip_blanks(text, place)
        if place >= len(text) or text[place] in "#\n\r":
            place = _next_line(text, place)
        elif text[place] == "[":
            place = _next_line(text, place)
            name = text[line_start:place].partition("#")[0].strip().strip("[]").strip()
            found.append(TomlBlock(name, line_start, place))
        else:
            equals = text.index("=", place)
            key = text[place:equals].strip().strip("\"'")
            value = _value(text, _skip_blanks(text, equals + 1))
            place = _next_line(text, value.end)
            if found:
                found[-1].values[key] = value
                found[-1].end = place
    return found


def _skip_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t":
        place += 1
    return place


def _next_line(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end + 1


def _value(text: str, start: int) -> Value:
    """Parse the value that begins at `start`; it ends at a comment or line end outside it."""
    depth, end = 0, start
    strings = []
    for kind, begin, stop in _tokens(text, start):
        if kind == "end" and depth == 0:
            break
        if kind == "string":
            strings.append((begin, stop))
        depth += {"open": 1, "close": -1}.get(kind, 0)
        if kind != "end":
            end = stop
    return Value(start, end, tuple(strings))


def _tokens(text: str, place: int) -> Iterator[tuple[str, int, int]]:
    """Yield (kind, start, end): "string", "open", "close", "other", and "end" for a line's end."""
    while place < len(text):
        char = text[place]
        if char in "\"'":
            stop = _string_end(text, place)
            yield "string", place, stop
        elif char == "#":
            stop = _next_line(text, place)
            yield "end", place, stop
        elif char == "\n":
            stop = place + 1
            yield "end", place, stop
        else:
            stop = place + 1
            if not char.isspace():
                yield (
                    {"[": "open", "{": "open", "]": "close", "}": "close"}.get(char, "other"),
                    place,
                    stop,
                )
        place = stop


def _string_end(text: str, start: int) -> int:
    quote = text[start]
    mark = quote * 3 if text.startswith(quote * 3, start) else quote
    place = start + len(mark)
    while not text.startswith(mark, place):
        place += 2 if quote == '"' and text[place] == "\\" else 1
    place += len(mark)
    # A multi-line string's content may end in one or two quotes.
    while len(mark) == 3 and text.startswith(quote, place):
        place += 1
    return place
