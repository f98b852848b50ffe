"""What tests of the model bring a kernel into, and the situations that they gather."""

from __future__ import annotations

from collections.abc import Callable

from zxhil.abi.calls import AnyCall
from zxhil.abi.objects import HandleOp
from zxhil.abi.rights import Rights
from zxhil.model.kernel import Kernel
from zxhil.oracle.simulate import JOB

MOVE, DUPLICATE = int(HandleOp.MOVE), int(HandleOp.DUPLICATE)
SAME = int(Rights.SAME_RIGHTS)
NEVER = 0xDEADBEEF
ACCEPT = 4

# The five pages.
W = "channel_write/"
E = "channel_write_etc/"
S = "socket_share/"
C = "object_set_cookie/"
G = "object_get_child/"

Situation = Callable[[Kernel], AnyCall]
HOLDS: dict[str, Situation] = {}
MISSES: dict[str, Situation] = {}


def holds(*clauses: str) -> Callable[[Situation], Situation]:
    def add(function: Situation) -> Situation:
        for clause in clauses:
            assert clause not in HOLDS
            HOLDS[clause] = function
        return function

    return add


def misses(*clauses: str) -> Callable[[Situation], Situation]:
    def add(function: Situation) -> Situation:
        for clause in clauses:
            assert clause not in MISSES
            MISSES[clause] = function
        return function

    return add


# ---- things to make


def event(k: Kernel) -> int:
    (handle,) = k.event_create()
    return handle


def events(k: Kernel, count: int) -> list[int]:
    return [event(k) for _ in range(count)]


def channel(k: Kernel) -> int:
    return k.channel_create().handles[0]


def rights_of(k: Kernel, handle: int) -> int:
    k.object_get_info(handle)
    rights = k.state.rights(handle)
    assert rights is not None
    return rights.bits


def koid_of(k: Kernel, handle: int) -> int:
    k.object_get_info(handle)
    object_ = k.state.object(handle)
    assert object_ is not None and object_.koid is not None
    return object_.koid


def without(k: Kernel, handle: int, right: Rights) -> int:
    """Replace the handle by one that lacks `right`, and get info of that."""
    (reduced,) = k.handle_replace(handle, rights_of(k, handle) & ~int(right))
    k.object_get_info(reduced)
    return reduced


def looked_at(k: Kernel, handle: int) -> int:
    k.object_get_info(handle)
    return handle


def entry(
    handle: int, operation: int = MOVE, type_: int = 0, rights: int = SAME, result: int = 0
) -> tuple[int, int, int, int, int]:
    return operation, handle, type_, rights, result


def sharing(k: Kernel) -> tuple[int, int]:
    a, b = k.socket_create(ACCEPT)
    return looked_at(k, a), looked_at(k, b)


def socket(k: Kernel) -> int:
    return looked_at(k, k.socket_create().handles[0])


def with_cookie(k: Kernel, handle: int | None = None) -> tuple[int, int]:
    """An object with a cookie, and its scope."""
    made, scope = handle or event(k), event(k)
    k.object_set_cookie(made, scope, 5)
    k.object_get_cookie(made, scope)
    return made, scope


def job(k: Kernel, parent: int = JOB) -> int:
    return looked_at(k, k.job_create(parent).handles[0])
