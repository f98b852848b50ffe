"""zx_object_get_property, as its page was in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ObjectGetProperty
from zxhil.abi.objects import Property
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.page import Page
from zxhil.model.properties import (
    SPECS,
    as_value,
    no_such_property,
    not_allowed,
    not_of_type,
    property_of,
    shown,
    too_small,
)
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, Tri, both

page = Page("object_get_property", ObjectGetProperty, "object_get_property.md, 2018-12")
page.observes = True

reported = page.effect(
    "reported",
    "the value of the property is returned",
    words="requests the value",
    purpose=True,
)

page.valid("handle")
page.when(
    "wrong_type",
    "the object's type has no such property",
    not_of_type,
    "handle",
    "property",
    about="handle",
    words="appropriate type",
)
page.state(
    page.has_right("handle", Rights.GET_PROPERTY, words="necessary rights"),
    words="zx_right_get_property",
    in_text=True,
)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "value is an invalid pointer",
    about="value",
    words="invalid pointer",
)
def invalid_args_value(s: State, c: ObjectGetProperty) -> Tri:
    """A buffer that is larger than the property, or too small, need not be mapped."""
    spec = SPECS.get(c.property)
    bad = s.bad_output(c.value)
    return bad if spec is not None and c.value_size == spec.size else both(bad, MAYBE)


page.no_memory()
page.when(
    "buffer_too_small",
    "value_size is too small for the property",
    lambda s, property_, size: too_small(property_, size),
    "property",
    "value_size",
    words="too small",
)
page.when(
    "not_supported",
    "there is no such property",
    lambda s, property_: no_such_property(property_),
    "property",
    about="property",
    words="does not exist",
)


@page.unspecified
def only_set(s: State, c: ObjectGetProperty) -> Tri:
    """The page does not say how getting what can only be set fails."""
    return not_allowed(c.property, to_set=False)


page.unmodelled(
    Status.ZX_ERR_OUT_OF_RANGE,
    "importance",
    why="ZX_PROP_JOB_IMPORTANCE has no number in the headers of 2018-12",
)
page.unmodelled(
    Status.ZX_ERR_PEER_CLOSED,
    "write threshold",
    why="zx_object_set_property returns it: it is modelled there",
)


@page.outputs
def outputs(s: State, c: ObjectGetProperty, o: Outcome) -> Iterator[Mismatch]:
    value = _reported(c, o)
    known = property_of(s, c.handle, c.property)
    if o.status == Status.ZX_OK and value is not None and not known.may_be(value):
        due = " or ".join(shown(c.property, each) for each in known.possible)
        name = f"ZX_PROP_{Property(c.property).name}"
        yield Mismatch(reported, f"{name}={due}", shown(c.property, value))


def _reported(c: ObjectGetProperty, o: Outcome) -> bytes | None:
    sample = o.sample("value")
    return as_value(c.property, None if sample is None else sample.whole)


@page.success
def success(s: State, c: ObjectGetProperty, o: Outcome) -> None:
    value = _reported(c, o)
    s.reach(reported, value is not None)
    if value is not None:
        s.saw(property_of(s, c.handle, c.property), value)
