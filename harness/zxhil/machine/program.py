"""The QEMU program on this host: where it is, and whether it is recent enough."""

from __future__ import annotations

import re
import shutil
import subprocess

from zxhil.errors import UserError
from zxhil.machine.params import QemuParams

_REMEDY = "apt-get install qemu-system-x86 qemu-system-arm"
# Older ones lack options and CPU features that the machines are made of.
_OLDEST = (5, 0)


def find_program(params: QemuParams) -> str:
    """Return the path of QEMU for one architecture. Raises UserError if there is none."""
    path = shutil.which(params.binary)
    if path is None:
        raise UserError(params.binary, "QEMU is not installed, or not in PATH", _REMEDY)
    return path


def refuse_old(params: QemuParams) -> None:
    """Raise UserError if QEMU is too old. It takes a while: call it after a failure."""
    path = find_program(params)
    try:
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return
    found = re.search(r"version (\d+)\.(\d+)", said)
    if found is not None and (int(found[1]), int(found[2])) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        problem = f"QEMU {found[1]}.{found[2]} is too old, zxhil needs {oldest} or later"
        raise UserError(path, problem, _REMEDY)
