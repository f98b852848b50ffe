"""No bytes may make the readers crash, hang, or hold much more than the bytes themselves."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_builders import (
    LINUX_X86_SHIM,
    NEXT,
    TODAY,
    X64,
    X64_SHIM,
    complete_zbi,
    fails,
    kernel,
    make_folder,
    put,
    zstd_bomb,
)
from zxhil.errors import UserError
from zxhil.image import bootfs, compress, zbi
from zxhil.image.compress import MAX_UNPACKED, Compression
from zxhil.image.describe import describe
from zxhil.image.find import load
from zxhil.image.pack import extend, pack
from zxhil.image.zbi import Item, ItemType, packed

TREE = bootfs.write({"bin/a": b"A" * 5000, "lib/b": b"B", "c": b""})
FRAMES = [compress.compress(TREE, kind) for kind in (Compression.LZ4, Compression.ZSTD)]
STORED = packed(ItemType.STORAGE_KERNEL, TODAY * 20, Compression.ZSTD)
IMAGES = [
    complete_zbi(X64, NEXT, Compression.ZSTD),
    complete_zbi(X64, NEXT, Compression.PLAIN),
    zbi.write([kernel(), STORED, packed(ItemType.STORAGE_BOOTFS, TREE, Compression.LZ4)]),
]
INTERESTING = st.sampled_from([0, 1, 4096, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFF])


@st.composite
def mutated(draw: st.DrawFn, valid: list[bytes]) -> bytes:
    """A valid image with words and bytes changed, cut out, put in, or its end cut off."""
    data = draw(st.sampled_from(valid))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.sampled_from(["word", "near", "bytes", "out", "in", "cut"])):
            case "word":
                data = put(data, at & ~3, draw(INTERESTING))
            case "near":  # headers are where the mistakes are
                data = put(data, min(at & 0x3C, len(data)), draw(INTERESTING | st.integers(0, 99)))
            case "bytes":
                data = data[:at] + draw(st.binary(min_size=1, max_size=8)) + data[at + 8 :]
            case "out":
                data = data[:at] + data[at + draw(st.integers(1, 64)) :]
            case "in":
                data = data[:at] + draw(st.binary(max_size=64)) + data[at:]
            case _:
                data = data[:at]
    return data


@contextmanager
def bounded(size: int) -> Iterator[None]:
    """Fail when more than 20 MiB and some copies of the input are held at once."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < (20 << 20) + 10 * size
    finally:
        tracemalloc.stop()


def only_user_errors(read: Callable[[], object]) -> None:
    try:
        read()
    except UserError as error:
        assert error.place
        assert error.remedy


many = settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@many
@given(st.binary(max_size=500) | mutated(IMAGES))
def test_zbi(data: bytes) -> None:
    with bounded(len(data)):
        only_user_errors(lambda: zbi.read(data, "f"))


@many
@given(st.binary(max_size=500) | mutated([TREE]))
def test_bootfs(data: bytes) -> None:
    with bounded(len(data)):
        only_user_errors(lambda: bootfs.read(data, "f"))


@many
@given(
    st.binary(max_size=300).map(lambda tail: compress.LZ4_MAGIC + tail)
    | st.binary(max_size=300).map(lambda tail: compress.ZSTD_MAGIC + tail)
    | mutated(FRAMES),
    st.sampled_from([0, len(TREE), 1 << 20]),
)
def test_frames(data: bytes, size: int) -> None:
    with bounded(len(data) + size):
        only_user_errors(lambda: compress.decompress(data, size, "f"))


@many
@given(data=st.binary(max_size=500) | mutated(IMAGES))
def test_whole_way(tmp_path: Path, data: bytes) -> None:
    make_folder(tmp_path, {"a.zbi": data, "multiboot.bin": X64_SHIM})

    def whole_way() -> None:
        image = load(tmp_path / "a.zbi", bootfs=True)
        zbi.read(pack(image, {"bin/x": b"x"}, ["a=b"]), "f")
        describe(image)
        zbi.read(extend(image, {"bin/x": b"x"}, ["a=b"]), "f")

    only_user_errors(whole_way)


