"""What a worker needs, as contents by digest: it is sent only what it does not have.

A job (any object) is pickled; each large piece of bytes in it (a kernel, boot data, a program) is a
content of its own, so that a job that differs in one program differs in two contents.
"""

from __future__ import annotations

import functools
import hashlib
import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from zxhil import __version__
from zxhil.run.age import AgeSources
from zxhil.run.setup import Setup
from zxhil.symbols.crash import NAMES

_ALONE = 1024
"""Bytes from this size on are a content of their own."""


def content_digest(data: bytes) -> str:
    """The digest that names a content."""
    return hashlib.blake2b(data, digest_size=20).hexdigest()


class ContentMissing(Exception):  # noqa: N818 - a question to whoever has it
    """A content is not here yet."""


class Packed(NamedTuple):
    """A job: the digest of its pickle, and all contents that it consists of, by digest."""

    digest: str
    contents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class PortableSetup:
    """A setup without anything of one host's: files, folders, connections, a repository.

    `kernel` is the content of ``image.kernel``, `symbols` those of the files beside it that
    crashes are symbolized with, by name.
    """

    setup: Setup
    kernel: bytes = field(repr=False)
    symbols: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, setup: Setup, *, symbols: bool = False) -> PortableSetup:
        """Take it from this host; without `symbols` crashes are symbolized by who gets them."""
        assert setup.image is not None
        image = replace(setup.image, kernel=Path("kernel"), kernel_state=None)
        ages = AgeSources(setup.age, None, setup.ages.synopses)
        nowhere = Path()
        alone = replace(
            setup, image=image, ages=ages, logs=nowhere, zbis=nowhere, symbols=None, saved=None
        )
        beside = {name: setup.image.kernel.parent / name for name in NAMES if symbols}
        files = {name: path.read_bytes() for name, path in beside.items() if path.is_file()}
        return cls(alone, setup.image.kernel.read_bytes(), files)

    def at(self, folder: Path) -> Setup:
        """The setup with its kernel, logs, and boot images in a folder."""
        assert self.setup.image is not None
        kernel = folder / "kernel"
        kernel.write_bytes(self.kernel)
        for name, data in self.symbols.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        image = replace(self.setup.image, kernel=kernel)
        return replace(self.setup, image=image, logs=folder, zbis=folder)


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, contents: dict[str, bytes]) -> None:
        super().__init__(file, protocol=5)
        self._contents = contents

    def persistent_id(self, value: Any) -> str | None:
        if type(value) is not bytes or len(value) < _ALONE:
            return None
        name = content_digest(value)
        self._contents[name] = value
        return name


class _Unpacker(pickle.Unpickler):
    def __init__(self, data: bytes, content: Callable[[str], bytes]) -> None:
        super().__init__(io.BytesIO(data))
        self._content = content

    def persistent_load(self, name: str) -> bytes:
        return self._content(name)


def pack(job: Any) -> Packed:
    """The contents of a job."""
    contents: dict[str, bytes] = {}
    file = io.BytesIO()
    _Packer(file, contents).dump(job)
    data = file.getvalue()
    name = content_digest(data)
    return Packed(name, {**contents, name: data})


def unpack(name: str, content: Callable[[str], bytes]) -> Any:
    """The job of this digest. Raises ContentMissing."""
    return _Unpacker(content(name), content).load()


@functools.cache
def own_version() -> str:
    """The version of zxhil, and a digest of its files: both must be a worker's as well."""
    package = Path(__file__).resolve().parent.parent
    files = sorted(package.rglob("*.py"))
    both = b"".join(f"{path.relative_to(package)}\n".encode() + path.read_bytes() for path in files)
    return f"{__version__} ({content_digest(both)[:12]})"
