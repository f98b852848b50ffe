"""A snapshot restored against another boot: to the next byte that the guest has to say."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from zxhil.machine import snapshot
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine

_PATIENCE = 60.0


def measure(boot: Boot, folder: Path, times: int) -> dict[str, Any]:
    """Milliseconds, medians: `save`, `restore` in the same QEMU, `fresh` in another one.

    The snapshot is taken at the trace's first line; each restore is timed to the next byte.
    """
    disk = folder / "snapshot.qcow2"
    snapshot.write_empty_qcow2(disk)
    with_disk = replace(boot, extra=(*boot.extra, *snapshot.drive_options(disk)))
    restores = []
    with Machine(with_disk, folder) as machine:
        _until(machine, b"~")
        qmp = machine.qmp()
        qmp.execute("stop")
        began = time.monotonic()
        snapshot.save(qmp, "first")
        save = time.monotonic() - began
        for _ in range(times):
            _drain(machine)
            began = time.monotonic()
            snapshot.restore(qmp, "first")
            qmp.execute("cont")
            _until(machine, b"")
            restores.append(time.monotonic() - began)
            qmp.execute("stop")
    fresh = []
    for _ in range(times):
        began = time.monotonic()
        with Machine(replace(with_disk, extra=(*with_disk.extra, "-loadvm", "first")), folder) as m:
            _until(m, b"")
            fresh.append(time.monotonic() - began)
    return {
        "save": _ms([save]),
        "restore": _ms(restores),
        "fresh": _ms(fresh),
    }


def _until(machine: Machine, wanted: bytes) -> None:
    seen = b""
    while True:
        data = machine.read(time.monotonic() + _PATIENCE)
        if not data:
            raise RuntimeError(f"the guest said no more: {machine.stderr}")
        seen += data
        if wanted in seen:
            return


def _drain(machine: Machine) -> None:
    while machine.read(time.monotonic() + 0.05):
        pass


def _ms(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)
