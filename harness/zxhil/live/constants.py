"""The constants of the guest tests' header by name, for the prompt."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType

from zxhil.abi.header import zx_header
from zxhil.names import did_you_mean

_CONSTANT = re.compile(r"^#define (ZX_\w+) (?:\(\(\w+\))?(-?(?:0x)?[0-9a-f]+)u?\)?$", re.MULTILINE)
_TIME_INFINITE = (1 << 63) - 1


class NoConstantError(ValueError):
    """An unknown constant's name; `remedy` suggests one."""

    def __init__(self, name: str, remedy: str) -> None:
        super().__init__(f"{name!r} is not a number, nor the name of a constant")
        self.remedy = remedy


@functools.cache
def constants() -> Mapping[str, int]:
    """Every ZX_ constant of the guest tests' header, by its name there."""
    found = {name: int(value, 0) for name, value in _CONSTANT.findall(zx_header())}
    return MappingProxyType({**found, "ZX_TIME_INFINITE": _TIME_INFINITE})


def valued(text: str) -> int:
    """The value of names and numbers joined by ``|``. Raises NoConstantError.

    >>> hex(valued("ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED | 0x100"))
    '0x105'
    """
    value = 0
    for part in (part.strip() for part in text.split("|")):
        if part in constants():
            value |= constants()[part]
            continue
        try:
            value |= int(part, 0)
        except ValueError:
            remedy = "give a number, or a constant such as ZX_RIGHT_READ"
            if part.startswith("ZX_"):
                remedy = did_you_mean(part, constants())
            raise NoConstantError(part, remedy) from None
    return value
