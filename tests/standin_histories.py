"""Histories of the stand-in kernel, some commits with a fault, as kernels to build and boot."""

from __future__ import annotations

import sys
from pathlib import Path

import bisect_histories
from bisect_histories import History, linear
from zxhil import standin
from zxhil.abi.arch import Arch

ROOT = Path(__file__).parents[1]

# A build of the stand-in from the checkout's sources, as zxhil makes its own.
_BUILD = """
import os, pathlib, sys
sys.path.insert(0, {root!r})
os.environ["XDG_CACHE_HOME"] = {cache!r}
from zxhil import standin
from zxhil.abi.arch import Arch
standin.SOURCES = pathlib.Path.cwd() / "standin"
try:
    print(standin.build(Arch({arch!r})))
except Exception as error:
    sys.exit(str(error))
"""

_FAULTS = "standin/kernel/faults.c"


def always(fault: str) -> str:
    """The change that a commit makes: the fault is on, whatever the command line says."""
    name = fault.upper().replace("-", "_")
    return f"void faults_init(void) {{\n    faults[FAULT_{name}] = true;"


def standin_history(folder: Path, builds: Path, arch: Arch, of: list[str]) -> tuple[History, str]:
    """The history in ``repo``, and the build. Commit i holds the stand-in's sources.

    `of[i]` is its fault, "" or "does not build". Builds of the same sources are kept in `builds`.
    """
    sources = {
        f"standin/{path.relative_to(standin.SOURCES)}": path.read_text()
        for path in standin.SOURCES.rglob("*")
        if path.is_file()
    }

    def files(i: int) -> dict[str, str]:
        changed = {**sources, "number": str(i)}
        if of[i] == "does not build":
            changed[_FAULTS] += "\n#error\n"
        elif of[i]:
            changed[_FAULTS] = changed[_FAULTS].replace("void faults_init(void) {", always(of[i]))
            assert changed[_FAULTS] != sources[_FAULTS]
        return changed

    made = bisect_histories.make(folder / "repo", linear(len(of)), files)
    script = folder / "build.py"
    script.write_text(_BUILD.format(root=str(ROOT), cache=str(builds), arch=arch.value))
    return made, f"{sys.executable} {script}"
