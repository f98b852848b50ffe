"""zx_vmo_replace_as_executable, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import VmoReplaceAsExecutable
from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.page import Page
from zxhil.model.resources import other_kind
from zxhil.model.state import State
from zxhil.model.tri import NO, Tri, either

_SOURCE = "vmo_replace_as_executable.md, 2018-12"
page = Page("vmo_replace_as_executable", VmoReplaceAsExecutable, _SOURCE)
page.invalidates = "handle"

same_object = page.effect(
    "same_object",
    "the replacement refers to the same VMO",
    words=("replacement for handle", "same underlying"),
    purpose=True,
)
executable = page.effect(
    "executable",
    "the replacement has the rights that the handle had, and ZX_RIGHT_EXECUTE",
    said_with=same_object,
    words="add execute rights|adding the right zx_right_execute",
)
always_invalidated = page.effect(
    "always_invalidated", "handle is gone, whatever the status", words="always invalidated"
)

_other_kind = other_kind(ResourceKind.VMEX)

wrong_type = page.of_type(
    "handle", ObjType.VMO, status=Status.ZX_ERR_BAD_HANDLE, words="valid vm object handle"
)
bad_handle = page.valid("handle", words=())
page.state(bad_handle, said_with=wrong_type)


@page.error(
    Status.ZX_ERR_BAD_HANDLE,
    "vmex is neither ZX_HANDLE_INVALID nor a resource of ZX_RSRC_KIND_VMEX",
    about="vmex",
    words="zx_rsrc_kind_vmex",
)
def bad_vmex(s: State, c: VmoReplaceAsExecutable) -> Tri:
    if not c.vmex:
        return NO
    other = either(s.not_a(c.vmex, ObjType.RESOURCE), _other_kind(s, c.vmex))
    return either(s.invalid(c.vmex), other)


@page.unlisted_where(Status.ZX_ERR_INVALID_ARGS)
def bad_out(s: State, c: VmoReplaceAsExecutable) -> Tri:
    """The page says nothing of an invalid out."""
    return s.bad_output(c.out)


page.no_memory()


@page.success
def success(s: State, c: VmoReplaceAsExecutable, o: Outcome) -> None:
    known = s.rights(c.handle)
    execute = int(Rights.EXECUTE)
    rights: Fact[KnownRights] = s.fact(KnownRights(execute, exact=False), executable)
    if known is not None:
        rights = s.fact(known._replace(bits=known.bits | execute), executable)
    object_ = s.fact(s.object(c.handle), same_object)
    s.take(c.handle, always_invalidated)
    s.new_handle(o.number("out"), object_, rights, same_object)


@page.failure
def failure(s: State, c: VmoReplaceAsExecutable, o: Outcome) -> None:
    s.take(c.handle, always_invalidated)
