"""The facts of the pages whose calls the guest tests make, as the pages stood at an age.

They hold the clauses of `zxhil.model.pages` and the pages together: each clause follows from
a fact, and each fact is looked for on the pages that a user brings. The words are for looking
up; the pages themselves are not copied.
"""

from __future__ import annotations

from zxhil.docs.facts import channels, handles, objects, sockets, tasks
from zxhil.docs.facts.fact import PageFact, PageFacts

BY_PAGE: dict[str, PageFacts] = {
    each.name: each
    for module in (handles, objects, channels, sockets, tasks)
    for each in module.PAGES
}

__all__ = ["BY_PAGE", "PageFact", "PageFacts"]
