"""Building blocks for the schemas of reports."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def object_of(properties: dict[str, Json], optional: tuple[str, ...] = ()) -> Json:
    """An object: what is not `optional` is required."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def list_of(items: Json) -> Json:
    """An array."""
    return {"type": "array", "items": items}


def text(what: str) -> Json:
    """A string."""
    return {"type": "string", "description": what}


def log(what: str) -> Json:
    """The name of a file in the log folder, not a path out of it."""
    return {"type": "string", "pattern": r"^(?!\.{1,2}$)[^/\u0000]*$", "description": what}


def flag(what: str) -> Json:
    """A boolean."""
    return {"type": "boolean", "description": what}


def count(what: str) -> Json:
    """An integer from 0 on."""
    return {"type": "integer", "minimum": 0, "description": what}


def seconds(what: str) -> Json:
    """A duration."""
    return {"type": "number", "minimum": 0, "description": f"seconds {what}"}
