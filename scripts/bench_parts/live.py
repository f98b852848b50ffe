"""Round trips of `zxhil shell`: from a call's request to its records and its verdict.

One kernel is booted and talked with. A round trip is measured twice: the line alone, and all that
a prompt does for a call. A call that sends a handle is the longest that is common.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.abi.arch import Arch
from harness.image.find import load
from harness.live.boot import Target, connector
from harness.live.kernel import LiveKernel

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
    """Milliseconds by kind of round trip, of `times` each."""
    kernel = LiveKernel(connector(Target(load(image, arch))), 15)
    try:
        reader, writer = kernel.channel_create()
        line = kernel._line
        assert line is not None

        def send_a_handle() -> None:
            kernel.channel_write(writer, b"hi", kernel.event_create().handles)

        trips = {
            "nothing": _milliseconds(lambda: line.tell(""), times),
            "close a bad handle": _milliseconds(lambda: kernel.handle_close(1), times),
            "create a channel": _milliseconds(kernel.channel_create, times),
            "create an event and send it": _milliseconds(send_a_handle, times),
            "read a message": _milliseconds(lambda: kernel.channel_read(reader), times),
        }
        return {"kernel": kernel.version, "arch": arch.value, "milliseconds": trips}
    finally:
        kernel.close()


if __name__ == "__main__":
    import json
    import sys

    print(json.dumps(measure(Path(sys.argv[1]), Arch(sys.argv[2])), indent=2))
