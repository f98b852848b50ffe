"""How an object of each type is made."""

from __future__ import annotations

from zxhil.abi.objects import ObjType
from zxhil.explore.program import Step, given_handle

_JOB, _RESOURCE = given_handle("job"), given_handle("resource")
#: How an object of a type is made.
MAKERS: dict[ObjType, tuple[Step, ...]] = {
    ObjType.CHANNEL: (Step("channel_create", {"options": 0}),),
    ObjType.SOCKET: tuple(Step("socket_create", {"options": n}) for n in (0, 1, 2, 4, 4)),
    ObjType.EVENT: (Step("event_create", {"options": 0}),),
    ObjType.EVENTPAIR: (Step("eventpair_create", {"options": 0}),),
    ObjType.PORT: (Step("port_create", {"options": 0}),),
    ObjType.TIMER: (Step("timer_create", {"options": 0, "clock_id": 0}),),
    ObjType.FIFO: (
        Step("fifo_create", {"elem_count": 4, "elem_size": 8, "options": 0}),
        Step("fifo_create", {"elem_count": 1, "elem_size": 8, "options": 0}),
    ),
    ObjType.VMO: (Step("vmo_create", {"size": 8192, "options": 0}),),
    ObjType.JOB: (Step("job_create", {"parent_job": _JOB, "options": 0}),),
    ObjType.PROCESS: (Step("process_create", {"job": _JOB, "name": b"p", "options": 0}),),
    ObjType.RESOURCE: (
        Step(
            "resource_create",
            {"parent_rsrc": _RESOURCE, "options": 4, "base": 0, "size": 0, "name": b"r"},
        ),
    ),
    ObjType.INTERRUPT: (Step("interrupt_create", {"src_obj": 0, "src_num": 0, "options": 0x10}),),
}
