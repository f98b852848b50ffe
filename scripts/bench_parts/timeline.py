"""Where the time of one run goes: from the command to the report, by its parts.

    .venv/bin/python scripts/bench_parts/timeline.py START WORDS...   runs `zxhil run WORDS...`

Functions of zxhil are timed from outside: wall time (parts of several machines overlap), zxhil's
processor time, and QEMU's. START is when the command was given, in seconds of the monotonic clock.
A QEMU that ends by itself takes what it used since the last read with it.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_PARTS = "parts of the run"
_PASSED = "ZXHIL_BENCH_TIMELINE"


def measure(words: Sequence[str], environment: dict[str, str], folder: Path) -> dict[str, Any]:
    """One run; seconds of its moments (`at`), and of its parts."""
    result = folder / "timeline.json"
    command = [sys.executable, __file__, str(time.monotonic()), *words]
    environment = {**environment, _PASSED: str(result)}
    done = subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=False)
    if done.returncode not in (0, 1, 3):
        raise RuntimeError(f"zxhil run ended with {done.returncode}")
    measured: dict[str, Any] = json.loads(result.read_text())
    return measured


def show(name: str, measured: dict[str, Any]) -> None:
    """Print the moments as bars, and the parts."""
    at, whole = measured["at"], measured["at"]["report written"]["seconds"]
    idle = f"{measured['idle']:.0%} of the cores' time not used"
    print(f"  where the time goes, {name}: {whole:.2f} s, {idle}")
    for moment, each in at.items():
        bar = "#" * round(40 * each["seconds"] / whole)
        print(f"    {moment:22} {each['seconds']:7.3f} s, zxhil's {each['cpu']:6.3f} s  {bar}")
    for part, each in sorted(measured["parts"].items(), key=lambda item: -item[1]["seconds"]):
        print(
            f"    {part:22} {each['times']:5} times: {each['seconds']:7.3f} s, "
            f"zxhil {each['cpu']:6.3f} s, QEMU {each['qemu']:6.3f} s"
        )


class _Clock:
    """What is measured in the process of the run."""

    def __init__(self, start: float) -> None:
        self._start = start
        self._lock = threading.Lock()
        self.at: dict[str, dict[str, float]] = {}
        self.parts: dict[str, list[float]] = defaultdict(lambda: [0, 0.0, 0.0, 0.0])
        self.qemu: dict[int, float] = {}

    def moment(self, name: str) -> None:
        """A moment of the run; only the first of each name counts."""
        seconds = time.monotonic() - self._start
        self.at.setdefault(name, {"seconds": round(seconds, 3), "cpu": round(_cpu(), 3)})

    def timed(self, owner: Any, name: str, part: str, after: str = "") -> None:
        """Time a function of a class or module."""
        inner = getattr(owner, name)

        @functools.wraps(inner)
        def outer(*words: Any, **more: Any) -> Any:
            began, cpu, used = time.monotonic(), time.thread_time(), self._used(words)
            try:
                return inner(*words, **more)
            finally:
                spent = (1, time.monotonic() - began, time.thread_time() - cpu)
                with self._lock:
                    taken = max(0.0, self._used(words) - used)
                    before = self.parts[part]
                    self.parts[part] = [a + b for a, b in zip(before, (*spent, taken), strict=True)]
                if after:
                    self.moment(after)

        setattr(owner, name, outer)

    def noted(self, owner: Any, name: str, moment: str) -> None:
        """Note when a function is called first."""
        inner = getattr(owner, name)

        @functools.wraps(inner)
        def outer(*words: Any, **more: Any) -> Any:
            self.moment(moment)
            return inner(*words, **more)

        setattr(owner, name, outer)

    def _used(self, words: Sequence[Any]) -> float:
        """Processor time of the QEMU that a function works with; 0 if there is none."""
        machine = getattr(words[0], "machine", words[0]) if words else None
        if isinstance(machine, Callable):  # type: ignore[arg-type]
            return 0.0
        pid = getattr(machine, "pid", 0) if hasattr(machine, "_process") else 0
        if pid:
            self.qemu[pid] = max(self.qemu.get(pid, 0.0), _threads_cpu(pid))
        return self.qemu.get(pid, 0.0)


def _threads_cpu(pid: int) -> float:
    used = 0
    try:
        for path in Path(f"/proc/{pid}/task").iterdir():
            used += int((path / "schedstat").read_text().split()[0])
    except OSError:
        return 0.0
    return used / 1e9


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _run(clock: _Clock, result: Path) -> None:
    from zxhil.machine.reaper import Reaper

    clock.noted(Reaper, "start", "QEMU's start")
    atexit.register(_write, clock, result)
    from zxhil.cli import delivery, main

    # What else is timed is imported when zxhil has imported it itself.
    clock.noted(delivery, "deliver", "last verdict")
    clock.timed(delivery, "deliver", "report", "report written")
    _when_imported("zxhil.run.session", functools.partial(_instrument, clock))
    main()


def _instrument(clock: _Clock) -> None:
    from zxhil.machine.machine import Machine
    from zxhil.oracle.oracle import Oracle
    from zxhil.push import saved
    from zxhil.run.journal import Journal
    from zxhil.run.session import Session
    from zxhil.trace.records import TraceReader

    clock.noted(Session, "case", "first judged case")
    clock.timed(saved.SavedStart, "_resumed", "restoring")
    clock.timed(saved._Instance, "stands_still", "pausing")
    clock.timed(Machine, "read", "waiting for the guest")
    clock.timed(TraceReader, "feed", "reading the trace")
    clock.timed(Oracle, "feed", "judging")
    clock.timed(Journal, "write", "journal")


def _when_imported(name: str, then: Callable[[], None]) -> None:
    """Call a function as soon as a module was imported by somebody else."""
    import builtins

    real = builtins.__import__

    def imported(*words: Any, **more: Any) -> Any:
        module = real(*words, **more)
        if words[0] == name and builtins.__import__ is imported:
            builtins.__import__ = real
            then()
        return module

    builtins.__import__ = imported


def _write(clock: _Clock, result: Path) -> None:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    qemu, whole = children.ru_utime + children.ru_stime, clock.at["report written"]["seconds"]
    names = ("times", "seconds", "cpu", "qemu")
    parts = {part: dict(zip(names, each, strict=True)) for part, each in clock.parts.items()}
    used = _cpu() + qemu
    idle = max(0.0, 1 - used / (whole * (os.cpu_count() or 1)))
    made = {"at": clock.at, "parts": parts, "cpu": _cpu(), "children": qemu, "idle": idle}
    result.write_text(json.dumps(made))


if __name__ == "__main__":
    timeline = _Clock(float(sys.argv[1]))
    sys.argv = ["zxhil", "run", *sys.argv[2:]]
    _run(timeline, Path(os.environ[_PASSED]))
