"""What an explored call costs: the processor's time of one process, by part, and the rates of two.

.venv/bin/python scripts/bench_parts/explore.py [IMAGE ARCH [CALLS]]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from zxhil.abi.arch import Arch
from zxhil.explore.execute import Executor
from zxhil.explore.findings import KnownList
from zxhil.explore.guest import build_explore
from zxhil.explore.leftout import explored
from zxhil.explore.survey import survey
from zxhil.explore.worker import News, Round, Work, Worker
from zxhil.image.find import load
from zxhil.machine.limits import Limits
from zxhil.machine.pages import is_possible
from zxhil.run.setup import Setup
from zxhil.standin import build

#: Rounds before the measured ones: the first are small, and nothing is in the caches.
_WARM = 4
_TICKS = os.sysconf("SC_CLK_TCK")


def measure(image: Path, arch: Arch, calls: int = 40_000) -> dict[str, Any]:
    """Microseconds a call of one process's processor time, and the rates of one and two."""
    with tempfile.TemporaryDirectory(prefix="zxhil-bench-") as folder:
        parts = _parts(image, arch, Path(folder), calls)
        rates = {jobs: _rate(image, arch, Path(folder), jobs, calls) for jobs in (1, 2)}
    return {
        "us_per_call": parts,
        "calls_per_processor_second": round(1e6 / sum(parts.values())),
        "calls_per_second": rates,
        "two_over_one": round(rates[2] / rates[1], 2),
    }


def show(got: dict[str, Any]) -> None:
    """Print what was measured."""
    parts = ", ".join(f"{name} {us:.0f}" for name, us in got["us_per_call"].items())
    print(
        f"  explore, us of processor a call: {parts}; {got['calls_per_processor_second']} calls a "
        f"second of processor; on the wall {got['calls_per_second'][1]} calls/s, with two "
        f"processes {got['two_over_one']} times as many"
    )


def _parts(image: Path, arch: Arch, folder: Path, calls: int) -> dict[str, float]:
    limits = Limits(boot=60.0, case=10.0, silence=10.0)
    setup = Setup(load(image, arch), limits, folder, folder, memory_trace=is_possible())
    built = build_explore(arch)
    executor = Executor(setup, built)
    work = Work(setup, built, survey(executor, explored()), KnownList(), seed=1)
    executor.close()
    worker, news, number, made = Worker(work, 0), News([], Counter(), Counter()), 0, 0
    making = begun = machine = 0.0
    while made < calls:
        number += 1
        done = worker.play(Round(number, news))
        news = News(done.corpus, done.counts, done.aims)
        if number == _WARM:
            begun, machine = time.process_time(), _machines()
        elif number > _WARM:
            made += done.calls
            making += done.making
    ours, machine = time.process_time() - begun - making, _machines() - machine
    worker.close()
    return {
        "making": making * 1e6 / made,
        "machine": machine * 1e6 / made,
        "encoding, decoding, judging": ours * 1e6 / made,
    }


def _machines() -> float:
    """Processor time of the machines that this process has started."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if "qemu" in name and int(fields[1]) == os.getpid():
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def _rate(image: Path, arch: Arch, folder: Path, jobs: int, calls: int) -> int:
    """Calls a second of the command, from its first round on."""
    report = folder / "found.json"
    command = [sys.executable, "-c", "from zxhil.cli import main; main()", "explore", "-q"]
    command += ["--image", str(image), "--arch", arch, "--jobs", str(jobs)]
    command += ["--calls", str(calls), "--json", str(report)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    found = json.loads(report.read_text())
    return round(found["calls"] / found["seconds"])


def main() -> None:
    """Measure one image, the stand-in by default."""
    arch = Arch(sys.argv[2]) if len(sys.argv) > 2 else Arch.X64
    image = Path(sys.argv[1]) if len(sys.argv) > 1 else build(arch)
    show(measure(image, arch, *map(int, sys.argv[3:4])))


if __name__ == "__main__":
    main()
