"""The kernels of an entry: by version or image name, as a range, a glob, or a prefix.

``zx_system_get_version`` says ``git-<commit>`` for most kernels; commits have no order, so a
range applies only to versions of numbers and dots.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import NamedTuple

from zxhil.run.record import KernelRecord

Version = tuple[int, ...]

_BOUND = re.compile(r"\s*(<=|>=|==|!=|<|>)\s*([0-9]+(?:\.[0-9]+)*)\s*")
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_OPERATORS: dict[str, Callable[[Version, Version], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class Range(NamedTuple):
    """Bounds, all of which a version must satisfy."""

    bounds: tuple[tuple[str, Version], ...]

    @staticmethod
    def is_range(pattern: str) -> bool:
        """Is the pattern meant as a range?"""
        return pattern.lstrip()[:1] in tuple("<>=!")

    @classmethod
    def parse(cls, pattern: str) -> Range | None:
        """Parse ``>=1.2, <1.10``; None if it is not a range."""
        bounds = []
        for part in pattern.split(","):
            match = _BOUND.fullmatch(part)
            if match is None:
                return None
            bounds.append((match[1], _numbers(match[2])))
        return cls(tuple(bounds))

    def holds(self, version: Version) -> bool:
        """Does the version satisfy every bound?"""
        return all(_OPERATORS[sign](version, bound) for sign, bound in self.bounds)


def applies(patterns: tuple[str, ...], kernel: KernelRecord) -> bool:
    """Does a pattern match the kernel? No patterns match all kernels."""
    return not patterns or any(_one(pattern, kernel) for pattern in patterns)


def unordered(patterns: tuple[str, ...], kernel: KernelRecord) -> bool:
    """Is there a range among the patterns, although the kernel's version has no order?"""
    return any(map(Range.is_range, patterns)) and _VERSION.fullmatch(kernel.version) is None


def _one(pattern: str, kernel: KernelRecord) -> bool:
    if Range.is_range(pattern):
        bounds = Range.parse(pattern)
        ordered = _VERSION.fullmatch(kernel.version) is not None
        return ordered and bounds is not None and bounds.holds(_numbers(kernel.version))
    return (
        kernel.version.startswith(pattern)
        or fnmatchcase(kernel.version, pattern)
        or fnmatchcase(kernel.image, pattern)
    )


def _numbers(text: str) -> Version:
    numbers = [int(part) for part in text.split(".")]
    # 1.2 and 1.2.0 are one version.
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