@many
@given(st.lists(st.tuples(st.binary(max_size=64), INTERESTING), max_size=4), INTERESTING)
def test_inconsistent_items_with_valid_crcs_are_refused(
    parts: list[tuple[bytes, int]], extra: int
) -> None:
    """What mutation cannot reach, for the CRC stops it."""
    flags = zbi.FLAG_VERSION | zbi.FLAG_CRC32 | zbi.FLAG_STORAGE_COMPRESSED
    made = [Item(ItemType.STORAGE_BOOTFS, FRAMES[0], extra, flags)]
    made += [Item(ItemType.STORAGE_KERNEL, payload, lie, flags) for payload, lie in parts]
    for item in zbi.read(zbi.write(made), "f"):
        with bounded(len(TREE)):
            only_user_errors(lambda item=item: compress.decompress(item.payload, item.extra, "f"))


@pytest.mark.parametrize("declared", [0, 4096, 0x7FFFFFFF, 0xFFFFFFFF])
def test_decompression_bomb_in_an_image_is_refused(tmp_path: Path, declared: int) -> None:
    flags = zbi.FLAG_VERSION | zbi.FLAG_STORAGE_COMPRESSED
    bomb = Item(ItemType.STORAGE_KERNEL, zstd_bomb(16384), declared, flags)
    data = zbi.write([kernel(), bomb])
    make_folder(tmp_path, {"a.zbi": data, "multiboot.bin": X64_SHIM})
    with bounded(len(data)), pytest.raises(UserError, match=r"item KSTR at offset .*(bomb|limit)"):
        load(tmp_path / "a.zbi")


@pytest.mark.parametrize("count", [1000, 200_000])
def test_many_items_of_nothing(count: int) -> None:
    """As many items as bytes can hold cost a time that grows with them only."""
    assert len(zbi.read(zbi.write([Item(1, b"")] * count), "f")) == count


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("../a.zbi"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "type", "path", "cpu", "system_a", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@many
@given(
    name=st.sampled_from(["images.json", "product_bundle.json", "product_bundles.json"]),
    data=st.binary(max_size=80) | json_values.map(lambda value: json.dumps(value).encode()),
)
def test_manifests(tmp_path: Path, name: str, data: bytes) -> None:
    make_folder(tmp_path, {"a.zbi": IMAGES[0], f"out/{name}": data})
    only_user_errors(lambda: load(tmp_path / "out" / name))


@many
@given(shim=st.binary(max_size=100) | mutated([X64_SHIM, LINUX_X86_SHIM]))
def test_shims(tmp_path: Path, shim: bytes) -> None:
    make_folder(tmp_path, {"a.zbi": IMAGES[0], "multiboot.bin": shim})
    only_user_errors(lambda: load(tmp_path / "a.zbi"))
    only_user_errors(lambda: load(tmp_path / "multiboot.bin"))


def test_several_stored_kernels_are_refused_before_one_is_unpacked(tmp_path: Path) -> None:
    """Four such items of 40 KB took 2.6 GB."""
    flags = zbi.FLAG_VERSION | zbi.FLAG_STORAGE_COMPRESSED
    stored = Item(ItemType.STORAGE_KERNEL, zstd_bomb(256), 256 * 128 << 10, flags)
    folder = make_folder(
        tmp_path, {"kernel.zbi": zbi.write([kernel(), stored, stored]), "multiboot.bin": X64_SHIM}
    )
    with bounded(0):
        fails(folder, "item KSTR at offset", "a second storage item of a kernel")


def test_the_bootfs_items_of_an_image_have_one_limit_together(tmp_path: Path) -> None:
    flags = zbi.FLAG_VERSION | zbi.FLAG_STORAGE_COMPRESSED
    wide = Item(ItemType.STORAGE_BOOTFS, b"", MAX_UNPACKED - 100, flags)
    small = packed(ItemType.STORAGE_BOOTFS, bootfs.write({"a": b"b" * 9000}), Compression.ZSTD)
    folder = make_folder(
        tmp_path, {"kernel.zbi": zbi.write([kernel(), small, wide]), "multiboot.bin": X64_SHIM}
    )
    with pytest.raises(UserError, match=r"BFSB at offset .*together"):
        describe(load(folder))
