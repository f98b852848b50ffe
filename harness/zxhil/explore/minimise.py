"""The smallest corpus that reaches what a corpus reaches."""

from __future__ import annotations

from collections.abc import Sequence

from zxhil.explore.coverage import features
from zxhil.explore.execute import Runs
from zxhil.explore.program import CallProgram


def smallest(executor: Runs, programs: Sequence[CallProgram]) -> list[CallProgram]:
    """The programs that are needed, after running all of them: of equals the shortest.

    Greedy: the one that reaches most of what is left comes next. A program that ends a boot is
    left out. Raises MachineError if the kernel does not boot.
    """
    reached: list[tuple[CallProgram, set[str]]] = []
    for _, ran in sorted(executor.run(programs), key=lambda each: each[0]):
        if not ran.result.end.is_machine_fault:
            reached.append((ran.program, {f for judged in ran.calls for f in features(judged)}))
    left = set().union(*(found for _, found in reached))
    kept = []
    while left:
        program, found = max(reached, key=lambda each: (len(each[1] & left), -len(each[0])))
        kept.append(program)
        left -= found
    return kept
