"""Build C files into verified ELF files, cached by content.

Everything lies in one folder under the user's cache: `KEY.elf` for a program, `KEY.o` for a
compiled C file, `KEY.deps` for the names of the headers that its source includes, `rt-KEY/` for
the compiled runtime. Keys are digests of contents, flags and toolchain, so nothing there is ever
wrong, and it may be deleted at any time. Files appear by renaming: two processes may build the
same thing at once. Each carries a digest (`zxhil.disk.seal`): a damaged one is built again.

Modules for a compilation are imported only for one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from zxhil.abi.arch import Arch
from zxhil.abi.calls import BY_NAME
from zxhil.abi.header import zx_header
from zxhil.disk.seal import folder_is_whole, put_in_place, read_sealed, seal_folder, sealed
from zxhil.errors import MachineError, UserError
from zxhil.guest.baseline.files import baseline_files
from zxhil.guest.cases import read_cases
from zxhil.guest.claims import check_claims
from zxhil.guest.elf import same_code
from zxhil.guest.recorder import calls_source
from zxhil.guest.select import with_name
from zxhil.guest.source import Program, Source, own_program, program_name
from zxhil.guest.suite import Suite
from zxhil.guest.toolchain import Toolchain, find_toolchain
from zxhil.guest.verify import verify, verify_loadable
from zxhil.names import no_such
from zxhil.shipped import GUEST_TESTS

_RT = GUEST_TESTS / "rt"
_INCLUDE = GUEST_TESTS / "include"
_SCRIPT = _RT / "guest.ld"

#: Cases are straight-line calls: optimizing them takes three times as long as compiling them. For
#: the recorder's loops over bytes it is worth it.
_CASES_LEVEL = "-O0"
_RUNTIME_LEVEL = "-Os"
#: Files of the runtime of which the linker drops unused functions: wrappers of calls, and helpers
#: that call them.
_IN_SECTIONS = ("zx_calls", "cases", "tasks")
_SECTIONS = "-ffunction-sections"


_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


def programs(folder: Path = GUEST_TESTS) -> list[Source]:
    """List the programs that the C files of a folder make, by name.

    ``CALL.c`` and each ``CALL_*.c`` make the program CALL, where CALL is the longest name of a
    call that fits: one boot runs all cases of a page. Any other file is a program by itself. The
    files of a folder in the folder make one program, named after it; `rt` and `include` do not.
    Beside the project's own stand the programs of the baseline cases, `baseline_CALL`.
    Raises UserError if there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(str(folder), "is not a folder", "give the folder of the guest tests")
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.c")):
        found.setdefault(_program_name(path.stem), []).append(path)
    for path in sorted(folder.glob("*/*.c")):
        if path.parent not in (_RT, _INCLUDE):
            found.setdefault(program_name(path.parent.name), []).append(path)
    if folder == GUEST_TESTS:
        found |= {path.stem: [path] for path in baseline_files(cache_folder())}
    return [Source(name, tuple(files)) for name, files in sorted(found.items())]


def _program_name(stem: str) -> str:
    words = stem.split("_")
    prefixes = ("_".join(words[:count]) for count in range(len(words), 0, -1))
    return next((prefix for prefix in prefixes if prefix in BY_NAME), program_name(stem))


def build(
    arch: Arch,
    program: Source | Path | str,
    toolchain: Toolchain | None = None,
    cache: Path | None = None,
) -> Program:
    """Build one program: as `programs` lists it, from one C file, or one of `guest_tests` by name.

    Raises UserError for a missing file or toolchain, for C that does not compile (with the
    compiler's output), and for a program that userboot could not start.
    """
    return build_all([(arch, program)], toolchain, cache)[0]


def _source(program: Source | Path | str) -> Source:
    if isinstance(program, Source):
        return program
    if isinstance(program, Path):
        return own_program(program)
    for source in programs():
        if source.name == program:
            return source
    raise no_such(str(GUEST_TESTS), "program", program, [source.name for source in programs()])


def build_all(
    wanted: Iterable[tuple[Arch, Source | Path | str]],
    toolchain: Toolchain | None = None,
    cache: Path | None = None,
) -> list[Program]:
    """Build many programs in parallel, each as `build` does; results are in order."""
    jobs = [(arch, _source(program)) for arch, program in wanted]
    tools, folder = toolchain or find_toolchain(), cache or cache_folder()
    builders = {arch: _Builder(arch, tools, folder) for arch in {arch for arch, _ in jobs}}
    kept = [builders[arch].kept(source) for arch, source in jobs]
    missing = [job for job, program in zip(jobs, kept, strict=True) if program is None]
    made = iter(_in_parallel(lambda job: builders[job[0]].make(job[1]), missing))
    built = [program or next(made) for program in kept]
    check_claims((case for program in built for case in program.cases), folder)
    return built


