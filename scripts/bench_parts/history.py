#!/usr/bin/env python3
"""How long each question takes on a history of a million verdicts, which is generated.

    .venv/bin/python scripts/bench_parts/history.py [VERDICTS] [FILE]

The clauses are those of the model, the cases as many as the guest tests have; kernels are a week
apart, x64 and arm64 in turns, and every tenth has a second run. Prints processor time per
question, and the size of the file.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from zxhil.history.kernels import kept_kernels
from zxhil.history.questions import (
    clause_spans,
    crashes_of,
    diff,
    find_clause_of,
    flaky,
    shown,
    story_of,
)
from zxhil.history.site import pages
from zxhil.history.store import History, open_history

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "history"))

from history_generated import generate


def questions(history: History) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each question, by its command."""
    kernels = kept_kernels(history)
    same = [kernel for kernel in kernels if kernel.line == kernels[0].line]
    clause = find_clause_of(history, "channel_write/peer_closed")
    yield "show", lambda: shown(history)
    yield "clause", lambda: clause_spans(story_of(history, clause, kept_kernels(history)))
    yield "flaky", lambda: flaky(history)
    yield "crashes", lambda: crashes_of(history)
    yield "diff", lambda: diff(history, same[0].commit, same[-1].commit)
    yield "html, all pages", lambda: sum(len(content) for _, content in pages(history))


def main() -> None:
    """Generate, ask, print."""
    wanted = int(sys.argv[1]) if sys.argv[1:] else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[2]) if sys.argv[2:] else Path(folder) / "history.db"
        if not path.exists():
            print(f"{generate(path, wanted)} verdicts, {path.stat().st_size / 1e6:.1f} MB")
        started = time.process_time()
        with open_history(path) as history, history.reading():
            print(f"open and check: {time.process_time() - started:.3f} s")
            for name, ask in questions(history):
                started = time.process_time()
                ask()
                print(f"{name}: {time.process_time() - started:.3f} s")


if __name__ == "__main__":
    main()
