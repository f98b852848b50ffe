"""Faults of machine and kernel: one failure in several boots and cases is one finding."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from zxhil.machine.crash import crash_title, normalized, printed_builds
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.run.record import UNKNOWN_VERSION, BootRecord, KernelRecord, NotRun
from zxhil.run.stop import boot_title, never_started

_INITRD = "-initrd"


@dataclass(frozen=True, slots=True)
class FaultFinding:
    """One failure: `title` says how, `what` in a word or two.

    `boots` ended so before a program started, `cases` ended so; `not_run` cases were not run for
    it. `boot` is one of the boots that show it, None if no record of one is left.
    """

    arch: str
    what: str
    title: str
    evidence: str
    boot: BootRecord | None
    boots: tuple[BootRecord, ...] = ()
    cases: tuple[CaseResult, ...] = ()
    not_run: int = 0


def fault_findings(
    cases: Iterable[CaseResult],
    boots: Sequence[BootRecord],
    not_run: Sequence[NotRun],
    known_ends: Collection[tuple[str, str]] = (),
) -> list[FaultFinding]:
    """Group the faults by architecture and title, what kept most cases from a verdict first.

    A boot that failed before its program started counts only where cases were not run: otherwise
    the next one came through. Cases whose end is known (`known_ends`: architecture, case) are
    left out.
    """
    found: dict[tuple[str, str], FaultFinding] = {}
    given_up = {each.arch for each in not_run if each.fault}
    for boot in boots:
        if boot.arch in given_up and never_started(boot):
            title = boot_title(boot)
            key = boot.arch, normalized(title)
            new = FaultFinding(boot.arch, _no_boot(boot), title, boot.evidence, boot)
            before = found.get(key, new)
            found[key] = replace(before, boots=(*before.boots, boot))
    members: dict[tuple[str, str], list[CaseResult]] = {}
    for case in cases:
        if case.end.is_machine_fault and (case.arch, case.id) not in known_ends:
            title = crash_title(case.detail, case.evidence) or case.end.value
            members.setdefault((case.arch, normalized(title)), []).append(case)
    for key, group in members.items():
        first = group[0]
        title = crash_title(first.detail, first.evidence) or first.end.value
        new = FaultFinding(
            first.arch, first.end.value, title, first.evidence, _boot_of(first, boots)
        )
        found[key] = replace(found.get(key, new), cases=tuple(group))
    blamed = [_with_not_run(finding, not_run) for finding in found.values()]
    return sorted(blamed, key=lambda each: -each.not_run - len(each.cases))


class PrintedVersion(NamedTuple):
    """A version that a kernel printed, and where. A program did not read it from the kernel."""

    version: str
    where: str


def printed_version(kernel: KernelRecord, boots: Iterable[BootRecord]) -> PrintedVersion | None:
    """The version that a kernel printed on serial before a program could query it.

    It is for display only: a serial line is no proof of which kernel ran, so neither the age nor a
    file of known divergences uses it. None if a program read it, and if nothing, or more than
    one version, was printed.
    """
    if kernel.version != UNKNOWN_VERSION or kernel.standin:
        return None
    dead = [boot for boot in boots if boot.arch == kernel.arch and never_started(boot)]
    texts = {
        "the text of its panic": "\n".join(boot.evidence for boot in dead),
        "its boot messages": "\n".join("\n".join(boot.tail) for boot in dead),
    }
    found = [
        PrintedVersion(v, where) for where, text in texts.items() for v in printed_builds(text)
    ]
    return found[0] if len({each.version for each in found}) == 1 else None


def _no_boot(boot: BootRecord) -> str:
    return "kernel panic at boot" if boot.end == "panic" else "no boot"


def _with_not_run(finding: FaultFinding, not_run: Sequence[NotRun]) -> FaultFinding:
    mine = (n for n in not_run if n.fault and n.arch == finding.arch and finding.title in n.why)
    return replace(finding, not_run=sum(each.cases for each in mine))


def _boot_of(case: CaseResult, boots: Sequence[BootRecord]) -> BootRecord | None:
    """The boot in which a case ended: one with the same evidence, or the same text."""
    mine = [b for b in boots if (b.arch, b.program) == (case.arch, case.info.program)]
    if case.evidence:
        return next((boot for boot in mine if boot.evidence == case.evidence), None)
    if case.end is CaseEndKind.LOST:
        return None
    return next((boot for boot in mine if case.detail.startswith(boot.end_text)), None)


def keep_initrd(boot: BootRecord, logs: Path, before: Iterable[BootRecord]) -> BootRecord:
    """Keep the boot image of a boot in the log folder; the command then names the kept one.

    One for each title is enough, including those from `before`. If the disk is full, the command
    names a file that no longer exists.
    """
    words = boot.command
    if _INITRD not in words[:-1]:
        return boot
    at = words.index(_INITRD) + 1
    initrd = Path(words[at])
    title = boot_title(boot)
    kept = next(
        (
            each.command[each.command.index(_INITRD) + 1]
            for each in before
            if each.arch == boot.arch and boot_title(each) == title and _INITRD in each.command
        ),
        "",
    )
    if not kept:
        target = logs.absolute() / f"{Path(boot.serial).stem}.zbi"
        try:
            if initrd.absolute() != target:
                shutil.copyfile(initrd, target)
        except OSError:
            return boot
        kept = str(target)
    return replace(boot, command=(*words[:at], kept, *words[at + 1 :]))
