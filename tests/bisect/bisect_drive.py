"""Running zxhil bisect in the tests, on a fast fake target: a build copies a file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bisect_histories
from bisect_histories import History

ROOT = Path(__file__).parents[2]
ZXHIL = [
    sys.executable,
    "-c",
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); import zxhil.cli as c; "
    "c._COMMANDS.setdefault('bisect', ''); c.main()",
]
BUILD = "! grep -q broken state && cp state image.bin"
PROBE = 'grep -q good "$ZXHIL_IMAGE"'
TARGET = ("--build", BUILD, "--image-path", "image.bin", "--when-command", PROBE)


@dataclass(frozen=True)
class Ran:
    code: int
    output: str
    tests: list[dict[str, Any]]
    result: dict[str, Any]

    @property
    def candidates(self) -> list[str]:
        return [test["candidate"] for test in self.tests]


def zxhil(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), **environment}
    return subprocess.run(
        [*ZXHIL, "bisect", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def session_looks(folder: Path, name: str = "zxhil-bisect.jsonl") -> list[dict[str, Any]]:
    lines = (folder / name).read_text().splitlines()
    tests = [line for line in lines if line.startswith('{"test"') and line.endswith("}")]
    return [json.loads(line)["test"] for line in tests]


def bisect(folder: Path, *arguments: str, **environment: str) -> Ran:
    """Run to the end; a session of an earlier run in the folder is removed."""
    if "--resume" not in arguments:
        (folder / "zxhil-bisect.jsonl").unlink(missing_ok=True)
    else:
        arguments = (*arguments, "--yes")
    result = folder / "result.json"
    result.unlink(missing_ok=True)
    done = zxhil(folder, *arguments, "--json", str(result), **environment)
    return Ran(
        done.returncode,
        done.stdout + done.stderr,
        session_looks(folder) if (folder / "zxhil-bisect.jsonl").exists() else [],
        json.loads(result.read_text()) if result.exists() else {},
    )


def states(history: list[list[int]], culprits: set[int], broken: set[int]) -> list[str]:
    """good; bad for all that descend from a culprit; "broken" where the build fails."""
    bad: set[int] = set()
    for i, parents in enumerate(history):
        if i in culprits or any(p in bad for p in parents):
            bad.add(i)
    return [
        ("bad" if i in bad else "good") + (" broken" if i in broken else "")
        for i in range(len(history))
    ]


def repository(
    folder: Path, history: list[list[int]], culprits: set[int], broken: set[int] | None = None
) -> History:
    of = states(history, culprits, broken or set())
    return bisect_histories.make(folder, history, lambda i: {"state": of[i], "number": str(i)})


def git_bisect_run(history: History, good: str, bad: str) -> str:
    """What git itself says with a script that does the same."""
    bisect_histories.git(history.repo, "bisect", "start", bad, good)
    script = f"! grep -q broken state || exit 125; {PROBE.replace('$ZXHIL_IMAGE', 'state')}"
    said = bisect_histories.git(history.repo, "bisect", "run", "sh", "-c", script, check=False)
    bisect_histories.git(history.repo, "bisect", "reset")
    return said


def wait_for(condition: Callable[[], object]) -> None:
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")
