"""Claims of guest tests: each must be a clause of the model, before anything boots.

A claim of a clause that does not exist makes its case vacuous on every kernel.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.names import no_such

if TYPE_CHECKING:
    from zxhil.guest.cases import Case

_PAGES = Path(__file__).parents[1] / "model" / "pages"


def check_claims(cases: Iterable[Case], cache: Path) -> None:
    """Raise UserError, with the C file's line, for a claim of an unknown clause.

    The model's pages are loaded only for claims that are not in `cache`.
    """
    there = list(cases)
    wanted = sorted({claim for case in there for claim in case.claims})
    seen = cache / f"{_digest(wanted)}.claims"
    if seen.is_file():
        return
    for case in there:
        for claim in case.claims:
            _check(case, claim)
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        seen.touch()


def clauses_of(page: str) -> list[str]:
    """The ids of a page's clauses; of all pages, if there is no such page."""
    from zxhil.abi.calls import BY_NAME
    from zxhil.model.pages import MODELLED, load_or_none_yet

    pages = [page] if page in BY_NAME else MODELLED
    return [clause.id for name in pages for clause in load_or_none_yet(name).clauses]


def _check(case: Case, claim: str) -> None:
    clauses = clauses_of(claim.partition("/")[0])
    if claim not in clauses:
        place = f"{case.file}:{case.line}: case {case.name}"
        raise no_such(place, "clause", claim, clauses)


def _digest(claims: list[str]) -> str:
    digest = hashlib.sha256(repr(claims).encode())
    for path in sorted(_PAGES.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:32]
