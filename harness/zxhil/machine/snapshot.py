"""Save and restore a running guest, instead of another boot.

QEMU keeps the state of the whole machine in a qcow2 file, which no device of the guest uses.
Serial output from before the save does not appear again after a restore: the guest continues with
the byte after it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.errors import MachineError

if TYPE_CHECKING:
    from zxhil.machine.qmp import Qmp

_CLUSTER_BITS = 16
_CLUSTER = 1 << _CLUSTER_BITS
_DISK = 1 << 20
# The file is not needed after a crash of the host: QEMU need not flush it to disk.
_DRIVE = "if=none,id=snapshot,format=qcow2,cache=unsafe,file="


def write_empty_qcow2(path: Path) -> None:
    """Write a qcow2 image, version 2, of 1 MiB with nothing in it.

    The layout is that of docs/interop/qcow2.txt in QEMU: one cluster each for the header, the
    L1 table (one entry, empty), the refcount table and its one block, which counts these four.
    """
    header = struct.pack(
        ">4sIQIIQIIQQIIQ",
        b"QFI\xfb",
        2,
        0,  # backing file: none
        0,
        _CLUSTER_BITS,
        _DISK,
        0,  # encryption: none
        1,  # L1 entries
        1 * _CLUSTER,
        2 * _CLUSTER,
        1,  # clusters of the refcount table
        0,  # snapshots: none yet
        0,
    )
    clusters = [header, b"", struct.pack(">Q", 3 * _CLUSTER), struct.pack(">4H", 1, 1, 1, 1)]
    path.write_bytes(b"".join(cluster.ljust(_CLUSTER, b"\0") for cluster in clusters))


def drive_options(path: Path) -> tuple[str, ...]:
    """Return the QEMU options (for `Boot.extra`) that attach the file at `path`."""
    escaped = str(path).replace(",", ",,")
    return ("-drive", f"{_DRIVE}{escaped}")


def is_attached(command: Sequence[str]) -> bool:
    """Say whether a QEMU command attaches such a file."""
    return any(word.startswith(_DRIVE) for word in command)


def leave_out_memory(qmp: Qmp) -> None:
    """Save and restore the machine without its memory, if that is shared (`zxhil.machine.ram`).

    Raises MachineError if QEMU is too old (before 4.0).
    """
    capability = {"capability": "x-ignore-shared", "state": True}
    qmp.execute("migrate-set-capabilities", {"capabilities": [capability]})


def save(qmp: Qmp, tag: str) -> None:
    """Save the whole machine under `tag`. Raises MachineError if QEMU cannot."""
    _run(qmp, "save", f"savevm {tag}")


def restore(qmp: Qmp, tag: str) -> None:
    """Restore the state of `tag`. Raises MachineError if QEMU cannot."""
    _run(qmp, "restore", f"loadvm {tag}")


def _run(qmp: Qmp, what: str, line: str) -> None:
    complaint = qmp.human(line)
    if complaint:
        raise MachineError(f"QEMU could not {what} the snapshot", complaint)
