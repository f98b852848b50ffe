"""Build the project's stand-in kernel (`images/standin/`): shim and ZBI, as a make-era folder.

It is built on first use and stored in the user's cache under a digest of all inputs, with digests
of the outputs (`zxhil.disk.seal`): a damaged one is built again. The first digest is
the kernel's version (``zxhil-standin-<digest>``), so a report tells which one ran.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zxhil import shipped
from zxhil.abi.arch import Arch
from zxhil.abi.header import entries_header, zx_header
from zxhil.abi.runtime import STANDIN_VERSION
from zxhil.disk.seal import folder_is_whole, put_in_place, seal_folder
from zxhil.errors import MachineError, UserError
from zxhil.guest.toolchain import Toolchain, find_toolchain

VERSION_PREFIX = STANDIN_VERSION.encode()
"""How the kernel's version begins. It stands in the head of the kernel item, too."""

THREADS = "standin.threads"
"""The word of the kernel command line with which programs may start threads."""
_WITH_THREADS = {"thread_start", "thread_exit"}

SOURCES = shipped.STANDIN

_DIGEST_CHARS = 40
_FAULT = re.compile(r'FAULT\(\w+, "([^"]+)", "([^"]+)", "([^"]+)", "([^"]+)"\)')

_WARNINGS = ("-Wall", "-Wextra", "-Werror")
_C_FLAGS = (
    "-std=c11",
    "-O2",
    "-ffreestanding",
    "-nostdlibinc",
    "-fno-stack-protector",
    "-fno-strict-aliasing",
    "-fno-asynchronous-unwind-tables",
    "-fno-sanitize=all",
    *_WARNINGS,
)
_LINK = ("-z", "max-page-size=4096", "--build-id=none")
_KERNEL_FOLDERS = ("lib", "mm", "objects", "syscalls", "kernel")


@dataclass(frozen=True, slots=True)
class _Machine:
    """How one architecture is compiled: kernel and boot shim, each with a target per toolchain."""

    targets: Mapping[str, tuple[str, ...]]
    kernel_flags: tuple[str, ...]
    shim_targets: Mapping[str, tuple[str, ...]]
    shim_flags: tuple[str, ...]
    shim_emulation: str
    shim_name: str


# The kernel must not use vector registers: they belong to user space. zig has its own names
# for targets, and silently drops clang's -mgeneral-regs-only.
_ZIG_X86 = ("-mno-sse", "-mno-sse2", "-mno-mmx")
_AARCH64 = {
    "clang": ("-target", "aarch64-unknown-none-elf", "-mgeneral-regs-only"),
    "ziglang": ("-target", "aarch64-freestanding-none", "-mcpu=generic-neon-fp_armv8"),
}
_MACHINES = {
    Arch.X64: _Machine(
        targets={
            "clang": ("-target", "x86_64-unknown-none-elf", "-mgeneral-regs-only"),
            "ziglang": ("-target", "x86_64-freestanding-none", *_ZIG_X86),
        },
        kernel_flags=("-mno-red-zone", "-mcmodel=kernel", "-fno-pic"),
        shim_targets={
            "clang": ("-target", "i386-unknown-none-elf", "-mgeneral-regs-only"),
            "ziglang": ("-target", "x86-freestanding-none", *_ZIG_X86),
        },
        shim_flags=("-fno-pic",),
        shim_emulation="elf_i386",
        shim_name="multiboot.bin",
    ),
    Arch.ARM64: _Machine(
        targets=_AARCH64,
        kernel_flags=("-fno-pic",),
        shim_targets=_AARCH64,
        # The shim runs with the MMU off, where every access must be aligned.
        shim_flags=("-mstrict-align", "-fno-pic"),
        shim_emulation="aarch64elf",
        shim_name="qemu-boot-shim.bin",
    ),
}


