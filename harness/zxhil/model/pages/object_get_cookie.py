"""zx_object_get_cookie, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ObjectGetCookie
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.cookies import (
    COOKIE_TYPES,
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
page.observes = True

_SOME_FAILURE = (
    Status.ZX_ERR_BAD_HANDLE,
    Status.ZX_ERR_NOT_SUPPORTED,
    Status.ZX_ERR_ACCESS_DENIED,
    Status.ZX_ERR_INVALID_ARGS,
)


@page.grant(
    "events, event pairs, resources and VMOs may have a cookie", Status.ZX_ERR_NOT_SUPPORTED
)
def may_have(s: State, c: ObjectGetCookie) -> Tri:
    return s.is_a(c.handle, *COOKIE_TYPES)


cookie_read = page.effect("cookie_read", "the cookie that was set is returned", purpose=True)


@page.error(
    _SOME_FAILURE, "one side of an event pair was closed: the other's cookie can no longer be read"
)
def eventpair_invalidated(s: State, c: ObjectGetCookie) -> Tri:
    return eventpair_closed(s, c.handle)


@page.error(
    _SOME_FAILURE, "the scope's object or the handle to it is gone: the cookie can't be read"
)
def scope_gone(s: State, c: ObjectGetCookie) -> Tri:
    return scope_lost(s, c.handle)


@page.error(Status.ZX_ERR_BAD_HANDLE, "handle is not valid")
def bad_handle_handle(s: State, c: ObjectGetCookie) -> Tri:
    return s.invalid(c.handle)


@page.error(Status.ZX_ERR_BAD_HANDLE, "scope is not a valid handle")
def bad_handle_scope(s: State, c: ObjectGetCookie) -> Tri:
    return s.invalid(c.scope)


@page.error(Status.ZX_ERR_NOT_SUPPORTED, "the object is of a type that has no cookie")
def not_supported(s: State, c: ObjectGetCookie) -> Tri:
    return s.not_a(c.handle, *COOKIE_TYPES)


@page.error(Status.ZX_ERR_ACCESS_DENIED, "no cookie has been set")
def access_denied_not_set(s: State, c: ObjectGetCookie) -> Tri:
    return unset(s, c.handle)


@page.error(Status.ZX_ERR_ACCESS_DENIED, "scope is not the one that the cookie was set with")
def access_denied_scope(s: State, c: ObjectGetCookie) -> Tri:
    return other_scope(s, c.handle, c.scope)


@page.error(Status.ZX_ERR_INVALID_ARGS, "cookie is an invalid pointer")
def invalid_args_cookie(s: State, c: ObjectGetCookie) -> Tri:
    return s.bad_output(c.cookie)


@page.outputs
def outputs(s: State, c: ObjectGetCookie, o: Outcome) -> Iterator[Mismatch]:
    object_ = s.object(c.handle)
    got = o.number("cookie")
    if o.status != Status.ZX_OK or object_ is None or object_.cookie is None or got is None:
        return
    value = object_.cookie.value.value
    if value is not None and got != value:
        yield Mismatch(cookie_read, f"the cookie {value:#x}", f"{got:#x}")


@page.success
def success(s: State, c: ObjectGetCookie, o: Outcome) -> None:
    got = o.number("cookie")
    s.reach(cookie_read, got is not None)
    if got is not None:
        cookie_seen(s, c.handle, c.scope, got)
