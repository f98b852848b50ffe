"""The corpus: programs that reached something new, each a file of text in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from zxhil.errors import MachineError, UserError
from zxhil.explore.leftout import harmed, unfit
from zxhil.explore.program import CallProgram, file_text, read

_SUFFIX = ".zx"
_HEAD = 16
#: No exploration keeps more.
MOST_PROGRAMS = 20_000


def file_name(program: CallProgram) -> str:
    """The name of a program's file: the same program has the same name."""
    return hashlib.sha256(program.text.encode()).hexdigest()[:16] + _SUFFIX


class Corpus:
    """Programs, each once; with a `folder`, each is a file there."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.programs: list[CallProgram] = []
        self._texts: set[str] = set()

    @classmethod
    def load(cls, folder: Path) -> Corpus:
        """The corpus of a folder; an empty one if there is no such folder.

        Raises UserError for a file that is no program or makes a call that programs do not, for a
        folder that can't be made, and for one whose programs all have other names.
        """
        corpus = cls(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            paths = sorted(folder.glob(f"*{_SUFFIX}"))
            other = next(filter(_is_program, folder.iterdir()), None) if not paths else None
        except OSError as error:
            raise UserError(
                str(folder), f"can't be read: {error.strerror}", "give another folder"
            ) from None
        if other is not None:
            raise UserError(
                str(folder),
                f"its program {other.name} is not read",
                f"give programs names that end in {_SUFFIX}",
            )
        if len(paths) > MOST_PROGRAMS:
            raise UserError(str(folder), f"has more than {MOST_PROGRAMS} programs", "minimise it")
        for path in paths:
            program = read(path)
            _check(path, program)
            if len(program) and program.text not in corpus._texts:
                corpus._keep(program)
        return corpus

    def add(self, program: CallProgram) -> bool:
        """Add a program; returns whether it is new. Raises MachineError if it can't be written."""
        if program.text in self._texts or len(self.programs) >= MOST_PROGRAMS:
            return False
        self._keep(program)
        if self.folder is not None:
            write(self.folder, program)
        return True

    def _keep(self, program: CallProgram) -> None:
        self._texts.add(program.text)
        self.programs.append(program)

    def reduce_to(self, programs: Iterable[CallProgram]) -> int:
        """Keep these alone, in the folder too; returns how many were removed."""
        kept = {program.text for program in programs}
        gone = [program for program in self.programs if program.text not in kept]
        for program in gone:
            self.programs.remove(program)
            self._texts.discard(program.text)
            if self.folder is not None:
                (self.folder / file_name(program)).unlink(missing_ok=True)
        return len(gone)


def _is_program(path: Path) -> bool:
    """Does the file begin as a program does, whatever its name is?"""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(_HEAD).startswith((b"# zxhil program", b"r0 ="))


def _check(path: Path, program: CallProgram) -> None:
    """Raises UserError if the program has a call that no exploration makes."""
    for number, step in enumerate(program.steps):
        if problem := unfit(step):
            raise UserError(
                f"{path}: r{number}",
                f"{step.name} can't be explored: {problem}",
                "remove the call, or give it a deadline of 0",
            )

    if (found := harmed(program)) is not None:
        number, name = found
        raise UserError(
            f"{path}: r{number}",
            f"{program.steps[number].name} takes the {name} from all programs after it",
            "let the program make an object of its own",
        )


def write(folder: Path, program: CallProgram) -> Path:
    """Write a program's file. Raises MachineError if it can't be written."""
    path = folder / file_name(program)
    part = path.with_suffix(".part")
    try:
        part.write_text(file_text(program), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise MachineError(f"{path} can't be written: {error.strerror}") from None
    return path
