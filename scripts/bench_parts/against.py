"""How fast the oracle is beside that of another commit, in one run.

    .venv/bin/python scripts/bench_parts/against.py COMMIT [PAIRS] [CALLS | LOGS]

Both judge the same simulated trace, or the same log folder of a run (`oracle.py`), in processes of
their own, in turns, so that what else the machine does meets both: the median ratio of the pairs
counts, of processor time.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).resolve()
_ROOT = _HERE.parents[2]


def _seconds(tree: Path, what: str) -> float:
    """Processor seconds per call, with the package of a tree and this tree's bench."""
    command = [sys.executable, str(_HERE.with_name("oracle.py")), what]
    environment = {**os.environ, "PYTHONPATH": str(tree / "harness"), "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    (measured,) = json.loads(done.stdout).values()
    return float(measured["seconds"]) / float(measured["calls"])


def against(commit: str, pairs: int = 5, what: str = "20000") -> dict[str, float]:
    """The median times per call in microseconds, and the ratio of this tree's to the commit's."""
    git = ["git", "-C", str(_ROOT), "worktree"]
    with tempfile.TemporaryDirectory(prefix="zxhil-bench-") as folder:
        tree = Path(folder) / "tree"
        subprocess.run([*git, "add", "-q", "--detach", str(tree), commit], check=True)
        try:
            taken = [(_seconds(_ROOT, what), _seconds(tree, what)) for _ in range(pairs)]
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)
    return {
        "microseconds": round(statistics.median(own for own, _ in taken) * 1e6, 2),
        "before": round(statistics.median(other for _, other in taken) * 1e6, 2),
        "ratio": round(statistics.median(own / other for own, other in taken), 3),
    }


if __name__ == "__main__":
    commit, pairs, what, *_ = *sys.argv[1:], *("", "5", "20000")[len(sys.argv) - 1 :]
    print(json.dumps(against(commit, int(pairs), what), indent=2))
