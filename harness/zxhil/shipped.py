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


def shipped_names() -> list[str]:
    """The names of the files that come with zxhil, one for each kernel they were made on."""
    return sorted(path.stem for path in KNOWN.glob("*.toml"))


def is_shipped(path: Path) -> bool:
    """Does it name a file that comes with zxhil?"""
    return path.name == str(path) and path.name in shipped_names() and not path.exists()


def known_path(path: Path) -> Path:
    """Where the file is that a user names by its path, or by the name of a shipped one."""
    return KNOWN / f"{path.name}.toml" if is_shipped(path) else path
