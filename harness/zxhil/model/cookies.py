"""Cookies: what the pages of set_cookie and get_cookie have in common."""

from __future__ import annotations

from typing import Any

from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Clause
from zxhil.model.facts import Fact
from zxhil.model.objects import Cookie
from zxhil.model.page import Page
from zxhil.model.state import State, made
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, negate, tri

#: The object types that can have a cookie, on both pages.
COOKIE_TYPES = (ObjType.EVENT, ObjType.EVENTPAIR, ObjType.RESOURCE, ObjType.VMO)


def cookie_handles(page: Page[Any]) -> None:
    """The errors of both handles."""
    page.valid("handle", clause="bad_handle_handle")
    page.valid("scope", clause="bad_handle_scope")
    page.of_type(
        "handle",
        *COOKIE_TYPES,
        clause="not_supported",
        status=Status.ZX_ERR_NOT_SUPPORTED,
        sentence="the object is of a type that has no cookie",
        words="not a handle to an object that may have a cookie set",
    )


def _cookie(s: State, handle: int) -> tuple[Cookie | None, Tri]:
    """The cookie of a handle's object, and whether the handle is valid and the cookie set."""
    object_ = s.object(handle)
    if object_ is None or object_.cookie is None:
        return None, NO
    return object_.cookie, both(s.valid(handle), tri(object_.cookie.present.value))


def _unseen_cookie(s: State, handle: int) -> Tri:
    """May the object have a cookie that was set before the case began?"""
    object_ = s.object(handle)
    if object_ is None or object_.type not in COOKIE_TYPES:
        return s.unknown(handle)
    return both(MAYBE, s.valid(handle))


def is_scope(s: State, handle: int, scope: int) -> Tri:
    """Is the cookie set, and `scope` the object that it was set with?"""
    cookie, is_set = _cookie(s, handle)
    given = s.object(scope)
    if cookie is None or cookie.scope is None or given is None or cookie.scope.value is None:
        return NO
    return both(is_set, both(s.valid(scope), s.is_same(scope, cookie.scope.value)))


def unset(s: State, handle: int) -> Tri:
    """Can the object have a cookie, and has none set?"""
    object_ = s.object(handle)
    if object_ is None or object_.type not in COOKIE_TYPES:
        return s.unknown(handle)
    if object_.cookie is None:
        # A bootstrap object: whoever had it before may have set a cookie.
        return both(s.valid(handle), MAYBE)
    return both(s.valid(handle), negate(tri(object_.cookie.present.value)))


def other_scope(s: State, handle: int, scope: int) -> Tri:
    """Was the cookie set with another object as scope than this one?"""
    cookie, is_set = _cookie(s, handle)
    if cookie is None:
        return both(_unseen_cookie(s, handle), s.valid(scope))
    if cookie.scope is None:
        return NO
    other = negate(s.is_same(scope, cookie.scope.value))
    return both(is_set, both(s.valid(scope), other))


def scope_lost(s: State, handle: int) -> Tri:
    """Is the cookie set, and no handle to its scope left?"""
    cookie, is_set = _cookie(s, handle)
    if cookie is None:
        return _unseen_cookie(s, handle)
    if cookie.scope is None:
        return NO
    key = cookie.scope.value
    gone: Tri = MAYBE if key is None or key.unidentified else negate(s.held(key))
    return both(is_set, gone)


def eventpair_closed(s: State, handle: int) -> Tri:
    """Is it one side of an event pair, and the other side closed?

    MAYBE for a cookie that this kernel was seen to keep: the call that showed it was blamed.
    """
    object_ = s.object(handle)
    if object_ is None or object_.type is not ObjType.EVENTPAIR:
        return s.unknown(handle)
    closed = s.peer_closed(handle)
    if object_.cookie is not None and object_.cookie.outlives_peer:
        return both(closed, MAYBE)
    return closed


def _outlives_peer(s: State, handle: int) -> bool:
    """Does a call that just succeeded on the cookie show that closing the peer left it alone?"""
    object_ = s.object(handle)
    before = object_ is not None and object_.cookie is not None and object_.cookie.outlives_peer
    return before or eventpair_closed(s, handle) == YES


def set_cookie(s: State, handle: int, scope: int, value: int, clause: Clause) -> None:
    """The object has this cookie now, as `clause` says."""
    object_ = s.object(handle)
    if object_ is None:
        return
    if object_.cookie is not None:
        for fact in (object_.cookie.present, object_.cookie.value, object_.cookie.scope):
            if fact is not None:
                fact.expectation = None
    outlives_peer = _outlives_peer(s, handle)
    key = s.fact(s.object(scope) or made(0, None), clause)
    object_.cookie = Cookie(key, s.fact(value, clause), s.fact(True, clause))
    object_.cookie.outlives_peer = outlives_peer


def cookie_seen(s: State, handle: int, scope: int, value: int) -> None:
    """The cookie was read, with this object as scope."""
    object_, key = s.object(handle), s.object(scope)
    if object_ is None or object_.cookie is None:
        return
    cookie = object_.cookie
    cookie.outlives_peer = _outlives_peer(s, handle)
    s.saw(cookie.present, True)
    s.saw(cookie.value, value)
    if key is None:
        return
    if cookie.scope is not None:
        s.saw(cookie.scope, key)
    elif s.settles:
        # It was read although no call had set it.
        cookie.scope = Fact(key)


def unchanged(
    s: State, handle: int, scope: int, value: int, *, as_set: Clause, unset: Clause
) -> None:
    """A failed call left the cookie unchanged: by clause `as_set`, or `unset` if none was set.

    Otherwise the cookie would be the one that the call passed. While another call's effect is
    unconfirmed, no new expectation is added; of several failed calls the last is blamed.
    """
    object_ = s.object(handle)
    cookie = None if object_ is None else object_.cookie
    if cookie is None or cookie.present.value is None:
        return
    clause = as_set if cookie.present.value else unset
    facts: list[Fact[Any]] = [cookie.present]
    if cookie.present.value:
        facts += [cookie.value] if cookie.scope is None else [cookie.value, cookie.scope]
    left = [f for f in facts if f.value is not None and _rests_on(f, clause)]
    for fact in left:
        s.change(fact, fact.value, clause)
    given = s.object(scope)
    if cookie.scope is not None and given is not None:
        broken = ((cookie.scope, given), (cookie.value, value))
        for fact in left:
            if fact is not cookie.present:
                fact.broken = broken


def _rests_on(fact: Fact[Any], clause: Clause) -> bool:
    """Is the fact confirmed, or expected because of this same clause?"""
    return fact.expectation is None or fact.expectation.clause is clause
