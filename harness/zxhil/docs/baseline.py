"""A file of findings that are known, so that `zxhil docs lint` reports new ones only.

JSON: `{"version": 1, "findings": [{"file": …, "rule": …, "text": …, "count": …}]}`. `file` is the
path below the folder of pages. Lines do not count: they move with every edit.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from zxhil.docs.lint import LintFinding
from zxhil.errors import UserError
from zxhil.regular_file import read_own

_VERSION = 1
#: Bytes of the file.
_LIMIT = 16 << 20
_REMEDY = "write it with --write-baseline"

_Key = tuple[str, str, str]


class Compared(NamedTuple):
    """Findings against a baseline: the `new` ones, and how many it lists that are `gone`."""

    new: list[LintFinding]
    gone: int


def relative(path: Path, folder: Path) -> str:
    """A page's path below the folder of pages; its own name, if the page was given alone."""
    return path.relative_to(folder).as_posix() if path != folder else path.name


def write_baseline(path: Path, found: Iterable[LintFinding], folder: Path) -> None:
    """Write the findings. Raises UserError if the file can't be written."""
    counts = Counter(_key(finding, folder) for finding in found)
    listed = [
        {"file": file, "rule": rule, "text": text, "count": count}
        for (file, rule, text), count in sorted(counts.items())
    ]
    try:
        path.write_text(json.dumps({"version": _VERSION, "findings": listed}, indent=1) + "\n")
    except OSError as error:
        raise UserError(
            str(path), error.strerror or "can't be written", "check the path"
        ) from error


def compared(path: Path, found: Iterable[LintFinding], folder: Path) -> Compared:
    """Leave out the findings of the baseline. Raises UserError if the file is none."""
    left = _read(path)
    new: list[LintFinding] = []
    for finding in found:
        key = _key(finding, folder)
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(finding)
    return Compared(new, left.total())


def _key(finding: LintFinding, folder: Path) -> _Key:
    return relative(finding.path, folder), finding.rule, finding.text


def _read(path: Path) -> Counter[_Key]:
    try:
        data = json.loads(read_own(path, _LIMIT))
    except OSError as error:
        raise UserError(str(path), error.strerror or "can't be read", "check the path") from error
    except (ValueError, RecursionError) as error:
        raise UserError(str(path), f"is not JSON: {error}", _REMEDY) from error
    if not isinstance(data, dict) or data.get("version") != _VERSION:
        raise UserError(str(path), f"is no baseline of version {_VERSION}", _REMEDY)
    listed = data.get("findings")
    if not isinstance(listed, list):
        raise UserError(str(path), "has no list of findings", _REMEDY)
    counts: Counter[_Key] = Counter()
    for number, entry in enumerate(listed):
        counts[_entry(path, number, entry)] += entry["count"]
    return counts


def _entry(path: Path, number: int, entry: Any) -> _Key:
    fields = entry if isinstance(entry, dict) else {}
    file, rule, text = (fields.get(name) for name in ("file", "rule", "text"))
    count = fields.get("count")
    whole = isinstance(count, int) and not isinstance(count, bool) and 0 < count < 1 << 31
    if whole and isinstance(file, str) and isinstance(rule, str) and isinstance(text, str):
        return file, rule, text
    raise UserError(str(path), f"findings[{number}] has no file, rule, text, and count", _REMEDY)
