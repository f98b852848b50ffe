"""Numbers with a noun, in the singular where it is one."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return ``1 case`` or ``2 cases``; `plural` where it is not the noun and an "s".

    >>> counted(1, "boot"), counted(0, "boot"), counted(2, "status", "statuses")
    ('1 boot', '0 boots', '2 statuses')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
