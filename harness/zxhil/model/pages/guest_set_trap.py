"""zx_guest_set_trap, as its page stood in 2018-12.

The page does not say how large the address spaces are, nor which kinds a machine has: it names
ZX_GUEST_TRAP_IO on every one.
"""

from __future__ import annotations

from zxhil.abi.calls import GuestSetTrap
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.guests import BELL, IO, MEM, Trap, guest_of, same_place
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, tri
from zxhil.model.vmos import PAGE_SIZE

page = Page("guest_set_trap", GuestSetTrap, "guest_set_trap.md, 2018-12")

trap_set = page.effect(
    "trap_set",
    "an access within the range generates a packet",
    words="when there is an access by a vcpu",
    purpose=True,
)
key_reported = page.effect(
    "key_reported", "the packet of a trap has its key", words="set the key field"
)
_SURELY_IN_RANGE = 1 << 32
_IO_PORTS = 1 << 16
_LARGEST = 1 << 64
_LOCAL_APIC = 0xFEE00000

page.handle("handle", ObjType.GUEST, Rights.WRITE)


@page.error(
    Status.ZX_ERR_BAD_HANDLE,
    "port_handle is neither ZX_HANDLE_INVALID nor a valid handle",
    about="port_handle",
    words="invalid handles",
)
def bad_handle_port(s: State, c: GuestSetTrap) -> Tri:
    return s.invalid(c.port_handle) if c.port_handle else NO


page.of_type("port_handle", ObjType.PORT, clause="wrong_type_port")
page.has_right("port_handle", Rights.WRITE, clause="access_denied_port")


@page.error(
    Status.ZX_ERR_ALREADY_EXISTS,
    "the guest has a trap of the same kind at addr (bells and memory share an address space)",
    words="already exists",
)
def already_exists(s: State, c: GuestSetTrap) -> Tri:
    guest = guest_of(s, c.handle)
    if guest is None:
        return both(MAYBE, s.is_a(c.handle, ObjType.GUEST))
    there = [sure and trap.kind == c.kind for trap, sure in same_place(guest, c.kind, c.addr)]
    return both(YES if any(there) else MAYBE if there else NO, s.valid(c.handle))


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "kind is no address space of a guest",
    about="kind",
    words="not a valid address space",
)
def invalid_args_kind(s: State, c: GuestSetTrap) -> Tri:
    if c.kind in (BELL, MEM):
        return NO
    return MAYBE if c.kind == IO else YES


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "addr or size is not page-aligned, for a bell or memory",
    words="do not meet the requirements",
)
def invalid_args_alignment(s: State, c: GuestSetTrap) -> Tri:
    if c.kind not in (BELL, MEM):
        return NO
    if (c.addr | c.size) % PAGE_SIZE:
        return YES
    return MAYBE if c.addr == _LOCAL_APIC and c.size != PAGE_SIZE else NO


@page.error(Status.ZX_ERR_INVALID_ARGS, "size is 0", about="size", words="size is 0")
def invalid_args_size(s: State, c: GuestSetTrap) -> Tri:
    return tri(c.size == 0)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "a port is given for a trap on memory, or on I/O ports (which only the text has)",
    words="specified with a port_handle",
)
def invalid_args_port(s: State, c: GuestSetTrap) -> Tri:
    return tri(c.kind in (MEM, IO) and c.port_handle != 0)


@page.error(
    (Status.ZX_ERR_INVALID_ARGS, Status.ZX_ERR_BAD_HANDLE),
    "no port is given for a bell",
    words=("zx_guest_trap_bell is set", "must be specified"),
)
def bell_without_port(s: State, c: GuestSetTrap) -> Tri:
    return tri(c.kind == BELL and c.port_handle == 0)


page.no_memory()


@page.error(
    Status.ZX_ERR_OUT_OF_RANGE,
    "addr and size reach out of the address space",
    words="outside of",
)
def out_of_range(s: State, c: GuestSetTrap) -> Tri:
    end = c.addr + c.size
    if end > _LARGEST:
        return YES
    return MAYBE if end > (_IO_PORTS if c.kind == IO else _SURELY_IN_RANGE) else NO


@page.success
def success(s: State, c: GuestSetTrap, o: Outcome) -> None:
    guest, port = guest_of(s, c.handle), s.object(c.port_handle)
    if guest is not None:
        guest.set.append(Trap(c.kind, c.addr, c.size, c.key, port))
    if port is not None:
        # Packets come when the guest runs.
        port.unseen = True


@page.failure
def failure(s: State, c: GuestSetTrap, o: Outcome) -> None:
    guest = guest_of(s, c.handle)
    if guest is not None:
        guest.perhaps.append(Trap(c.kind, c.addr, c.size, c.key))
