"""The two instruction sets that Zircon runs on."""

from __future__ import annotations

import enum


class Arch(enum.StrEnum):
    """An architecture, by the name that Zircon's build gives it."""

    X64 = "x64"
    ARM64 = "arm64"
