"""zx_system_get_version, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import SystemGetVersion
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri

page = Page("system_get_version", SystemGetVersion, "system_get_version.md, 2018-12")

filled = page.effect(
    "filled",
    "the array has a string that identifies the system, with its terminating NUL",
    words=("fills in the given character array", "string"),
    purpose=True,
)
_ALWAYS_ENOUGH = 64
_SCHEME = 4
"""Characters that a version begins with; a NUL follows at the earliest."""


@page.error(
    Status.ZX_ERR_BUFFER_TOO_SMALL,
    "version_size is too small",
    about="version_size",
    words="too short",
)
def buffer_too_small(s: State, c: SystemGetVersion) -> Tri:
    if c.version_size <= _SCHEME:
        return YES
    return NO if c.version_size >= _ALWAYS_ENOUGH else MAYBE


@page.grant(
    "64 bytes are always enough", Status.ZX_ERR_BUFFER_TOO_SMALL, words="more than 64 bytes"
)
def always_enough(s: State, c: SystemGetVersion) -> Tri:
    return YES if c.version_size >= _ALWAYS_ENOUGH else NO


@page.unlisted_where(Status.ZX_ERR_INVALID_ARGS)
def bad_pointer(s: State, c: SystemGetVersion) -> Tri:
    """The page says nothing of an array that can't be written."""
    return s.bad_output(c.version)


@page.outputs
def outputs(s: State, c: SystemGetVersion, o: Outcome) -> Iterator[Mismatch]:
    version = o.sample("version")
    whole = None if version is None else version.whole
    if o.status == Status.ZX_OK and whole is not None and whole.find(b"\0") < _SCHEME:
        yield Mismatch(filled, "a string with its terminating NUL", f"{whole!r}")


@page.success
def success(s: State, c: SystemGetVersion, o: Outcome) -> None:
    s.reach(filled, o.sample("version") is not None)
