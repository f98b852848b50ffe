"""The candidates of a bisection and how they descend from one another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Graph:
    """The candidates between the old and the new end, parents before children.

    `names` are unique ids; ``parents[i]`` are the indexes of candidate i's parents as far as they
    are candidates themselves (the old ends are not). A list of images is a chain.
    """

    names: tuple[str, ...]
    parents: tuple[tuple[int, ...], ...]
    index: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {name: i for i, name in enumerate(self.names)})

    @staticmethod
    def chain(names: Iterable[str]) -> Graph:
        """Make a graph of candidates that follow one another."""
        listed = tuple(names)
        return Graph(listed, tuple((i - 1,) if i else () for i in range(len(listed))))

    def __len__(self) -> int:
        return len(self.names)

    def ancestors(self, start: int) -> set[int]:
        """Return `start` and every candidate that it descends from."""
        seen = {start}
        waiting = [start]
        while waiting:
            for parent in self.parents[waiting.pop()]:
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return seen

    def suspects(self, old: Iterable[int], new: Iterable[int]) -> list[int]:
        """Return the candidates that may have introduced the change, parents before children.

        These are the common ancestors of all `new` ones that no `old` one descends from: what
        ``git rev-list NEW --not OLD…`` lists, which is what git bisect goes by.
        """
        left = set(range(len(self.names)))
        for candidate in new:
            left &= self.ancestors(candidate)
        for candidate in old:
            if candidate in left:
                left -= self.ancestors(candidate)
        return sorted(left)

    def weights(self, suspects: Collection[int]) -> dict[int, int]:
        """Count, for each suspect, the suspects that it descends from and itself.

        An old verdict on it would clear as many; a new one would clear all others. `suspects` is
        what `suspects()` returns: with two candidates it holds every one between them.
        """
        place = {candidate: bit for bit, candidate in enumerate(suspects)}
        children_left = dict.fromkeys(suspects, 0)
        for candidate in suspects:
            for parent in self.parents[candidate]:
                if parent in place:
                    children_left[parent] += 1
        # Sets of ancestors as the bits of integers, each dropped after its last child.
        sets: dict[int, int] = {}
        weights = {}
        for candidate in suspects:
            bits = 1 << place[candidate]
            for parent in self.parents[candidate]:
                if parent not in place:
                    continue
                bits |= sets[parent]
                children_left[parent] -= 1
                if not children_left[parent]:
                    del sets[parent]
            weights[candidate] = bits.bit_count()
            if children_left[candidate]:
                sets[candidate] = bits
        return weights
