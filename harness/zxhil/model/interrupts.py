"""Interrupt objects: bound, triggered, destroyed, as the pages of zx_interrupt_* describe them."""

from __future__ import annotations

from collections.abc import Callable

from zxhil.abi.objects import LIMITS, ObjType
from zxhil.model.facts import Fact
from zxhil.model.guests import vcpu_of
from zxhil.model.objects import KernelObject
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate, tri

VIRTUAL = LIMITS["ZX_INTERRUPT_VIRTUAL"]
BIND_TO_INTERRUPT = LIMITS["ZX_PORT_BIND_TO_INTERRUPT"]


class Interrupt(KernelObject):
    """An interrupt that was created with `options`.

    `triggered`: a wait for it ends at once. `unacknowledged`: its packet was read from the port,
    and it was not re-armed since. `times` are the timestamps that it was triggered with since then.
    """

    __slots__ = (
        "bound",
        "destroyed",
        "guest",
        "options",
        "port",
        "times",
        "triggered",
        "unacknowledged",
    )

    def __init__(self, options: int) -> None:
        super().__init__(ObjType.INTERRUPT)
        self.options = options
        self.bound: Fact[bool] = Fact(False)
        self.destroyed: Fact[bool] = Fact(False)
        self.triggered: Fact[bool] = Fact(False)
        self.unacknowledged: Fact[bool] = Fact(False)
        self.port: KernelObject | None = None
        self.guest: Fact[KernelObject | bool] = Fact(False)
        """The guest of the VCPUs that it is bound to; False if there are none."""
        self.times: tuple[int, ...] = ()

    def yes_or_no_facts(self) -> tuple[Fact[bool], ...]:
        """All of them."""
        return self.bound, self.destroyed, self.triggered, self.unacknowledged


def known(s: State, handle: int) -> Interrupt | None:
    """The interrupt behind a handle; None if its state is not known."""
    object_ = s.object(handle)
    if not isinstance(object_, Interrupt) or object_.unseen or object_.unidentified:
        return None
    return object_


def _asked(s: State, handle: int, question: Callable[[Interrupt], Tri]) -> Tri:
    interrupt = known(s, handle)
    if interrupt is None:
        return both(MAYBE, s.is_a(handle, ObjType.INTERRUPT))
    return both(s.valid(handle), question(interrupt))


def destroyed(s: State, handle: int) -> Tri:
    """Was zx_interrupt_destroy called on it?"""
    return _asked(s, handle, lambda interrupt: tri(interrupt.destroyed.value))


def bound(s: State, handle: int) -> Tri:
    """Is it bound to a port?

    Pages do not say what closing the port does.
    """

    def question(interrupt: Interrupt) -> Tri:
        answer = tri(interrupt.bound.value)
        port = interrupt.port
        lost = port is None or s.held(port) != YES
        return both(answer, MAYBE) if lost else answer

    return _asked(s, handle, question)


def not_bound(s: State, handle: int) -> Tri:
    """Is it bound to no port?"""
    is_interrupt = s.is_a(handle, ObjType.INTERRUPT)
    return both(is_interrupt, negate(bound(s, handle)))


def not_virtual(s: State, handle: int) -> Tri:
    """Was it created without ZX_INTERRUPT_VIRTUAL?"""
    return _asked(s, handle, lambda interrupt: tri(not interrupt.options & VIRTUAL))


def left_unacknowledged(s: State, handle: int) -> Tri:
    """Is it bound, and was its packet read and not acknowledged?

    ERRORS can be read as if any bound interrupt were meant, the text of the page says otherwise.
    """

    def question(interrupt: Interrupt) -> Tri:
        return either(MAYBE, tri(interrupt.unacknowledged.value))

    return both(bound(s, handle), _asked(s, handle, question))


def other_guest(s: State, handle: int, vcpu: int) -> Tri:
    """Is it bound to VCPUs of another guest than that of `vcpu`?"""
    is_vcpu = s.is_a(vcpu, ObjType.VCPU)

    def question(interrupt: Interrupt) -> Tri:
        own, bound_to = vcpu_of(s, vcpu), interrupt.guest.value
        if bound_to is False:
            return NO
        if own is None or own.guest is None or bound_to is None:
            return MAYBE
        return tri(bound_to is not own.guest)

    return both(is_vcpu, _asked(s, handle, question))


def packet_read(s: State, port: KernelObject | None) -> None:
    """A packet was read from a port to which interrupts may be bound."""
    for object_ in list(s.every_object()):
        if isinstance(object_, Interrupt) and (port is None or object_.port in (None, port)):
            s.change(object_.unacknowledged, None, None)
