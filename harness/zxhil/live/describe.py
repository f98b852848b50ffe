"""Text for `help` and completion: a call's parameters, and what its page documents."""

from __future__ import annotations

import functools
import inspect

from zxhil.abi.calls import BY_NAME
from zxhil.abi.calls.given import default, derived, names, positions
from zxhil.abi.kinds import Pointer, Where
from zxhil.abi.status import status_name
from zxhil.model.clause import ClauseKind
from zxhil.model.pages import load_or_none_yet


def near(name: str) -> str:
    """A suggestion of calls with names similar to `name`."""
    import difflib

    near = difflib.get_close_matches(name.removeprefix("zx_"), list(BY_NAME), 3, 0.5)
    return f"there is k.{', k.'.join(near)}" if near else "dir(k) lists the calls"


@functools.cache
def signature(name: str) -> inspect.Signature:
    """The parameters of a call as `help` shows them."""
    syscall = BY_NAME[name]
    parameters = []
    sizes = derived(syscall)
    needed = True
    for each in names(syscall):
        by_position = each in positions(syscall)
        kind = next(p.kind for p in syscall.parameters if p.name == each)
        # Arguments after an optional one are optional.
        needed = needed and kind.is_value and kind.is_handle
        parameters.append(
            inspect.Parameter(
                each,
                inspect.Parameter.POSITIONAL_OR_KEYWORD
                if by_position
                else inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty
                if needed
                else _Shown(f"len({sizes[each]})" if each in sizes else default(syscall, each)),
            )
        )
    return inspect.Signature(parameters)


class _Shown:
    """A default as shown by `help`; & is memory for an output."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        if isinstance(self._value, Pointer) and self._value.where is Where.SCRATCH:
            return "&"
        return hex(self._value) if isinstance(self._value, int) else str(self._value)


@functools.cache
def page_text(name: str) -> str:
    """What a call's page documents, a line for each sentence."""
    page = load_or_none_yet(name)
    lines = [f"zx_{name}, made by the guest and judged.", ""]
    for clause in page.clauses:
        statuses = "|".join(status_name(s) for s in clause.statuses)
        what = statuses if clause.kind is not ClauseKind.EFFECT else "effect"
        lines.append(f"{what}: {clause.sentence} ({clause.id})")
    return "\n".join(lines)
