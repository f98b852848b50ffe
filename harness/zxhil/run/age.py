"""The version and date of an image's kernel: as stated, from its commit, or from its vDSO.

For calls whose prototype changed, also whether ours is the kernel's: by its date, or by the
synopsis on the user's pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from zxhil.abi.ages import CHANGED, VARIED, Age
from zxhil.abi.calls import BY_NAME
from zxhil.errors import UserError
from zxhil.git import describe, run_git
from zxhil.guest.select import with_prototypes
from zxhil.image.find import Image
from zxhil.run.plan import Task
from zxhil.standin import VERSION_PREFIX

_COMMIT = re.compile(r"git-([0-9a-f]{40})(?:-dirty)?")
# What zx_system_get_version says: of Zircon "git-" and the commit (seen in 2018 and 2019 trees),
# of the stand-in its own prefix and a digest.
_VERSION = re.compile(rb"(?:git|zxhil-standin)-[0-9a-f]{40}(?:-dirty)?")
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class AgeSources:
    """``--age``, ``--repo``, and the parameters of calls on the pages of ``--docs``."""

    age: Age | None = None
    repo: Path | None = None
    synopses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def check(self) -> None:
        """Check the repository before anything is built. Raises UserError."""
        if self.repo is not None:
            _commit_day(self.repo, "HEAD")

    def of(self, image: Image | None) -> Age:
        """What is known about an image's kernel before it runs."""
        known = self.age or Age()
        if image is None or self.repo is None:
            return known
        version = held_version(image.zbi) or held_version(image.kernel.read_bytes())
        return known.within(self.by_version(version))

    def by_version(self, version: str) -> Age:
        """The date of the commit that a kernel names, if the repository has it.

        Raises UserError if there is no such repository.
        """
        found = _COMMIT.fullmatch(version)
        if found is None or self.repo is None:
            return Age()
        day = _commit_day(self.repo, found[1])
        return Age(day, day, f"by commit {found[1][:9]} in {self.repo}") if day else Age()

    def holds(self, known: Age) -> dict[str, bool | None]:
        """For each call that changed, whether our prototype is the kernel's; None if unknown."""
        return {call: _holds(call, known, self.synopses.get(call)) for call in sorted(VARIED)}


def _holds(call: str, known: Age, parameters: tuple[str, ...] | None) -> bool | None:
    by_age = known.holds(call)
    if parameters is None or by_age is False:
        return by_age
    ours = tuple(each.name for each in BY_NAME[call].parameters)
    if len(parameters) != len(ours) or (call in CHANGED and parameters == CHANGED[call].before):
        return False
    # As many as before, under names that are neither: nothing is known of their order.
    as_before = call in CHANGED and len(parameters) == len(CHANGED[call].before)
    return by_age if as_before and parameters != ours else True


def _commit_day(repo: Path, commit: str) -> int:
    """The date of a commit; 0 if the repository does not have it."""
    if run_git(repo, "rev-parse", "--git-dir", timeout=_SECONDS).code:
        raise UserError(f"--repo {repo}", "is not a git repository", "give a checkout of Zircon")
    day = describe(repo, commit, "%cd", ("--date=format:%Y%m%d",), _SECONDS)
    return int(day) if day.isdecimal() else 0


def knowing(task: Task, holds: Mapping[str, bool | None]) -> Task:
    """The same task, with what is known about the calls' prototypes."""
    program = task.program
    if all(each is None for each in holds.values()):
        return task
    elf = with_prototypes(program.elf, holds, str(program.path))
    return replace(task, program=replace(program, elf=elf))


def held_version(zbi: bytes) -> str:
    """The version that the kernel in this boot data will report; empty if unknown.

    A packed kernel shows none, and other files may name other commits: then nothing is said.
    The stand-in names itself once, and knows another name as well: that of one of its faults.
    """
    found = set(_VERSION.findall(zbi))
    own = {name for name in found if name.startswith(VERSION_PREFIX)} or found
    return own.pop().decode("ascii") if len(own) == 1 else ""
