"""Choose the candidate to test next."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence


def choose(
    suspects: Sequence[int], weights: Mapping[int, int], broken: Collection[int], known: int | None
) -> int | None:
    """Return the suspect whose test gains most; None if none is left to test.

    `suspects` are in an order where parents come before children, `weights` are from
    `Graph.weights`, `broken` are those that cannot be judged, `known` is the one already
    seen to be new. With nothing broken it is the one that halves best, as git chooses it.
    """
    total = len(suspects)
    best, best_score = None, -1.0
    positions = [at for at, candidate in enumerate(suspects) if candidate in broken]
    area = _Broken(positions, total - 1) if positions else None
    for position, candidate in enumerate(suspects):
        if candidate == known or candidate in broken:
            continue
        weight = weights[candidate]
        if area:
            score = _entropy(weight / total) * area.hope(position)
        else:
            score = min(weight, total - weight)
        if score > best_score:
            best, best_score = candidate, score
    return best


def spread(
    suspects: Sequence[int], weights: Mapping[int, int], tested: Collection[int], count: int
) -> list[int]:
    """Return at most `count` suspects, not `tested` yet, that divide all of them evenly.

    Tests of all of them leave about one of `count` + 1 parts, if nothing is broken.
    """
    left = [candidate for candidate in suspects if candidate not in tested]
    total = len(suspects)
    chosen: list[int] = []
    for part in range(1, min(count, len(left)) + 1):
        wanted = part * total / (count + 1)
        chosen.append(min(left, key=lambda each: abs(weights[each] - wanted)))
        left.remove(chosen[-1])
    return chosen


class _Broken:
    """The broken area, in positions of the order of suspects.

    A stretch that is known to be L long goes on for another d with a probability of about
    L / (L + d), whatever its scale: so each failed test doubles the next step away, and few
    tests leave an area of any size. It does end before the next candidate that could be judged:
    the known new one, or the old one before the first suspect. A candidate between two broken
    ones can be judged only if these are two areas, which each further one makes less likely.
    Order keeps a side branch together, so this holds for branches too.
    """

    def __init__(self, positions: Sequence[int], end: int) -> None:
        self._positions = positions
        self._end = end
        self._length = positions[-1] - positions[0] + 1
        self._one_area = 0.5 ** max(len(positions) - 2, 0)

    def hope(self, position: int) -> float:
        """Estimate the probability that the candidate at `position` can be judged."""
        after = bisect_left(self._positions, position)
        if after == 0:
            first = self._positions[0]
            return self._over(first - position) / self._over(first + 1)
        last = self._positions[after - 1]
        if after == len(self._positions):
            return self._over(position - last) / self._over(max(self._end, position) - last)
        following = self._positions[after]
        return self._over(position - last) * self._over(following - position) * self._one_area

    def _over(self, distance: int) -> float:
        return distance / (self._length + distance)


def _entropy(share: float) -> float:
    """Bits that an answer gives when the suspects below make up `share` of all."""
    if not 0 < share < 1:
        return 0.0
    return -share * math.log2(share) - (1 - share) * math.log2(1 - share)
