"""The schemas of a bisection's files: its session, line by line, and the baseline of a step."""

from __future__ import annotations

import functools
from typing import Any

from zxhil.abi.arch import Arch
from zxhil.bisect.outcome import ProbeOutcome, Rule
from zxhil.bisect.record import FORMAT, KEY, Settings
from zxhil.bisect.search import Purpose, StopKind
from zxhil.disk.shape import Check, Schema, compiled, fields_schema
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SECONDS: Schema = {"type": "number", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}


def _object(needed: dict[str, Schema], more: dict[str, Schema] | None = None) -> Schema:
    return {"type": "object", "properties": needed | (more or {}), "required": list(needed)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_KIND: Schema = {"enum": [each.value for each in VerdictKind]}
_CASE = _object(
    {
        "page": _TEXT,
        "end": {"enum": [each.value for each in CaseEndKind]},
        "detail": _TEXT,
        "evidence": _TEXT,
        "calls": _list({"type": "array", "prefixItems": [_TEXT, _TEXT]}),
        "divergences": _list(
            _object({"call": _COUNT, "kind": _KIND, "blamed": _TEXTS, "text": _TEXT})
        ),
        "reached": _TEXTS,
        "returned": _TEXTS,
    }
)
_BOOT = _object(
    {
        "program": _TEXT,
        "booted": _FLAG,
        "seconds": _SECONDS,
        "end": _TEXT,
        "text": _TEXT,
        "evidence": _TEXT,
    }
)
#: What a probe saw (`zxhil.bisect.when.facts_of`), or how the user's command ended.
_SEEN: Schema = {
    "anyOf": [
        _object({"exit": {"type": "integer"}, "output": _TEXT}),
        _object(
            {
                "kernel": _TEXT,
                "boots": _list(_BOOT),
                "cases": {"type": "object", "additionalProperties": _CASE},
            },
            {"same": _TEXTS},
        ),
    ]
}
_NOTHING: Schema = {"type": "object", "additionalProperties": False}

_TEST = _object(
    {
        "candidate": _TEXT,
        "label": _TEXT,
        "purpose": {"enum": [each.value for each in Purpose]},
        "outcome": {"enum": [each.value for each in ProbeOutcome]},
    },
    {
        "reason": _TEXT,
        "evidence": _TEXT,
        "suspects": _COUNT,
        "cached": _FLAG,
        "build": _SECONDS,
        "test": _SECONDS,
        "overhead": _SECONDS,
        "at": _TEXT,
        "facts": {"anyOf": [_NOTHING, _SEEN]},
    },
)
_STOP = _object(
    {"kind": {"enum": [each.value for each in StopKind]}, "names": _TEXTS, "wasted": _SECONDS}
)


@functools.cache
def facts_check() -> Check:
    """Checks what `zxhil bisect step --save-baseline` writes."""
    return compiled(_SEEN)


def check_header(entry: Any) -> None:
    """Check the first line of a session. Raises SchemaMismatch."""
    _header()(entry)


def check_line(entry: Any) -> None:
    """Check another line of a session: a test or a stop. Raises SchemaMismatch."""
    _line()(entry)


@functools.cache
def _header() -> Check:
    enums = {
        "arch": ["", *(arch.value for arch in Arch)],
        "unstable": [each.value for each in Rule],
    }
    settings = {**fields_schema(Settings, enums), "required": ["home", "good", "bad"]}
    ends = _object(
        {"old": {**_TEXTS, "minItems": 1}, "new": _TEXT, "candidates": _COUNT},
    )
    return compiled(_object({KEY: {"const": FORMAT}, "settings": settings, "ends": ends}))


@functools.cache
def _line() -> Check:
    kinds = {"stop": _STOP, "test": _TEST}
    return compiled({"anyOf": [_object({key: kind, "n": _COUNT}) for key, kind in kinds.items()]})