def build_suite(
    programs: Sequence[Program], toolchain: Toolchain | None = None, cache: Path | None = None
) -> Suite:
    """Link the cases of several programs of one architecture into one file.

    Raises UserError if they can't be linked together, because they share the name of a function
    that is not static.
    """
    tools = toolchain or find_toolchain()
    return _Builder(programs[0].arch, tools, cache or cache_folder()).suite(programs)


def build_debug(programs: Sequence[Program]) -> Path | None:
    """Build a program, or several linked together, again with line numbers.

    Returns its path; None if its code differs from the file without them.
    Raises what `build` raises.
    """
    first = programs[0]
    builder = _Builder(first.arch, find_toolchain(), cache_folder(), debug=True)
    if len(programs) > 1:
        plain = build_suite(programs).waiting
        made = builder.suite(programs)
        path, data = made.path, made.waiting
    else:
        source = Source(first.name, first.files)
        program = builder.kept(source) or builder.make(source)
        path, data, plain = program.path, program.elf, first.elf
    return path if same_code(plain, data, str(path)) else None


def cache_folder() -> Path:
    """The cache of built programs: ``guest`` in the user's cache folder."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("zxhil")) / "guest"


class _Builder:
    """Builds for one architecture with one toolchain; threads may share it."""

    def __init__(
        self, arch: Arch, toolchain: Toolchain, cache: Path, *, debug: bool = False
    ) -> None:
        self._arch = arch
        self._compiler = (
            *toolchain.compile_command(arch),
            *(["-gline-tables-only"] if debug else []),
        )
        self._toolchain = toolchain
        self._cache = cache
        self._generated = {"zx.h": zx_header(), "zx_calls.c": calls_source()}
        runtime = [*sorted(_RT.glob("*.[ch]")), *sorted(_INCLUDE.glob("*.h")), _SCRIPT]
        self._key = _digest(
            toolchain.identity,
            *self._compiler,
            _CASES_LEVEL,
            _RUNTIME_LEVEL,
            _SECTIONS,
            *_IN_SECTIONS,
            *toolchain.link_command(),
            *self._generated.values(),
            *(part for path in runtime for part in (path.name, path.read_bytes())),
        )
        self._runtime_once = threading.Lock()

    def kept(self, source: Source) -> Program | None:
        """Get the program from the cache, if present."""
        key = self._source_key(source.name, source.files)
        path = self._path(key, self._known_headers(key))
        data = read_sealed(path)
        return None if data is None else self._program(source, path, data)

    def make(self, source: Source) -> Program:
        """Compile, link, verify, and store the program."""
        key, place = self._source_key(source.name, source.files), str(source.files[0])
        objects = self._objects(source.files)
        headers = sorted({header for path in source.files for header in self._headers_of(path)})
        with _scratch(self._cache) as folder:
            data = with_name(self._link(objects, folder, place), source.name, place)
            verify(data, self._arch, place)
            path = self._path(key, headers)
            _publish(data, path, folder)
            self._publish_headers(key, headers, folder)
        return self._program(source, path, data)

    def suite(self, programs: Sequence[Program]) -> Suite:
        """Link the cases of all programs into one file, in order, and store it."""
        path = self._cache / f"{_digest(self._key, 'suite', *(p.path.name for p in programs))}.elf"
        data = read_sealed(path)
        if data is None:
            files = [file for program in programs for file in program.files]
            objects = self._objects(files)
            with _scratch(self._cache) as folder:
                data = self._link(objects, folder, "the programs as one")
                verify_loadable(data, self._arch, "the programs as one")
                _publish(data, path, folder)
        return Suite(data, path, programs)

    def _program(self, source: Source, path: Path, data: bytes) -> Program:
        cases = read_cases(data, str(path))
        return Program(source.name, self._arch, path, data, cases, source.files)

    def _source_key(self, name: str, files: Sequence[Path]) -> str:
        parts: list[str | bytes] = [self._key, name]
        for path in files:
            try:
                parts += [str(path.resolve().parent), path.name, path.read_bytes()]
            except OSError as error:
                raise UserError(
                    str(path), error.strerror or str(error), "give a C file that can be read"
                ) from None
        return _digest(*parts)

    def _known_headers(self, key: str) -> list[Path]:
        text = read_sealed(self._cache / f"{key}.deps") or b""
        return [Path(os.fsdecode(line)) for line in text.splitlines()]

    def _publish_headers(self, key: str, headers: Sequence[Path], folder: Path) -> None:
        text = b"".join(os.fsencode(header) + b"\n" for header in headers)
        _publish(text, self._cache / f"{key}.deps", folder)

    def _headers_of(self, file: Path) -> list[Path]:
        """The headers that a compiled file includes."""
        return self._known_headers(self._source_key("", (file,)))

    def _path(self, key: str, headers: Sequence[Path], suffix: str = ".elf") -> Path:
        """The program's path, for the current content of its headers."""
        parts: list[str | bytes] = [key]
        for header in headers:
            content = header.read_bytes() if header.is_file() else b""
            parts += [str(header), content]
        return self._cache / f"{_digest(*parts)}{suffix}"

    def _objects(self, files: Sequence[Path]) -> list[Path]:
        """The compiled files, each compiled if not cached."""
        runtime = self._runtime()
        return _in_parallel(lambda file: self._object(file, runtime), files)

    def _object(self, file: Path, runtime: Path) -> Path:
        key = self._source_key("", (file,))
        path = self._path(key, self._known_headers(key), ".o")
        if read_sealed(path) is not None:
            return path
        with _scratch(self._cache) as folder:
            output = folder / "object.o"
            headers = sorted(self._compile(file, output, runtime, folder))
            path = self._path(key, headers, ".o")
            _publish(output.read_bytes(), path, folder)
            self._publish_headers(key, headers, folder)
        return path

    def _link(self, objects: Sequence[Path], folder: Path, place: str) -> bytes:
        output = folder / "program"
        command = [*self._toolchain.link_command(), "-T", str(_SCRIPT), "-o", str(output)]
        files = [*objects, *sorted(self._runtime().glob("*.o"))]
        _run([*command, *map(str, files)], folder, place)
        return output.read_bytes()

    def _compile(self, source: Path, output: Path, runtime: Path, folder: Path) -> set[Path]:
        """Compile one file; return the headers that it includes and the runtime does not have."""
        rules = output.with_suffix(".d")
        command = [*self._compiler, _CASES_LEVEL]
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
            if not folder_is_whole(home):
                with _scratch(self._cache) as folder:
                    self._make_runtime(folder)
                    seal_folder(folder, home.name)
                    put_in_place(folder, home)
        return home

    def _make_runtime(self, folder: Path) -> None:
        for name, text in self._generated.items():
            (folder / name).write_text(text, encoding="ascii")
        sources = [folder / "zx_calls.c", *sorted(_RT.glob("*.c"))]
        # With line numbers the optimized runtime would have other code.
        command = [*self._toolchain.compile_command(self._arch), _RUNTIME_LEVEL]
        command += ["-I", str(folder), "-I", str(_INCLUDE), "-I", str(_RT), "-c"]

        def compile_one(source: Path) -> None:
            output = folder / f"{source.stem}.o"
            flags = [_SECTIONS] if source.stem in _IN_SECTIONS else []
            _run([*command, *flags, str(source), "-o", str(output)], folder, str(source))

        _in_parallel(compile_one, sources)


