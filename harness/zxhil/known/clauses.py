"""Known divergences for the oracle: for each case, the clauses broken in it."""

from __future__ import annotations

from fnmatch import filter as matching
from fnmatch import fnmatchcase

from zxhil.known.file import KnownFile
from zxhil.known.kernels import applies
from zxhil.names import is_glob
from zxhil.run.record import KernelRecord


class FileClauses:
    """The clauses of a file's entries; `image` is the kernel's image as the run names it."""

    def __init__(self, file: KnownFile, image: str = "") -> None:
        self._file = file
        self._image = image

    def of(self, arch: str, version: str, case: str) -> frozenset[str]:
        """The ids of the clauses that this kernel is known to break in this case."""
        kernel = KernelRecord(arch, self._image, version, False, (), ())
        found: set[str] = set()
        for entry in self._file.entries:
            about = (not entry.case or _any(entry.case, case)) and (
                not entry.arch or _any(entry.arch, arch)
            )
            if about and entry.clause and applies(entry.kernel, kernel):
                found.update(entry.clause)
        return frozenset(c for pattern in found for c in _ids(pattern))


def _any(patterns: tuple[str, ...], text: str) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def _ids(pattern: str) -> list[str]:
    if not is_glob(pattern):
        return [pattern]
    from zxhil.model.pages import load_all

    return matching([clause.id for page in load_all().values() for clause in page.clauses], pattern)
