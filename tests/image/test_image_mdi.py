"""Processors that boot data of early 2018 names in its MDI, and the machine that is made of it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from image_builders import ARM64_SHIM, OLD, make_folder
from zxhil.image import zbi
from zxhil.image.find import Image, load
from zxhil.image.mdi import MOST_PROCESSORS, processors
from zxhil.image.zbi import Item, ItemType
from zxhil.run.prepare import make_setup
from zxhil.target.make import boot_notes
from zxhil.target.model import Target

LIST = 16 << 23
CPU_MAP, CLUSTERS, CPU_COUNT = 2, 100, 101


def leaf(number: int, value: int) -> bytes:
    return struct.pack("<IIQ", number, 16, value)


def listed(number: int, *children: bytes) -> bytes:
    body = b"".join(children)
    return struct.pack("<IIQ", LIST | number, 16 + len(body), len(children)) + body


def mdi(*counts: int) -> bytes:
    clusters = [listed(0, leaf(CPU_COUNT, count)) for count in counts]
    # Another map, with a number that a cluster could have.
    memory = listed(200, listed(201, leaf(12, 0x40000000), leaf(CPU_COUNT, 9)))
    return listed(0, listed(CPU_MAP, listed(CLUSTERS, *clusters)), memory)


def item(payload: bytes) -> Item:
    return Item(ItemType.MDI, payload)


def folder_with(folder: Path, *items: Item) -> Image:
    made = {"zircon.bin": ARM64_SHIM + OLD, "bootdata.bin": zbi.write(items)}
    return load(make_folder(folder, made))


def notes_of(image: Image, folder: Path, smp: int) -> tuple[int, tuple[str, ...]]:
    setup = make_setup(image, "tcg", 128, (), folder, folder, smp=smp)
    return setup.booting.boot(folder / "zbi").smp, setup.notes


def test_processors_of_all_clusters_are_counted() -> None:
    assert processors([item(mdi(4, 2))]) == 6


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        mdi(4)[:40],
        mdi(MOST_PROCESSORS + 1),
        listed(0, leaf(CPU_COUNT, 4)),
        listed(1, listed(CPU_MAP, listed(CLUSTERS, listed(0, leaf(CPU_COUNT, 4))))),
        struct.pack("<IIQ", LIST, 0, 1) + mdi(4),
    ],
    ids=["empty", "cut short", "too many", "no map", "another root", "no length"],
)
def test_mdi_that_can_not_be_read_names_none(payload: bytes) -> None:
    assert processors([item(payload)]) == 0


def test_machine_has_the_processors_that_the_image_names(tmp_path: Path) -> None:
    image = folder_with(tmp_path, item(mdi(4)))
    assert "MDI names 4 processors" in image.found
    smp, notes = notes_of(image, tmp_path, 0)
    assert smp == 4
    assert not any("--smp" in note for note in notes)


def test_fewer_processors_than_the_image_names_are_reported(tmp_path: Path) -> None:
    image = folder_with(tmp_path, item(mdi(4)))
    smp, notes = notes_of(image, tmp_path, 2)
    assert smp == 2
    said = "the MDI of the image names 4 processors, --smp gives 2: the kernel may not start"
    assert notes[-1] == said
    assert boot_notes(Target("named", smp=2), image)[-1] == said


def test_machine_of_an_image_that_names_none_has_one_processor(tmp_path: Path) -> None:
    image = folder_with(tmp_path, Item(ItemType.CMDLINE, b"a=b\0"))
    assert notes_of(image, tmp_path, 0)[0] == 1
    assert notes_of(image, tmp_path, 3) == (3, notes_of(image, tmp_path, 0)[1])
