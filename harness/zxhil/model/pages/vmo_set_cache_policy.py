"""zx_vmo_set_cache_policy, as its page stood in 2018-12.

Its text says that the call can be used on memory backed VMOs, its list of errors that it is
refused on them: both are allowed.
"""

from __future__ import annotations

from zxhil.abi.calls import VmoSetCachePolicy
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.objects import NO_POLICY, Vmo
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate
from zxhil.model.vmos import policy_of, unusable

page = Page("vmo_set_cache_policy", VmoSetCachePolicy, "vmo_set_cache_policy.md, 2018-12")
page.changes = {"handle": ObjType.VMO}

policy_set = page.effect(
    "policy_set", "the VMO has the cache policy", words="sets caching policy", purpose=True
)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "another cache policy was set before",
    words="configured for this vmo already",
)
def access_denied_configured(s: State, c: VmoSetCachePolicy) -> Tri:
    """Whether setting the same one again is changing it, the page does not say."""

    def changed(policy: int) -> bool:
        return policy not in (NO_POLICY, c.cache_policy)

    policy = policy_of(s, c.handle)
    again = policy.asks(lambda before: before == c.cache_policy)
    return both(s.is_a(c.handle, ObjType.VMO), either(policy.asks(changed), both(again, MAYBE)))


page.has_right("handle", Rights.MAP, clause="access_denied_map")
page.valid("handle")
page.of_type(
    "handle",
    ObjType.VMO,
    status=(Status.ZX_ERR_WRONG_TYPE, Status.ZX_ERR_BAD_HANDLE),
    words=("handle must be of type", "zx_obj_type_vmo"),
)
page.one_of(
    "cache_policy",
    range(4),
    "cache_policy is none that the page lists",
    clause="invalid_args_policy",
    words="outside of the ones listed",
)
page.unmodelled(
    Status.ZX_ERR_INVALID_ARGS,
    "invalid mix",
    why="the policies are the numbers 0 to 3: what mixes them is one of them",
)


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "the VMO is not one of physical memory",
    words="not one holding physical memory",
    contradicted=True,
)
def not_supported(s: State, c: VmoSetCachePolicy) -> Tri:
    return both(s.is_a(c.handle, ObjType.VMO), negate(unusable(s, c.handle)))


page.state(
    not_supported,
    words="also be used on a regular memory backed vmo",
    in_text=True,
)


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the VMO is mapped, cloned, or a clone",
    words=("mapped", "cloned"),
)
def bad_state_shared(s: State, c: VmoSetCachePolicy) -> Tri:
    vmo = s.object(c.handle)
    if not isinstance(vmo, Vmo) or vmo.unseen or vmo.unidentified:
        return both(s.is_a(c.handle, ObjType.VMO), MAYBE)
    answer: Tri = YES if vmo.made_by == "vmo_clone" else MAYBE if vmo.mapped or vmo.placed else NO
    for clone in vmo.clones:
        answer = either(answer, YES if s.held(clone) == YES else MAYBE)
    return both(s.valid(c.handle), answer)


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the VMO has committed pages: some were written",
    words="memory committed",
)
def bad_state_committed(s: State, c: VmoSetCachePolicy) -> Tri:
    vmo = s.object(c.handle)
    if not isinstance(vmo, Vmo) or vmo.unseen or vmo.unidentified:
        return both(s.is_a(c.handle, ObjType.VMO), MAYBE)
    return both(s.valid(c.handle), MAYBE if vmo.mapped else vmo.committed)


@page.success
def success(s: State, c: VmoSetCachePolicy, o: Outcome) -> None:
    s.change(policy_of(s, c.handle), c.cache_policy, policy_set)


@page.failure
def failure(s: State, c: VmoSetCachePolicy, o: Outcome) -> None:
    s.may_have_become(policy_of(s, c.handle), c.cache_policy)
