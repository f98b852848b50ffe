"""Objects that come in pairs: channels, sockets, event pairs."""

from __future__ import annotations

from zxhil.model.facts import Fact, KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.page import Clause, Outcome
from zxhil.model.state import State


def new_pair(
    s: State,
    o: Outcome,
    ends: tuple[KernelObject, KernelObject],
    clause: Clause,
    rights: Fact[KnownRights],
) -> None:
    """Enter the two handles of a new pair (`out0`, `out1`), promised by `clause`."""
    ends[0].peer, ends[1].peer = ends[1], ends[0]
    for name, end in zip(("out0", "out1"), ends, strict=True):
        s.new_object(end)
        own = s.fact(rights.value, rights.expectation.clause if rights.expectation else None)
        s.new_handle(o.number(name), end, own, clause)
