"""Properties of objects: their types and sizes, and what they were set to.

The page names more properties than the headers of its day number (ZX_PROP_JOB_IMPORTANCE), and
does not say which types have a name: those that are created with one do.
"""

from __future__ import annotations

from typing import NamedTuple

from zxhil.abi.kinds import BytesPointer
from zxhil.abi.objects import LIMITS, ObjType, Property
from zxhil.model.clause import Clause
from zxhil.model.facts import Fact
from zxhil.model.objects import KernelObject
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, tri

_NAME_SIZE = LIMITS["ZX_MAX_NAME_LEN"]
_LAST_UNKNOWN = 63
"""Headers before and after 2018-12 number other properties, up to this at most."""


class Spec(NamedTuple):
    """A property: the types that have it, its size in bytes, whether it can be got and set."""

    types: tuple[ObjType, ...]
    size: int
    get: bool
    set: bool


SPECS: dict[int, Spec] = {
    Property.NAME: Spec((ObjType.PROCESS, ObjType.THREAD), _NAME_SIZE, True, True),
    Property.REGISTER_FS: Spec((ObjType.THREAD,), 8, False, True),
    Property.REGISTER_GS: Spec((ObjType.THREAD,), 8, False, True),
    Property.PROCESS_DEBUG_ADDR: Spec((ObjType.PROCESS,), 8, True, True),
    Property.PROCESS_VDSO_BASE_ADDRESS: Spec((ObjType.PROCESS,), 8, True, False),
    Property.SOCKET_RX_THRESHOLD: Spec((ObjType.SOCKET,), 8, True, True),
    Property.SOCKET_TX_THRESHOLD: Spec((ObjType.SOCKET,), 8, True, True),
    Property.JOB_KILL_ON_OOM: Spec((ObjType.JOB,), 8, False, True),
}
_X86_ONLY = (Property.REGISTER_FS, Property.REGISTER_GS)


def no_such_property(property_: int) -> Tri:
    """Does the property not exist?"""
    if property_ in SPECS:
        # Two are defined for x86-64 only.
        return MAYBE if property_ in _X86_ONLY else NO
    return MAYBE if property_ <= _LAST_UNKNOWN else YES


def not_of_type(s: State, handle: int, property_: int) -> Tri:
    """Is it a valid handle to an object of a type that has no such property?"""
    if property_ not in SPECS:
        return both(MAYBE, s.valid(handle))
    other = s.not_a(handle, *SPECS[property_].types)
    return both(other, MAYBE) if property_ == Property.NAME else other


def too_small(property_: int, size: int) -> Tri:
    """Is a value of this size too small?"""
    spec = SPECS.get(property_)
    return MAYBE if spec is None else tri(size < spec.size)


def not_allowed(property_: int, *, to_set: bool) -> Tri:
    """Does the page not list the operation for the property?"""
    spec = SPECS.get(property_)
    if spec is None:
        return MAYBE
    return tri(not (spec.set if to_set else spec.get))


def property_of(s: State, handle: int, property_: int) -> Fact[bytes]:
    """What the property is, as far as it is known; nothing of an object that others may change."""
    object_ = s.object(handle)
    if object_ is None or object_.unseen or object_.unidentified or s.valid(handle) == NO:
        return Fact(None)
    return object_.properties.get(property_) or Fact(None)


def change_property(
    s: State, object_: KernelObject | None, property_: int, value: bytes | None, clause: Clause
) -> None:
    """The property is `value` from now on, as `clause` says; None: not known."""
    if object_ is None or property_ not in SPECS:
        return
    fact = s.fact(value, clause) if value is not None else Fact(None)
    object_.properties = {**object_.properties, property_: fact}


def as_name(pointer: BytesPointer, size: int) -> bytes | None:
    """The name that an object has that was given this one; None if the trace has not all of it."""
    given = None if pointer.content is None else pointer.content.whole
    if given is None:
        return b"" if size == 0 else None
    return given.split(b"\0", 1)[0][: _NAME_SIZE - 1]


def as_value(property_: int, raw: bytes | None) -> bytes | None:
    """What of a property's bytes is its value: of a name, those before the NUL."""
    spec = SPECS.get(property_)
    if raw is None or spec is None:
        return None
    if property_ == Property.NAME:
        return raw.split(b"\0", 1)[0][: _NAME_SIZE - 1]
    return raw[: spec.size] if len(raw) >= spec.size else None


def shown(property_: int, value: bytes) -> str:
    """A property's value for people."""
    if property_ == Property.NAME:
        return repr(value.decode("utf-8", "replace"))
    return f"{int.from_bytes(value, 'little'):#x}"
