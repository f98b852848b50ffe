"""Runs of `zxhil` as a person starts them, to be disturbed; and what must not be left of them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.oracle.results import CaseResult
from zxhil.run import journal
from zxhil.run.record import RunReport, run_json
from zxhil.run.replay import check
from zxhil.run.session import Session

#: The full numbers of disturbances, as the tox environment `torture` has them, or a few of them.
TORTURE = os.environ.get("ZXHIL_TORTURE") == "1"
#: Nothing here takes so long; a test that waits longer has found a hang.
PATIENCE = 120.0


def times(full: int, few: int) -> int:
    """How often to do something random."""
    return full if TORTURE else few


class Run:
    """A `zxhil` with a private folder for its temporary files."""

    def __init__(self, folder: Path, said: Path, scratch: Path, args: Sequence[str]) -> None:
        self.folder = folder
        self.scratch = scratch
        self.said = said
        code = "from zxhil.cli import main; main()"
        with self.said.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, *args],
                stdout=said,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TMPDIR": str(scratch)},
                start_new_session=True,
            )

    def wait(self) -> int:
        """The exit code; a run that hangs fails the test."""
        return self.process.wait(PATIENCE)

    def until_cases(self, number: int) -> None:
        """Wait until so many cases are in the journal."""
        self.until(lambda: finished(self.folder) >= number, f"{number} cases")

    def until(self, here: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not here():
            assert self.process.poll() is None, f"ended before {what}: {self.said.read_text()}"
            assert time.monotonic() < end, f"no {what}"
            time.sleep(0.01)

    def signal(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.wait()

    def qemus(self) -> list[int]:
        """Its QEMUs: their paths are all in its own folder for temporary files."""
        return [pid for pid, line in _processes(self.scratch) if b"qemu-system" in line]

    def assert_nothing_is_left(self) -> None:
        """No process of its, and no temporary file; the reaper may take a moment for that."""
        assert_nothing_is_left(self.scratch)


def assert_nothing_is_left(scratch: Path) -> None:
    end = time.monotonic() + PATIENCE
    while _processes(scratch) or list(scratch.iterdir()):
        assert time.monotonic() < end, (_processes(scratch), list(scratch.iterdir()))
        time.sleep(0.02)


def _processes(scratch: Path) -> list[tuple[int, bytes]]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(scratch) in line:
                found.append((int(entry.name), line))
    return found


@contextmanager
def short_folder() -> Iterator[Path]:
    """A temporary folder whose path leaves room for a socket's name."""
    folder = Path(tempfile.mkdtemp(prefix="zt-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def finished(folder: Path) -> int:
    """How many cases are in the journal; a line that was cut off by a kill is none."""
    try:
        data = (folder / journal.NAME).read_bytes()
    except OSError:
        return 0
    return data[: data.rfind(b"\n") + 1].count(b'\n{"case":')


def verdict(case: CaseResult) -> object:
    """What one kernel says twice in the same words, wherever its objects happen to lie."""
    calls = [(call.status.partition(",")[0], call.verdict) for call in case.calls]
    return case.arch, case.id, case.end, calls, case.divergences, case.reached


def assert_no_new_verdict(disturbed: RunReport, clean: RunReport) -> None:
    """Each case has the verdict of the clean run, or a machine's fault and no verdict at all."""
    right = {(case.arch, case.id): verdict(case) for case in clean.cases}
    for case in disturbed.cases:
        if case.end.is_machine_fault:
            assert not case.divergences, (case.id, case.detail)
        else:
            assert verdict(case) == right[case.arch, case.id], (case.id, case.detail)


def assert_check_agrees(folder: Path, report: RunReport) -> None:
    # Part by part: a difference of whole reports takes pytest minutes to show.
    judged, ran = run_json(check(folder)), run_json(report)
    assert judged.keys() == ran.keys()
    for key, value in ran.items():
        if isinstance(value, list):
            for one, other in zip(judged[key], value, strict=True):
                assert json.dumps(one) == json.dumps(other), key
        else:
            assert json.dumps(judged[key]) == json.dumps(value), key


def limited(session: Session, **seconds: float) -> None:
    """Set limits of the session's machines."""
    setup = session._setups[Arch.X64]
    session._setups[Arch.X64] = replace(setup, limits=replace(setup.limits, **seconds))
