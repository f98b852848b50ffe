"""Which files a run depends on, and which programs a change of some of them concerns."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.abi.calls import BY_NAME
from zxhil.errors import UserError
from zxhil.guest.build import build
from zxhil.guest.select import calls
from zxhil.guest.source import Source
from zxhil.run.plan import sources
from zxhil.shipped import GUEST_TESTS

#: The package's Python files; a page's file has the name of its call.
RULES = Path(__file__).resolve().parent.parent
_PAGES = RULES / "model" / "pages"
#: An editor saves a file in several steps.
_SETTLED = 0.2
_POLL = 0.3

State = Mapping[Path, tuple[int, int]]
"""Each file's time of change, in nanoseconds, and size."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run reads: `tests` is that of ``--tests``; pages and image may be files or folders."""

    tests: str
    docs: Path | None = None
    image: Path | None = None
    rules: Path = RULES

    def programs(self) -> list[Source]:
        """The programs. Raises UserError if there is none."""
        return sources(self.tests)

    def state(self, programs: Sequence[Source]) -> State:
        """The files as they are now; `programs` are those of the last time that there were any."""
        files = {file for program in programs for file in program.files}
        folders = {file.resolve().parent for file in files}
        files.update(path for folder in folders for path in folder.glob("*.[ch]"))
        files.update(path for path in GUEST_TESTS.glob("*/*.[chS]"))
        files.update(self.rules.rglob("*.py"))
        for place in (self.docs, self.image):
            if place is not None:
                files.update(place.rglob("*") if place.is_dir() else [place])
        found = {}
        for path in files:
            try:
                status = path.stat()
            except OSError:
                continue
            found[path.resolve()] = (status.st_mtime_ns, status.st_size)
        return found

    def concerned(self, changed: set[Path], programs: Sequence[Source]) -> list[str] | None:
        """The names of the programs that the changed files concern; None: all.

        A page or the rule of a call concerns the programs that make the call.
        """
        names: set[str] = set()
        made: set[str] = set()
        for path in changed:
            mine = [p.name for p in programs if path in {file.resolve() for file in p.files}]
            call = path.stem.removeprefix("zx_")
            page = path.parent == _PAGES or self._is_page(path)
            if mine:
                names.update(mine)
            elif path.suffix == ".c" and self._is_test(path, programs):
                # A file that is gone, or that defines no case.
                continue
            elif page and call in BY_NAME:
                made.add(call)
            else:
                return None
        return sorted(names | {p.name for p in programs if made and _makes(p, made)})

    def _is_page(self, path: Path) -> bool:
        return self.docs is not None and path.is_relative_to(self.docs.resolve())

    @staticmethod
    def _is_test(path: Path, programs: Sequence[Source]) -> bool:
        folders = {file.resolve().parent for program in programs for file in program.files}
        return path.parent in folders


def _makes(program: Source, made: set[str]) -> bool:
    try:
        elf = build(Arch.X64, program).elf
    except UserError:
        # It says so when it runs.
        return True
    return not made.isdisjoint(calls(elf))


def wait_for_change(
    state: Callable[[], State], before: State, sleep: Callable[[float], None] = time.sleep
) -> set[Path]:
    """Wait until files differ from `before` and have settled; return those that differ."""
    while (now := state()) == before:
        sleep(_POLL)
    while True:
        sleep(_SETTLED)
        later = state()
        if later == now:
            break
        now = later
    return {path for path in {*before, *now} if before.get(path) != now.get(path)}
