"""What to run: programs, and which of their cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.guest.build import build, build_all, programs
from zxhil.guest.source import Program, Source, own_program
from zxhil.guestfile import is_guest
from zxhil.names import is_glob, must_match
from zxhil.oracle.cases import CaseInfo
from zxhil.regular_file import why_impossible
from zxhil.shipped import GUEST_TESTS


@dataclass(frozen=True, slots=True)
class Task:
    """One program on one architecture, with the indexes of the cases to run."""

    program: Program
    selected: tuple[int, ...]

    @property
    def infos(self) -> dict[str, CaseInfo]:
        """The entries of the program's case table, by name."""
        name = self.program.name
        return {
            case.name: CaseInfo(name, case.name, case.claims, f"{case.file}:{case.line}")
            for case in self.program.cases
        }

    def asked(self, selected: Sequence[int]) -> dict[int, str]:
        """The names of the selected cases, by index."""
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
    arches: Sequence[Arch],
    tests: str = "*",
    case: str = "*",
    folder: Path = GUEST_TESTS,
    only: Sequence[str] = (),
) -> list[Task]:
    """Build the programs whose name matches `tests`, and choose the cases that match `case`.

    With `only`, build just the programs of these names.

    A part of `tests` may also be a C file of the user's own, a folder of them, or a glob of either
    (see `own_programs`). `case` is matched against the case's name and ``program/case``. Raises
    UserError if a part of either matches nothing, for lack of a toolchain, and for C that does
    not compile.
    """
    chosen = [each for each in sources(tests, folder) if not only or each.name in only]
    built = list(
        map(_naming_own_files, build_all([(arch, source) for arch in arches for source in chosen]))
    )
    must_match("--case", "case", case, _case_names(built, "/" in case))
    tasks = [Task(p, _selected(p, case)) for p in built]
    return [task for task in tasks if task.selected]


def _naming_own_files(program: Program) -> Program:
    """With the paths of a user's own files, as they were given: the table has their names alone."""
    own = {
        path.name: str(path) if path.is_absolute() else f"./{path}"
        for path in program.files
        if not path.is_relative_to(GUEST_TESTS)
    }
    cases = (replace(case, file=own.get(case.file, case.file)) for case in program.cases)
    return replace(program, cases=tuple(cases)) if own else program


def check_programs(tests: str, folder: Path = GUEST_TESTS) -> None:
    """Raise UserError for a part of `tests` that names no program, file or folder."""
    sources(tests, folder)


def sources(tests: str, folder: Path = GUEST_TESTS) -> list[Source]:
    """The programs that match `tests`, which is that of `plan`. Raises UserError as `plan` does."""
    there = programs(folder)
    own = [part for part in _parts(tests) if _is_path(part, there)]
    # A file's name may look like a glob.
    patterns = ",".join(part for part in _parts(tests) if part not in own)
    if patterns:
        must_match("--tests", "program", patterns, [program.name for program in there])
    found = [p for p in there if patterns and matches(patterns, p.name)]
    for part in own:
        found += own_programs(part)
    by_name: dict[str, Source] = {}
    for source in found:
        other = by_name.setdefault(source.name, source)
        if other.files != source.files:
            raise UserError(
                f"--tests {tests}",
                f"two programs have the name {source.name}: {other.files[0]} and {source.files[0]}",
                "rename a file, or run them separately",
            )
    return list(by_name.values())


def _is_path(part: str, there: Sequence[Source]) -> bool:
    """Does a part name files, and not the shipped programs?"""
    if part.endswith(".c") or "/" in part:
        return True
    return _exists(part, Path.is_dir) and not any(matches(part, source.name) for source in there)


def _exists(part: str, is_there: Callable[[Path], bool] = Path.exists) -> bool:
    """Is it there? Names of programs, and lists of them, may be longer than any path can be."""
    path = Path(part)
    return not why_impossible(path) and is_there(path)


def own_programs(part: str) -> list[Source]:
    """The programs of a C file, a folder, or a glob's matches.

    A named file is a program by itself, and so is each match of a glob that defines cases. The
    files of a folder make programs as those of ``guest_tests`` do; files without cases are left
    out. Raises UserError if there is no program.
    """
    path = Path(part)
    if why := why_impossible(path):
        raise UserError(f"--tests {part}", why, _GIVE)
    if path.is_file():
        return [own_program(path)]
    if path.is_dir():
        found = [_with_cases(source) for source in programs(path)]
        sources = [source for source in found if source.files]
        if not sources:
            raise UserError(f"--tests {part}", "has no C file with cases", _GIVE)
        return sources
    if not is_glob(part):
        raise UserError(f"--tests {part}", "there is no such file or folder", _GIVE)
    anchor = Path(path.anchor)
    matched = sorted(anchor.glob(str(path.relative_to(anchor)))) if part else []
    sources = [own_program(each) for each in matched if each.suffix == ".c" and is_guest(each)]
    for each in matched:
        sources += own_programs(str(each)) if each.is_dir() else []
    if not sources:
        raise UserError(f"--tests {part}", "matches no C file with cases", _GIVE)
    return sources


def _with_cases(source: Source) -> Source:
    """Without files if none defines a case; helper files of other cases stay."""
    return source if any(map(is_guest, source.files)) else source._replace(files=())


def with_absolute_paths(tests: str) -> str:
    """`tests` with absolute paths, so that it is valid in any folder."""
    there = programs(GUEST_TESTS)
    parts = _parts(tests)
    return ",".join(str(Path(p).absolute()) if _is_path(p, there) else p for p in parts)


_GIVE = "give a C file with cases, a folder of such files, or a glob in quotes"


def _parts(tests: str) -> list[str]:
    """The parts between commas; a file or folder may have a comma in its name, too."""
    return [tests] if _exists(tests) else tests.split(",")


def _case_names(built: Sequence[Program], whole: bool) -> list[str]:
    """All names of cases, and ``program/case``, which comes first if `whole`."""
    names = [c.name for p in built for c in p.cases]
    ids = [f"{p.name}/{c.name}" for p in built for c in p.cases]
    return [*ids, *names] if whole else [*names, *ids]


def is_whole(tasks: Sequence[Task], folder: Path = GUEST_TESTS) -> bool:
    """Are these all cases of all programs of the folder, on each architecture?"""
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
