"""zx_rights_t, as <zircon/rights.h> numbers it, and the defaults that pages state."""

from __future__ import annotations

import enum


class Rights(enum.IntFlag):
    """One bit per right; SAME_RIGHTS is a request, never a right that a handle has."""

    NONE = 0
    DUPLICATE = 1 << 0
    TRANSFER = 1 << 1
    READ = 1 << 2
    WRITE = 1 << 3
    EXECUTE = 1 << 4
    MAP = 1 << 5
    GET_PROPERTY = 1 << 6
    SET_PROPERTY = 1 << 7
    ENUMERATE = 1 << 8
    DESTROY = 1 << 9
    SET_POLICY = 1 << 10
    GET_POLICY = 1 << 11
    SIGNAL = 1 << 12
    SIGNAL_PEER = 1 << 13
    WAIT = 1 << 14
    INSPECT = 1 << 15
    MANAGE_JOB = 1 << 16
    MANAGE_PROCESS = 1 << 17
    MANAGE_THREAD = 1 << 18
    APPLY_PROFILE = 1 << 19
    SAME_RIGHTS = 1 << 31


RIGHTS_BASIC = int(Rights.TRANSFER | Rights.DUPLICATE | Rights.WAIT | Rights.INSPECT)

_NAMES = {right.value: right.name for right in Rights if right.value}


def rights_name(value: int) -> str:
    """Spell rights as a kernel engineer writes them: ``READ|WRITE``, ``SAME_RIGHTS``, ``NONE``."""
    if value == 0:
        return "NONE"
    known = [name for bit, name in _NAMES.items() if value & bit and name]
    rest = value & ~sum(bit for bit in _NAMES if value & bit)
    return "|".join(known + ([hex(rest)] if rest else []))


_IO = Rights.READ | Rights.WRITE
_PROPERTY = Rights.GET_PROPERTY | Rights.SET_PROPERTY
_POLICY = Rights.GET_POLICY | Rights.SET_POLICY
_TASK = _IO | _PROPERTY | Rights.DESTROY | Rights.SIGNAL

#: ZX_DEFAULT_*_RIGHTS of <zircon/rights.h>, 2018-12: a new handle's where its page is silent.
DEFAULT_RIGHTS: dict[str, int] = {
    "vmo": int(RIGHTS_BASIC | _IO | _PROPERTY | Rights.EXECUTE | Rights.MAP | Rights.SIGNAL),
    "socket": int(RIGHTS_BASIC | _IO | _PROPERTY | Rights.SIGNAL | Rights.SIGNAL_PEER),
    "job": int(
        RIGHTS_BASIC
        | _TASK
        | _POLICY
        | Rights.ENUMERATE
        | Rights.MANAGE_JOB
        | Rights.MANAGE_PROCESS
    ),
    "process": int(
        RIGHTS_BASIC | _TASK | Rights.ENUMERATE | Rights.MANAGE_PROCESS | Rights.MANAGE_THREAD
    ),
    "thread": int(RIGHTS_BASIC | _TASK | Rights.MANAGE_THREAD),
    "vmar": int(RIGHTS_BASIC & ~Rights.WAIT),
    "fifo": int(RIGHTS_BASIC | _IO | Rights.SIGNAL | Rights.SIGNAL_PEER),
    "suspend_token": int(Rights.TRANSFER | Rights.INSPECT),
    "profile": int(RIGHTS_BASIC & ~Rights.WAIT | Rights.APPLY_PROFILE),
}

#: The same of every type, also where the page of the call that creates it names rights itself.
HEADER_RIGHTS: dict[str, int] = DEFAULT_RIGHTS | {
    "channel": int(RIGHTS_BASIC & ~Rights.DUPLICATE | _IO | Rights.SIGNAL | Rights.SIGNAL_PEER),
    "event": int(RIGHTS_BASIC | Rights.SIGNAL),
    "eventpair": int(RIGHTS_BASIC | Rights.SIGNAL | Rights.SIGNAL_PEER),
    "port": int(RIGHTS_BASIC & ~Rights.WAIT | _IO),
    "timer": int(RIGHTS_BASIC | Rights.WRITE | Rights.SIGNAL),
    "interrupt": int(RIGHTS_BASIC | _IO | Rights.SIGNAL),
    "guest": int(
        Rights.TRANSFER | Rights.DUPLICATE | Rights.WRITE | Rights.INSPECT | Rights.MANAGE_PROCESS
    ),
    "vcpu": int(RIGHTS_BASIC | _IO | Rights.EXECUTE | Rights.SIGNAL),
    "resource": int(Rights.TRANSFER | Rights.DUPLICATE | Rights.WRITE | Rights.INSPECT),
}

#: Rights that earlier headers had as well, and the day on which a type's default lost them.
_EARLIER: dict[str, tuple[int, int]] = {
    "channel": (20181127, int(_PROPERTY)),
    "event": (20181115, int(_IO)),
    "eventpair": (20181116, int(_IO)),
    "timer": (20181127, int(Rights.READ)),
    "resource": (20180731, int(Rights.READ | Rights.SIGNAL | Rights.WAIT)),
    "guest": (20180809, int(Rights.WAIT)),
    "vmar": (20180410, int(Rights.WAIT)),
}

#: Rights that headers after 2018-12 added: a handle of a later kernel may have them by default.
_LATER = ~((1 << 20) - 1) & 0x7FFFFFFF
_LATER_BY_TYPE = {"job": int(Rights.MANAGE_THREAD)}


def earlier_rights(type_: str, earliest: int) -> int:
    """Rights that a new handle may have besides, on a kernel that may be of the day `earliest`."""
    day, rights = _EARLIER.get(type_, (0, 0))
    return rights if earliest <= day else 0


def most_rights(type_: str) -> int:
    """The rights that a new handle of a type has at the most, by its default of any age.

    handles.md says that a new handle has the default rights of its type.
    """
    return HEADER_RIGHTS[type_] | _LATER_BY_TYPE.get(type_, 0) | _LATER
