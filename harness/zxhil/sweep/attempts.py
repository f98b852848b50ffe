"""What was done with each kernel, in the history's table ``attempt``: a sweep does it only once."""

from __future__ import annotations

import enum
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from zxhil import __version__
from zxhil.history.store import History
from zxhil.plain import plain
from zxhil.run.resume import judge_digest
from zxhil.sweep.kernels import SweptKernel

_LONGEST = 2000


class AttemptOutcome(enum.StrEnum):
    """What became of a kernel; the value is the history's word."""

    RAN = "ran"
    NOT_BUILT = "not built"
    REFUSED = "refused"


class Attempt(NamedTuple):
    """One attempt. `reason` says why there is no run; `run` is its id in the history, or None."""

    outcome: AttemptOutcome
    reason: str = ""
    run: int | None = None


def rules_digest(paths: Sequence[Path], options: Sequence[str]) -> str:
    """A digest of what verdicts depend on besides the kernel: rules, options, and files.

    `paths` are files and folders that are read: the cases, pages, known divergences.
    """
    digest = hashlib.blake2b(digest_size=16)
    parts = [__version__.encode(), judge_digest().encode(), *(each.encode() for each in options)]
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                parts += [os.path.relpath(file, path).encode(), file.read_bytes()]
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def attempt_of(history: History, source: str, rules: str) -> Attempt | None:
    """The attempt at a kernel under these rules; one at its build counts under any."""
    sql = (
        "SELECT outcome, reason, run_id FROM attempt WHERE source = ? AND rules IN (?, '')"
        " ORDER BY rules DESC LIMIT 1"
    )
    with history.reading():
        found = history.rows(sql, source, rules)
    if not found:
        return None
    outcome, reason, run = found[0]
    attempt = Attempt(AttemptOutcome(outcome), plain(reason), run)
    # Its run may have been removed from the history since.
    gone = attempt.outcome is AttemptOutcome.RAN and run is None
    return None if gone else attempt


def remember(
    history: History, kernel: SweptKernel, arch: str, source: str, rules: str, attempt: Attempt
) -> None:
    """Write an attempt. Raises MachineError if the file can't be written."""
    failed_build = attempt.outcome is AttemptOutcome.NOT_BUILT
    with history.writing():
        history.insert(
            "INSERT OR REPLACE INTO attempt VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            source,
            "" if failed_build else rules,
            plain(kernel.candidate),
            arch,
            kernel.origin.date,
            plain(kernel.origin.subject),
            attempt.outcome.value,
            plain(attempt.reason)[:_LONGEST],
            attempt.run,
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        if not failed_build:
            history.many("DELETE FROM attempt WHERE source = ? AND rules = ''", [(source,)])
