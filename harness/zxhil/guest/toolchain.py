"""Find a C compiler and linker for guest tests: clang with lld, or the `ziglang` wheel."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.errors import UserError

#: For every file. The code may use no vector registers, no thread-local storage, no stack
#: protector and no library; the warnings are the project's.
_COMMON = (
    "-std=c11",
    "-ffreestanding",
    "-fpie",
    "-fvisibility=hidden",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-ftrivial-auto-var-init=pattern",
    "-Wall",
    "-Wextra",
    "-Werror",
    # Newer clangs warn of `char sent[4] = "ping"`: bytes for a call, not a string. Older ones
    # do not know the warning.
    "-Wno-unknown-warning-option",
    "-Wno-unterminated-string-initialization",
)

_CLANG_TARGET = {Arch.X64: "x86_64-unknown-none-elf", Arch.ARM64: "aarch64-unknown-none-elf"}
_ZIG_TARGET = {Arch.X64: "x86_64-freestanding-none", Arch.ARM64: "aarch64-freestanding-none"}

#: zig passes additional features and enables sanitizers.
_ZIG_EXTRA = ("-fno-sanitize=undefined", "-g0", "-Wno-unused-command-line-argument")

_LINK = (
    "-pie",
    "--no-dynamic-linker",
    "--no-undefined",
    "--gc-sections",
    "--fatal-warnings",
    "-z",
    "text",
    "-z",
    "norelro",
    "-z",
    "max-page-size=4096",
)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """How to run a compiler and a linker. `identity` changes when either is replaced."""

    name: str
    compiler: tuple[str, ...]
    linker: tuple[str, ...]
    identity: str

    def compile_command(self, arch: Arch) -> tuple[str, ...]:
        """The command, to which the caller adds include folders, ``-c`` and files."""
        if self.name == "ziglang":
            return (*self.compiler, "-target", _ZIG_TARGET[arch], *_COMMON, *_ZIG_EXTRA)
        # `-mgeneral-regs-only` is how both back ends spell "no vector registers".
        target = f"--target={_CLANG_TARGET[arch]}"
        return (*self.compiler, target, *_COMMON, "-mgeneral-regs-only")

    def link_command(self) -> tuple[str, ...]:
        """The command, to which the caller adds ``-T``, ``-o`` and files."""
        return (*self.linker, *_LINK)


def find_toolchain(prefer: str | None = None) -> Toolchain:
    """Find a toolchain: clang and ld.lld on PATH, or else the `ziglang` package.

    `prefer` is ``clang`` or ``ziglang`` and excludes the other; without it the environment
    variable ZXHIL_TOOLCHAIN is used. Raises UserError if there is none.
    """
    wanted = prefer or os.environ.get("ZXHIL_TOOLCHAIN")
    if wanted not in (None, "", "clang", "ziglang"):
        raise UserError("ZXHIL_TOOLCHAIN", f"no toolchain {wanted!r}", "use clang or ziglang")
    finders = {"clang": _clang, "ziglang": _ziglang}
    for name, finder in finders.items():
        if wanted in (None, "", name) and (found := finder()) is not None:
            return found
    raise UserError(
        "toolchain",
        f"no {wanted} found" if wanted else "neither clang with ld.lld nor ziglang found",
        "install clang and lld (Debian: apt install clang lld), or pip install zircon-hil[ziglang]",
    )


def _clang() -> Toolchain | None:
    compiler, linker = shutil.which("clang"), shutil.which("ld.lld")
    if compiler is None or linker is None:
        return None
    return Toolchain("clang", (compiler,), (linker,), _identity(compiler, linker))


def _ziglang() -> Toolchain | None:
    spec = find_spec("ziglang")
    if spec is None or spec.origin is None:
        return None
    zig = (sys.executable, "-m", "ziglang")
    binary = Path(spec.origin).parent / ("zig.exe" if os.name == "nt" else "zig")
    return Toolchain("ziglang", (*zig, "cc"), (*zig, "ld.lld"), _identity(str(binary)))


def _identity(*programs: str) -> str:
    """Path, size, and modification time: a compiler's content takes too long to read."""
    parts = []
    for program in programs:
        path = Path(program).resolve()
        stat = path.stat()
        parts.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return "; ".join(parts)
