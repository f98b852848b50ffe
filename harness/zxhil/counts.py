"""Numbers with a noun in singular or plural."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 case`` or ``2 cases``; `plural` if it is not the noun with an "s".

    >>> counted(1, "boot"), counted(0, "boot"), counted(2, "status", "statuses")
    ('1 boot', '0 boots', '2 statuses')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
