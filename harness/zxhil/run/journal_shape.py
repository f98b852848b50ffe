"""The schema of a journal's lines, by kind; parts of a run's report are as in its schema."""

from __future__ import annotations

import functools

from zxhil.disk.shape import Check, Schema, compiled
from zxhil.run import MAX_ROUNDS
from zxhil.run.schema import run_schema

#: Kinds of lines that are parts of a run's report.
_PARTS = ("boot", "kernel", "case", "rerun", "environment")
_LOG_OR_NOTHING = {"type": "string", "pattern": r"^(?!\.{1,2}$)[^/\u0000]*$"}
#: Architecture, number in its program, program/case, claims, FILE.c:LINE.
_LISTED = {
    "type": "array",
    "prefixItems": [
        {"$ref": "#/$defs/arch"},
        {"type": "integer", "minimum": 0},
        {"$ref": "#/$defs/case_name"},
        {"type": "array", "items": {"$ref": "#/$defs/clause"}},
        {"type": "string"},
    ],
}


@functools.cache
def line_checks() -> dict[str, Check]:
    """A check for each kind of line; unknown kinds are from a later version."""
    definitions = run_schema()["$defs"]
    case = definitions["case"]
    place = {
        "round": {"type": "integer", "minimum": 1, "maximum": MAX_ROUNDS},
        "serial": _LOG_OR_NOTHING,
    }
    parts = {
        **definitions,
        # The calls of a case with nothing wrong are left to its log.
        "case": {
            **case,
            "properties": {**case["properties"], **place},
            "required": [each for each in case["required"] if each != "calls"] + list(place),
        },
    }
    kinds: dict[str, Schema] = {
        "whole": _object({"whole": {"type": "boolean"}}),
        "options": {"type": "object"},
        "run": _object(
            {
                "zxhil": {"type": "string"},
                "rounds": {"type": "integer", "minimum": 1, "maximum": MAX_ROUNDS},
                "identity": {"type": "object"},
                "cases": {"type": "array", "items": _LISTED},
            }
        ),
        "stopped": _object({"why": {"type": "string"}}),
        "given up": _object(
            {
                "arch": {"type": "string"},
                "program": {"type": "string"},
                "why": {"type": "string"},
                "fault": {"type": "boolean"},
            }
        ),
        "end": {"type": "object"},
        "resumed": {"type": "object"},
    }
    references = {kind: {"$ref": f"#/$defs/{kind}"} for kind in _PARTS}
    return {
        kind: compiled({**schema, "$defs": parts}) for kind, schema in (kinds | references).items()
    }


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}
