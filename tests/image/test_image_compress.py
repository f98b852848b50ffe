from __future__ import annotations

import struct
import sys
import tracemalloc

import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from image_builders import zstd_bomb
from zxhil.errors import UserError
from zxhil.image import compress
from zxhil.image.compress import Compression

SIZES = [0, 1, 5, 65535, 65536, 65537, 131071, 131072, 131073, 300_000]
PACKED = [Compression.LZ4, Compression.ZSTD]


def some_bytes(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
def test_stored_frames_are_read_by_the_real_libraries(size: int) -> None:
    data = some_bytes(size)
    assert lz4.frame.decompress(compress.compress(data, Compression.LZ4)) == data
    packed = compress.compress(data, Compression.ZSTD)
    assert zstandard.frame_content_size(packed) == size
    decoder = zstandard.ZstdDecompressor().decompressobj()
    assert decoder.decompress(packed) == data
    assert decoder.eof


@given(st.binary(max_size=5000), st.sampled_from(PACKED))
def test_identity(data: bytes, kind: Compression) -> None:
    assert compress.decompress(compress.compress(data, kind), len(data), "x") == data


@pytest.mark.parametrize("kind", PACKED)
def test_identity_above_the_stored_size(kind: Compression, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compress, "_STORED_BELOW", 100)
    data = bytes(300_000)
    packed = compress.compress(data, kind)
    assert len(packed) < 10_000
    assert compress.decompress(packed, len(data), "x") == data


@pytest.mark.parametrize("stored_below", [0, 1 << 30])
def test_lz4_frames_are_valid_for_the_userboot_of_2018(
    stored_below: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compress, "_STORED_BELOW", stored_below)
    packed = compress.compress(some_bytes(200_000), Compression.LZ4)
    flags, block, size = struct.unpack_from("<BBQ", packed, 4)
    assert flags >> 6 == 1  # version
    assert flags & 1 << 5  # independent blocks
    assert not flags & 1 << 4  # no block checksums
    assert flags & 1 << 3  # content size
    assert not flags & 0b11  # reserved bits
    assert block == 4 << 4  # blocks of 64 KiB
    assert size == 200_000


def test_small_data_loads_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("lz4", "lz4.frame", "zstandard"):
        monkeypatch.setitem(sys.modules, module, None)
    for kind in Compression:
        compress.compress(bytes(60_000), kind)


GOOD = {kind: compress.compress(some_bytes(70_000), kind) for kind in PACKED}


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("size", [0, 69_999, 70_001])
def test_another_size_than_declared(kind: Compression, size: int) -> None:
    with pytest.raises(UserError, match=r"p: (decompression bomb|gives 70000 bytes)"):
        compress.decompress(GOOD[kind], size, "p")


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("keep", [4, 5, 20, 66_000, 69_900])
def test_truncated(kind: Compression, keep: int) -> None:
    with pytest.raises(UserError, match=r"p: (broken|gives)"):
        compress.decompress(GOOD[kind][:keep], 70_000, "p")


def test_an_lz4_frame_without_its_end_mark() -> None:
    with pytest.raises(UserError, match="the frame's end is missing"):
        compress.decompress(GOOD[Compression.LZ4][:-4], 70_000, "p")


@pytest.mark.parametrize("kind", PACKED)
def test_broken_header(kind: Compression) -> None:
    broken = GOOD[kind][:4] + b"\xff" + GOOD[kind][5:]
    with pytest.raises(UserError, match=f"p: broken {kind} frame"):
        compress.decompress(broken, 70_000, "p")


@pytest.mark.parametrize("payload", [b"", b"\x04\x22\x4d", b"neither"])
def test_neither_kind(payload: bytes) -> None:
    with pytest.raises(UserError, match="p: flagged compressed"):
        compress.decompress(payload, 1, "p")


def test_the_limit_is_checked_before_anything_is_unpacked() -> None:
    with pytest.raises(UserError, match="the limit is"):
        compress.decompress(GOOD[Compression.LZ4], compress.MAX_UNPACKED + 1, "p")


BOMBS = {
    "zstd": zstd_bomb(4096),
    "lz4": lz4.frame.compress(bytes(100 << 20), block_size=lz4.frame.BLOCKSIZE_MAX4MB),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_decompression_stops_at_the_declared_size(bomb: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match="p: decompression bomb"):
            compress.decompress(bomb, 1 << 20, "p")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_a_wide_zstd_window_is_refused() -> None:
    frame = compress.ZSTD_MAGIC + b"\x00" + b"\xa0" + b"\x01\x00\x00"
    with pytest.raises(UserError, match="broken zstd frame"):
        compress.decompress(frame, 0, "p")
