"""Calls that the policy of the caller's job denies."""

from __future__ import annotations

from zxhil.abi.calls import (
    AnyCall,
    ChannelCreate,
    EventCreate,
    EventpairCreate,
    FifoCreate,
    PortCreate,
    ProcessCreate,
    SocketCreate,
    TimerCreate,
    VmarMap,
    VmoCreate,
)
from zxhil.abi.objects import LIMITS, PolicyCondition
from zxhil.model.clause import Clause
from zxhil.model.facts import Fact
from zxhil.model.pages.job_set_policy import denied, page
from zxhil.model.state import State
from zxhil.model.task_objects import KernelTask

_DENY = LIMITS["ZX_POL_ACTION_DENY"]
_WRITE_AND_EXECUTE = LIMITS["ZX_VM_PERM_WRITE"] | LIMITS["ZX_VM_PERM_EXECUTE"]
#: The condition that each call makes; zx_vmar_map with some options.
_CONDITIONS: dict[type, PolicyCondition] = {
    ChannelCreate: PolicyCondition.NEW_CHANNEL,
    EventCreate: PolicyCondition.NEW_EVENT,
    EventpairCreate: PolicyCondition.NEW_EVENTPAIR,
    FifoCreate: PolicyCondition.NEW_FIFO,
    PortCreate: PolicyCondition.NEW_PORT,
    ProcessCreate: PolicyCondition.NEW_PROCESS,
    SocketCreate: PolicyCondition.NEW_SOCKET,
    TimerCreate: PolicyCondition.NEW_TIMER,
    VmarMap: PolicyCondition.VMAR_WX,
    VmoCreate: PolicyCondition.NEW_VMO,
}


def action_on(s: State, call: AnyCall) -> Fact[int] | None:
    """What the job of the calling process does about this call, as far as that is known.

    Nothing is known of the process that the program was started in.
    """
    process = s.owners.get(s.process)
    condition = _CONDITIONS.get(type(call))
    if condition is None or not isinstance(process, KernelTask):
        return None
    if isinstance(call, VmarMap) and call.options & _WRITE_AND_EXECUTE != _WRITE_AND_EXECUTE:
        return None
    return process.policies.get(condition)


def denied_by(s: State, call: AnyCall) -> Clause | None:
    """The sentence by which this call must fail, as the job of the calling process denies it."""
    action = action_on(s, call)
    if action is None or not (action.value or 0) & _DENY:
        return None
    return next((clause for clause, _ in page.errors if clause.id == denied.id), None)


def was_denied(s: State, call: AnyCall) -> None:
    """The call failed: that its job has the policy, and that its children do, is confirmed."""
    action = action_on(s, call)
    if action is not None:
        s.saw(action, action.value)
