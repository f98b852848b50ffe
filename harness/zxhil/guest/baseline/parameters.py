"""What the kinds of parameters mean for the C of a case."""

from __future__ import annotations

from zxhil.abi.calls import Parameter
from zxhil.abi.kinds import (
    OUT_KINDS,
    InBytes,
    InHandles,
    InOutDispositions,
    Out,
    OutHandleInfos,
    OutHandles,
)


def is_written(parameter: Parameter) -> bool:
    """Does the call write through it?"""
    return isinstance(parameter.kind, OUT_KINDS)


def is_read(parameter: Parameter) -> bool:
    """Is it a pointer to memory that the call reads?"""
    return isinstance(parameter.kind, InBytes | InHandles | InOutDispositions)


def is_new_handle(parameter: Parameter) -> bool:
    """Is it a pointer to one handle that the call writes?"""
    return isinstance(parameter.kind, Out) and parameter.kind.target == "zx_handle_t"


def has_new_handles(parameter: Parameter) -> bool:
    """Does the call write handles through it?"""
    return is_new_handle(parameter) or isinstance(parameter.kind, OutHandles | OutHandleInfos)


def counted_by(parameter: Parameter) -> str:
    """The parameter that says how many bytes or elements the memory has; "" if none does."""
    size = getattr(parameter.kind, "size", getattr(parameter.kind, "number", ""))
    return size if isinstance(size, str) else ""


def element(parameter: Parameter) -> str:
    """The type in C of what it points to; char for void."""
    target = parameter.kind.ctype.removeprefix("const ").rstrip("* ")
    return "char" if target == "void" else target


def bits(parameter: Parameter) -> int:
    """How many bits a value passed in a register has."""
    return int(getattr(parameter.kind, "bits", 64))
