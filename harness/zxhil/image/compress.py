"""Storage payloads: an LZ4 frame, a zstd frame, or plain.

Small data is written as frames of stored blocks, without a library and without compression: QEMU
copies the bytes faster than they could be compressed. The userboot of 2018 takes
an LZ4 frame only with independent blocks of at most 64 KiB, no block checksums, and its content
size in the header (``system/ulib/bootdata/decompress.c``); all later ones take that too.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator
from typing import Any

from zxhil.errors import UserError

MAX_UNPACKED = 512 << 20
"""The largest unpacked size in bytes that is believed; it bounds what a file can make us hold."""

LZ4_MAGIC = b"\x04\x22\x4d\x18"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

_LZ4_BLOCK = 64 << 10
_ZSTD_BLOCK = 128 << 10
_STORED_BELOW = 8 << 20
_IN_STEP = 64 << 10
_OUT_STEP = 1 << 20
_MAX_WINDOW = 1 << 27

_REMEDY = "rebuild the image, or give another one"


class Compression(enum.StrEnum):
    """How a storage item's payload is packed."""

    LZ4 = "lz4"
    ZSTD = "zstd"
    PLAIN = "plain"


def kind_of(payload: bytes) -> Compression | None:
    """Determine a compressed payload's kind from its magic; None if it is neither."""
    if payload.startswith(LZ4_MAGIC):
        return Compression.LZ4
    if payload.startswith(ZSTD_MAGIC):
        return Compression.ZSTD
    return None


def compress(data: bytes, kind: Compression) -> bytes:
    """Compress `data`: stored blocks up to 8 MiB, the fastest level above that."""
    if kind is Compression.PLAIN:
        return data
    if len(data) < _STORED_BELOW:
        return _stored_lz4(data) if kind is Compression.LZ4 else _stored_zstd(data)
    if kind is Compression.LZ4:
        import lz4.frame

        packed: bytes = lz4.frame.compress(
            data,
            compression_level=0,
            block_size=lz4.frame.BLOCKSIZE_MAX64KB,
            block_linked=False,
            store_size=True,
        )
        return packed
    import zstandard

    return zstandard.ZstdCompressor(level=1, write_content_size=True).compress(data)


def decompress(payload: bytes, size: int, place: str) -> bytes:
    """Unpack `payload`, which must give exactly `size` bytes; never holds much more than that.

    Raises UserError: neither LZ4 nor zstd, a size over the limit, a broken frame, or another
    size than the declared one (a decompression bomb stops at the declared size).
    """
    kind = kind_of(payload)
    if kind is None:
        raise UserError(
            place,
            f"flagged compressed, but begins with {payload[:4].hex() or 'nothing'}: "
            "neither an LZ4 nor a zstd frame",
            _REMEDY,
        )
    if size > MAX_UNPACKED:
        raise UserError(
            place,
            f"declares {size} bytes after decompression; the limit is {MAX_UNPACKED}",
            _REMEDY,
        )
    chunks: list[bytes] = []
    total = 0
    try:
        for chunk in _unlz4(payload) if kind is Compression.LZ4 else _unzstd(payload):
            total += len(chunk)
            if total > size:
                raise UserError(
                    place,
                    f"decompression bomb: gives more than the {size} bytes that it declares",
                    _REMEDY,
                )
            chunks.append(chunk)
    except _errors() as error:
        raise UserError(place, f"broken {kind} frame: {error}", _REMEDY) from None
    if total != size:
        raise UserError(
            place, f"gives {total} bytes, but declares {size} in its extra field", _REMEDY
        )
    return b"".join(chunks)


def _errors() -> tuple[type[Exception], ...]:
    import zstandard

    return (RuntimeError, EOFError, zstandard.ZstdError)


def _unlz4(payload: bytes) -> Iterator[bytes]:
    """Decompress in small steps of input and output, to bound memory."""
    import lz4.frame

    decoder: Any = lz4.frame.LZ4FrameDecompressor()
    for start in range(0, len(payload), _IN_STEP):
        yield decoder.decompress(payload[start : start + _IN_STEP], max_length=_OUT_STEP)
        while not decoder.eof and not decoder.needs_input:
            yield decoder.decompress(b"", max_length=_OUT_STEP)
        if decoder.eof:
            return
    raise EOFError("the frame's end is missing")


def _unzstd(payload: bytes) -> Iterator[bytes]:
    import zstandard

    decoder = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    with decoder.stream_reader(payload) as reader:
        while chunk := reader.read(_OUT_STEP):
            yield chunk


def _stored_lz4(data: bytes) -> bytes:
    """LZ4 frame format 1.6: magic, descriptor, its checksum byte, blocks, an end mark of zero.

    Flags 0x68: version 1, independent blocks, content size present. 0x40: blocks up to 64 KiB.
    The top bit of a block's size says that it is stored.
    """
    descriptor = struct.pack("<BBQ", 0x68, 0x40, len(data))
    check = (_xxh32_short(descriptor) >> 8) & 0xFF
    parts = [LZ4_MAGIC, descriptor, bytes([check])]
    for start in range(0, len(data), _LZ4_BLOCK):
        block = data[start : start + _LZ4_BLOCK]
        parts += (struct.pack("<I", len(block) | 0x8000_0000), block)
    parts.append(b"\0\0\0\0")
    return b"".join(parts)


def _stored_zstd(data: bytes) -> bytes:
    """Zstandard (RFC 8878): a single segment with a 4-byte content size, then raw blocks.

    A block header is 3 bytes: bit 0 last block, bits 1 and 2 the type (0 raw), then the size.
    """
    parts = [ZSTD_MAGIC, b"\xa0", struct.pack("<I", len(data))]
    starts = range(0, len(data), _ZSTD_BLOCK) or range(1)
    for start in starts:
        block = data[start : start + _ZSTD_BLOCK]
        header = len(block) << 3 | (start == starts[-1])
        parts += (header.to_bytes(3, "little"), block)
    return b"".join(parts)


def _xxh32_short(data: bytes) -> int:
    """XXH32 with seed 0 of fewer than 16 bytes, as the LZ4 frame's header checksum wants it."""
    prime1, prime2, prime3, prime4, prime5 = (
        0x9E3779B1,
        0x85EBCA77,
        0xC2B2AE3D,
        0x27D4EB2F,
        0x165667B1,
    )
    mask = 0xFFFF_FFFF

    def rotate(value: int, by: int) -> int:
        return (value << by | value >> (32 - by)) & mask

    acc = (prime5 + len(data)) & mask
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        acc = rotate((acc + word * prime3) & mask, 17) * prime4 & mask
    for byte in data[whole:]:
        acc = rotate((acc + byte * prime5) & mask, 11) * prime1 & mask
    acc = (acc ^ acc >> 15) * prime2 & mask
    acc = (acc ^ acc >> 13) * prime3 & mask
    return acc ^ acc >> 16
