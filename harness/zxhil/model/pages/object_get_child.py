"""zx_object_get_child, as its page stood from 2018-07-23 to 2018-12-05."""

from __future__ import annotations

from zxhil.abi.calls import ObjectGetChild
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.children import child_with_koid, is_child, is_grandchild, no_such_child
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.queries import SAME_RIGHTS
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page(
    "object_get_child", ObjectGetChild, "object_get_child.md, 2018-07-23 to 2018-12-05", core=True
)
NOT_FOUND, WRONG_TYPE = Status.ZX_ERR_NOT_FOUND, Status.ZX_ERR_WRONG_TYPE

# DESCRIPTION

rights_granted = page.effect(
    "rights_granted",
    "the child's handle has the rights asked for",
    words=("requested rights", "not greater"),
    purpose=True,
)
same_rights = page.effect(
    "same_rights",
    "with SAME_RIGHTS the child's handle has the rights of the parent's",
    words=("zx_right_same_rights", "equivalent"),
)


@page.grant(
    "a process's threads can be obtained",
    *(NOT_FOUND, WRONG_TYPE),
    words=("object is a process", "threads"),
)
def process_thread(s: State, c: ObjectGetChild) -> Tri:
    return is_child(s, c.handle, ObjType.PROCESS, ObjType.THREAD, c.koid)


@page.grant(
    "a job's child jobs can be obtained",
    *(NOT_FOUND, WRONG_TYPE),
    words=("object is a job", "jobs", "processes"),
)
def job_job(s: State, c: ObjectGetChild) -> Tri:
    return is_child(s, c.handle, ObjType.JOB, ObjType.JOB, c.koid)


@page.grant("a job's processes can be obtained", NOT_FOUND, WRONG_TYPE, said_with=job_job)
def job_process(s: State, c: ObjectGetChild) -> Tri:
    return is_child(s, c.handle, ObjType.JOB, ObjType.PROCESS, c.koid)


@page.grant(
    "a resource's child resources can be obtained",
    *(NOT_FOUND, WRONG_TYPE),
    words=("object is a resource", "resources"),
)
def resource_resource(s: State, c: ObjectGetChild) -> Tri:
    return is_child(s, c.handle, ObjType.RESOURCE, ObjType.RESOURCE, c.koid)


@page.refusal("only immediate children can be obtained", words="immediate")
def immediate_only(s: State, c: ObjectGetChild) -> Tri:
    return tri(is_grandchild(s, c.handle, c.koid))


_FAMILY = {
    (ObjType.PROCESS, ObjType.THREAD): process_thread,
    (ObjType.JOB, ObjType.JOB): job_job,
    (ObjType.JOB, ObjType.PROCESS): job_process,
    (ObjType.RESOURCE, ObjType.RESOURCE): resource_resource,
}

# ERRORS


page.valid("handle")
page.of_type(
    "handle",
    *(ObjType.PROCESS, ObjType.JOB, ObjType.RESOURCE),
    sentence="handle does not refer to a process, job or resource",
    words="process job or resource",
)
page.has_right("handle", Rights.ENUMERATE, clause="access_denied_enumerate")
page.rights_held(
    "rights",
    "handle",
    clause="access_denied_rights",
    status=Status.ZX_ERR_ACCESS_DENIED,
    words="not present on handle",
)
page.when(
    "not_found",
    "the object has no child with that koid",
    no_such_child,
    "handle",
    "koid",
    words=("child", "koid|kernel object id"),
)
page.no_memory()
page.pointer("out")

# EFFECTS


@page.success
def success(s: State, c: ObjectGetChild, o: Outcome) -> None:
    parent = s.object(c.handle)
    child = child_with_koid(s, parent, c.koid)
    parent_type = ObjType.NONE if parent is None else parent.type
    family = _FAMILY.get((parent_type, child.type), rights_granted)
    if c.rights == SAME_RIGHTS:
        rights = s.same_rights(c.handle, same_rights)
    else:
        rights = s.rights_given(c.handle, c.rights, rights_granted)
    s.new_handle(o.number("out"), s.fact(child, family), rights, family)
