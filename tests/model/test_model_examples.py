"""The examples of docs/model.md and of the library's docstrings do what they say."""

from __future__ import annotations

import doctest
from pathlib import Path

import zxhil.model.kernel

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "model.md"


def test_examples_of_the_document():
    result = doctest.testfile(str(DOCUMENT), module_relative=False)
    assert result.attempted > 20
    assert result.failed == 0


def test_examples_of_the_kernel():
    result = doctest.testmod(zxhil.model.kernel)
    assert result.attempted > 3
    assert result.failed == 0
