"""Keeping the model small over a long case: what can matter no more is let go.

Promises as old as `PROMISES_KEPT` newer ones are believed from then on. A handle that is closed
for sure is as one that never was, and an object that nothing can reach any more is gone.
"""

from __future__ import annotations

from zxhil.model.children import exists
from zxhil.model.objects import KernelObject
from zxhil.model.state import State
from zxhil.model.tri import NO

PROMISES_KEPT = 4096
#: How many calls are judged between two times of forgetting.
EVERY = 4096


def prune(s: State) -> None:
    """Drop old expectations, dead handles, and objects that only those led to."""
    promised = [fact for fact in s.expected_facts if fact.expectation is not None]
    for fact in promised[:-PROMISES_KEPT]:
        fact.expectation = fact.basis = None
    s.expected_facts = promised[-PROMISES_KEPT:]
    s.leftovers.clear()
    for value, entry in list(s.table.items()):
        if entry.live.value is False and entry.live.expectation is None:
            del s.table[value]
            object_ = entry.object.value
            if object_ is not None and entry in object_.handles:
                object_.handles.remove(entry)
    for koid, object_ in list(s.by_koid.items()):
        if not object_.given and not object_.children and _unreachable(s, object_):
            del s.by_koid[koid]
    for entry in s.table.values():
        if entry.object.value is not None:
            _drop_dead_children(s, entry.object.value)


def _unreachable(s: State, object_: KernelObject) -> bool:
    return not object_.handles and not object_.in_transit and exists(s, object_) == NO


def _drop_dead_children(s: State, parent: KernelObject) -> None:
    parent.children = [
        child for child in parent.children if child.children or not _unreachable(s, child)
    ]
