"""Policies of jobs: what is known of them, and what new ones do to that."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.kinds import StructsPointer
from zxhil.abi.kinds.layouts import PolicyBasic
from zxhil.abi.objects import LIMITS, ObjType, PolicyCondition
from zxhil.model.children import exists
from zxhil.model.clause import Clause
from zxhil.model.facts import Fact
from zxhil.model.state import State
from zxhil.model.task_objects import KernelTask
from zxhil.model.tasks import asks, is_dead, task_of
from zxhil.model.tri import MAYBE, NO, YES, Tri, either

MOST = LIMITS["ZX_POL_MAX"]
SURELY_TOO_MANY = 64
"""ZX_POL_MAX is in no page; headers after 2018-12 make it larger, never as large as this."""
ABSOLUTE = LIMITS["ZX_JOB_POL_ABSOLUTE"]
_ACTIONS = (0, 1, 2, 3)
_BITS = 7
"""Which of the bits above ZX_POL_ACTION_EXCEPTION kill differs between ages."""
_NEW = tuple(each for each in PolicyCondition if each.name.startswith("NEW_"))


def invalid_action(policy: StructsPointer[PolicyBasic]) -> Tri:
    """Has an entry an action that is none?"""
    worst: Tri = NO if policy.complete else MAYBE
    for entry in policy.values:
        if entry.policy not in _ACTIONS:
            worst = either(worst, MAYBE if entry.policy <= _BITS else YES)
    return worst


def invalid_condition(policy: StructsPointer[PolicyBasic]) -> Tri:
    """Has an entry a condition above ZX_POL_MAX?"""
    if any(entry.condition > SURELY_TOO_MANY for entry in policy.values):
        return YES
    above = any(entry.condition > MOST for entry in policy.values)
    return MAYBE if above or not policy.complete else NO


def has_living_child(s: State, handle: int) -> Tri:
    """Is it a valid handle to a job with a child that is alive?"""

    def question(job: KernelTask) -> Tri:
        worst: Tri = MAYBE if job.unseen or job.reported or s.orphans or job.doomed else NO
        for child in job.children:
            ended = is_dead(s, child) if isinstance(child, KernelTask) else MAYBE
            alive = exists(s, child) if ended == NO else MAYBE if ended == MAYBE else NO
            worst = either(worst, alive)
        return worst

    return asks(s, handle, question, ObjType.JOB)


def conflicts(s: State, handle: int, options: int, policy: StructsPointer[PolicyBasic]) -> Tri:
    """Does an entry conflict with a policy that the job has?

    A policy that is relative gives way. Of what a job has from its ancestors little is known.
    """
    if options != ABSOLUTE:
        return NO

    def question(job: KernelTask) -> Tri:
        worst: Tri = NO if policy.complete else MAYBE
        for about, action in _single(policy):
            worst = either(worst, _differs(job.policies.get(about), action))
        return worst

    return asks(s, handle, question, ObjType.JOB)


def _differs(known: Fact[int] | None, action: int) -> Tri:
    return MAYBE if known is None else known.asks(lambda value: value != action)


def _single(policy: StructsPointer[PolicyBasic]) -> Iterator[tuple[int, int]]:
    """Each condition and its action; ZX_POL_NEW_ANY stands for all that begin with ZX_POL_NEW."""
    for entry in policy.values:
        if entry.condition == PolicyCondition.NEW_ANY:
            yield from ((about, entry.policy) for about in _NEW)
        else:
            yield entry.condition, entry.policy


def set_policy(
    s: State, handle: int, options: int, policy: StructsPointer[PolicyBasic], clause: Clause
) -> None:
    """The job has these policies from now on, as `clause` says."""
    job = task_of(s, handle)
    if job is None:
        return
    if not policy.complete:
        job.policies = {}
    given = list(_single(policy))
    for about, action in given:
        known = job.policies.get(about)
        if options != ABSOLUTE:
            if known is None or known.value is None:
                job.policies[about] = Fact(None)
            continue
        repeated = len({each for other, each in given if other == about}) > 1
        job.policies[about] = Fact(None) if repeated else s.fact(action, clause)


def refused(s: State, handle: int, policy: StructsPointer[PolicyBasic]) -> None:
    """A policy was refused for the conflict: those that the job was believed to have, it has."""
    job = task_of(s, handle)
    if job is None:
        return
    known = [
        fact
        for about, action in _single(policy)
        if (fact := job.policies.get(about)) is not None and fact.value not in (None, action)
    ]
    if len(known) == 1 and len(policy.values) == 1:
        s.saw(known[0], known[0].value)
