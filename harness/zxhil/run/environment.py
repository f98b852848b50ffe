"""Where and when a run was made: host, QEMU, and toolchain, for the report."""

from __future__ import annotations

import os
import platform
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from zxhil.machine.group import ask
from zxhil.plain import plain

_SECONDS = 10
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class RunEnvironment:
    """`began` is UTC, as ISO 8601 has it; `seconds` is how long the run took.

    `qemu` and `toolchain` are the first line of what each program says of its version; empty where
    none was used or it did not say.
    """

    began: str
    seconds: float
    host: str
    qemu: str = ""
    toolchain: str = ""


@dataclass(slots=True)
class EnvironmentProbe:
    """Asks the programs for their versions in a separate thread during the run."""

    qemus: Sequence[str]
    compiler: str = ""
    _began: str = ""
    _started: float = 0.0
    _said: dict[str, str] = field(default_factory=dict)
    _thread: threading.Thread | None = None

    def begin(self) -> EnvironmentProbe:
        """The run begins."""
        self._began = datetime.now(UTC).isoformat(timespec="seconds")
        self._started = time.monotonic()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()
        return self

    def finish(self) -> RunEnvironment:
        """The run is over."""
        if self._thread is not None:
            self._thread.join(_SECONDS)
        seconds = round(time.monotonic() - self._started, 3)
        said = dict(self._said)
        qemu = ", ".join(dict.fromkeys(said[name] for name in self.qemus if said.get(name)))
        return RunEnvironment(self._began, seconds, host_text(), qemu, said.get(self.compiler, ""))

    def _ask(self) -> None:
        for program in dict.fromkeys((*self.qemus, *([self.compiler] if self.compiler else []))):
            self._said[program] = version_line(program)


def host_text() -> str:
    """A short description of the host."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    return plain(f"{platform.node() or 'unknown'} ({system}, {os.cpu_count() or 1} CPUs)")


def version_line(program: str) -> str:
    """The first line of a program's version; empty if it is missing or fails."""
    path = shutil.which(program)
    if path is None:
        return ""
    try:
        answer = ask([path, "--version"], _SECONDS)
    except OSError:
        return ""
    return plain(answer.out.partition(b"\n")[0])[:_LONGEST].strip() if answer else ""


def environment_from_json(data: Mapping[str, object]) -> RunEnvironment:
    """Read what `dataclasses.asdict` made; its schema was checked."""
    known = {name: data[name] for name in RunEnvironment.__slots__ if name in data}
    return RunEnvironment(**known)  # type: ignore[arg-type]


def environment_lines(environment: RunEnvironment, zxhil: str) -> list[tuple[str, str]]:
    """The known values as (name, value)."""
    lines = [
        ("began", environment.began),
        ("duration", f"{environment.seconds:.1f} s"),
        ("host", environment.host),
        ("QEMU", environment.qemu),
        ("toolchain", environment.toolchain),
        ("zxhil", zxhil),
    ]
    return [(name, value) for name, value in lines if value]
