"""Every system call, in one table: its parameters in order, and what they are.

Prototypes, and types and rights of handles, are facts of <zircon/syscalls.abigen> of 2018-12;
`channel_write_etc` is one of the headers of 2019-09 and later. A class is the decoded call; a
parameter stands in it once, with its type in Python and its kind (`zxhil.abi.kinds`). What is
not a plain call that returns a status is said in front of its class (`prototype.special`). The
classes lie in one module per family, in the order in which `CALLS` has them.

The modules of the families do not postpone their annotations: the table is made of them.
"""

from types import ModuleType

from zxhil.abi.calls import (
    channels,
    debug,
    devices,
    events,
    guests,
    handles,
    memory,
    objects,
    ports,
    sockets,
    system,
    tasks,
    testing,
)
from zxhil.abi.calls.channels import *
from zxhil.abi.calls.debug import *
from zxhil.abi.calls.devices import *
from zxhil.abi.calls.events import *
from zxhil.abi.calls.guests import *
from zxhil.abi.calls.handles import *
from zxhil.abi.calls.memory import *
from zxhil.abi.calls.objects import *
from zxhil.abi.calls.ports import *
from zxhil.abi.calls.prototype import RETURN as RETURN
from zxhil.abi.calls.prototype import AnsweredBy as AnsweredBy
from zxhil.abi.calls.prototype import AnyCall as AnyCall
from zxhil.abi.calls.prototype import Parameter as Parameter
from zxhil.abi.calls.prototype import Syscall as Syscall
from zxhil.abi.calls.prototype import syscall
from zxhil.abi.calls.sockets import *
from zxhil.abi.calls.system import *
from zxhil.abi.calls.tasks import *
from zxhil.abi.calls.testing import *

_FAMILIES: tuple[ModuleType, ...] = (
    handles,
    objects,
    channels,
    sockets,
    events,
    memory,
    tasks,
    ports,
    system,
    debug,
    devices,
    guests,
    testing,
)

#: Every call, family by family.
CALLS: tuple[Syscall, ...] = tuple(
    syscall(each)
    for family in _FAMILIES
    for each in vars(family).values()
    if isinstance(each, type) and each.__module__ == family.__name__
)

BY_NAME: dict[str, Syscall] = {call.name: call for call in CALLS}

NAMES: dict[type[AnyCall], str] = {call.type: call.name for call in CALLS}
