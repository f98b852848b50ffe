"""zx_process_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ProcessCreate
from zxhil.abi.objects import LIMITS, ObjType, Property
from zxhil.abi.rights import DEFAULT_RIGHTS, Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.page import Page
from zxhil.model.pairs import in_one_place
from zxhil.model.properties import as_name, change_property
from zxhil.model.state import State
from zxhil.model.task_objects import KernelTask
from zxhil.model.tasks import begins, job_is_closed, task_of
from zxhil.model.tri import MAYBE, Tri, both, either
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

named = page.effect(
    "named",
    "the name is the one given, cut to ZX_MAX_NAME_LEN-1 characters",
    words=("name", "silently truncated"),
)
page.handle("job", ObjType.JOB)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "job lacks ZX_RIGHT_WRITE, and ZX_RIGHT_MANAGE_PROCESS, which RIGHTS requires instead",
    about="job",
    words="zx_right_write",
)
def access_denied(s: State, c: ProcessCreate) -> Tri:
    """ERRORS and RIGHTS contradict each other: a kernel may ask for the one or the other."""
    lacks = s.lacks(c.job, Rights.WRITE)
    return both(lacks, either(MAYBE, s.lacks(c.job, Rights.MANAGE_PROCESS)))


@page.unspecified
def manage_process(s: State, c: ProcessCreate) -> Tri:
    """RIGHTS wants ZX_RIGHT_MANAGE_PROCESS, ERRORS has no status for its absence."""
    return s.lacks(c.job, Rights.MANAGE_PROCESS)


page.pointer("name", kept=LIMITS["ZX_MAX_NAME_LEN"] - 1)
page.names("proc_handle", formerly="out")
page.pointer("proc_handle")
page.pointer("vmar_handle")
page.options()
page.no_memory()
page.when("bad_state", "job is dead", job_is_closed, "job", words="dead state")


@page.success
def success(s: State, c: ProcessCreate, o: Outcome) -> None:
    process = s.new_object(KernelTask(ObjType.PROCESS), s.object(c.job))
    vmar = s.new_object(root_vmar(process))
    begins(s, process)
    change_property(s, process, Property.NAME, as_name(c.name, c.name_size), named)
    if in_one_place(s, o, ("proc_handle", "vmar_handle"), (process, vmar), child_of_job):
        return
    s.new_handle(o.number("proc_handle"), process, rights.fact(s), child_of_job)
    vmar_rights = s.fact(_VMAR_RIGHTS, rights.clause)
    s.new_handle(o.number("vmar_handle"), vmar, vmar_rights, vmar_returned)


@page.failure
def failure(s: State, c: ProcessCreate, o: Outcome) -> None:
    job = task_of(s, c.job)
    if job is not None and o.status == Status.ZX_ERR_BAD_STATE:
        s.saw(job.closed, True)
