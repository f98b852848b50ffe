"""Baseline cases: generated from the pages' routine sentences, compiled like any other case.

Nothing of them is committed. Their C lies in the cache of built programs, in a folder named by a
digest of all that it is made from: `baseline_CALL.c` for each call that has routine sentences
and a line in guest_tests/baseline.txt. Compilers, reports and debuggers name that line.
"""

from __future__ import annotations
