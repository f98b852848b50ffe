"""Stop a run early: if the kernel fails in the same way in every boot, or on request.

A boot in which the program never starts costs up to half a minute and shows nothing new the second
time. A program that starts and fails may get further with its next case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from zxhil.counts import counted
from zxhil.machine.crash import crash_title
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.run.ending import CUT_OFF, FINISHED
from zxhil.run.record import BootRecord, KernelRecord

#: An architecture is given up after this many boots that ended the same before the program started.
ALIKE_WITHOUT_START = 2
#: Boots in a row that ended the same and finished no case.
ALIKE_WITHOUT_CASE = 6

#: Ends of a case that show that the kernel ran it to its end.
_CARRIED = (CaseEndKind.PASSED, CaseEndKind.FAILED, CaseEndKind.VACUOUS)


def is_sign_of_life(result: CaseResult) -> bool:
    """Did the kernel run the case to its end?"""
    return result.end in _CARRIED


def never_started(boot: BootRecord) -> bool:
    """Did the boot end before the program's first line?"""
    return not boot.first_line and boot.end not in (FINISHED, CUT_OFF)


class FailedAlike(NamedTuple):
    """Consecutive boots of one architecture that ended the same: title, number, how many started.

    `last` is when the last of them ended.
    """

    title: str = ""
    boots: int = 0
    started: int = 0
    last: float = float("-inf")


@dataclass(slots=True)
class StopRules:
    """The rules that end a run early, and their state. The caller holds the lock.

    `enough` tells after each result, in words, why the user wants no more; "" to go on.
    `expected` tells whether a case ended as the user knows that it does.
    """

    keep_going: bool = False
    enough: Callable[[CaseResult, KernelRecord | None], str] = lambda result, kernel: ""
    expected: Callable[[CaseResult, KernelRecord | None], bool] = lambda result, kernel: False
    _alike: dict[str, FailedAlike] = field(default_factory=dict)

    def ended(self, result: CaseResult, kernel: KernelRecord | None) -> None:
        """A case ended: if it finished, or ended as is known, not every boot fails."""
        if is_sign_of_life(result) or self.expected(result, kernel):
            self._alike.pop(result.arch, None)

    def failed(self, arch: str, title: str, started: bool, began: float, ended: float) -> str:
        """A boot ended so before a case finished; return why to stop booting, or "" to continue.

        Boots that ran side by side (times are of one clock) count as one: a busy host may have
        slowed all of them down.
        """
        before = self._alike.get(arch, FailedAlike())
        if before.title != title:
            before = FailedAlike(title)
        elif began < before.last:
            return ""
        now = FailedAlike(title, before.boots + 1, before.started + started, ended)
        self._alike[arch] = now
        if self.keep_going:
            return ""
        if now.boots - now.started >= ALIKE_WITHOUT_START:
            return f"{counted(now.boots, 'boot')} failed alike before a program started: {title}"
        if now.boots >= ALIKE_WITHOUT_CASE:
            return f"{counted(now.boots, 'boot')} in a row failed alike: {title}"
        return ""


def boot_title(boot: BootRecord) -> str:
    """The title of a boot that did not finish; empty for one that did, or that zxhil ended."""
    if boot.end in (FINISHED, CUT_OFF):
        return ""
    text = boot.end_text if boot.evidence or not boot.damage else boot.damage[0]
    return crash_title(text, boot.evidence)


def at_most(
    divergences: int,
    fail_fast: bool,
    unknown: Callable[[CaseResult, KernelRecord | None], tuple[int, bool]],
) -> Callable[[CaseResult, KernelRecord | None], str]:
    """Stop a run after this many divergences (0: no limit), or at the first bad end.

    `unknown` says of a result how many of its divergences are not known, and whether it ended
    badly in a way that is not known.
    """
    seen = 0

    def enough(result: CaseResult, kernel: KernelRecord | None) -> str:
        nonlocal seen
        found, bad = unknown(result, kernel)
        seen += found
        if fail_fast and (found or bad):
            return f"--fail-fast: {result.id} on {result.arch} was the first"
        if divergences and seen >= divergences:
            return f"--max-divergences {divergences} reached"
        return ""

    return enough
