"""zx_job_set_policy, as its page was in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import JobSetPolicy
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.policies import (
    ABSOLUTE,
    MOST,
    SURELY_TOO_MANY,
    conflicts,
    has_living_child,
    invalid_action,
    invalid_condition,
    refused,
    set_policy,
)
from zxhil.model.state import State
from zxhil.model.tri import NO, Tri, tri

page = Page("job_set_policy", JobSetPolicy, "job_set_policy.md, 2018-12")

applied = page.effect(
    "applied",
    "the job has the policy, and so has every new child",
    words=("new child process", "effective policy applied"),
    purpose=True,
)

denied = page.when(
    "denied",
    "a process of the job makes a call that a policy denies",
    lambda s: NO,
    status=(Status.ZX_ERR_ACCESS_DENIED, Status.ZX_ERR_NOT_SUPPORTED),
    words=("zx_pol_action_deny", "prevent"),
)
page.pointer("policy")
page.when(
    "invalid_args_count",
    "count is zero",
    lambda s, count: tri(count == 0),
    "count",
    status=Status.ZX_ERR_INVALID_ARGS,
    about="count",
    words="was 0",
)
page.names("options", formerly="policy")
page.one_of(
    "options",
    (0, ABSOLUTE),
    "options is neither ZX_JOB_POL_RELATIVE nor ZX_JOB_POL_ABSOLUTE",
    clause="invalid_args_options",
    words="zx_job_pol_relative",
)
page.one_of(
    "topic",
    (0,),
    "topic is not ZX_JOB_POL_BASIC",
    clause="invalid_args_topic",
    words="zx_job_pol_basic",
)
page.valid("handle", words="not valid handle|not a valid handle")
page.of_type("handle", ObjType.JOB)
page.has_right("handle", Rights.SET_POLICY, words="zx_pol_right_set|zx_right_set_policy")
page.when(
    "bad_state",
    "the job has a child that is alive",
    has_living_child,
    "handle",
    words="existing jobs or processes",
)
page.range(
    "count",
    MOST,
    "count is more than ZX_POL_MAX",
    clause="out_of_range_count",
    surely=SURELY_TOO_MANY,
    words="bigger than zx_pol_max",
)
out_of_range_condition = page.when(
    "out_of_range_condition",
    "a condition is more than ZX_POL_MAX",
    lambda s, policy: invalid_condition(policy),
    "policy",
    status=Status.ZX_ERR_OUT_OF_RANGE,
    about="condition",
    words="bigger than zx_pol_max",
)
page.when(
    "already_exists",
    "the job has a policy that conflicts",
    conflicts,
    *("handle", "options", "policy"),
    words="conflicts with",
)
page.when(
    "not_supported",
    "an entry has an action that is none",
    lambda s, policy: invalid_action(policy),
    "policy",
    words="invalid value",
)
page.no_memory()


@page.unspecified
def no_condition(s: State, c: JobSetPolicy) -> Tri:
    """The page refuses a condition above ZX_POL_MAX, and lists none that is ZX_POL_MAX.

    Pages before 2018-02-23 list the conditions, and say nothing of others.
    """
    silent = out_of_range_condition.id in s.unstated
    unlisted = (e.condition for e in c.policy.values if e.condition >= MOST)
    return tri(None if any(silent or each <= SURELY_TOO_MANY for each in unlisted) else False)


@page.success
def success(s: State, c: JobSetPolicy, o: Outcome) -> None:
    set_policy(s, c.handle, c.options, c.policy, applied)


@page.failure
def failure(s: State, c: JobSetPolicy, o: Outcome) -> None:
    if o.status == Status.ZX_ERR_ALREADY_EXISTS:
        refused(s, c.handle, c.policy)
