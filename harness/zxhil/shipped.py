"""The locations of the files that zxhil ships beside its code.

In a clone they are at the top level: `guest_tests/`, `images/standin/`, `known/`, `docs/`. A wheel
carries the same folders in `zxhil/shipped_files/` (see `force-include` in pyproject.toml).
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_WHEEL = _PACKAGE / "shipped_files"

ROOT = _WHEEL if _WHEEL.is_dir() else _PACKAGE.parent.parent
"""The folder that holds them all."""

GUEST_TESTS = ROOT / "guest_tests"
STANDIN = ROOT / "images" / "standin"
KNOWN = ROOT / "known"
RUN_SCHEMA = ROOT / "docs" / "run.schema.json"
