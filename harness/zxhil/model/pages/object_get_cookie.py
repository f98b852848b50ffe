"""zx_object_get_cookie, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ObjectGetCookie
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.cookies import (
    COOKIE_TYPES,
    cookie_handles,
    cookie_seen,
    eventpair_closed,
    other_scope,
    scope_lost,
    unset,
)
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import Tri

page = Page("object_get_cookie", ObjectGetCookie, "object_get_cookie.md, 2018-12")
page.asks_cookies = True
page.observes = True

_SOME_FAILURE = (
    Status.ZX_ERR_BAD_HANDLE,
    Status.ZX_ERR_NOT_SUPPORTED,
    Status.ZX_ERR_ACCESS_DENIED,
    Status.ZX_ERR_INVALID_ARGS,
)


@page.grant(
    "events, event pairs, resources and VMOs may have a cookie",
    Status.ZX_ERR_NOT_SUPPORTED,
    words=("some objects", "events", "event pairs", "resources", "vmos"),
)
def may_have(s: State, c: ObjectGetCookie) -> Tri:
    return s.is_a(c.handle, *COOKIE_TYPES)


cookie_read = page.effect(
    "cookie_read",
    "the cookie that was set is returned",
    words=("obtain the cookie", "same object as scope"),
    purpose=True,
)
page.when(
    "eventpair_invalidated",
    "one side of an event pair was closed: the other's cookie can no longer be read",
    eventpair_closed,
    "handle",
    status=_SOME_FAILURE,
    words=("one side of the pair is closed", "invalidated"),
)
page.when(
    "scope_gone",
    "the scope's object or the handle to it is gone: the cookie can't be read",
    scope_lost,
    "handle",
    status=_SOME_FAILURE,
    words=("scope is destroyed", "no longer be modified or obtained"),
)
cookie_handles(page)
page.when(
    "access_denied_not_set",
    "no cookie has been set",
    unset,
    "handle",
    status=Status.ZX_ERR_ACCESS_DENIED,
    words="cookie has not been set",
)
page.when(
    "access_denied_scope",
    "scope is not the one that the cookie was set with",
    other_scope,
    "handle",
    "scope",
    status=Status.ZX_ERR_ACCESS_DENIED,
    about="scope",
    words="not the correct scope",
)
page.pointer("cookie")


@page.outputs
def outputs(s: State, c: ObjectGetCookie, o: Outcome) -> Iterator[Mismatch]:
    object_ = s.object(c.handle)
    got = o.number("cookie")
    if o.status != Status.ZX_OK or object_ is None or object_.cookie is None or got is None:
        return
    value = object_.cookie.value
    if not value.may_be(got):
        due = " or ".join(f"{each:#x}" for each in value.possible)
        yield Mismatch(cookie_read, f"the cookie {due}", f"{got:#x}")


@page.success
def success(s: State, c: ObjectGetCookie, o: Outcome) -> None:
    got = o.number("cookie")
    s.reach(cookie_read, got is not None)
    if got is not None:
        cookie_seen(s, c.handle, c.scope, got)
