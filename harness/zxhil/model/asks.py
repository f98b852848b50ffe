"""What a routine sentence asks of a parameter, as data: baseline cases are made from it."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Asks(enum.StrEnum):
    """What a routine sentence asks of a parameter."""

    VALID = "valid"
    """A handle of the process."""
    TYPE = "type"
    """A handle to an object of one of the types in `detail`."""
    RIGHT = "right"
    """A handle with the right in `detail`."""
    HELD = "held"
    """Rights that the handle has which is the parameter at the place in `detail`."""
    POINTER = "pointer"
    """A pointer to memory that the call can read, write, or both, as its prototype says."""
    VALUE = "value"
    """One of the values in `detail`."""
    BITS = "bits"
    """No bit but those of the mask in `detail`."""
    MOST = "most"
    """At most the value in `detail`."""
    PEER = "peer"
    """A handle to an object whose other side is open."""


class Routine(NamedTuple):
    """What an error sentence asks of a parameter, as data."""

    asks: Asks
    parameter: str
    detail: tuple[int, ...] = ()
