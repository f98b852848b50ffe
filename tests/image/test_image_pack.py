from __future__ import annotations

from pathlib import Path

import pytest
from image_builders import (
    ARM64,
    ARM64_SHIM,
    NEXT,
    OLD,
    TODAY,
    X64,
    X64_SHIM,
    complete_zbi,
    kernel,
    kernel_zbi,
    make_folder,
)
from zxhil.errors import UserError
from zxhil.image import bootfs, zbi
from zxhil.image.compress import Compression
from zxhil.image.find import Image, load
from zxhil.image.pack import boot_words, extend, kept, pack
from zxhil.image.zbi import Item, ItemType, packed, unpacked

FILES = {"bin/core": b"\x7fELF" * 5000, "data/x": b""}
WORDS = ("userboot=bin/core", "kernel.serial=legacy")


def image_of(folder: Path, data: bytes) -> Image:
    shims = {"multiboot.bin": X64_SHIM, "qemu-boot-shim.bin": ARM64_SHIM}
    return load(make_folder(folder, {"a.zbi": data, **shims}) / "a.zbi")


def files_of(item: Item) -> dict[str, bytes]:
    return bootfs.read(unpacked(item, "x"), "x")


@pytest.mark.parametrize("kind", [X64, ARM64])
@pytest.mark.parametrize("own", Compression)
def test_pack_keeps_all_but_file_systems(tmp_path: Path, kind: int, own: Compression) -> None:
    image = image_of(tmp_path, complete_zbi(kind, OLD, own))
    first, theirs, other, cmdline, files = zbi.read(pack(image, FILES, WORDS), "x")
    assert first == kernel(kind)
    assert theirs.payload == b"a=1\0"
    assert other == Item(0x12345678, b"untouched", 7, other.flags, (1, 2))
    assert cmdline.payload == b"userboot=bin/core kernel.serial=legacy\0"
    assert files.type == ItemType.STORAGE_BOOTFS
    assert files_of(files) == FILES
    assert files.compressed == (own is not Compression.PLAIN)
    assert files.extra == len(unpacked(files, "x"))


def test_pack_keeps_the_kernel_proper_of_today(tmp_path: Path) -> None:
    stored = packed(ItemType.STORAGE_KERNEL, TODAY, Compression.ZSTD)
    image = image_of(tmp_path, zbi.write([kernel(X64, b""), stored]))
    made = zbi.read(pack(image, FILES, WORDS), "x")
    assert made[:2] == (kernel(X64, b""), stored)
    assert [item.type for item in made[2:]] == [ItemType.CMDLINE, ItemType.STORAGE_BOOTFS]


def test_every_command_line_item_stays_in_order(tmp_path: Path) -> None:
    texts = [b"kernel.x=1 a\0", b"b=2 userboot.root=pkg\0", b"userboot.reboot\0"]
    own = [Item(ItemType.CMDLINE, text) for text in texts]
    image = image_of(tmp_path, zbi.write([kernel(), own[0], Item(1, b"z"), *own[1:]]))
    made = zbi.read(pack(image, {}, WORDS), "x")
    assert made[1:4] == (own[0], Item(1, b"z"), Item(ItemType.CMDLINE, b"b=2\0"))
    assert [item.type for item in made[4:]] == [ItemType.CMDLINE, ItemType.STORAGE_BOOTFS]
    said = kept(image, WORDS).notes
    assert said == (
        "command line of the image kept: kernel.x=1 a b=2; "
        "overridden: userboot.root=pkg userboot.reboot",
        "other items of the image kept: 0x00000001",
    )


def test_omitted_items_are_named(tmp_path: Path) -> None:
    disk = packed(ItemType.STORAGE_RAMDISK, b"disk", Compression.PLAIN)
    image = image_of(tmp_path, zbi.write([kernel(), disk]))
    (note,) = kept(image, WORDS).notes
    assert note.startswith("file systems of the image omitted")
    assert note.endswith(": RDSK of 4 bytes")
    assert not kept(image, WORDS, own_bootfs=False).notes


def test_user_words_override_our_defaults(tmp_path: Path) -> None:
    own = Item(ItemType.CMDLINE, b"ktrace.bufsize=32\0")
    image = image_of(tmp_path, zbi.write([kernel(), own]))
    words = (*boot_words(image, "bin/x"), "kernel.entropy-mixin=0123")
    made = zbi.read(pack(image, {}, words), "x")
    assert made[1] == own
    last = made[2].payload.rstrip(b"\0").decode().split()
    assert [word for word in last if "entropy" in word or "ktrace" in word] == [
        "kernel.entropy-mixin=0123"
    ]


def test_terminal_sequences_in_a_command_line_are_escaped(tmp_path: Path) -> None:
    own = Item(ItemType.CMDLINE, b"\x1b[2J\xff\0")
    (note,) = kept(image_of(tmp_path, zbi.write([kernel(), own])), WORDS).notes
    assert note == r"command line of the image kept: \x1b[2J\xff"


def test_pack_for_a_kernel_outside(tmp_path: Path) -> None:
    make_folder(tmp_path, {"qemu-zircon.bin": ARM64_SHIM + OLD, "bootdata.bin": b""})
    made = zbi.read(pack(load(tmp_path), FILES, WORDS), "x")
    assert [item.type for item in made] == [ItemType.CMDLINE, ItemType.STORAGE_BOOTFS]


