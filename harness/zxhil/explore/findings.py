"""What a program showed: a divergence or a crash, and which of them are one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from zxhil.explore.against import difference
from zxhil.explore.execute import Ran
from zxhil.explore.program import CallProgram
from zxhil.guest.baseline.files import PREFIX
from zxhil.known.kernels import applies
from zxhil.known.match import FileClauses, entry_of_call
from zxhil.oracle.results import CaseEndKind, Divergence

if TYPE_CHECKING:
    from zxhil.known.file import KnownFile
    from zxhil.run.record import KernelRecord


class FindingKey(NamedTuple):
    """Findings with the same key are counted as one.

    `clause` is the id of the clause that is blamed first, "" if none is. Of a crash `call` is that
    which did not return, and `kind` the title.
    """

    call: str
    clause: str
    kind: str
    crash: bool = False

    def __str__(self) -> str:
        return f"{self.kind}: zx_{self.call}" + (f", {self.clause}" if self.clause else "")


@dataclass(frozen=True, slots=True)
class KnownList:
    """The known divergences of a kernel, if there is a file of them.

    An entry that is limited to cases applies to every program here: the cases say where a run sees
    it, and the clause and the kind are the same wherever it shows.
    """

    file: KnownFile | None = None
    kernel: KernelRecord | None = None

    @classmethod
    def everywhere(cls, file: KnownFile | None) -> KnownList:
        """What the file lists, without its cases."""
        if file is None:
            return cls()
        # One without a clause would apply to everything that diverges.
        entries = (replace(each, case=()) if each.clause else each for each in file.entries)
        return cls(replace(file, entries=tuple(entries)))

    def lists(self, ran: Ran, found: Divergence) -> bool:
        """Is this divergence known?"""
        if self.file is None or self.kernel is None:
            return False
        return entry_of_call(self.file, self.kernel, ran.text(found.call), found) is not None

    def lists_crash(self, ran: Ran, call: str) -> bool:
        """Is there an entry of a panic on the call's page?"""
        if self.file is None or self.kernel is None or ran.result.end is not CaseEndKind.PANIC:
            return False
        pages = (
            # Of a panic some entries name cases alone: those of a page are in a file of its name.
            each.partition("/")[0].removeprefix(PREFIX)
            for entry in self.file.entries
            if CaseEndKind.PANIC.value in entry.kind and applies(entry.kernel, self.kernel)
            for each in (*entry.clause, *entry.case)
        )
        return call in pages

    @property
    def clauses(self) -> FileClauses | None:
        """What the oracle blames first."""
        return None if self.file is None else FileClauses(self.file)


class Shown(NamedTuple):
    """A finding of one program: its key, the call that shows it, the sentence, if it is known."""

    key: FindingKey
    call: int
    text: str
    known: bool = False


def shown_by(ran: Ran, known: KnownList) -> Iterator[Shown]:
    """What a program shows, the first of each key; of two kernels, where they differ."""
    if ran.other is not None:
        yield from _different(ran)
        return
    keys: set[FindingKey] = set()
    for found in ran.divergences():
        clause = found.blamed[0] if found.blamed else ""
        key = FindingKey(ran.calls[found.call].name, clause, found.kind.value)
        if key not in keys:
            keys.add(key)
            yield Shown(key, found.call, found.text, known.lists(ran, found))
    if ran.crash:
        # A call of two threads that did not return is among the calls.
        each = zip(ran.steps, ran.calls, strict=True)
        made = {step for step, judged in each if judged.until is not None}
        left = (n for n in range(len(ran.program)) if n not in made)
        number = next(left, len(ran.program) - 1)
        name = ran.program.steps[number].name
        text = f"zx_{name} (call {number}): {ran.result.detail}"
        key = FindingKey(name, "", ran.crash, crash=True)
        yield Shown(key, number, text, known.lists_crash(ran, name))


def _different(ran: Ran) -> Iterator[Shown]:
    found = difference(ran)
    if found is None:
        return
    name = ran.program.steps[found.call].name
    text = f"zx_{name} (call {found.call}): {found.text}"
    crash = bool(ran.crash or (ran.other is not None and ran.other.crash))
    yield Shown(FindingKey(name, "", found.kind, crash), found.call, text)


def shows(ran: Ran, key: FindingKey) -> Shown | None:
    """The finding `key` of a program, if it shows it."""
    return next((each for each in shown_by(ran, KnownList()) if each.key == key), None)


@dataclass(frozen=True, slots=True)
class ExploreFinding:
    """One finding, reduced; `seen` is how often it was found.

    `reproduced`: the program showed it again when it ran alone; None if that was not tried.
    """

    key: FindingKey
    program: CallProgram
    text: str
    calls: tuple[str, ...]
    reproduced: bool | None
    seen: int = 1
    evidence: str = ""
    original: int = 0
    """How many calls the program had that showed it first."""
