"""Compressed files: read within a limit, refused where broken; other formats named."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from image_builders import X64_SHIM, complete_zbi, fails, make_folder, zstd_bomb
from zxhil.disk.packed import other_format, packing_of, plain_file, unpacked, unpacked_head
from zxhil.errors import UserError
from zxhil.image.find import load
from zxhil.run.replay import check

Pack = Callable[[bytes], bytes]


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


PACKERS: dict[str, Pack] = {"gz": gzip.compress, "zst": _zstd, "xz": lzma.compress}
LOG = Path(__file__).parents[1] / "data" / "standin-object_set_cookie.serial"

each_packing = pytest.mark.parametrize("suffix", PACKERS)


@each_packing
@pytest.mark.parametrize("size", [0, 1, 1000, 3_000_000])
def test_content_is_what_was_packed(suffix: str, size: int) -> None:
    data = random.Random(size).randbytes(size // 2) + bytes(size - size // 2)
    whole = PACKERS[suffix](data)
    assert unpacked(whole, size, "x") == data
    assert unpacked(whole + PACKERS[suffix](b"more"), size + 4, "x") == data + b"more"
    assert unpacked_head(io.BytesIO(whole), 600) == data[:600]


@each_packing
def test_bomb_is_refused_at_the_limit(suffix: str) -> None:
    bomb = PACKERS[suffix](bytes(64 << 20))
    with pytest.raises(UserError, match="decompression bomb: unpacks to more than 1048576 bytes"):
        unpacked(bomb, 1 << 20, "x")


def test_bomb_of_zstd_blocks_is_refused() -> None:
    bomb = zstd_bomb(100_000)
    assert len(bomb) < 1 << 20
    with pytest.raises(UserError, match="decompression bomb"):
        unpacked(bomb, 1 << 20, "x")


def test_memory_that_a_file_asks_for_is_limited() -> None:
    # A window of 1 GiB (RFC 8878, 3.1.1.1.2), then one raw block of one byte.
    frame = b"\x28\xb5\x2f\xfd\x00\xa0" + (1 << 3 | 1).to_bytes(3, "little") + b"x"
    with pytest.raises(UserError, match="is broken zstd data"):
        unpacked(frame, 1 << 20, "x")


@each_packing
@pytest.mark.parametrize("left", [3, 0.5, -1])
def test_file_that_is_cut_is_refused(suffix: str, left: float) -> None:
    whole = PACKERS[suffix](random.Random(1).randbytes(5000))
    cut = whole[: int(len(whole) * left) if isinstance(left, float) else left]
    if not packing_of(cut):
        cut = whole[:8]
    with pytest.raises(UserError, match="is broken"):
        unpacked(cut, 1 << 20, "x")


@each_packing
@pytest.mark.parametrize("seed", range(10))
def test_damaged_file_is_read_or_refused(suffix: str, seed: int) -> None:
    rng = random.Random(seed)
    data = bytearray(PACKERS[suffix](rng.randbytes(500) * 10))
    for _ in range(rng.randrange(1, 8)):
        data[rng.randrange(8, len(data))] = rng.randrange(256)
    try:
        assert len(unpacked(bytes(data), 1 << 20, "x")) <= 1 << 20
    except UserError as error:
        assert error.place == "x"


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.add(LOG, "log")
    return out.getvalue()


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("log", "x")
    return out.getvalue()


OTHERS = {
    "a tar archive": _tar(),
    "a zip archive": _zip(),
    "UTF-16 text": "some text of a log that is long enough\r\n".encode("utf-16"),
    "an ELF file": b"\x7fELF" + bytes(60),
    "a bzip2 file": b"BZh91AY&SY",
    "a pointer of Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
}


@pytest.mark.parametrize("what", OTHERS)
def test_other_formats_are_named(tmp_path: Path, what: str) -> None:
    (tmp_path / "given").write_bytes(OTHERS[what])
    with pytest.raises(UserError) as refused:
        check(tmp_path / "given")
    assert refused.value.problem == f"is {what}, not a serial log"
    fails(tmp_path / "given", f"is {what}, not a Zircon image")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_is_recognized_with_and_without_a_mark(encoding: str) -> None:
    assert other_format("~00000V nonce and more of it".encode(encoding)) == "UTF-16 text"
    assert other_format(LOG.read_bytes()[:512]) == ""
    assert other_format(bytes(512)) == ""


@each_packing
def test_image_that_is_compressed_is_read(tmp_path: Path, suffix: str) -> None:
    zbi = complete_zbi()
    name = f"some.zbi.{suffix}"
    make_folder(tmp_path, {name: PACKERS[suffix](zbi), "multiboot.bin": X64_SHIM})
    for path in (tmp_path / name, tmp_path):
        image = load(path)
        assert (image.zbi, image.kernel.name) == (zbi, "multiboot.bin")


@each_packing
def test_compressed_kernel_for_qemu_is_refused(tmp_path: Path, suffix: str) -> None:
    files = {"a.zbi": complete_zbi(), "multiboot.bin": PACKERS[suffix](X64_SHIM)}
    make_folder(tmp_path, files)
    fails(tmp_path / "a.zbi", "multiboot.bin: is compressed by", "QEMU has to load it as it is")
    old = {"old/zircon.bin": PACKERS[suffix](X64_SHIM)}
    fails(make_folder(tmp_path, old) / "old", "zircon.bin: is compressed by")


@pytest.mark.parametrize("beside", ["link", "target"])
def test_shim_is_found_beside_a_link_and_beside_its_target(tmp_path: Path, beside: str) -> None:
    make_folder(tmp_path, {"target/a.zbi": complete_zbi(), f"{beside}/multiboot.bin": X64_SHIM})
    (tmp_path / "link").mkdir(exist_ok=True)
    (tmp_path / "link" / "mine.zbi").symlink_to(tmp_path / "target" / "a.zbi")
    found = load(tmp_path / "link" / "mine.zbi").kernel
    assert found.resolve() == tmp_path / beside / "multiboot.bin"


@each_packing
def test_log_that_is_compressed_is_judged(tmp_path: Path, suffix: str) -> None:
    packed = tmp_path / f"x.serial.{suffix}"
    packed.write_bytes(PACKERS[suffix](LOG.read_bytes()))
    found, expected = check(packed), check(LOG)
    assert [(c.id, c.end) for c in found.cases] == [(c.id, c.end) for c in expected.cases]
    assert found.kernels[0].image == str(packed)
    with plain_file(packed, 1 << 30) as copy:
        assert copy.read_bytes() == LOG.read_bytes()
    assert not copy.exists()
    with plain_file(LOG, 1) as same:
        assert same == LOG
