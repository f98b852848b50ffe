"""A limit as an option says it."""

from __future__ import annotations

from collections.abc import Iterable

from zxhil.errors import UserError


def limits_of(texts: Iterable[str]) -> dict[str, float]:
    """The limits that options give, by name. Raises UserError for one that is given twice."""
    limits: dict[str, float] = {}
    for text in texts:
        what, seconds = limit_of(text)
        if what in limits:
            raise UserError(f"--limit {text}", f"{what} is given twice", "give it once")
        limits[what] = seconds
    return limits


def limit_of(text: str) -> tuple[str, float]:
    """Take ``boot=60`` apart: which limit, and its seconds. Raises UserError."""
    what, _, number = text.partition("=")
    try:
        seconds = float(number)
    except ValueError:
        seconds = 0.0
    if what not in ("boot", "case", "silence") or not 0 < seconds < float("inf"):
        raise UserError(
            f"--limit {text}",
            "is not boot=, case= or silence= with seconds",
            "use, for example, --limit boot=60",
        )
    return what, seconds