def build(arch: Arch, toolchain: Toolchain | None = None) -> Path:
    """Return a folder with the stand-in's boot shim and `kernel.zbi`; build it if necessary.

    `zxhil.image.find.load` takes the folder. Two processes may build at once: the first to be
    ready wins. Raises UserError if the sources or the toolchain are missing.
    """
    import platformdirs

    version = _version(_sources())
    tools = toolchain or find_toolchain()
    by = hashlib.sha256(tools.identity.encode()).hexdigest()[:8]
    folder = platformdirs.user_cache_path("zxhil") / "standin" / f"{version}-{by}-{arch}"
    if not folder_is_whole(folder):
        _build_to(folder, arch, version, tools)
    return folder


def is_standin(zbi: bytes) -> bool:
    """Does boot data contain the stand-in kernel instead of Zircon?"""
    return VERSION_PREFIX in zbi


def is_standin_version(version: str) -> bool:
    """Is this the version string of a stand-in?"""
    return version.startswith(STANDIN_VERSION)


@functools.cache
def calls() -> frozenset[str]:
    """The calls that the stand-in has, without ``zx_``, as its list in `syscalls.def` says.

    Those that need the word `THREADS` are left out.
    """
    listed = (SOURCES / "syscalls" / "syscalls.def").read_text("utf-8")
    return frozenset(re.findall(r"^SYSCALL\((\w+)\)", listed, re.MULTILINE)) - _WITH_THREADS


@dataclass(frozen=True, slots=True)
class StandinFault:
    """A switchable fault of the stand-in: ``standin.fault=NAME`` on the kernel's command line.

    `clause` is the id (``page/clause``) that must be blamed for it. A fault that breaks no page
    but the contract with the harness has none; `end` is then what must be found, as the head
    of `faults.def` lists it.
    """

    name: str
    clause: str
    end: str
    description: str

    @property
    def page(self) -> str:
        """The page that is broken, empty if none is."""
        return self.clause.partition("/")[0]


def faults() -> tuple[StandinFault, ...]:
    """Read the table of faults (`images/standin/faults.def`), in its order.

    Raises UserError if the sources are missing.
    """
    _sources()
    lines = (SOURCES / "faults.def").read_text("utf-8").splitlines()
    return tuple(_fault(found) for line in lines if (found := _FAULT.fullmatch(line)))


def _fault(found: re.Match[str]) -> StandinFault:
    name, page, clause, description = found.groups()
    if page == "-":
        return StandinFault(name, "", clause, description)
    return StandinFault(name, f"{page}/{clause}", "", description)


def _sources() -> tuple[Path, ...]:
    """All source files, in a fixed order."""
    if not (SOURCES / "faults.def").is_file():
        raise UserError(
            str(SOURCES),
            "the sources of the stand-in kernel are missing",
            "run zxhil from a checkout (pip install -e .), or name a real image with --image",
        )
    return tuple(sorted(path for path in SOURCES.rglob("*") if path.is_file()))


