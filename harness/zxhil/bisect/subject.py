"""The subject of a condition must exist; it determines the programs to run."""

from __future__ import annotations

from zxhil.abi.arch import Arch
from zxhil.bisect.when import BisectCondition
from zxhil.names import must_match, no_such
from zxhil.oracle.cases import CaseInfo


def programs_for(condition: BisectCondition, tests: str) -> str:
    """The programs that a test runs, as ``zxhil run --tests`` takes them.

    `tests` are the user's, empty for those that have to do with the condition. Raises UserError
    for a condition about a case, clause or page that does not exist, and for what `plan` refuses.
    """
    if condition.subject in ("boots", "panics"):
        return tests or condition.tests
    from zxhil.run.plan import plan

    cases = [case for task in plan([Arch.X64], tests or "*") for case in task.chosen]
    about = _cases_about(condition, cases)
    # Where no case is about it, any may reach it.
    return tests or ",".join(dict.fromkeys(case.program for case in about)) or "*"


def _cases_about(condition: BisectCondition, cases: list[CaseInfo]) -> list[CaseInfo]:
    place, name = f"--when {str(condition)!r}", condition.name
    if condition.subject == "case":
        must_match(place, "case", name, [case.id for case in cases])
        return [case for case in cases if case.program == name.partition("/")[0]]
    page = name.partition("/")[0]
    if condition.subject == "clause":
        from zxhil.guest.claims import clauses_of

        clauses = clauses_of(page)
        if name not in clauses:
            raise no_such(place, "clause", name, clauses)
    else:
        must_match(place, "page with a case", name, dict.fromkeys(case.page for case in cases))
    return [case for case in cases if case.page == page]
