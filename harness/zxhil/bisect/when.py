"""Conditions on a kernel: ``case channel_write/peer_closed changes``, ``not boots``, and so on.

A condition is judged on facts: the part of a run's JSON that it needs (see `facts_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zxhil.bisect.provide import CannotTell, ProbeFault
from zxhil.errors import UserError
from zxhil.machine.crash import crash_lines, crash_title, frame_of, normalized

Facts = Mapping[str, Any]

FORMS = """\
case PROGRAM/CASE changes | fails | passes
clause PAGE/CLAUSE changes | fails | passes
page NAME changes | fails | passes
boots
panics TEXT
each of them with `not` before it"""

_FAILED = ("failed", "crashed", "hung", "kernel panic")
_SHOWN = 300
_EVIDENCE = 8000
_BOOTS_SHOWN = 3
_LINES_SHOWN = 2
_TITLE_BEGINS = 30


@dataclass(frozen=True, slots=True)
class BisectCondition:
    """A condition on a kernel.

    `subject` is "case", "clause", "page", "boots" or "panics"; `name` which one, or the text;
    `verb` "changes", "fails" or "passes" for the first three. A kernel on which the condition
    holds is bad. "changes" compares with the old end of the range.
    """

    subject: str
    name: str = ""
    verb: str = ""
    negated: bool = False

    @property
    def relative(self) -> bool:
        """Does it compare with the old end?"""
        return self.verb == "changes"

    @property
    def tests(self) -> str:
        """The programs to run, as ``zxhil run --tests`` takes them."""
        match self.subject:
            case "case":
                return self.name.partition("/")[0]
            case "clause" | "page":
                page = self.name.partition("/")[0]
                return f"{page},{page}_pairs"
        return "*" if self.subject == "panics" else "channel_write"

    @property
    def cases(self) -> str:
        """The cases to run, as ``zxhil run --case`` takes them."""
        return self.name if self.subject == "case" else "*"

    def holds(self, facts: Facts, old: Facts | None) -> bool:
        """Judge a kernel; `old` are the facts of the old end. Raises CannotTell or ProbeFault."""
        return self._holds(facts, old) is not self.negated

    def _holds(self, facts: Facts, old: Facts | None) -> bool:
        if self.subject == "boots":
            return _boots(facts)
        if self.subject == "panics":
            return _panics(facts, self.name)
        outcomes = self.outcomes(facts)
        if self.verb == "changes":
            # The old end is not compared with itself.
            before = outcomes if old is None else self.outcomes(old)
            both = outcomes.keys() & before.keys()
            if not both:
                raise CannotTell(f"{self.name} appears on both sides in no comparable form")
            return any(outcomes[case] != before[case] for case in both)
        failed = any(outcome["failed"] for outcome in outcomes.values())
        return failed is (self.verb == "fails")

    def outcomes(self, facts: Facts) -> dict[str, dict[str, Any]]:
        """Return, for each case with evidence, what is compared. See `holds`."""
        cases: Mapping[str, Any] = facts["cases"]
        view: Callable[[Mapping[str, Any]], dict[str, Any] | None] = _case_outcome
        if self.subject == "clause":
            view = self._clause_outcome
        elif self.subject == "page":
            cases = {key: case for key, case in cases.items() if case["page"] == self.name}
        compared: dict[str, dict[str, Any]] = {}
        why = []
        for key, case in cases.items():
            try:
                outcome = view(case)
            except CannotTell as error:
                why.append(f"{key}: {error.reason}")
                continue
            if outcome is not None:
                compared[key] = outcome
        if not compared:
            raise CannotTell(_nothing(why, facts) or f"no case is about {self.name}")
        return compared

    def _clause_outcome(self, case: Mapping[str, Any]) -> dict[str, Any] | None:
        blames = [d for d in case["divergences"] if self.name in d["blamed"]]
        if self.name not in case["reached"] and not blames:
            return None
        _refuse_unjudged(case)
        return {
            "failed": bool(blames),
            "end": case["end"] if case["end"] in _FAILED[1:] else "",
            "returned": self.name in case["returned"],
            "divergences": sorted(d["kind"] for d in blames),
        }

    def __str__(self) -> str:
        words = ("not" if self.negated else "", self.subject, self.name, self.verb)
        return " ".join(word for word in words if word)


def parse(text: str) -> BisectCondition:
    """Read a condition. Raises UserError, which lists the forms."""
    words = text.split()
    negated = words[:1] == ["not"]
    words = words[1:] if negated else words
    match words:
        case ["boots"]:
            return BisectCondition("boots", negated=negated)
        case ["panics", *rest] if rest:
            wanted = text[text.index("panics") + len("panics") :].strip()
            return BisectCondition("panics", wanted, negated=negated)
        case ["case" | "clause" | "page" as subject, name, "changes" | "fails" | "passes" as verb]:
            if ("/" in name) is (subject != "page"):
                return BisectCondition(subject, name, verb, negated)
    raise UserError(f"--when {text!r}", "is not a condition", "write one of:\n" + FORMS)


def facts_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """Take from a run's JSON (schema zxhil-run-1) what conditions and reports need.

    Raises ProbeFault if QEMU failed, and KeyError or TypeError if it is no such JSON.
    """
    for boot in run["boots"]:
        if boot["end"] == "QEMU died":
            raise ProbeFault(boot["end_text"], boot["evidence"])
    kernels = run["kernels"]
    return {
        "kernel": kernels[0]["version"] if kernels else "unknown",
        "boots": [
            {
                "program": boot["program"],
                "booted": boot["first_line"] > 0,
                "seconds": boot["seconds"],
                "end": boot["end"],
                "text": boot["end_text"],
                "evidence": boot["evidence"][-_EVIDENCE:],
            }
            for boot in run["boots"]
        ],
        "cases": {case["case"]: _case_facts(case) for case in run["cases"]},
    }


def _case_facts(case: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "page": case["page"],
        "end": case["end"],
        "detail": case.get("detail", "")[:_SHOWN],
        "evidence": case.get("evidence", "")[-_EVIDENCE:],
        "calls": [[call["text"][:_SHOWN], call["status"][:_SHOWN]] for call in case["calls"]],
        "divergences": [
            {key: d[key] for key in ("call", "kind", "blamed", "text")} for d in case["divergences"]
        ],
        "reached": case["reached"],
        "returned": case["returned"],
    }


def _case_outcome(case: Mapping[str, Any]) -> dict[str, Any] | None:
    _refuse_unjudged(case)
    return {
        "failed": case["end"] in _FAILED,
        "end": case["end"],
        # "ZX_OK, out=0x33": values of handles differ from boot to boot.
        "statuses": [status.partition(",")[0] for _, status in case["calls"]],
        "divergences": [[d["kind"], d["blamed"]] for d in case["divergences"]],
    }


def _refuse_unjudged(case: Mapping[str, Any]) -> None:
    detail = case["detail"]
    match case["end"]:
        case "skipped":
            raise CannotTell(detail or "this kernel does not have the call")
        case "lost" if detail.startswith("not run"):
            raise CannotTell(detail, case["evidence"])
        case "lost":
            raise ProbeFault(detail or "the output was damaged", case["evidence"])
        case "vacuous":
            raise CannotTell(detail or "the case is vacuous: it did not reach its clause")


def _nothing(why: list[str], facts: Facts) -> str:
    if facts["boots"] and not any(boot["booted"] for boot in facts["boots"]):
        last = facts["boots"][-1]
        return f"does not boot: {last['text']}"
    return "; ".join(why[:3]) + (f"; and {len(why) - 3} more" if len(why) > 3 else "")


def _boots(facts: Facts) -> bool:
    if not facts["boots"]:
        raise ProbeFault("no boot was recorded")
    return any(boot["booted"] for boot in facts["boots"])


def _panics(facts: Facts, text: str) -> bool:
    said = [boot["evidence"] for boot in facts["boots"]]
    said += [case["evidence"] for case in facts["cases"].values()]
    if any(text in evidence for evidence in said):
        return True
    others = [boot["text"] for boot in facts["boots"] if boot["end"] in ("panic", "reboot")]
    if others:
        raise CannotTell(f"{others[0]}, with different text")
    if not _boots(facts):
        raise CannotTell(_nothing([], facts))
    return False


def in_words(facts: Facts, frames: int = 0) -> str:
    """Say how the boots went, with what the kernel said where they went wrong, for a person.

    Up to `frames` of the backtrace follow, as far as its functions are known.
    """
    descriptions = {
        f"{'boots' if boot['booted'] else 'does not boot'}: {boot['text']}": boot["evidence"]
        for boot in facts["boots"]
    }
    lines = []
    for text, evidence in list(descriptions.items())[:_BOOTS_SHOWN]:
        said = _telling(evidence)
        lines += [f"{text}: {said[0]}", *said[1:]] if said else [text]
        lines += _frames(evidence)[:frames]
    return "\n".join(lines) or "no boot was recorded"


def _frames(evidence: str) -> list[str]:
    """The functions of a backtrace, as far as they are known; each frame as it came first."""
    known: dict[int, str] = {}
    for frame in map(frame_of, evidence.splitlines()):
        if frame is not None and frame.place:
            known.setdefault(frame.number, frame.place)
    return [f"#{number:<2} {place}" for number, place in known.items()]


def _telling(evidence: str) -> list[str]:
    """The lines of a crash, from the one that its title is made of, without addresses before it."""
    title = crash_title("", evidence)[:_TITLE_BEGINS]
    lines = [line.strip() for line in crash_lines(evidence) if frame_of(line) is None]
    at = next((i for i, line in enumerate(lines) if title and title in normalized(line)), None)
    return [] if at is None else lines[at : at + _LINES_SHOWN]


def shrink(facts: Facts, old: Facts | None) -> Facts:
    """Leave out the cases that are as on the old end; their names stay, under ``same``."""
    if not old or facts is old or "cases" not in facts:
        return facts
    cases, before = facts["cases"], old["cases"]
    same = [key for key in cases if key in before and _gist(cases[key]) == _gist(before[key])]
    left = {key: case for key, case in cases.items() if key not in same}
    return {**facts, "cases": left, "same": same}


def restore(facts: Facts, old: Facts | None) -> Facts:
    """Undo `shrink`. Raises ValueError if the old end is not known, or lacks a case."""
    if not facts.get("same"):
        return facts
    before = old["cases"] if old else {}
    if missing := [key for key in facts["same"] if key not in before]:
        raise ValueError(f"the old end's {missing[0]} is missing before it")
    same = {key: before[key] for key in facts["same"]}
    compared = {key: value for key, value in facts.items() if key != "same"}
    return {**compared, "cases": {**same, **facts["cases"]}}


def _gist(case: Facts) -> object:
    """The part of a case that conditions and reports use."""
    statuses = [status.partition(",")[0] for _, status in case["calls"]]
    compared = [[d["call"], d["kind"], d["blamed"]] for d in case["divergences"]]
    return case["end"], case["reached"], case["returned"], statuses, compared
