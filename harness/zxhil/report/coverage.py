"""The coverage of a tree of pages, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zxhil.counts import counted
from zxhil.docs.coverage import Coverage, Covered, PageCoverage
from zxhil.docs.match import Standing
from zxhil.model.pages import find_clause
from zxhil.model.unclaimed import why_unclaimed

_NEXT = 15


def coverage_text(found: Coverage, verbose: bool = False) -> str:
    """A line for each page; `verbose`: also one for each condition, and all next steps."""
    lines = [*_table(found, verbose), "", *_sum(found), *_unsure(found), *_next(found, verbose)]
    return "\n".join(lines) + "\n"


def _table(found: Coverage, verbose: bool) -> Iterator[str]:
    width = max((len(each.page.name) for each in found.pages), default=4) + 3
    runs = [f"reached: {run}" for run in found.runs]
    columns = ["statuses", "conditions", "modelled", "claimed", *runs]
    yield f"{'page':<{width}}  " + "  ".join(columns)
    for page in found.pages:
        yield (
            f"{'zx_' + page.page.name:<{width}}  "
            + "  ".join(
                f"{value:>{len(column)}}"
                for column, value in zip(columns, _numbers(found, page), strict=True)
            )
            + _note(page)
        )
        if verbose:
            yield from (f"    {line}" for each in page.covered for line in _condition(page, each))


def _numbers(found: Coverage, page: PageCoverage) -> list[str]:
    modelled = page.count(Standing.MODELLED)
    statuses = len(dict.fromkeys(each.matched.error.status for each in page.covered))
    if not modelled:
        return [str(statuses), str(len(page.covered)), "-", "-", *("-" for _ in found.runs)]
    claimed = str(page.claimed) if found.claims_known else "?"
    reached = [str(page.reached(run)) for run in found.runs]
    return [str(statuses), str(len(page.covered)), str(modelled), claimed, *reached]


def _note(page: PageCoverage) -> str:
    notes = []
    if page.count(Standing.AMBIGUOUS):
        notes.append(f"{page.count(Standing.AMBIGUOUS)} ambiguous")
    if page.match.absent:
        notes.append(f"not on this page: {', '.join(page.match.absent)}")
    return f"   {'; '.join(notes)}" if notes else ""


def _condition(page: PageCoverage, each: Covered) -> Iterator[str]:
    matched = each.matched
    topic = f" ({matched.error.topic})" if matched.error.topic else ""
    yield f"{matched.line}: {matched.error.status}{topic}: {matched.text}"
    why = f" ({matched.why})" if matched.why else ""
    if not matched.clauses:
        yield f"    {matched.standing}{why}"
        return
    cases = f"claimed by {', '.join(each.cases)}" if each.cases else _unclaimed(page, each)
    reached = f"; reached on {', '.join(each.runs)}" if each.runs else ""
    yield f"    {matched.standing}: {', '.join(matched.clauses)}{why}; {cases}{reached}"


def _unclaimed(page: PageCoverage, each: Covered) -> str:
    found = (find_clause(f"{page.page.name}/{name}") for name in each.matched.clauses)
    why = dict.fromkeys(why_unclaimed(clause) for clause in found if clause is not None)
    said = "; ".join(filter(None, why))
    return f"claimed by no case ({said})" if said else "claimed by no case"


def _sum(found: Coverage) -> Iterator[str]:
    conditions = sum(len(page.covered) for page in found.pages)
    modelled = sum(page.count(Standing.MODELLED) for page in found.pages)
    modelled_pages = sum(page.match.facts is not None for page in found.pages)
    yield (
        f"{counted(len(found.pages), 'page')}, {counted(conditions, 'documented condition')}; "
        f"modelled: {modelled} on {counted(modelled_pages, 'page')}"
    )
    claimed = sum(page.claimed for page in found.pages)
    yield f"claimed by a case: {claimed if found.claims_known else 'not known (no compiler)'}"
    for run in found.runs:
        yield f"reached on {run}: {sum(page.reached(run) for page in found.pages)}"


def _unsure(found: Coverage) -> Iterator[str]:
    if found.missing:
        calls = ", ".join(f"zx_{name}" for name in found.missing)
        yield f"calls made by guest tests without a page here: {calls}"
    left = [
        (page, each)
        for page in found.pages
        if page.match.facts is not None
        for each in page.covered
        if each.matched.standing is not Standing.MODELLED
    ]
    if left:
        yield ""
        yield "Not modelled, on pages that are"
    for page, each in left:
        why = f": {each.matched.why}" if each.matched.why else ""
        yield (
            f"  {page.page.path}:{each.matched.line}: {each.matched.error.status}: "
            f"{each.matched.text} ({each.matched.standing}{why})"
        )


def _next(found: Coverage, verbose: bool) -> Iterator[str]:
    steps = found.next_steps
    if not steps:
        return
    shown = steps if verbose else steps[:_NEXT]
    yield ""
    yield "Gain of a next step (conditions not modelled; of those, with a predicate available)"
    width = max(len(each.page.name) for each in shown) + 3
    for page in shown:
        number = page.count(Standing.NOT_MODELLED)
        yield f"  {'zx_' + page.page.name:<{width}}  {number:>3}  {page.routine:>3}  {_takes(page)}"
    if len(steps) > len(shown):
        rest = sum(page.count(Standing.NOT_MODELLED) for page in steps[len(shown) :])
        yield f"  … and {len(steps) - len(shown)} more pages with {rest} conditions (-v: all)"


def _takes(page: PageCoverage) -> str:
    if page.made:
        return "guest tests already make the call"
    if page.objects is None:
        return "a new call; the page's RIGHTS name no type of object"
    if not page.objects:
        return "a new call, on objects that guest tests already create"
    return f"a new call, on objects that guest tests do not create yet: {', '.join(page.objects)}"


def coverage_json(found: Coverage) -> dict[str, Any]:
    """The same as JSON: ``pages`` with their ``conditions``, and ``next`` (names, best first)."""
    return {
        "folder": str(found.tree.folder),
        "runs": list(found.runs),
        "missing": list(found.missing),
        "pages": [_page_json(found, page) for page in found.pages],
        "next": [page.page.name for page in found.next_steps],
    }


def _page_json(found: Coverage, page: PageCoverage) -> dict[str, Any]:
    return {
        "page": page.page.name,
        "file": str(page.page.path),
        "conditions": [_condition_json(found, each) for each in page.covered],
        "not_on_this_page": list(page.match.absent),
        "called_by_guest_tests": page.made,
        "routine": page.routine,
        "objects_lacking": None if page.objects is None else list(page.objects),
    }


def _condition_json(found: Coverage, each: Covered) -> dict[str, Any]:
    return {
        "status": each.matched.error.status,
        "line": each.matched.line,
        "text": each.matched.text,
        "standing": each.matched.standing.value,
        "clauses": list(each.matched.clauses),
        "why": each.matched.why,
        "cases": list(each.cases) if found.claims_known else None,
        "reached": list(each.runs),
        "routine": each.routine,
    }
