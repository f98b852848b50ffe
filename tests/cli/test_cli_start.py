"""What a run imports before the first QEMU starts: little, since the user waits for that."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.machine.params import params_for

pytestmark = pytest.mark.skipif(
    shutil.which(params_for(Arch.X64).binary) is None, reason="QEMU is not installed"
)

#: Each takes a time that a kernel can use to boot, or is for another kind of run.
LATER = (
    "zxhil.model", "zxhil.oracle.oracle", "zxhil.oracle.results", "zxhil.trace.records",
    "zxhil.run.session", "zxhil.run.boot", "zxhil.report", "zxhil.docs.parse", "zxhil.known.match",
    "zxhil.symbols", "zxhil.history", "zxhil.live", "zxhil.explore", "zxhil.bisect", "zxhil.sweep",
    "zxhil.cluster", "zxhil.push.ssh", "zxhil.push.uart", "zxhil.push.console",
    "asyncio", "concurrent", "dask", "distributed", "elftools", "jinja2", "multiprocessing",
    "paramiko", "pexpect", "qemu", "serial", "sqlite3", "ssl", "xml", "http",
)  # fmt: skip

_RUN = """
import json, os, sys
from zxhil.machine.reaper import Reaper

def start(self, *words, **more):
    print(json.dumps(sorted(sys.modules)), flush=True)
    os._exit(0)

Reaper.start = start
sys.argv = ["zxhil", "run", "-q", "--arch", "x64", "--log-dir", "logs", *sys.argv[1:]]
from zxhil.cli import main
main()
"""


@pytest.mark.parametrize("words", [(), ("--boots", "once")], ids=" ".join)
def test_first_qemu_starts_before_what_judges_is_imported(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    command = [sys.executable, "-c", _RUN, *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    modules = json.loads(done.stdout)
    assert "zxhil.machine.machine" in modules
    early = [m for m in modules if any(m == each or m.startswith(f"{each}.") for each in LATER)]
    assert not early
