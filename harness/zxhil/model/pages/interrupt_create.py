"""zx_interrupt_create, as its page stood in 2018-12.

Of physical interrupts the page does not say which numbers there are, and which are in use.
"""

from __future__ import annotations

from zxhil.abi.calls import InterruptCreate
from zxhil.abi.objects import LIMITS, ObjType, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.interrupts import VIRTUAL, Interrupt
from zxhil.model.objects import Resource
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.stated import BAD_POINTER
from zxhil.model.tri import MAYBE, NO, YES, Tri, both

page = Page("interrupt_create", InterruptCreate, "interrupt_create.md, 2018-12")

_MODES = {0, *(value for name, value in LIMITS.items() if "ZX_INTERRUPT_MODE" in name)}
_MODE_MASK = 0xE
_FLAGS = VIRTUAL | _MODE_MASK | LIMITS["ZX_INTERRUPT_REMAP_IRQ"]
_ALLOWED = (ResourceKind.IRQ, ResourceKind.ROOT)

created = page.effect(
    "created",
    "a handle to a new interrupt object is returned",
    words="virtual interrupt is returned",
    purpose=True,
)
rights = page.rights(
    "usable_rights",
    "the handle has the seven rights that the page lists",
    "interrupt",
    *(Rights.INSPECT, Rights.DUPLICATE, Rights.TRANSFER, Rights.READ),
    *(Rights.WRITE, Rights.WAIT, Rights.SIGNAL),
    words=("zx_right_inspect", "zx_right_signal"),
)


def _physical(c: InterruptCreate) -> Tri:
    """Of ZX_INTERRUPT_VIRTUAL with other options the page does not say if that is virtual."""
    if not c.options & VIRTUAL:
        return YES
    return NO if c.options == VIRTUAL else MAYBE


@page.error(
    Status.ZX_ERR_BAD_HANDLE,
    "src_obj is not valid, for a physical interrupt",
    about="src_obj",
    words="not a virtual interrupt",
)
def bad_handle(s: State, c: InterruptCreate) -> Tri:
    return both(_physical(c), s.invalid(c.src_obj))


@page.error(
    Status.ZX_ERR_WRONG_TYPE,
    "src_obj is neither a resource nor a PCI device, for a physical interrupt",
    about="src_obj",
    words="appropriate type",
)
def wrong_type(s: State, c: InterruptCreate) -> Tri:
    return both(_physical(c), s.not_a(c.src_obj, ObjType.RESOURCE, ObjType.PCI_DEVICE))


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "src_obj does not allow this, for a physical interrupt",
    about="src_obj",
    words="does not allow",
)
def access_denied(s: State, c: InterruptCreate) -> Tri:
    """A resource of another kind than IRQ; of the root resource pages do not say it."""
    object_ = s.object(c.src_obj)
    kind = object_.kind if isinstance(object_, Resource) else None
    refused: Tri = MAYBE if kind is None or kind in _ALLOWED else YES
    return both(both(_physical(c), refused), s.valid(c.src_obj))


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "options has an invalid flag",
    about="options",
    words="invalid flags",
)
def invalid_args_options(s: State, c: InterruptCreate) -> Tri:
    if c.options & ~_FLAGS or c.options & _MODE_MASK not in _MODES:
        return YES
    return MAYBE if _physical(c) == MAYBE else NO


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "out_handle is an invalid pointer",
    about="out_handle",
    words=BAD_POINTER,
)
def invalid_args_out_handle(s: State, c: InterruptCreate) -> Tri:
    return s.bad_output(c.out_handle)


page.no_memory()


@page.unspecified
def number_to_be_had(s: State, c: InterruptCreate) -> Tri:
    """Which numbers a physical interrupt may have, and that each can be had once, is not said."""
    return both(_physical(c), MAYBE)


@page.success
def success(s: State, c: InterruptCreate, o: Outcome) -> None:
    interrupt = s.new_object(Interrupt(c.options))
    s.new_handle(o.number("out_handle"), interrupt, rights.fact(s), created)
