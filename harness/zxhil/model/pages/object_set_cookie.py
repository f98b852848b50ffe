"""zx_object_set_cookie, as its page stood in the second half of 2018.

The page contradicts itself: its text has a cookie set where none was set before, its ERRORS
forbid it. Both readings are allowed (`access_denied_not_set`).
"""

from __future__ import annotations

from zxhil.abi.calls import ObjectSetCookie
from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.cookies import (
    cookie_handles,
    eventpair_closed,
    is_scope,
    other_scope,
    scope_lost,
    set_cookie,
    unchanged,
    unset,
)
from zxhil.model.facts import Fact
from zxhil.model.objects import Cookie, KernelObject
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import Tri

page = Page(
    "object_set_cookie", ObjectSetCookie, "object_set_cookie.md, second half of 2018", core=True
)
page.asks_cookies = True
page.changes = {"handle": None}

_SOME_FAILURE = (Status.ZX_ERR_BAD_HANDLE, Status.ZX_ERR_NOT_SUPPORTED, Status.ZX_ERR_ACCESS_DENIED)

# DESCRIPTION


@page.grant(
    "an event may have a cookie",
    Status.ZX_ERR_NOT_SUPPORTED,
    words=("some objects", "events", "event pairs", "resources", "vmos"),
)
def may_have_event(s: State, c: ObjectSetCookie) -> Tri:
    return s.is_a(c.handle, ObjType.EVENT)


@page.grant(
    "an event pair may have a cookie", Status.ZX_ERR_NOT_SUPPORTED, said_with=may_have_event
)
def may_have_eventpair(s: State, c: ObjectSetCookie) -> Tri:
    return s.is_a(c.handle, ObjType.EVENTPAIR)


@page.grant("a resource may have a cookie", Status.ZX_ERR_NOT_SUPPORTED, said_with=may_have_event)
def may_have_resource(s: State, c: ObjectSetCookie) -> Tri:
    return s.is_a(c.handle, ObjType.RESOURCE)


@page.grant("a VMO may have a cookie", Status.ZX_ERR_NOT_SUPPORTED, said_with=may_have_event)
def may_have_vmo(s: State, c: ObjectSetCookie) -> Tri:
    return s.is_a(c.handle, ObjType.VMO)


initially_unreadable = page.effect(
    "initially_unreadable",
    "no cookie can be read before one is set",
    words=("initially", "not readable"),
)
cookie_set = page.effect(
    "cookie_set",
    "after success the cookie is set, and readable by its scope",
    words=("cookie is set", "read the cookie or modify"),
    purpose=True,
)


@page.grant(
    "through the scope's object the cookie may be set anew",
    Status.ZX_ERR_ACCESS_DENIED,
    said_with=cookie_set,
)
def same_scope_modifies(s: State, c: ObjectSetCookie) -> Tri:
    return is_scope(s, c.handle, c.scope)


scope_never_changes = page.effect(
    "scope_never_changes",
    "the scope stays the same for as long as the object lives",
    words="scope may never be changed",
)
eventpair_invalidated = page.when(
    "eventpair_invalidated",
    "one side of an event pair was closed: the other's cookie can no longer be set",
    eventpair_closed,
    "handle",
    status=_SOME_FAILURE,
    words=("one side of the pair is closed", "invalidated"),
)
page.state(eventpair_invalidated, words="not get able or set able")
page.when(
    "scope_gone",
    "the scope's object or the handle to it is gone: the cookie can't be changed",
    scope_lost,
    "handle",
    status=_SOME_FAILURE,
    words=("scope is destroyed", "no longer be modified"),
)
# ERRORS

cookie_handles(page)
page.when(
    "access_denied_scope",
    "the cookie was set before, with another object as scope",
    other_scope,
    "handle",
    "scope",
    status=Status.ZX_ERR_ACCESS_DENIED,
    words=("previously", "different object"),
)
page.when(
    "access_denied_not_set",
    "the cookie has not been set before",
    unset,
    "handle",
    status=Status.ZX_ERR_ACCESS_DENIED,
    words="cookie has not been set",
    contradicted=True,
)
# EFFECTS


@page.success
def success(s: State, c: ObjectSetCookie, o: Outcome) -> None:
    set_cookie(s, c.handle, c.scope, c.cookie, cookie_set)


@page.failure
def failure(s: State, c: ObjectSetCookie, o: Outcome) -> None:
    given = c.handle, c.scope, c.cookie
    unchanged(s, *given, as_set=scope_never_changes, unset=initially_unreadable)


def initial_cookie(s: State, object_: KernelObject) -> None:
    """Give a new object the cookie that every one of its type begins with: none to be read."""
    object_.cookie = Cookie(None, Fact(None), s.fact(False, initially_unreadable))
