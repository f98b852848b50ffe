"""Objects that come in pairs: channels, sockets, event pairs."""

from __future__ import annotations

from zxhil.model.clause import Clause, Outcome
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.state import State
from zxhil.model.unknown import received_unseen


def in_one_place(
    s: State,
    o: Outcome,
    names: tuple[str, str],
    objects: tuple[KernelObject, KernelObject],
    clause: Clause,
) -> bool:
    """Do two outputs overlap, so that the memory holds the handle to one or to the other?

    If so, that handle is entered, and the value of the other one is unknown.
    """
    shown = o.number(names[0])
    if not shown or shown != o.number(names[1]):
        return False
    received_unseen(s, list(objects))
    s.new_handle(shown, Fact(None), Fact(None), clause)
    return True


def new_pair(
    s: State,
    o: Outcome,
    ends: tuple[KernelObject, KernelObject],
    clause: Clause,
    rights: Fact[KnownRights],
) -> None:
    """Enter the two handles of a new pair (`out0`, `out1`), as `clause` says."""
    ends[0].peer, ends[1].peer = ends[1], ends[0]
    if in_one_place(s, o, ("out0", "out1"), ends, clause):
        return
    for name, end in zip(("out0", "out1"), ends, strict=True):
        s.new_object(end)
        own = s.fact(rights.value, rights.expectation.clause if rights.expectation else None)
        s.new_handle(o.number(name), end, own, clause)
