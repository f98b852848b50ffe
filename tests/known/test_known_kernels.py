from __future__ import annotations

import pytest
from run_builders import GIT, kernel
from zxhil.known.kernels import Range, applies, unordered


@pytest.mark.parametrize(
    ("pattern", "there"),
    [
        ("git-50d20f1", True),
        ("git-50d20f11275ecdd47faa393e3ff6465cee07a670", True),
        ("50d20f1", False),
        ("git-*a670", True),
        ("build-x64/*", True),
        ("build-arm64/*", False),
        ("zxhil-standin", False),
        (">=1", False),
    ],
)
def test_a_kernel_is_named_by_version_or_image(pattern: str, there: bool) -> None:
    assert applies((pattern,), kernel(version=GIT)) is there


def test_any_of_the_patterns_will_do_and_none_names_all() -> None:
    assert applies(("x", "git-"), kernel())
    assert not applies(("x", "y"), kernel())
    assert applies((), kernel())


@pytest.mark.parametrize(
    ("pattern", "version", "there"),
    [
        (">=1.2", "1.2", True),
        (">=1.2", "1.10", True),
        (">=1.2", "1.1.9", False),
        ("<1.2, >=1", "1.1", True),
        ("<1.2, >=1", "1.2", False),
        ("<1.2, >=1", "0.9", False),
        ("==1.2", "1.2.0", True),
        ("!=1.2", "1.2.0", False),
        (">1.2", "1.2.0", False),
        ("<=1.2", "1.2.0", True),
        ("<=1.10", "1.9", True),
        ("<2", "git-1", False),
    ],
)
def test_a_range_compares_numbers(pattern: str, version: str, there: bool) -> None:
    assert applies((pattern,), kernel(version=version)) is there


@pytest.mark.parametrize("pattern", [">=", ">=git-1", "=1", ">1 <2", ">=1,,<2", "<1.x"])
def test_invalid_range_is_refused(pattern: str) -> None:
    assert Range.is_range(pattern)
    assert Range.parse(pattern) is None


def test_a_version_without_an_order_is_reported() -> None:
    assert unordered((">=1",), kernel(version=GIT))
    assert not unordered((">=1",), kernel(version="1.4"))
    assert not unordered(("git-",), kernel(version=GIT))
