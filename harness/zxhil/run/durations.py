"""How long cases and boots take, as measured by earlier runs, to distribute work.

Where nothing was measured a default is used: it affects the order of work, never what is run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zxhil.disk.shape import compiled
from zxhil.errors import UserError
from zxhil.run.plan import Task

if TYPE_CHECKING:
    from zxhil.run.record import BootRecord

#: Seconds, under emulation.
_BOOT = 0.3
#: For a machine that resumes from a saved start.
SAVED_BOOT = 0.04
_CASE = 0.005


class Durations(NamedTuple):
    """Seconds: from QEMU's start to the first line, by architecture, and of each case."""

    boots: Mapping[str, float]
    cases: Mapping[str, float]

    def boot(self, task: Task) -> float:
        """Duration of a boot before its first case."""
        return self.boots.get(task.program.arch.value, _BOOT)

    def case(self, task: Task, name: str) -> float:
        """Duration of a case."""
        return self.cases.get(f"{task.program.arch}/{task.program.name}/{name}", _CASE)

    def task(self, task: Task) -> float:
        """Duration of one boot with the selected cases."""
        return self.boot(task) + sum(self.case(task, info.name) for info in task.chosen)


NOTHING_MEASURED = Durations({}, {})

_SECONDS = {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}}
_KEPT = {
    "type": "object",
    "properties": {"boots": _SECONDS, "cases": _SECONDS},
    "required": ["boots", "cases"],
}


def measured(boots: Iterable[BootRecord], before: Durations = NOTHING_MEASURED) -> Durations:
    """What these boots measured, else `before`. Of several values the shortest counts."""
    first: dict[str, float] = {}
    cases: dict[str, float] = {}
    for boot in boots:
        if boot.first_line and not boot.went_on_from:
            first[boot.arch] = min(first.get(boot.arch, boot.first_line), boot.first_line)
        for name, seconds in boot.durations.items():
            key = f"{boot.arch}/{boot.program}/{name}"
            cases[key] = min(cases.get(key, seconds), seconds)
    return Durations({**before.boots, **first}, {**before.cases, **cases})


def load(path: Path) -> Durations:
    """Read what a run measured: its JSON report, or its log folder.

    Raises UserError for a file that is neither.
    """
    from zxhil.run import journal
    from zxhil.run.record import boot_from_json

    if path.is_dir():
        boots = {b["serial"]: b for kind, b in journal.read(path) if kind == "boot"}
        return measured(boot_from_json(boot) for boot in boots.values())
    from zxhil.run.schema import read_report

    return measured(boot_from_json(boot) for boot in read_report(path)["boots"])


def recall() -> Durations:
    """What this user's latest runs measured; empty if nothing is stored."""
    from zxhil.disk.files import SMALL_LIMIT, checked
    from zxhil.regular_file import read_own

    try:
        data = read_own(_file(), SMALL_LIMIT)
        kept = checked(data, compiled(_KEPT), "", "list of durations", "")
    except (OSError, UserError):
        return NOTHING_MEASURED
    return Durations(kept["boots"], kept["cases"])


def remember(boots: Iterable[BootRecord], before: Durations) -> None:
    """Store what these boots measured for later runs, if there is a cache."""
    file = _file()
    now = measured(boots, before)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps({"boots": now.boots, "cases": now.cases}))
        draft.replace(file)
    with suppress(OSError):
        draft.unlink()


def _file() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("zxhil") / "durations.json"
