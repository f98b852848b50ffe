"""The kinds of state that a thread has, and how many bytes each takes, as far as pages tell.

Structs differ between architectures and ages: of those, only bounds are known.
"""

from __future__ import annotations

from typing import Any

from zxhil.abi.objects import LIMITS, ObjType, ThreadState
from zxhil.abi.rights import Rights
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.clause import Clause
from zxhil.model.facts import Fact
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.task_objects import Frozen, KernelTask
from zxhil.model.tasks import holders, state_unavailable
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
_X64_SIZE, _ARM64_SIZE = 144, 272
"""Of zx_thread_state_general_regs_t in 2018-12: so a buffer's size tells the architecture."""
_WHOLE = (
    ThreadState.SINGLE_STEP,
    LIMITS["ZX_THREAD_X86_REGISTER_FS"],
    LIMITS["ZX_THREAD_X86_REGISTER_GS"],
)
_X86_ONLY = _WHOLE[1:]
"""Of these two the page says that they are only relevant on x86."""
_LAST_UNKNOWN = 31
"""Headers before and after 2018-12 name other kinds up to this at most."""


def unknown_kind(kind: int) -> Tri:
    """Is it no kind of state?"""
    if kind in _SIZES and kind not in _X86_ONLY:
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


# ---- what both pages say


def thread_and_kind(page: Page[Any], right: Rights) -> None:
    """The errors of the handle and the kind."""
    page.valid("handle")
    page.of_type("handle", ObjType.THREAD, words="not that of a thread")
    page.has_right("handle", right)
    page.when(
        "invalid_args_kind",
        "there is no such kind of state",
        lambda s, kind: unknown_kind(kind),
        "kind",
        status=Status.ZX_ERR_INVALID_ARGS,
        about="kind",
        words="not valid",
    )


def availability(page: Page[Any]) -> None:
    """The errors of a state that can't be had."""
    page.when(
        "bad_state",
        "the thread is neither suspended nor stopped in an exception",
        state_unavailable,
        "handle",
        words="where state is available",
    )
    page.when(
        "not_supported",
        "the hardware, or the kernel, lacks this kind of state",
        lambda s, kind: unsupported(kind),
        "kind",
        about="kind",
        words="not supported",
    )


# ---- what a thread's state is while it is suspended


def part_of(kind: int, sample: Sample | None) -> bytes | None:
    """The bytes of a state that are compared: of general registers, the second to the fourth.

    These are what a trace carries, without the first, which is a handle in a new process.
    """
    if sample is None:
        return None
    if kind == ThreadState.GENERAL_REGS:
        return sample.first[8:32] if len(sample.first) >= 32 else None
    return sample.whole if kind in _WHOLE else None


def begins_with(s: State, thread: KernelTask, arg2: int, clause: Clause) -> None:
    """A thread was started with this second argument; all other registers are zero.

    On x64 the second register is none of the arguments, on arm64 it is `arg2`.
    """
    tokens = thread.keepers
    thread.frozen = {}
    if not tokens:
        return
    for size, first in ((_X64_SIZE, 0), (_ARM64_SIZE, arg2)):
        part = first.to_bytes(8, "little") + bytes(16)
        kind = int(ThreadState.GENERAL_REGS)
        thread.frozen[kind, size] = Frozen(s.fact(part, clause), tokens)


def frozen_part(s: State, thread: KernelTask | None, kind: int, size: int) -> Fact[bytes]:
    """What of a thread's state is known."""
    known = None if thread is None else thread.frozen.get((kind, size))
    if known is None or not any(s.held(token) == YES for token in known.tokens):
        return Fact(None)
    return known.part


def write_part(
    s: State, thread: KernelTask | None, kind: int, size: int, value: bytes | None, clause: Clause
) -> None:
    """A thread's state was written, as `clause` says; None: it is not known to what."""
    if thread is None:
        return
    tokens = holders(s, thread)
    part: Fact[bytes] = Fact(None) if value is None else s.fact(value, clause)
    thread.frozen = {**thread.frozen, (kind, size): Frozen(part, tokens)}
