"""Saved starts that are kept for later runs, in the user's cache folder.

A file is named after what it was made from: the machine and its kernel, and the programs in its
memory. It holds all that a later run needs in place of a boot, and a digest of that: one that is
damaged is removed, and the kernel boots. Files appear by renaming, and are removed when there are
too many, the longest unused first: several runs may do so at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from zxhil.disk.making import making
from zxhil.disk.seal import read_sealed, sealed
from zxhil.errors import MachineError
from zxhil.guest.build import cache_folder
from zxhil.guest.source import Program
from zxhil.guest.suite import SavedSuite
from zxhil.image.pack import boot_words, pack
from zxhil.machine.boot import command
from zxhil.machine.params import params_for
from zxhil.machine.ram import Part
from zxhil.push.booting import Booting
from zxhil.regular_file import file_state, open_regular

#: Bytes of all kept starts together; one has about 9 MB.
MOST_BYTES = 256 << 20
#: Kept starts of one machine that are considered.
_MOST_TRIED = 8
_FORMAT = 1
_HEAD_LINE = 1 << 20
_SUFFIX = ".start"
#: TSC and clocks of a saved machine go by the host's, which may be others after it has started.
_HOST = Path("/proc/sys/kernel/random/boot_id")
PROGRAM = "bin/suite"


def starts_folder() -> Path:
    """The folder of kept starts: ``starts`` in the user's cache folder."""
    return cache_folder().parent / "starts"


class KeptProgram(NamedTuple):
    """A program in the memory: its name, number of cases, and digest of its file."""

    name: str
    cases: int
    digest: str


def kept_program(program: Program) -> KeptProgram:
    """The program as it is listed."""
    digest = hashlib.blake2b(program.elf, digest_size=16).hexdigest()
    return KeptProgram(program.name, len(program.cases), digest)


@dataclass(frozen=True, slots=True)
class KeptStart:
    """A saved start: QEMU's snapshot, the memory, the serial log of the boot; and where it is kept.

    `mark` and `offsets` are those of the trace's pages; `places` is where jobs go in the memory;
    `made` is seconds of the epoch.
    """

    made: float
    mark: bytes
    offsets: tuple[int, ...]
    places: tuple[int, ...]
    programs: tuple[KeptProgram, ...]
    log: bytes
    disk: bytes
    memory: tuple[Part, ...]
    path: Path = field(default_factory=Path)

    @property
    def key(self) -> str:
        """The name of its file, without the suffix."""
        return self.path.stem

    def note(self, now: float) -> str:
        """Say for a report that no boot was made."""
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.made))
        age = max(0, int(now - self.made))
        return (
            f"programs resumed from a start kept since {at} UTC ({age} s), {self.key}; "
            "to boot: --boots once"
        )


class KeptStarts:
    """The kept starts of one machine, for runs of `programs`.

    `notes` says what went wrong with them.
    """

    def __init__(
        self, booting: Booting, programs: Iterable[Program], folder: Path | None = None
    ) -> None:
        self.folder = folder or starts_folder()
        self.notes: list[str] = []
        self._programs = tuple(programs)
        self._wanted = {program.name: kept_program(program) for program in self._programs}
        self._machine = _machine_key(booting)

    def find(self, most_missing: int) -> KeptStart | None:
        """The start with the most of the programs, if at most so many, and not all, are missing."""
        if not self._machine:
            return None
        for path in self._by_use()[:_MOST_TRIED]:
            shared = self._shared(_programs_of(path))
            if not shared or len(self._wanted) - shared > most_missing:
                continue
            kept = _parsed(read_sealed(path), path)
            if kept is not None:
                with contextlib.suppress(OSError):
                    os.utime(path)
                return kept
            if path.exists():  # Else another run has removed it meanwhile.
                self.notes.append(f"the kept start {path} is damaged: removed")
                self.forget(path)
        return None

    def suite(self, kept: KeptStart) -> SavedSuite:
        """The programs in the memory of a kept start, and which of them are this run's."""
        there = {program.name: program for program in kept.programs}
        same = [p for p in self._programs if there.get(p.name) == self._wanted[p.name]]
        return SavedSuite({name: each.cases for name, each in there.items()}, same)

    def store(self, kept: KeptStart) -> None:
        """Keep a start. Raises MachineError if there is no room for it."""
        if not self._machine:
            return
        content = hashlib.blake2b(json.dumps(kept.programs).encode(), digest_size=8).hexdigest()
        path = self.folder / f"{self._machine}-{content}{_SUFFIX}"
        try:
            with making(self.folder, "making-") as folder:
                (folder / path.name).write_bytes(sealed(_written(kept), path.name))
                (folder / path.name).replace(path)
            self._sweep()
        except OSError as error:
            raise MachineError(f"{self.folder}: {error.strerror}") from None

    def forget(self, path: Path) -> None:
        """Remove a kept start."""
        with contextlib.suppress(OSError):
            path.unlink()

    def _shared(self, programs: Sequence[KeptProgram]) -> int:
        return sum(self._wanted.get(program.name) == program for program in programs)

    def _by_use(self) -> list[Path]:
        """This machine's: those with the most of the programs first, and of those the last used."""
        found = [path for path in _files(self.folder) if path.name.startswith(f"{self._machine}-")]
        return sorted(found, key=lambda path: self._shared(_programs_of(path)), reverse=True)

    def _sweep(self) -> None:
        size = 0
        for path in _files(self.folder):
            with contextlib.suppress(OSError):
                size += path.stat().st_size
                if size > MOST_BYTES:
                    path.unlink()


