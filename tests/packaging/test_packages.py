"""The Debian packages that a run needs: one list in scripts/setup, and the same elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Packages that only installing needs, or that every Debian image of the place has.
_OTHERS = {"python3", "python3-venv"}


def needed() -> set[str]:
    """The packages that scripts/setup requires for a run."""
    return set(re.findall(r"^need \S+ (\S+)$", (ROOT / "scripts" / "setup").read_text(), re.M))


def named(text: str) -> set[str]:
    """The packages of a file's last apt-get install."""
    lines = re.findall(r"--no-install-recommends ((?:[a-z0-9 -]|\\\n)+)", text)
    return set(lines[-1].replace("\\\n", " ").split())


@pytest.mark.parametrize("place", ["Containerfile", "docs/examples/action.yml"])
def test_each_place_installs_what_setup_does(place: str) -> None:
    wanted = needed() - _OTHERS
    assert {"qemu-system-x86", "clang"} <= wanted
    assert named((ROOT / place).read_text()) - _OTHERS == wanted


def test_the_documents_name_them() -> None:
    text = (ROOT / "docs" / "install.md").read_text()
    assert all(package in text for package in needed() - _OTHERS)
