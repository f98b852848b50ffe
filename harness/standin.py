"""Builds the stand-in kernel of ours (`images/standin/`): shim and ZBI, as a make-era folder.

It is built at first use and kept in the user's cache, under a digest of everything that went in;
that digest is the kernel's version (``zxhil-standin-<digest>``), so a report tells which one ran.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.abi.arch import Arch
from harness.abi.header import zx_header
from harness.errors import UserError

VERSION_PREFIX = b"zxhil-standin-"
"""How the kernel's version begins. It stands in the head of the kernel item, too."""

SOURCES = Path(__file__).resolve().parent.parent / "images" / "standin"

_DIGEST_CHARS = 40

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
_KERNEL_FOLDERS = ("lib", "mm", "objects", "syscalls", "kernel")


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The commands of a compiler driver and of an ELF linker (``ld.lld``), without arguments."""

    clang: tuple[str, ...]
    lld: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Machine:
    """How one architecture is compiled: targets and flags of the kernel and of its boot shim."""

    target: str
    kernel_flags: tuple[str, ...]
    shim_target: str
    shim_flags: tuple[str, ...]
    shim_emulation: str
    shim_name: str


_MACHINES = {
    Arch.X64: _Machine(
        target="x86_64-unknown-none-elf",
        kernel_flags=("-mno-red-zone", "-mgeneral-regs-only", "-mcmodel=kernel", "-fno-pic"),
        shim_target="i386-unknown-none-elf",
        shim_flags=("-mgeneral-regs-only", "-fno-pic"),
        shim_emulation="elf_i386",
        shim_name="multiboot.bin",
    ),
    Arch.ARM64: _Machine(
        target="aarch64-unknown-none-elf",
        kernel_flags=("-mgeneral-regs-only", "-fno-pic"),
        shim_target="aarch64-unknown-none-elf",
        # The shim runs with the MMU off, where every access must be aligned.
        shim_flags=("-mgeneral-regs-only", "-mstrict-align", "-fno-pic"),
        shim_emulation="aarch64elf",
        shim_name="qemu-boot-shim.bin",
    ),
}


def build(arch: Arch, toolchain: Toolchain | None = None) -> Path:
    """Return a folder with the stand-in's boot shim and `kernel.zbi`; build it if need be.

    `harness.image.find.load` takes the folder. Two processes may build at once: the first to be
    ready wins. Raises UserError if the sources or the toolchain are missing.
    """
    import platformdirs

    sources = _sources()
    version = _version(arch, sources)
    folder = platformdirs.user_cache_path("zxhil") / "standin" / f"{version}-{arch}"
    if not folder.is_dir():
        _build_to(folder, arch, version, toolchain or find_toolchain())
    return folder


def is_standin(zbi: bytes) -> bool:
    """Tell whether boot data holds the stand-in kernel and not Zircon."""
    return VERSION_PREFIX in zbi


def find_toolchain() -> Toolchain:
    """Find clang and lld on the PATH. Raises UserError, saying how to install them."""
    tools = {name: shutil.which(name) for name in ("clang", "ld.lld")}
    missing = [name for name, path in tools.items() if path is None]
    if missing:
        raise UserError(
            "PATH",
            f"{' and '.join(missing)} not found; the stand-in kernel is built from source",
            "install clang and lld (Debian: apt-get install clang lld), or name a real image",
        )
    return Toolchain((str(tools["clang"]),), (str(tools["ld.lld"]),))


def _sources() -> tuple[Path, ...]:
    """All source files, in a fixed order."""
    if not (SOURCES / "faults.def").is_file():
        raise UserError(
            str(SOURCES),
            "the sources of the stand-in kernel are not there",
            "run zxhil from a checkout (pip install -e .), or name a real image with --image",
        )
    return tuple(sorted(path for path in SOURCES.rglob("*") if path.is_file()))


def _version(arch: Arch, sources: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in (*sources, Path(__file__)):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    digest.update(zx_header().encode())
    digest.update(arch.encode())
    return VERSION_PREFIX.decode() + digest.hexdigest()[:_DIGEST_CHARS]


def _build_to(folder: Path, arch: Arch, version: str, toolchain: Toolchain) -> None:
    """Build beside `folder` and rename: what exists under the name is always complete."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = tempfile.TemporaryDirectory(prefix=".build-", dir=folder.parent)
    except OSError as error:
        raise UserError(
            str(folder.parent),
            f"cannot be written: {error.strerror}",
            "set XDG_CACHE_HOME to a folder that can be",
        ) from None
    with work:
        scratch, result = Path(work.name) / "o", Path(work.name) / "result"
        scratch.mkdir()
        result.mkdir()
        _Build(arch, version, toolchain, scratch).run(result)
        try:
            result.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise


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
        (self._scratch / "zx.h").write_text(zx_header())
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self._vdso()
            kernel = list(pool.map(self._compile_kernel, self._kernel_sources()))
            shim = list(pool.map(self._compile_shim, self._shim_sources()))
        self._link(
            result / "kernel.zbi",
            ("-T", str(SOURCES / "arch" / self._arch / "kernel.lds"), *kernel),
        )
        self._link(
            result / self._machine.shim_name,
            ("-m", self._machine.shim_emulation)
            + ("-T", str(SOURCES / "boot" / f"{self._arch}.lds"), *shim),
        )

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
        return self._compile(source, "kernel", machine.target, machine.kernel_flags)

    def _compile_shim(self, source: Path) -> str:
        machine = self._machine
        return self._compile(source, "shim", machine.shim_target, machine.shim_flags)

    def _compile(self, source: Path, part: str, target: str, flags: Sequence[str]) -> str:
        out = self._scratch / f"{part}-{source.parent.name}-{source.name}.o"
        folders = ("", "include", "lib", "kernel", "syscalls", "boot", f"arch/{self._arch}")
        includes = [f"-I{SOURCES / name}" for name in folders]
        self._run(
            (*self._tools.clang, f"--target={target}", *_C_FLAGS, *flags, *includes)
            + (f"-I{self._scratch}", f'-DSTANDIN_VERSION="{self._version}"')
            + ("-c", str(source), "-o", str(out))
        )
        return str(out)

    def _vdso(self) -> None:
        stubs = self._compile(SOURCES / "vdso" / "vdso.S", "vdso", self._machine.target, ())
        self._run(
            (*self._tools.lld, "-shared", "-soname=libzircon.so", "--hash-style=gnu")
            + ("-z", "rodynamic", "-z", "max-page-size=4096", "-Bsymbolic", "--build-id=none")
            + ("-T", str(SOURCES / "vdso" / "vdso.lds"))
            + ("-o", str(self._scratch / "libzircon.so"), stubs)
        )

    def _link(self, out: Path, arguments: Sequence[str]) -> None:
        self._run(
            (*self._tools.lld, "--oformat=binary", "-z", "max-page-size=4096", "--build-id=none")
            + ("-o", str(out), *arguments)
        )

    def _run(self, command: Sequence[str]) -> None:
        try:
            done = subprocess.run(
                command, cwd=self._scratch, capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise UserError(
                command[0], f"cannot be started: {error.strerror}", "install clang and lld"
            ) from None
        if done.returncode != 0:
            raise UserError(
                " ".join(command),
                f"failed with exit code {done.returncode}:\n{done.stderr.strip()}",
                "use clang and lld of version 14 or later",
            )