def test_packed_image_can_be_loaded_and_repacked(tmp_path: Path) -> None:
    image = image_of(tmp_path, kernel_zbi())
    once = pack(image, FILES, WORDS)
    assert pack(image_of(tmp_path, once), FILES, WORDS) == once


def test_extend_leaves_all_else(tmp_path: Path) -> None:
    image = image_of(tmp_path, complete_zbi())
    before = zbi.read(image.zbi, "x")
    made = zbi.read(extend(image, {"bin/core": b"ours", "lib/ld.so.1": b"new"}, WORDS), "x")
    assert made[0] == before[0]
    assert made[3] == before[3]
    assert made[1].payload == b"a=1\0"  # what we set is dropped, the rest stays
    own = files_of(before[2])
    assert files_of(made[2]) == {**own, "bin/core": b"ours", "lib/ld.so.1": b"new"}
    assert made[4].payload == b"userboot=bin/core kernel.serial=legacy\0"
    assert len(made) == 5


def test_the_complete_image_beside_a_kernel_alone_counts(tmp_path: Path) -> None:
    files = {"kernel.zbi": kernel_zbi(), "zircon.zbi": complete_zbi(), "multiboot.bin": X64_SHIM}
    image = load(make_folder(tmp_path, files))
    made = zbi.read(pack(image, FILES, WORDS), "x")
    assert [item.payload for item in made[1:3]] == [b"a=1\0", b"untouched"]
    assert any("items CMDL" in said and "zircon.zbi" in said for said in image.found)
    broken = complete_zbi()[:-9]
    image = load(make_folder(tmp_path, {"zircon.zbi": broken}))
    assert image.settings == ()
    assert any("is omitted, including its command line: truncated" in said for said in image.found)


def test_the_boot_data_of_a_kernel_outside_counts(tmp_path: Path) -> None:
    own = Item(ItemType.CMDLINE, b"their=1\0")
    files = packed(ItemType.STORAGE_BOOTFS, bootfs.write({}), Compression.LZ4)
    data = {"zircon.bin": X64_SHIM + OLD, "bootdata.bin": zbi.write([files, own])}
    made = zbi.read(pack(load(make_folder(tmp_path, data)), FILES, WORDS), "x")
    assert made[0] == own
    assert [item.type for item in made[1:]] == [ItemType.CMDLINE, ItemType.STORAGE_BOOTFS]


def test_extend_without_clash_keeps_the_command_line_bytes(tmp_path: Path) -> None:
    own = Item(ItemType.CMDLINE, b" a=1   c \0\0")
    files = packed(ItemType.STORAGE_BOOTFS, bootfs.write({}), Compression.LZ4)
    image = image_of(tmp_path, zbi.write([kernel(), own, files]))
    assert zbi.read(extend(image, {}, ["b=2"]), "x")[1] == own


@pytest.mark.parametrize("count", [0, 2])
def test_extend_needs_one_bootfs(tmp_path: Path, count: int) -> None:
    item = packed(ItemType.STORAGE_BOOTFS, bootfs.write({}), Compression.LZ4)
    image = image_of(tmp_path, zbi.write([kernel()] + [item] * count))
    with pytest.raises(UserError, match=f"has {count} BOOTFS items"):
        extend(image, FILES, WORDS)


def test_extend_names_the_broken_item(tmp_path: Path) -> None:
    broken = packed(ItemType.STORAGE_BOOTFS, b"no bootfs at all", Compression.PLAIN)
    image = image_of(tmp_path, zbi.write([kernel(), broken]))
    with pytest.raises(UserError) as caught:
        extend(image, FILES, WORDS)
    where = f"a.zbi: item BFSB at offset {32 + 32 + len(kernel().payload) + 7 & -8:#x}"
    assert caught.value.place == f"{where}: BOOTFS header at offset 0x0"


@pytest.mark.parametrize("word", ["", "a b", "a\0b", "ä", "a\n"])
def test_words_that_are_no_words(tmp_path: Path, word: str) -> None:
    with pytest.raises(UserError, match="kernel command line"):
        pack(image_of(tmp_path, kernel_zbi()), {}, [word])


COMMON = {"kernel.halt-on-panic=true", "ktrace.bufsize=0"}
SERIAL, SYSCALLS = "kernel.serial=legacy", "kernel.enable-serial-syscalls=true"


@pytest.mark.parametrize(
    ("kind", "strings", "expected"),
    [
        (X64, OLD, {"userboot=bin/x", "userboot.shutdown", SERIAL}),
        (ARM64, OLD, {"userboot=bin/x", "userboot.shutdown"}),
        (X64, NEXT, {"userboot.next=bin/x", "userboot.shutdown", SERIAL, SYSCALLS}),
        (ARM64, NEXT, {"userboot.next=bin/x", "userboot.shutdown", SYSCALLS}),
        (ARM64, TODAY, {"userboot.test.next=bin/x", SYSCALLS}),
        (ARM64, b"", {"userboot=bin/x", "userboot.next=bin/x", "userboot.shutdown"}),
    ],
)
def test_boot_words(tmp_path: Path, kind: int, strings: bytes, expected: set[str]) -> None:
    words = boot_words(image_of(tmp_path, kernel_zbi(kind, strings)), "bin/x")
    entropy = {word for word in words if word.startswith("kernel.entropy-mixin=")}
    assert set(words) == expected | COMMON | entropy
    (digits,) = (word.partition("=")[2] for word in entropy)
    assert len(digits) == 64
    int(digits, 16)
