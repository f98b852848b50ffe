"""What a kind asks of the one who spells a value, for its tests."""

from __future__ import annotations

from typing import Any


class Spelling:
    """Takes numbers, handles and bytes as they are."""

    most_bytes = 4096

    def named(self, value: Any) -> Any:
        return value

    handle = named

    def wrong(self, problem: str, remedy: str) -> Exception:
        return ValueError(f"{problem}: {remedy}")