class Keeping(NamedTuple):
    """Where starts are kept between runs, and the one that was found there; None: boot."""

    starts: KeptStarts
    found: KeptStart | None


def _files(folder: Path) -> list[Path]:
    """All kept starts, the last used first."""
    found = []
    for path in folder.glob(f"*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            found.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(found, reverse=True)]


def _machine_key(booting: Booting) -> str:
    """A digest of all that the state of a machine depends on, but the programs; empty: unknown.

    Options of QEMU that the user gave may name other files, and those of a plugin do.
    """
    if booting.user_args or booting.qemu or booting.per_boot is not None:
        return ""
    try:
        host = _HOST.read_text()
        kernel = booting.image.kernel.read_bytes()
    except OSError:
        return ""
    binary = shutil.which(params_for(booting.image.arch).binary)
    state = file_state(Path(binary)) if binary else None
    if state is None:
        return ""
    words = (*boot_words(booting.image, PROGRAM), *booting.words)
    boot = replace(booting.boot(Path("zbi")), kernel=Path("kernel"))
    parts = [_FORMAT, host, binary, state, command(boot, None), booting.memory_trace]
    digest = hashlib.blake2b(json.dumps(parts).encode(), digest_size=16)
    for data in (kernel, pack(booting.image, {PROGRAM: b""}, words)):
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def _written(kept: KeptStart) -> bytes:
    head = {
        "made": kept.made,
        "mark": kept.mark.hex(),
        "offsets": kept.offsets,
        "places": kept.places,
        "programs": kept.programs,
        "log": len(kept.log),
        "disk": len(kept.disk),
        "memory": [(part.start, len(part.data)) for part in kept.memory],
    }
    memory = (part.data for part in kept.memory)
    return b"".join([json.dumps(head).encode(), b"\n", kept.log, kept.disk, *memory])


def _programs_of(path: Path) -> tuple[KeptProgram, ...]:
    """The programs of a file, by its first line, whose digest was not looked at."""
    try:
        with open_regular(path) as file:
            return _programs(json.loads(file.readline(_HEAD_LINE)))
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def _programs(head: dict[str, list[tuple[str, int, str]]]) -> tuple[KeptProgram, ...]:
    return tuple(KeptProgram(*each) for each in head["programs"])


def _parsed(data: bytes | None, path: Path) -> KeptStart | None:
    """What `_written` made; None if it is damaged, or from somewhere else."""
    if data is None:
        return None
    try:
        line, _, rest = data.partition(b"\n")
        head = json.loads(line)
        at = head["log"] + head["disk"]
        memory = []
        for start, size in head["memory"]:
            memory.append(Part(start, rest[at : at + size]))
            at += size
        return KeptStart(
            float(head["made"]),
            bytes.fromhex(head["mark"]),
            tuple(head["offsets"]),
            tuple(head["places"]),
            _programs(head),
            rest[: head["log"]],
            rest[head["log"] : head["log"] + head["disk"]],
            tuple(memory),
            path,
        )
    except (ValueError, TypeError, KeyError):
        return None
