"""From C files to verified ELF files, compiled once and kept by content.

Everything lies in one folder under the user's cache: `KEY.elf` for a program, `KEY.deps` for
the names of the headers that its sources include, `rt-KEY/` for the compiled runtime. Keys are
digests of contents, flags and toolchain, so nothing there is ever wrong, and it may be deleted
at any time. Files appear by renaming: two processes may build the same thing at once.

What only a compilation needs is imported when there is one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from harness.abi.arch import Arch
from harness.abi.header import zx_header
from harness.errors import MachineError, UserError
from harness.guest.cases import Case, read_cases
from harness.guest.recorder import calls_source
from harness.guest.select import with_name
from harness.guest.toolchain import Toolchain, find_toolchain
from harness.guest.verify import verify

GUEST_TESTS = Path(__file__).resolve().parent.parent.parent / "guest_tests"
_RT = GUEST_TESTS / "rt"
_INCLUDE = GUEST_TESTS / "include"
_SCRIPT = _RT / "guest.ld"


_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Program:
    """A guest test, ready to be put into an image: `elf` is what `path` holds."""

    name: str
    arch: Arch
    path: Path
    elf: bytes
    cases: tuple[Case, ...]


def programs(folder: Path = GUEST_TESTS) -> list[Path]:
    """List the C files of a folder, each of them a program, by name.

    Raises UserError if there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(str(folder), "is not a folder", "give the folder of the guest tests")
    return sorted(folder.glob("*.c"))


def build(
    arch: Arch,
    program: str | Path,
    toolchain: Toolchain | None = None,
    cache: Path | None = None,
) -> Program:
    """Build one program from one C file; a name without a folder is one of `guest_tests`.

    Raises UserError for a missing file or toolchain, for C that does not compile (with what the
    compiler said), and for a program that userboot could not start.
    """
    path = GUEST_TESTS / f"{program}.c" if isinstance(program, str) else program
    return build_together(arch, path.stem, [path], toolchain, cache)


def build_together(
    arch: Arch,
    name: str,
    sources: Sequence[Path],
    toolchain: Toolchain | None = None,
    cache: Path | None = None,
) -> Program:
    """Build several C files into one program, so that one boot runs the cases of all."""
    return _Builder(arch, toolchain or find_toolchain(), cache or cache_folder()).program(
        name, sources
    )


def build_all(
    wanted: Iterable[tuple[Arch, Path]],
    toolchain: Toolchain | None = None,
    cache: Path | None = None,
) -> list[Program]:
    """Build many programs, in parallel and each as `build` does; results are in their order."""
    jobs = list(wanted)
    tools, folder = toolchain or find_toolchain(), cache or cache_folder()
    builders = {arch: _Builder(arch, tools, folder) for arch in {arch for arch, _ in jobs}}
    kept = [builders[arch].kept(path.stem, [path]) for arch, path in jobs]
    missing = [job for job, program in zip(jobs, kept, strict=True) if program is None]
    made = iter(_in_parallel(lambda j: builders[j[0]].program(j[1].stem, [j[1]]), missing))
    return [program or next(made) for program in kept]


