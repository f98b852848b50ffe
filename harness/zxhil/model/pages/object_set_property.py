"""zx_object_set_property, as its page was in 2018-12: for errors it refers to another page."""

from __future__ import annotations

from zxhil.abi.calls import ObjectSetProperty
from zxhil.abi.objects import ObjType, Property
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.properties import (
    SPECS,
    as_value,
    change_property,
    no_such_property,
    not_allowed,
    not_of_type,
    property_of,
    too_small,
)
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, both, either, tri

page = Page("object_set_property", ObjectSetProperty, "object_set_property.md, 2018-12")

changed = page.effect(
    "changed", "the property has the new value", words="modifies the value", purpose=True
)
_GET = "object_get_property.md"

page.valid("handle")
page.when(
    "wrong_type",
    "the object's type has no such property",
    not_of_type,
    "handle",
    "property",
)
access_denied = page.has_right("handle", Rights.SET_PROPERTY)


@page.error(Status.ZX_ERR_INVALID_ARGS, "value is an invalid pointer")
def invalid_args_value(s: State, c: ObjectSetProperty) -> Tri:
    """Bytes beyond the property need not be mapped."""
    spec = SPECS.get(c.property)
    bad = s.bad_input(c.value, c.value_size, null_when_empty=False)
    return bad if spec is not None and c.value_size == spec.size else both(bad, MAYBE)


page.no_memory()


@page.error(Status.ZX_ERR_BUFFER_TOO_SMALL, "value_size is too small for the property")
def buffer_too_small(s: State, c: ObjectSetProperty) -> Tri:
    """A name that ends before its buffer could be one of full size may be accepted."""
    small = too_small(c.property, c.value_size)
    return both(small, MAYBE) if c.property == Property.NAME else small


@page.error(Status.ZX_ERR_NOT_SUPPORTED, "there is no such property")
def not_supported(s: State, c: ObjectSetProperty) -> Tri:
    return no_such_property(c.property)


@page.error(Status.ZX_ERR_PEER_CLOSED, "the socket's other end is closed")
def peer_closed(s: State, c: ObjectSetProperty) -> Tri:
    """Said of the threshold for writing; of the one for reading the page is silent."""
    closed = both(s.is_a(c.handle, ObjType.SOCKET), s.peer_closed(c.handle))
    if c.property == Property.SOCKET_TX_THRESHOLD:
        return closed
    return both(closed, MAYBE) if c.property == Property.SOCKET_RX_THRESHOLD else NO


@page.unlisted_where(Status.ZX_ERR_OUT_OF_RANGE, Status.ZX_ERR_BAD_STATE)
def value_refused(s: State, c: ObjectSetProperty) -> Tri:
    """What can't be set, and which values are refused, the page does not say with a status."""
    read_only = not_allowed(c.property, to_set=True)
    return either(read_only, tri(None if _may_refuse(c) else False))


def _may_refuse(c: ObjectSetProperty) -> bool:
    """Registers: of the own thread. The debug address: once. Thresholds: up to the capacity."""
    if c.property in (Property.NAME, Property.PROCESS_VDSO_BASE_ADDRESS):
        return False
    content = None if c.value.content is None else c.value.content.whole
    small = content is not None and int.from_bytes(content[:8], "little") <= 1
    return not (small and c.property != Property.PROCESS_DEBUG_ADDR)


@page.success
def success(s: State, c: ObjectSetProperty, o: Outcome) -> None:
    given = None if c.value.content is None else c.value.content.whole
    change_property(s, s.object(c.handle), c.property, as_value(c.property, given), changed)


@page.failure
def failure(s: State, c: ObjectSetProperty, o: Outcome) -> None:
    object_, given = s.object(c.handle), None if c.value.content is None else c.value.content.whole
    value = as_value(c.property, given)
    if object_ is None or s.valid(c.handle) == NO:
        return
    if value is not None and c.property in object_.properties:
        s.may_have_become(property_of(s, c.handle, c.property), value)
    else:
        # Before it was set, a threshold is known to be none.
        change_property(s, object_, c.property, None, changed)


page.facts = [fact for fact in page.facts if not fact.status]
page.state(access_denied, words="zx_right_set_property", in_text=True)
for _clause in (*(clause for clause, _ in page.errors), *page.permitted):
    page.elsewhere[_clause.id.partition("/")[2]] = _GET
