"""Round trips of `zxhil shell`: from a call's request to its records and its verdict.

One kernel is booted and talked with; where the image has a userspace, once more over its console.
A round trip is measured twice: the line alone, and all that a prompt does for a call. A call that
sends a handle is the longest that is common.

    .venv/bin/python scripts/bench_parts/live.py IMAGE x64|arm64
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zxhil.abi.arch import Arch
from zxhil.image import zbi
from zxhil.image.find import load
from zxhil.live.kernel import LiveKernel
from zxhil.live.transports import transport_to
from zxhil.target.model import Target

_TIMES = 200


def _milliseconds(work: Callable[[], object], times: int) -> dict[str, float]:
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        work()
        taken.append((time.perf_counter() - before) * 1000)
    taken.sort()
    return {
        "median": round(statistics.median(taken), 3),
        "least": round(taken[0], 3),
        "p90": round(taken[len(taken) * 9 // 10], 3),
    }


def measure(image: Path, arch: Arch, times: int = _TIMES) -> dict[str, Any]:
    """Milliseconds by transport and kind of round trip, of `times` each."""
    whole = load(image, arch, bootfs=True)
    items = zbi.read(whole.zbi, whole.name, check_crc=False)
    shell = any(item.type == zbi.ItemType.STORAGE_BOOTFS for item in items)
    transports = ["bootfs", "console"] if shell else ["bootfs"]
    return {transport: _one(image, arch, transport, times) for transport in transports}


def _one(image: Path, arch: Arch, name: str, times: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="zxhil-live-") as folder:
        target = Target(transport=name, image=image, arch=arch.value)
        transport = transport_to(target, Path(folder), Path(folder), print)
        kernel = LiveKernel(transport.connect, transport.seconds)
        try:
            return _trips(kernel, times)
        finally:
            kernel.close()


def _trips(kernel: LiveKernel, times: int) -> dict[str, Any]:
    reader, writer = kernel.channel_create()
    line = kernel._line
    assert line is not None

    def send_a_handle() -> None:
        kernel.channel_write(writer, b"hi", kernel.event_create().handles)

    return {
        "nothing": _milliseconds(lambda: line.request(""), times),
        "close a bad handle": _milliseconds(lambda: kernel.handle_close(1), times),
        "create a channel": _milliseconds(kernel.channel_create, times),
        "create an event and send it": _milliseconds(send_a_handle, times),
        "read a message": _milliseconds(lambda: kernel.channel_read(reader), times),
    }


def show(measured: dict[str, Any]) -> None:
    """Print the medians."""
    for transport, trips in measured.items():
        medians = ", ".join(f"{kind} {trip['median']:.1f}" for kind, trip in trips.items())
        print(f"  talking over {transport}, ms: {medians}")


if __name__ == "__main__":
    import sys

    show(measure(Path(sys.argv[1]), Arch(sys.argv[2])))
