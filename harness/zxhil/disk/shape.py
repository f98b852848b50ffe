"""Check values from JSON or TOML against a JSON Schema; errors name the place.

The part of JSON Schema that zxhil's schemas use: type, const, enum, pattern, minimum, maximum,
properties, required, additionalProperties, items, prefixItems, minItems, maxItems, anyOf and
references into ``$defs``. Stricter than the standard where Python would fail: an integer is
written without a point and fits into 64 bits, a number is finite, and a text can be encoded.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

Schema = Mapping[str, Any]
Check = Callable[[Any], None]

_WHOLE = 1 << 63
_SHOWN = 40
_NAMES = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}


class SchemaMismatch(ValueError):  # noqa: N818 - a finding about a value
    """A value that its schema does not allow; `place` is its path: ``.cases[3].end``."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.place = ""

    def inside(self, step: str) -> SchemaMismatch:
        """The same, relative to the containing value."""
        self.place = step + self.place
        return self

    def __str__(self) -> str:
        place = self.place.removeprefix(".")
        return f"{place}: {self.problem}" if place else self.problem


def compiled(schema: Schema) -> Check:
    """Compile a schema to a function that raises SchemaMismatch for invalid values.

    Raises KeyError for a schema that uses more than the module's part of JSON Schema.
    """
    return _Compiler(schema.get("$defs", {})).check(schema)


def fields_schema(
    kind: type[Any],
    enums: Mapping[str, list[str]] | None = None,
    parts: Mapping[str, type[Any]] | None = None,
) -> dict[str, Any]:
    """The schema of an object with the fields of a dataclass, each optional, and no others.

    `enums` lists what the fields of that name may be; `parts` are the fields that are such objects
    themselves, of other dataclasses. Texts hold no NUL: many are paths.
    """
    special: dict[str, Any] = {name: {"enum": values} for name, values in (enums or {}).items()}
    special |= {name: fields_schema(part) for name, part in (parts or {}).items()}
    properties = {
        field.name: special.get(field.name) or _of_type(field.type)
        for field in dataclasses.fields(kind)
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _of_type(annotation: Any) -> dict[str, Any]:
    text = {"type": "string", "pattern": "^[^\\u0000]*$"}
    of_type: dict[str, dict[str, Any]] = {
        "str": text,
        "Path | None": {"anyOf": [text, {"type": "null"}]},
        "int": {"type": "integer"},
        "float": {"type": "number"},
        "bool": {"type": "boolean"},
        "tuple[str, ...]": {"type": "array", "items": text},
    }
    return of_type[str(annotation)]


class _Compiler:
    """Compiles one schema; each of its definitions once."""

    def __init__(self, definitions: Schema) -> None:
        self._definitions = definitions
        self._made: dict[str, Check] = {}

    def check(self, schema: Schema) -> Check:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/$defs/")
            if name not in self._made:
                self._made[name] = self.check(self._definitions[name])
            return self._made[name]
        if "const" in schema:
            return _one_of([schema["const"]])
        if "enum" in schema:
            return _one_of(schema["enum"])
        if "anyOf" in schema:
            return _any_of([self.check(each) for each in schema["anyOf"]])
        makers: dict[str, Callable[[Schema], Check]] = {
            "object": self._object,
            "array": self._array,
            "string": _text,
            "boolean": lambda schema: _boolean,
            "null": lambda schema: _one_of([None]),
            "integer": lambda schema: _number(schema, whole=True),
            "number": lambda schema: _number(schema, whole=False),
        }
        return makers[schema["type"]](schema)

    def _object(self, schema: Schema) -> Check:
        known = {name: self.check(each) for name, each in schema.get("properties", {}).items()}
        required = schema.get("required", ())
        additional = schema.get("additionalProperties", True)
        other = self.check(additional) if isinstance(additional, dict) else None

        def check(value: Any) -> None:
            if not isinstance(value, dict):
                raise SchemaMismatch(f"is {_shown(value)}, not an object")
            for name in required:
                if name not in value:
                    raise SchemaMismatch(f"has no {name!r}")
            for name, each in value.items():
                test = known.get(name, other)
                try:
                    if test is not None:
                        test(each)
                    elif additional is False:
                        raise SchemaMismatch("is unknown")
                    if test is other:
                        _encodable(name)
                except SchemaMismatch as error:
                    raise error.inside(f".{name[:_SHOWN]!a}".replace("'", "")) from None

        return check

    def _array(self, schema: Schema) -> Check:
        first = [self.check(each) for each in schema.get("prefixItems", ())]
        rest = self.check(schema["items"]) if "items" in schema else None
        least = schema.get("minItems", len(first))
        most = schema.get("maxItems", len(first) if rest is None else math.inf)

        def check(value: Any) -> None:
            if not isinstance(value, list):
                raise SchemaMismatch(f"is {_shown(value)}, not a list")
            if not least <= len(value) <= most:
                raise SchemaMismatch(f"has {len(value)} elements")
            for number, each in enumerate(value):
                test = first[number] if number < len(first) else rest
                try:
                    if test is not None:
                        test(each)
                except SchemaMismatch as error:
                    raise error.inside(f"[{number}]") from None

        return check


def _text(schema: Schema) -> Check:
    pattern = re.compile(schema["pattern"]) if "pattern" in schema else None

    def check(value: Any) -> None:
        if not isinstance(value, str):
            raise SchemaMismatch(f"is {_shown(value)}, not a string")
        _encodable(value)
        # In JSON Schema `$` is the end of the text, in Python also before a last line feed.
        if pattern is not None and (not pattern.search(value) or value.endswith("\n")):
            raise SchemaMismatch(f"is {_shown(value)}, which is not allowed here")

    return check


def _encodable(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise SchemaMismatch("contains a lone surrogate") from None


def _boolean(value: Any) -> None:
    if not isinstance(value, bool):
        raise SchemaMismatch(f"is {_shown(value)}, not true or false")


def _number(schema: Schema, whole: bool) -> Check:
    least, most = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    kinds = int if whole else (int, float)
    what = "an integer" if whole else "a number"

    def check(value: Any) -> None:
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise SchemaMismatch(f"is {_shown(value)}, not {what}")
        if isinstance(value, int):
            if not -_WHOLE <= value < _WHOLE:
                raise SchemaMismatch("does not fit in 64 bits")
        elif not math.isfinite(value):
            raise SchemaMismatch(f"is {value}, which is not a number")
        if not least <= value <= most:
            bound = f"less than {least}" if value < least else f"more than {most}"
            raise SchemaMismatch(f"is {value}, {bound}")

    return check


def _one_of(allowed: list[Any]) -> Check:
    def check(value: Any) -> None:
        if not any(type(value) is type(each) and value == each for each in allowed):
            words = ", ".join(repr(each) for each in allowed)
            raise SchemaMismatch(
                f"is {_shown(value)}, not {'one of ' if allowed[1:] else ''}{words}"
            )

    return check


def _any_of(checks: list[Check]) -> Check:
    def check(value: Any) -> None:
        for test in checks[:-1]:
            try:
                return test(value)
            except SchemaMismatch:
                continue
        checks[-1](value)
        return None

    return check


def _shown(value: Any) -> str:
    """A value in an error: its type, and the value itself if short."""
    if value is None:
        return "null"
    if type(value) in (str, int, float, bool):
        try:
            text = ascii(value)
        except ValueError:  # a number of more digits than Python writes
            return "a huge number"
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return _NAMES.get(type(value), f"a {type(value).__name__}")
