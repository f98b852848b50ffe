"""The one sentence of a divergence: *expected …, got …, because …*."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zxhil.abi.calls import BY_NAME, AnyCall
from zxhil.abi.status import status_name
from zxhil.model.clause import Allowed, Clause, ClauseKind, Outcome
from zxhil.model.facts import Candidate
from zxhil.model.handles import article
from zxhil.model.judge import Verdict, VerdictKind
from zxhil.model.verdict import Ground
from zxhil.oracle.render import Known, argument_text, handle_text

#: A sentence names no more statuses than these, and no more of the calls that may be to blame.
_MOST_NAMES = 4
_MOST_CALLS = 2
_UNDECIDED = "nothing decides which is broken"


class Judged(NamedTuple):
    """What is kept of a call until its text is needed.

    `until` is the number of the last call that was made before this one returned: more than its own
    number if others overlapped it. None: it did not return.
    """

    name: str
    call: AnyCall
    known: Known
    outcome: Outcome
    verdict: Verdict
    offset: int
    thread: int = 0
    process: int = 0
    until: int | None = -1
    beside: tuple[int, ...] = ()
    """The numbers of the calls that were under way when it was made."""


def sentence(judged: Judged, verdict: Verdict) -> str:
    """Say in one sentence what was expected of a call, what came, and why that is wrong.

    `verdict` is the call's, as it is now.
    """
    got = verdict.got or status_name(judged.outcome.status)
    if verdict.kind is VerdictKind.UNDOCUMENTED_ERROR:
        got += " (not documented)"
    expected = verdict.expected or _expected(verdict.allowed)
    text = f"zx_{judged.name} (call {verdict.call}): expected {expected}, got {got}"
    because = _because(judged, verdict)
    return f"{text}, because {because}" if because else text


def _expected(allowed: Allowed) -> str:
    """The statuses that were due; without those that the page allows at any time."""
    clauses = allowed.holds or allowed.may_hold
    due = {int(status) for clause in clauses for status in clause.statuses}
    names = [
        name
        for name in allowed.names
        if (name == "ZX_OK" and allowed.ok) or name in {status_name(status) for status in due}
    ]
    if len(names) <= _MOST_NAMES:
        return " or ".join(names) or "another status"
    return "ZX_OK or an error that may be due" if allowed.ok else "an error"


def _because(judged: Judged, verdict: Verdict) -> str:
    if verdict.weighed and verdict.otherwise is not None:
        return _either(verdict, verdict.otherwise)
    if verdict.candidates:
        says = _of_calls(verdict.candidates)
        undecided = f"; {_UNDECIDED}" if len(says) > 1 else ""
        return "; or ".join(says[:_MOST_CALLS]) + undecided
    if verdict.blamed_call != verdict.call:
        return _of_call(verdict.blamed_call, verdict.blamed[0])
    by_list = [each for each in verdict.blamed[:1] if each.id.endswith("/documented_errors")]
    if by_list:
        return by_list[0].sentence
    met = [ground for ground in verdict.grounds if ground.met]
    texts = _met(judged, met) if met else _unmet(judged, verdict)
    return ("; and " if met else "; or ").join(texts)


def _either(verdict: Verdict, own: Verdict) -> str:
    """Both sentences, where nothing decides between an earlier call and this one."""
    older = verdict.candidates or verdict.suspects
    says = "; or ".join(_of_calls(older)[:_MOST_CALLS])
    clauses = " or ".join(clause.id for clause in verdict.blamed[: _MOST_CALLS + 1])
    return f"{says}; and its own page says: {own.blamed[0].sentence}; {_UNDECIDED}, {clauses}"


def _of_calls(candidates: Sequence[Candidate]) -> list[str]:
    expected = (each.expectation for each in candidates)
    return list(dict.fromkeys(_of_call(each.call, each.clause) for each in expected))


def _of_call(number: int, clause: Clause) -> str:
    return f"the page of call {number}, zx_{clause.page}, says: {clause.sentence}"


def _met(judged: Judged, grounds: Sequence[Ground]) -> Iterator[str]:
    """The conditions that are met, each argument once."""
    before: set[str] = set()
    for ground in grounds:
        clause = ground.clause
        # What a page says of errors is a condition; all else it says of the call as such.
        page = "its page" if clause.page == judged.name else f"the page of zx_{clause.page}"
        lead = f"{page} says: " if clause.kind is ClauseKind.EFFECT else ""
        left = tuple(name for name in ground.parameters if name not in before)
        before.update(left)
        yield lead + clause.sentence + _details(judged, ground._replace(parameters=left))


def _unmet(judged: Judged, verdict: Verdict) -> Iterator[str]:
    """For a status that nothing explains: its documented condition, which is not met."""
    status = status_name(judged.outcome.status)
    for number, ground in enumerate(each for each in verdict.grounds if not each.met):
        lead = "" if number else f"its page has {status} for another case: "
        yield f"{lead}{ground.clause.sentence}{_details(judged, ground)}"


def _details(judged: Judged, ground: Ground) -> str:
    """The arguments that matter, and the calls that are the reason."""
    arguments = [f" ({text})" for text in _arguments(judged, ground)]
    return "".join([*arguments, *(f"; {reason}" for reason in ground.reasons)])


def _arguments(judged: Judged, ground: Ground) -> Iterator[str]:
    explained = {reason.partition(" ")[0] for reason in ground.reasons}
    shown = []
    for parameter in BY_NAME[judged.name].parameters:
        if parameter.name not in ground.parameters:
            continue
        if parameter.kind.is_value and parameter.kind.is_handle:
            if parameter.name in explained:
                continue
            value = getattr(judged.call, parameter.name)
            seen = judged.known.get(value)
            if seen is not None and seen.type is not None and seen.live is not False:
                shown.append(f"{parameter.name} is {article(seen.type.lower())}")
                continue
            text = handle_text(judged.known, value)
        else:
            text = argument_text(judged.known, judged.name, parameter, judged.call)
        if text != "&":
            shown.append(f"{parameter.name}={text}")
    if shown:
        yield ", ".join(shown)
