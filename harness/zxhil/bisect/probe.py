"""Testing one candidate: by zxhil's own cases, or by a user command."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import zxhil
from zxhil.bisect.process import Cancel, Ended, ran_out_of_something, run
from zxhil.bisect.provide import CannotTell, ProbeFault, Supply, Workspace
from zxhil.bisect.when import BisectCondition, Facts, facts_of, in_words
from zxhil.errors import EXIT_USER, UserError
from zxhil.run.schema import read_report

#: git bisect run's: the script cannot tell.
EXIT_SKIP = 125

_ROOT = str(Path(zxhil.__file__).resolve().parent.parent)
_ZXHIL = (
    sys.executable,
    "-c",
    f"import sys; sys.path.insert(0, {_ROOT!r}); from zxhil.cli import main; main()",
)


def run_zxhil(
    supply: Supply,
    bench: Workspace,
    cancel: Cancel,
    options: Sequence[str],
    timeout: float | None = None,
    zxhil: tuple[str, ...] = _ZXHIL,
) -> dict[str, Any]:
    """Run ``zxhil run`` on an image; return its JSON report.

    Raises CannotTell for an image that it refuses, ProbeFault if there is no report.
    """
    assert supply.image is not None
    results, logs = bench.folder / "results.json", bench.folder / "logs"
    results.unlink(missing_ok=True)
    shutil.rmtree(logs, ignore_errors=True)
    argv = (*zxhil, "run", "--image", str(supply.image))
    argv += ("--json", str(results), "--log-dir", str(logs), "--color", "never", *options)
    ended = run(argv, supply.folder, bench.folder, cancel, None, timeout)
    if ended.timed_out:
        raise ProbeFault(f"zxhil run did not finish within {ended.seconds:.0f} s", ended.tail)
    if ended.code == EXIT_USER and ended.tail.startswith("Usage:"):
        raise ProbeFault("zxhil run refuses its options", ended.tail)
    if ended.code == EXIT_USER:
        raise CannotTell(_first_line(ended), ended.tail)
    try:
        return read_report(results)
    except UserError:
        reason = f"zxhil run exited with code {ended.code} and no results"
        raise ProbeFault(reason, ended.tail) from None


class Probe(Protocol):
    """How candidates are tested; used from several threads."""

    def test(self, supply: Supply, bench: Workspace, cancel: Cancel) -> dict[str, Any]:
        """Test once and return facts, as JSON. Raises CannotTell, ProbeFault or Cancelled."""

    def bad(self, facts: Facts, old: Facts | None) -> bool:
        """Judge facts; `old` are those of the old end. Raises CannotTell or ProbeFault."""

    def in_words(self, facts: Facts) -> str:
        """Say what happened where "good" or "bad" does not; else ""."""


@dataclass(frozen=True, slots=True)
class CaseProbe:
    """Boots an image with ``zxhil run`` and judges a condition on its results.

    `options` are passed on to it. `timeout` in seconds is for a whole test. `tests` are the
    programs to run, if not those that the condition names; `symbols` are those of every image, if
    they are there.
    """

    condition: BisectCondition
    options: tuple[str, ...] = ()
    timeout: float | None = None
    zxhil: tuple[str, ...] = _ZXHIL
    tests: str = ""
    symbols: Path | None = None

    def test(self, supply: Supply, bench: Workspace, cancel: Cancel) -> dict[str, Any]:
        """Run the condition's cases."""
        options = [
            "--jobs",
            "1",
            "--tests",
            self.tests or self.condition.tests,
            "--case",
            self.condition.cases,
        ]
        if self.symbols is not None and self.symbols.exists():
            options += ["--symbols", str(self.symbols)]
        options += self.options
        report = run_zxhil(supply, bench, cancel, options, self.timeout, self.zxhil)
        return facts_of(report)

    def bad(self, facts: Facts, old: Facts | None) -> bool:
        """Judge the condition."""
        return self.condition.holds(facts, old)

    def in_words(self, facts: Facts) -> str:
        """Say how a boot went if the condition is about that."""
        return in_words(facts) if self.condition.subject in ("boots", "panics") else ""


@dataclass(frozen=True, slots=True)
class CommandProbe:
    """Runs a user command and judges its exit code as git bisect run does.

    0 is good, 125 cannot tell, every other up to 127 bad. Above, or a signal, is a fault.
    """

    command: str
    timeout: float | None = None

    def test(self, supply: Supply, bench: Workspace, cancel: Cancel) -> dict[str, Any]:
        """Run the command in the candidate's folder, with its environment."""
        shell = ("/bin/sh", "-c", self.command)
        ended = run(shell, supply.folder, bench.folder, cancel, supply.environment, self.timeout)
        if ended.timed_out:
            raise ProbeFault(f"the command did not finish within {ended.seconds:.0f} s", ended.tail)
        if ended.code > 127 or ended.code < 0:
            why = ran_out_of_something(ended, bench.folder) or f"exit code {ended.code}"
            raise ProbeFault(f"the command failed: {why}", ended.tail)
        return {"exit": ended.code, "output": ended.tail}

    def bad(self, facts: Facts, old: Facts | None) -> bool:
        """Judge the exit code."""
        if facts["exit"] == EXIT_SKIP:
            raise CannotTell(f"skipped by the command (exit code {EXIT_SKIP})", facts["output"])
        return bool(facts["exit"])

    def in_words(self, facts: Facts) -> str:
        """Nothing: the command's exit code is the verdict."""
        return ""


def _first_line(ended: Ended) -> str:
    lines = ended.tail.splitlines()
    return lines[0].removeprefix("zxhil: ") if lines else "zxhil run refused the image"
