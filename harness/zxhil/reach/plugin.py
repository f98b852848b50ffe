"""Build the plugin of QEMU, once per compiler, into the cache."""

from __future__ import annotations

import hashlib
from pathlib import Path

from zxhil.disk.making import making
from zxhil.disk.seal import read_sealed, sealed
from zxhil.errors import MachineError, UserError
from zxhil.guest import tool
from zxhil.guest.toolchain import find_toolchain

_SOURCE = Path(__file__).with_name("blocks.c")
_FLAGS = (
    "-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror",
)  # fmt: skip


def build_plugin() -> Path:
    """The shared object. Raises UserError if it can't be compiled, MachineError without a cache."""
    import platformdirs

    tools = find_toolchain()
    key = hashlib.sha256(
        b"\0".join([_SOURCE.read_bytes(), tools.identity.encode(), *map(str.encode, _FLAGS)])
    )
    home = platformdirs.user_cache_path("zxhil") / "plugin"
    path = home / f"blocks-{key.hexdigest()[:32]}.so"
    if read_sealed(path) is None:
        try:
            with making(home, "making-") as folder:
                _compile((*tools.compiler, *_FLAGS), folder / "made.so", folder)
                new = folder / path.name
                # The loader ignores what follows the sections.
                new.write_bytes(sealed((folder / "made.so").read_bytes(), path.name))
                new.replace(path)
        except OSError as error:
            raise MachineError(f"{home}: can't be written: {error.strerror}") from None
    return path


def _compile(command: tuple[str, ...], output: Path, folder: Path) -> None:
    done = tool.run([*command, str(_SOURCE), "-o", str(output)], folder)
    if done.code or done.limit:
        raise UserError(
            "--kernel-coverage",
            f"QEMU's plugin does not build: {done.limit}\n{done.said}",
            "install the C library's headers (Debian: apt install libc6-dev)",
        )