def cache_folder() -> Path:
    """Where built programs are kept: ``guest`` in the user's cache folder."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("zxhil")) / "guest"


class _Builder:
    """Builds for one architecture with one toolchain; threads may share it."""

    def __init__(self, arch: Arch, toolchain: Toolchain, cache: Path) -> None:
        self._arch = arch
        self._toolchain = toolchain
        self._cache = cache
        self._generated = {"zx.h": zx_header(), "zx_calls.c": calls_source()}
        runtime = [*sorted(_RT.glob("*.[ch]")), *sorted(_INCLUDE.glob("*.h")), _SCRIPT]
        self._key = _digest(
            toolchain.identity,
            *toolchain.compile_command(arch),
            *toolchain.link_command(),
            *self._generated.values(),
            *(part for path in runtime for part in (path.name, path.read_bytes())),
        )
        self._runtime_once = threading.Lock()

    def program(self, name: str, sources: Sequence[Path]) -> Program:
        """Take the program from the cache, or make it."""
        program = self.kept(name, sources)
        if program is None:
            path, data = self._make(self._source_key(name, sources), name, sources)
            program = Program(name, self._arch, path, data, read_cases(data, str(path)))
        return program

    def kept(self, name: str, sources: Sequence[Path]) -> Program | None:
        """Take the program from the cache, if it is there."""
        key = self._source_key(name, sources)
        path = self._path(key, self._known_headers(key))
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        return Program(name, self._arch, path, data, read_cases(data, str(path)))

    def _source_key(self, name: str, sources: Sequence[Path]) -> str:
        parts: list[str | bytes] = [self._key, name]
        for source in sources:
            try:
                parts += [str(source.resolve().parent), source.name, source.read_bytes()]
            except OSError as error:
                raise UserError(
                    str(source), error.strerror or str(error), "give a C file"
                ) from None
        return _digest(*parts)

    def _known_headers(self, key: str) -> list[Path]:
        try:
            text = (self._cache / f"{key}.deps").read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        return [Path(line) for line in text.splitlines()]

    def _path(self, key: str, headers: Sequence[Path]) -> Path:
        """Where the program lies, if it is built of these headers as they are now."""
        parts: list[str | bytes] = [key]
        for header in headers:
            content = header.read_bytes() if header.is_file() else b""
            parts += [str(header), content]
        return self._cache / f"{_digest(*parts)}.elf"

    def _make(self, key: str, name: str, sources: Sequence[Path]) -> tuple[Path, bytes]:
        runtime = self._runtime()
        with _scratch(self._cache) as folder:
            objects, headers = [], set[Path]()
            for number, source in enumerate(sources):
                output = folder / f"{number}.o"
                headers |= self._compile(source, output, runtime, folder)
                objects.append(output)
            output = folder / "program"
            command = [*self._toolchain.link_command(), "-T", str(_SCRIPT), "-o", str(output)]
            files = [*objects, *sorted(runtime.glob("*.o"))]
            _run([*command, *map(str, files)], folder, str(sources[0]))
            data = with_name(output.read_bytes(), name, str(sources[0]))
            verify(data, self._arch, str(sources[0]))
            listed = sorted(headers)
            path = self._path(key, listed)
            _publish(data, path, folder)
            text = "".join(f"{header}\n" for header in listed)
            _publish(text.encode(), self._cache / f"{key}.deps", folder)
        return path, data

    def _compile(self, source: Path, output: Path, runtime: Path, folder: Path) -> set[Path]:
        """Compile one file; return the headers that it includes and the runtime does not have."""
        rules = output.with_suffix(".d")
        command = [*self._toolchain.compile_command(self._arch)]
        command += ["-I", str(runtime), "-I", str(_INCLUDE), "-MMD", "-MF", str(rules)]
        _run([*command, "-c", str(source.resolve()), "-o", str(output)], folder, str(source))
        # A makefile rule: target, colon, files; a backslash escapes a blank or a line end.
        text = rules.read_text(encoding="utf-8").replace("\\\n", " ").partition(":")[2]
        names = text.replace("\\ ", "\0").split()
        found = {Path(name.replace("\0", " ")) for name in names}
        own = {source.resolve()}
        return {p for p in found - own if p.parent not in (runtime, _INCLUDE, _RT)}

    def _runtime(self) -> Path:
        """The folder with `zx.h` and the compiled runtime."""
        home = self._cache / f"rt-{self._key}"
        with self._runtime_once:
            if not home.is_dir():
                with _scratch(self._cache) as folder:
                    self._make_runtime(folder)
                    # Another process may have been faster; its folder has the same content.
                    with contextlib.suppress(OSError):
                        folder.rename(home)
        return home

    def _make_runtime(self, folder: Path) -> None:
        for name, text in self._generated.items():
            (folder / name).write_text(text, encoding="ascii")
        sources = [folder / "zx_calls.c", *sorted(_RT.glob("*.c"))]
        command = [*self._toolchain.compile_command(self._arch)]
        command += ["-I", str(folder), "-I", str(_INCLUDE), "-I", str(_RT), "-c"]

        def compile_one(source: Path) -> None:
            output = folder / f"{source.stem}.o"
            _run([*command, str(source), "-o", str(output)], folder, str(source))

        _in_parallel(compile_one, sources)


def _in_parallel(work: Callable[[_Job], _Result], jobs: Sequence[_Job]) -> list[_Result]:
    """Do the jobs on all cores; the first one that fails raises its error."""
    if not jobs:
        return []
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, jobs))


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.hexdigest()[:32]


@contextlib.contextmanager
def _scratch(cache: Path) -> Iterator[Path]:
    """A folder in the cache, so that its content can be renamed into place; gone afterwards."""
    import shutil
    import tempfile

    try:
        cache.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="making-", dir=cache))
    except OSError as error:
        raise UserError(
            str(cache),
            f"can't be written to: {error.strerror}",
            "make room there, or set XDG_CACHE_HOME to another folder",
        ) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _publish(data: bytes, path: Path, folder: Path) -> None:
    temporary = folder / path.name
    temporary.write_bytes(data)
    temporary.replace(path)


def _run(command: Sequence[str], folder: Path, place: str) -> None:
    """Run a tool; what it says of the user's file is the user's to mend."""
    import subprocess

    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    except OSError as error:
        raise MachineError(f"{command[0]} can't be run: {error.strerror}") from None
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        raise UserError(place, f"does not build\n{said}", "mend the C file")