def _version(sources: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in (*sources, Path(__file__)):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    digest.update(zx_header().encode() + entries_header().encode())
    return VERSION_PREFIX.decode() + digest.hexdigest()[:_DIGEST_CHARS]


def _build_to(folder: Path, arch: Arch, version: str, toolchain: Toolchain) -> None:
    """Build beside `folder` and rename: what exists under the name is always complete."""
    from zxhil.disk.making import making

    try:
        with making(folder.parent, ".build-") as work:
            scratch, result = work / "o", work / "result"
            scratch.mkdir()
            result.mkdir()
            _Build(arch, version, toolchain, scratch).run(result)
            seal_folder(result, folder.name)
            put_in_place(result, folder)
    except OSError as error:
        raise MachineError(
            f"{error.filename or folder.parent}: cannot be written: {error.strerror}",
            f"free some space, or set XDG_CACHE_HOME to another folder than {folder.parent}",
        ) from None


class _Build:
    """One build: compiles in `scratch`, leaves the two files in the folder given to `run`."""

    def __init__(self, arch: Arch, version: str, toolchain: Toolchain, scratch: Path) -> None:
        self._arch = arch
        self._machine = _MACHINES[arch]
        self._version = version
        self._tools = toolchain
        self._scratch = scratch

    def run(self, result: Path) -> None:
        """Make `kernel.zbi` and the boot shim."""
        from concurrent.futures import ThreadPoolExecutor

        (self._scratch / "zx.h").write_text(zx_header())
        (self._scratch / "entries.h").write_text(entries_header())
        from zxhil.guest import tool

        with ThreadPoolExecutor(os.cpu_count()) as pool, tool.interruptible():
            self._vdso()
            kernel = list(pool.map(self._compile_kernel, self._kernel_sources()))
            shim = list(pool.map(self._compile_shim, self._shim_sources()))
        script = SOURCES / "arch" / self._arch / "kernel.lds"
        self._link(result / "kernel.zbi", script, kernel)
        emulation = ("-m", self._machine.shim_emulation)
        script = SOURCES / "boot" / f"{self._arch}.lds"
        self._link(result / self._machine.shim_name, script, [*emulation, *shim])

    def _kernel_sources(self) -> list[Path]:
        folders = [SOURCES / name for name in (*_KERNEL_FOLDERS, f"arch/{self._arch}")]
        files = [path for folder in folders for path in folder.glob("*.[cS]")]
        return [*sorted(files), SOURCES / "vdso" / "embed.S"]

    def _shim_sources(self) -> list[Path]:
        boot = SOURCES / "boot"
        own = [boot / f"{self._arch}.c", boot / f"{self._arch}.S"]
        return [*own, boot / "shim.c", SOURCES / "lib" / "string.c"]

    def _compile_kernel(self, source: Path) -> str:
        machine = self._machine
        return self._compile(source, "kernel", machine.targets, machine.kernel_flags)

    def _compile_shim(self, source: Path) -> str:
        machine = self._machine
        return self._compile(source, "shim", machine.shim_targets, machine.shim_flags)

    def _compile(
        self,
        source: Path,
        part: str,
        targets: Mapping[str, tuple[str, ...]],
        flags: Sequence[str],
    ) -> str:
        out = self._scratch / f"{part}-{source.parent.name}-{source.name}.o"
        folders = ("", "include", "lib", "kernel", "syscalls", "boot", f"arch/{self._arch}")
        command = [*self._tools.compiler, *targets[self._tools.name], *_C_FLAGS, *flags]
        command += [f"-I{SOURCES / name}" for name in folders]
        command += [f"-I{self._scratch}", f'-DSTANDIN_VERSION="{self._version}"']
        self._run([*command, "-c", str(source), "-o", str(out)])
        return str(out)

    def _vdso(self) -> None:
        stubs = self._compile(SOURCES / "vdso" / "vdso.S", "vdso", self._machine.targets, ())
        command = [*self._tools.linker, "-shared", "-soname=libzircon.so", "--hash-style=gnu"]
        command += ["-z", "rodynamic", "-Bsymbolic", *_LINK]
        command += ["-T", str(SOURCES / "vdso" / "vdso.lds")]
        self._run([*command, "-o", str(self._scratch / "libzircon.so"), stubs])

    def _link(self, out: Path, script: Path, arguments: Sequence[str]) -> None:
        command = [*self._tools.linker, "--oformat=binary", *_LINK, "-T", str(script)]
        self._run([*command, "-o", str(out), *arguments])

    def _run(self, command: Sequence[str]) -> None:
        from zxhil.guest import tool

        done = tool.run(command, self._scratch)
        if done.code or done.limit:
            how = done.limit or f"exit code {done.code}"
            raise UserError(
                " ".join(command),
                f"failed with {how}:\n{done.said}",
                "use clang and lld of version 14 or later",
            )
