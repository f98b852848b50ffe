"""Unpack compressed files within a limit, and name unsupported formats by their first bytes.

gzip (RFC 1952), Zstandard (RFC 8878) and xz, also of several members.
"""

from __future__ import annotations

import lzma
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from zxhil.disk.files import open_inside
from zxhil.errors import UserError

#: Of a log that is unpacked, in bytes: more than any run of ours writes.
LOG_LIMIT = 4 << 30

#: Bytes that identify a file: tar's magic is at offset 257.
HEAD = 512

_PACKINGS = {b"\x1f\x8b\x08": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\xfd7zXZ\0": "xz"}
_TOOLS = {"gzip": "gzip -dk", "zstd": "zstd -d", "xz": "xz -dk"}
_OTHERS = {
    b"PK\x03\x04": "a zip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 file",
    b"\x04\x22\x4d\x18": "an LZ4 file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"\x7fELF": "an ELF file",
    b"QFI\xfb": "a qcow2 disk",
    b"ANDROID!": "an Android boot image",
    b"\x27\x05\x19\x56": "a U-Boot image",
    b"\xd0\x0d\xfe\xed": "a device tree or FIT image",
    b"!<arch>": "an ar archive",
    b"version https://git-lfs": "a pointer of Git LFS",
}
_IN_STEP = 1 << 16
_OUT_STEP = 1 << 20
_ZSTD_STEP = 1 << 9
#: Memory: a file's window is allocated before anything is unpacked.
_MOST_MEMORY = 1 << 27


def packing_of(head: bytes) -> str:
    """Name the compression of a file by its first bytes; "" if it has no supported one."""
    return next((name for magic, name in _PACKINGS.items() if head.startswith(magic)), "")


def unpack_command(packing: str) -> str:
    """A command that unpacks such a file next to it."""
    return _TOOLS[packing]


def other_format(head: bytes) -> str:
    """Name the format of an unsupported file; "" if its first `HEAD` bytes do not tell."""
    if head[257:262] == b"ustar":
        return "a tar archive"
    found = next((name for magic, name in _OTHERS.items() if head.startswith(magic)), "")
    # Without a byte order mark, every other byte of ASCII text is zero.
    sides = head[: len(head) // 2 * 2]
    if not found and len(sides) >= 32 and 0 in sides:
        for one, other in ((sides[::2], sides[1::2]), (sides[1::2], sides[::2])):
            if not any(one) and all(other):
                return "UTF-16 text"
    return found


def unpacked(data: bytes, limit: int, place: str) -> bytes:
    """Unpack the content of a compressed file. Raises UserError, also above `limit` bytes."""
    import io

    return b"".join(_within(io.BytesIO(data), packing_of(data), limit, place))


def unpacked_head(file: IO[bytes], size: int) -> bytes:
    """Unpack the first bytes of a compressed file; fewer if it is broken."""
    head = file.read(HEAD)
    file.seek(0)
    found = b""
    try:
        for chunk in _CHUNKS[packing_of(head)](file):
            found += chunk
            if len(found) >= size:
                break
    except _errors():
        pass
    return found[:size]


@contextmanager
def plain_file(path: Path, limit: int) -> Iterator[Path]:
    """The path of a file; if it is compressed, of an unpacked copy, removed after the block.

    Raises UserError for a file that can't be read, is broken, or unpacks to more than `limit`.
    """
    from zxhil.machine.scratch import scratch_folder

    try:
        with path.open("rb") as file:
            packing = packing_of(file.read(HEAD))
            if not packing:
                yield path
                return
            file.seek(0)
            with scratch_folder() as folder:
                copy = folder / (path.stem or "log")
                with copy.open("wb") as out:
                    for chunk in _within(file, packing, limit, str(path)):
                        out.write(chunk)
                yield copy
    except OSError as error:
        raise UserError(str(path), f"can't be read: {error.strerror}", "give a file") from error


def open_unpacked(folder: Path, name: str) -> IO[bytes]:
    """Open a file of a folder, as `open_inside` does; a compressed one beside its name, unpacked.

    Raises OSError if there is neither, UserError if the compressed one is broken or too large.
    """
    try:
        return open_inside(folder, name)
    except FileNotFoundError:
        found = packed_beside(folder, name)
        if found is None:
            raise
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        with open_inside(folder, found) as file:
            packing = packing_of(file.read(HEAD))
            file.seek(0)
            if not packing:
                raise UserError(str(folder / found), "is not compressed", f"name it {name}")
            for chunk in _within(file, packing, LOG_LIMIT, str(folder / found)):
                out.write(chunk)
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return out


def packed_beside(folder: Path, name: str) -> str | None:
    """The name of a compressed file of a folder, by the name that it had before; None without."""
    names = (f"{name}{suffix}" for suffix in (".gz", ".zst", ".xz"))
    return next((each for each in names if os.path.lexists(folder / each)), None)


def _within(file: IO[bytes], packing: str, limit: int, place: str) -> Iterator[bytes]:
    total = 0
    try:
        for chunk in _CHUNKS[packing](file):
            total += len(chunk)
            if total > limit:
                raise UserError(
                    place,
                    f"decompression bomb: unpacks to more than {limit} bytes",
                    "give the file that was meant",
                )
            yield chunk
    except _errors() as error:
        raise UserError(
            place, f"is broken {packing} data: {error}", "copy it again, or give it unpacked"
        ) from error


def _errors() -> tuple[type[Exception], ...]:
    import zstandard

    return (zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError)


def _gzip(file: IO[bytes]) -> Iterator[bytes]:
    def decoder() -> Any:
        return zlib.decompressobj(wbits=31)

    decoding, data = decoder(), file.read(_IN_STEP)
    while data:
        yield decoding.decompress(data, _OUT_STEP)
        data = decoding.unconsumed_tail
        if decoding.eof:
            # Another member may follow; zeros fill a block of a tape.
            data = (decoding.unused_data or file.read(_IN_STEP)).lstrip(b"\0")
            if not data:
                return
            decoding = decoder()
        elif not data:
            data = file.read(_IN_STEP)
    raise EOFError("its end is missing")


def _xz(file: IO[bytes]) -> Iterator[bytes]:
    def decoder() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)

    decoding, data = decoder(), b""
    while True:
        if decoding.eof:
            data = (decoding.unused_data or file.read(_IN_STEP)).lstrip(b"\0")
            if not data:
                return
            decoding = decoder()
        elif decoding.needs_input:
            data = file.read(_IN_STEP)
            if not data:
                raise EOFError("its end is missing")
        yield decoding.decompress(data, _OUT_STEP)
        data = b""


def _zstd(file: IO[bytes]) -> Iterator[bytes]:
    import zstandard

    def decoder() -> Any:
        return zstandard.ZstdDecompressor(max_window_size=_MOST_MEMORY).decompressobj()

    # This decoder has no output limit: four bytes may expand to 128 KiB.
    decoding, rest, begun = decoder(), b"", True
    while data := rest or file.read(_ZSTD_STEP):
        yield decoding.decompress(data)
        rest = decoding.unused_data if decoding.eof else b""
        if decoding.eof:
            decoding, begun = decoder(), False
        else:
            begun = True
    if begun:
        raise EOFError("its end is missing")


_CHUNKS = {"gzip": _gzip, "xz": _xz, "zstd": _zstd}
