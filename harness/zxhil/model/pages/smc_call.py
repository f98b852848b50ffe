"""zx_smc_call, as its page stood in 2018-12.

The page does not say on which systems the call is supported, nor what of a resource is sufficient:
one of a kind that is for something else is not. It says that the call returns ZX_OK if handle has
sufficient privilege, and not what out_smc_result then holds on a system without a secure monitor.
So the x64 kernels of 2018-12 and 2019-07 conform: they return ZX_OK there, with what looks like
stack content: addresses, others in each call.
"""

from __future__ import annotations

from zxhil.abi.calls import SmcCall
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.objects import Resource
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both

page = Page("smc_call", SmcCall, "smc_call.md, 2018-12")

returned = page.effect(
    "returned",
    "what the secure monitor returns is in out_smc_result",
    words="returned via out_smc_result on success",
    purpose=True,
)
_MAY_DO = (ResourceKind.ROOT, ResourceKind.SMC)

page.handle("handle", ObjType.RESOURCE)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "the resource does not have sufficient privileges",
    about="handle",
    words="sufficient privileges",
)
def access_denied(s: State, c: SmcCall) -> Tri:
    resource = s.object(c.handle)
    known = isinstance(resource, Resource) and resource.kind not in _MAY_DO
    return both(YES if known else MAYBE, s.is_a(c.handle, ObjType.RESOURCE))


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "the system does not support the call",
    words="not supported on this system",
)
def not_supported(s: State, c: SmcCall) -> Tri:
    return MAYBE


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "parameters is NULL (of other bad pointers the page says nothing)",
    about="parameters",
    words="null pointer",
)
def invalid_args_parameters(s: State, c: SmcCall) -> Tri:
    if c.parameters.memory is Memory.NULL:
        return YES
    return MAYBE if c.parameters.memory is Memory.INVALID or not c.parameters.aligned else NO


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "out_smc_result is NULL (of other bad pointers the page says nothing)",
    about="out_smc_result",
    words="null pointer",
)
def invalid_args_result(s: State, c: SmcCall) -> Tri:
    if c.out_smc_result.memory is Memory.NULL:
        return YES
    return MAYBE if s.bad_output(c.out_smc_result) else NO


@page.success
def success(s: State, c: SmcCall, o: Outcome) -> None:
    s.reach(returned, o.outs.get("out_smc_result") is not None)
