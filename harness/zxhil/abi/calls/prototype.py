"""A call of the table as a value: what a class of the table says, read once."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import NamedTuple, TypeVar, get_args

from zxhil.abi.calls.notation import STATUS
from zxhil.abi.kinds import Kind, Scalar

#: A decoded call: an instance of one of the classes of the table.
AnyCall = NamedTuple

#: Among a call's outputs, the value that a call without a status returned. No parameter in C can
#: have this name.
RETURN = "return"

_Class = TypeVar("_Class", bound=type)


class AnsweredBy(enum.StrEnum):
    """Who does what a call is for."""

    KERNEL = "kernel"
    VDSO = "vdso"
    """The vDSO, which enters the kernel by other calls, if at all."""
    INTERNAL = "internal"
    """The kernel, and the vDSO alone can ask it to: programs can't."""
    TEST = "test"
    """The kernel, for the tests of its own way in."""


class Parameter(NamedTuple):
    """One parameter of a prototype: its name and what it is."""

    name: str
    kind: Kind


class Syscall(NamedTuple):
    """A call's name without the ``zx_`` prefix, its class, and its parameters in order.

    `returns` is the kind of its value, None if it has none; `never`: it does not return.
    """

    name: str
    type: type[AnyCall]
    parameters: tuple[Parameter, ...]
    returns: Scalar | None = STATUS
    never: bool = False
    answered_by: AnsweredBy = AnsweredBy.KERNEL

    @property
    def has_status(self) -> bool:
        """Does it return a zx_status_t?"""
        return self.returns is STATUS

    @property
    def in_vdso(self) -> bool:
        """Can a program make the call?"""
        return self.answered_by is not AnsweredBy.INTERNAL


class _Special(NamedTuple):
    returns: Scalar | None
    never: bool
    answered_by: AnsweredBy


_USUAL = _Special(STATUS, never=False, answered_by=AnsweredBy.KERNEL)
_SPECIAL: dict[type, _Special] = {}


def special(
    *,
    returns: Scalar | None = STATUS,
    never: bool = False,
    answered_by: AnsweredBy = AnsweredBy.KERNEL,
) -> Callable[[_Class], _Class]:
    """Say of a class of the table what is not so of most calls."""

    def mark(cls: _Class) -> _Class:
        _SPECIAL[cls] = _Special(None if never else returns, never, answered_by)
        return cls

    return mark


def syscall(cls: type[AnyCall]) -> Syscall:
    """Read a class of the table. ``ChannelWriteEtc`` is zx_channel_write_etc."""
    name = "".join(
        f"_{c.lower()}" if c.isupper() or c.isdigit() else c for c in cls.__name__
    ).lstrip("_")
    fields = cls.__annotations__.items()
    parameters = tuple(Parameter(field, get_args(note)[1]) for field, note in fields)
    return Syscall(name, cls, parameters, *_SPECIAL.get(cls, _USUAL))