def _in_parallel(work: Callable[[_Job], _Result], jobs: Sequence[_Job]) -> list[_Result]:
    """Run the jobs on all cores; the first failure is raised."""
    if not jobs:
        return []
    from concurrent.futures import ThreadPoolExecutor

    from zxhil.guest import tool

    with ThreadPoolExecutor(os.cpu_count()) as pool, tool.interruptible():
        return list(pool.map(work, jobs))


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.hexdigest()[:32]


@contextlib.contextmanager
def _scratch(cache: Path) -> Iterator[Path]:
    """A temporary folder in the cache, so that its content can be renamed into place."""
    from zxhil.disk.making import making

    try:
        with making(cache, "making-") as folder:
            yield folder
    except OSError as error:
        raise MachineError(
            f"{error.filename or cache}: can't be written: {error.strerror}",
            f"free some space, or set XDG_CACHE_HOME to another folder than {cache.parent}",
        ) from None


def _publish(data: bytes, path: Path, folder: Path) -> None:
    temporary = folder / f"new-{path.name}"
    temporary.write_bytes(sealed(data, path.name))
    temporary.replace(path)


def _run(command: Sequence[str], folder: Path, place: str) -> None:
    """Run a tool; its errors about the user's file are UserErrors."""
    from zxhil.guest import tool

    done = tool.run(command, folder)
    if done.code or done.limit:
        problem = f"does not build: {done.limit}" if done.limit else "does not build"
        raise UserError(place, f"{problem}\n{done.said}", "fix the C file")
