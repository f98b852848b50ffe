"""zx_process_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ProcessCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import DEFAULT_RIGHTS, Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.pairs import in_one_place
from zxhil.model.state import State
from zxhil.model.tri import Tri
from zxhil.model.vmars import root_vmar

page = Page("process_create", ProcessCreate, "process_create.md, 2018-12")

child_of_job = page.effect(
    "child_of_job", "the new process is a child of job", words="child of that job", purpose=True
)
vmar_returned = page.effect(
    "vmar_returned",
    "the root of its address space is returned as well",
    words="root of its address space",
)
rights = page.default_rights(
    "process", "the handles have the default rights of their types (handles.md, rights.h)"
)
# The root of an address space may have rights to map, too: no page says which.
_VMAR_RIGHTS = KnownRights(DEFAULT_RIGHTS["vmar"], exact=False)

page.handle("job", ObjType.JOB, Rights.WRITE)


@page.unspecified
def manage_process(s: State, c: ProcessCreate) -> Tri:
    """RIGHTS wants ZX_RIGHT_MANAGE_PROCESS, ERRORS has no status for its absence."""
    return s.lacks(c.job, Rights.MANAGE_PROCESS)


page.pointer("name")
page.names("proc_handle", formerly="out")
page.pointer("proc_handle")
page.pointer("vmar_handle")
page.options()
page.no_memory()
page.never(
    "bad_state",
    Status.ZX_ERR_BAD_STATE,
    "job is dead (no call in the model kills one)",
    words="dead state",
)


@page.success
def success(s: State, c: ProcessCreate, o: Outcome) -> None:
    process = s.new_object(KernelObject(ObjType.PROCESS), s.object(c.job))
    vmar = s.new_object(root_vmar(process))
    if in_one_place(s, o, ("proc_handle", "vmar_handle"), (process, vmar), child_of_job):
        return
    s.new_handle(o.number("proc_handle"), process, rights.fact(s), child_of_job)
    vmar_rights = s.fact(_VMAR_RIGHTS, rights.clause)
    s.new_handle(o.number("vmar_handle"), vmar, vmar_rights, vmar_returned)
