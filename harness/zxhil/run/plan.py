"""What is to be run: programs, and which of their cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.guest.build import build, build_all, programs
from zxhil.guest.source import Program, Source, own_program
from zxhil.names import must_match
from zxhil.oracle.cases import CaseInfo
from zxhil.shipped import GUEST_TESTS


@dataclass(frozen=True, slots=True)
class Task:
    """One program on one architecture, with the indexes of the cases to run."""

    program: Program
    selected: tuple[int, ...]

    @property
    def infos(self) -> dict[str, CaseInfo]:
        """What the program's table says of its cases, by name."""
        name = self.program.name
        return {
            case.name: CaseInfo(name, case.name, case.claims, f"{case.file}:{case.line}")
            for case in self.program.cases
        }

    def asked(self, selected: Sequence[int]) -> dict[int, str]:
        """The names of the program's cases that are asked for, by index."""
        wanted = set(selected)
        return {case.index: case.name for case in self.program.cases if case.index in wanted}

    @property
    def chosen(self) -> list[CaseInfo]:
        """The selected cases, in the order of the table."""
        infos, wanted = self.infos, set(self.selected)
        return [infos[case.name] for case in self.program.cases if case.index in wanted]


def matches(pattern: str, *names: str) -> bool:
    """Does the glob, or one of several separated by commas, match any of the names?"""
    return any(fnmatchcase(name, part) for part in pattern.split(",") for name in names)


def plan(
    arches: Sequence[Arch], tests: str = "*", case: str = "*", folder: Path = GUEST_TESTS
) -> list[Task]:
    """Build the programs whose name matches `tests`, and choose the cases that match `case`.

    A part of `tests` that ends in ``.c`` is a C file of the user's own, and a program by itself.
    `case` is matched against the case's name and ``program/case``. Raises UserError if a part of
    either matches nothing, for lack of a toolchain, and for C that does not compile.
    """
    check_programs(tests, folder)
    there = programs(folder)
    files = [Path(part) for part in _parts(tests) if part.endswith(".c")]
    sources = [p for p in there if matches(tests, p.name)]
    sources += [_own_program(path) for path in files]
    built = build_all([(arch, source) for arch in arches for source in sources])
    must_match("--case", "case", case, _case_names(built, "/" in case))
    tasks = [Task(p, _selected(p, case)) for p in built]
    return [task for task in tasks if task.selected]


def check_programs(tests: str, folder: Path = GUEST_TESTS) -> None:
    """Raise UserError for a part of `tests` that names no program and no C file."""
    parts = _parts(tests)
    for part in parts:
        if part.endswith(".c"):
            _own_program(Path(part))
    # A file's name may look like a pattern, and is none.
    patterns = [part for part in parts if not part.endswith(".c")]
    if patterns:
        names = [program.name for program in programs(folder)]
        must_match("--tests", "program", ",".join(patterns), names)


def _parts(tests: str) -> list[str]:
    """The parts between commas; a C file may have a comma in its name, too."""
    return [tests] if tests.endswith(".c") and Path(tests).is_file() else tests.split(",")


def _case_names(built: Sequence[Program], whole: bool) -> list[str]:
    """The names of all cases, and ``program/case``, which comes first if `whole`."""
    names = [c.name for p in built for c in p.cases]
    ids = [f"{p.name}/{c.name}" for p in built for c in p.cases]
    return [*ids, *names] if whole else [*names, *ids]


def _own_program(path: Path) -> Source:
    if not path.is_file():
        raise UserError(f"--tests {path}", "there is no such file", "give a C file with cases")
    return own_program(path)


def is_whole(tasks: Sequence[Task], folder: Path = GUEST_TESTS) -> bool:
    """Are these all cases of all programs of the folder, on each of the architectures?"""
    arches = {task.program.arch for task in tasks}
    planned = {(t.program.arch, t.program.name) for t in tasks}
    return planned == {(arch, p.name) for arch in arches for p in programs(folder)} and all(
        len(task.selected) == len(task.program.cases) for task in tasks
    )


def _selected(program: Program, case: str) -> tuple[int, ...]:
    return tuple(
        c.index for c in program.cases if matches(case, c.name, f"{program.name}/{c.name}")
    )


def build_named(arch: Arch, program: str) -> Program:
    """Build the guest test of this name. Raises UserError if there is none, or no toolchain."""
    return build(arch, program)
