"""What a function costs when its input is twice as long: a ratio, and never a time."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

_Input = TypeVar("_Input")

#: Twice the work for twice the input is 2, its square 4; caches of the processor cost a little.
LINEAR = 3.3


def growth(
    work: Callable[[_Input], object], make: Callable[[int], _Input], size: int, good: float = LINEAR
) -> float:
    """The cost at 2 * `size` over the cost at `size`.

    Another process may disturb a measurement, so the least of several counts, and a bad ratio is
    measured again.
    """
    ratio = 0.0
    for _ in range(8):
        ratio = _cost(work, make(2 * size)) / _cost(work, make(size))
        if ratio < good:
            return ratio
    return ratio


def _cost(work: Callable[[_Input], object], given: _Input) -> float:
    # The collector of cycles runs more often the more there is in memory, of other tests too.
    costs = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            started = time.process_time()
            work(given)
            costs.append(time.process_time() - started)
    finally:
        gc.enable()
    return max(min(costs), 1e-4)


def functions_called(work: Callable[[], object]) -> int:
    """How many functions are called, a measure that nothing else on the host disturbs."""
    number = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return number
