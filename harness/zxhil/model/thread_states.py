"""The kinds of state that a thread has, and how many bytes each takes, as far as pages tell.

Structs differ between architectures and ages: of those, only bounds are known.
"""

from __future__ import annotations

from zxhil.abi.objects import LIMITS, ThreadState
from zxhil.model.tri import MAYBE, NO, YES, Tri

_SMALLEST, _LARGEST = 128, 4096

#: Kind: the size is at least, and at most.
_SIZES: dict[int, tuple[int, int]] = {
    ThreadState.GENERAL_REGS: (_SMALLEST, _LARGEST),
    ThreadState.FP_REGS: (0, _LARGEST),
    ThreadState.VECTOR_REGS: (_SMALLEST, _LARGEST),
    ThreadState.DEBUG_REGS: (32, _LARGEST),
    ThreadState.SINGLE_STEP: (4, 4),
    LIMITS["ZX_THREAD_X86_REGISTER_FS"]: (8, 8),
    LIMITS["ZX_THREAD_X86_REGISTER_GS"]: (8, 8),
}
_LAST_UNKNOWN = 31
"""Headers before and after 2018-12 name other kinds up to this at most."""


def unknown_kind(kind: int) -> Tri:
    """Is it no kind of state?"""
    if kind in _SIZES:
        return NO
    return MAYBE if kind <= _LAST_UNKNOWN else YES


def unsupported(kind: int) -> Tri:
    """Does the hardware lack it? All has general registers; of others the page does not say."""
    return NO if kind == ThreadState.GENERAL_REGS else max(MAYBE, unknown_kind(kind))


def too_small(kind: int, size: int) -> Tri:
    """Is a buffer of this size too small?"""
    least, most = _SIZES.get(kind, (0, _LARGEST))
    if size < least:
        return YES
    return MAYBE if size < most else NO


def other_size(kind: int, size: int) -> Tri:
    """Is that not the size of the kind's struct?"""
    least, most = _SIZES.get(kind, (0, _LARGEST))
    if not least <= size <= most:
        return YES
    return NO if least == most else MAYBE
