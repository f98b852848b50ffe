"""Saved starts kept from run to run: found by what they were made from, and checked before use."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.errors import MachineError
from zxhil.guest.source import Program
from zxhil.image.find import Image, load
from zxhil.machine.ram import Part
from zxhil.push import kept as module
from zxhil.push.booting import Booting
from zxhil.push.kept import KeptStart, KeptStarts, kept_program
from zxhil.run.plan import plan
from zxhil.standin import build as build_standin

NAMES = ("fifos", "events", "timers")


@pytest.fixture(scope="module")
def image() -> Image:
    return load(build_standin(Arch.X64), Arch.X64)


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    (task,) = plan([Arch.X64], "socket_share")
    return [replace(task.program, name=name, elf=name.encode()) for name in NAMES]


@pytest.fixture
def booting(image: Image, tmp_path: Path) -> Iterator[Booting]:
    if not module._HOST.exists():
        pytest.skip("the host does not say since when it is up")
    yield Booting(image, tmp_path, tmp_path, memory_trace=True)


@pytest.fixture
def starts(booting: Booting, programs: list[Program], tmp_path: Path) -> KeptStarts:
    return KeptStarts(booting, programs, tmp_path / "starts")


def start_of(programs: list[Program], seed: int = 0) -> KeptStart:
    return KeptStart(
        1.5,
        b"mark",
        (4096, 8192),
        (5, 6),
        tuple(kept_program(program) for program in programs),
        b"log\n",
        b"disk\n{}",
        (Part(0, b"\0\n"), Part(4096, bytes([seed]) * 1000)),
    )


def kept_file(starts: KeptStarts) -> Path:
    (path,) = starts.folder.glob("*.start")
    return path


def test_what_was_kept_is_found(starts: KeptStarts, programs: list[Program]) -> None:
    assert starts.find(0) is None
    kept = start_of(programs)
    starts.store(kept)
    found = starts.find(0)
    assert found == replace(kept, path=kept_file(starts))
    assert [path.suffix for path in starts.folder.iterdir()] == [".start"]
    suite = starts.suite(found)
    assert all(suite.has(program) for program in programs)
    assert suite.programs == tuple(programs)
    assert found.key in found.note(61.5)
    assert "1970-01-01 00:00:01 UTC (60 s)" in found.note(61.5)


def test_changed_program_boots_and_the_others_resume(
    starts: KeptStarts, booting: Booting, programs: list[Program]
) -> None:
    starts.store(start_of(programs))
    edited = [replace(programs[0], elf=b"edited"), *programs[1:]]
    now = KeptStarts(booting, edited, starts.folder)
    assert now.find(0) is None
    found = now.find(1)
    assert found is not None
    suite = now.suite(found)
    assert [suite.has(program) for program in edited] == [False, True, True]
    # Its lines are of another file than the one in memory.
    assert suite.programs == ()
    one = KeptStarts(booting, edited[:1], starts.folder)
    assert one.find(1) is None, "it has none of the programs"


def test_start_with_more_of_the_programs_is_taken(
    starts: KeptStarts, booting: Booting, programs: list[Program]
) -> None:
    starts.store(start_of(programs))
    KeptStarts(booting, programs[:1], starts.folder).store(start_of(programs[:1]))
    found = starts.find(2)
    assert found is not None
    assert len(found.programs) == len(programs)


CHANGES: dict[str, Callable[[Booting, Path], Booting]] = {
    "memory": lambda b, _: replace(b, memory_mib=b.memory_mib + 1),
    "words": lambda b, _: replace(b, words=("a",)),
    "processors": lambda b, _: replace(b, smp=2),
    "trace": lambda b, _: replace(b, memory_trace=False),
    "kernel": lambda b, path: replace(b, image=replace(b.image, kernel=_changed(b.image, path))),
    "boot data": lambda b, _: replace(b, image=replace(b.image, arch=Arch.ARM64)),
    "arguments": lambda b, _: replace(b, user_args=("-d", "int")),
    "plugin": lambda b, _: replace(b, qemu=("-plugin", "x")),
    "per boot": lambda b, _: replace(b, per_boot=lambda name: ()),
}


def _changed(image: Image, folder: Path) -> Path:
    path = folder / "other-kernel"
    path.write_bytes(image.kernel.read_bytes() + b"\0")
    return path


@pytest.mark.parametrize("change", CHANGES)
def test_another_machine_does_not_resume(
    starts: KeptStarts, booting: Booting, programs: list[Program], tmp_path: Path, change: str
) -> None:
    starts.store(start_of(programs))
    assert KeptStarts(booting, programs, starts.folder).find(0) is not None
    other = CHANGES[change](booting, tmp_path)
    assert KeptStarts(other, programs, starts.folder).find(0) is None


def test_another_qemu_or_host_does_not_resume(
    starts: KeptStarts,
    booting: Booting,
    programs: list[Program],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts.store(start_of(programs))
    boot_id = tmp_path / "boot_id"
    boot_id.write_text("another")
    with monkeypatch.context() as patched:
        patched.setattr(module, "_HOST", boot_id)
        assert KeptStarts(booting, programs, starts.folder).find(0) is None
    qemu = tmp_path / "bin" / "qemu-system-x86_64"
    qemu.parent.mkdir()
    qemu.write_text("#!/bin/sh\n")
    qemu.chmod(0o755)
    monkeypatch.setenv("PATH", f"{qemu.parent}:{os.environ['PATH']}")
    assert KeptStarts(booting, programs, starts.folder).find(0) is None


def _header(data: bytes) -> bytes:
    head, _, rest = data.partition(b"\n")
    changed = {**json.loads(head), "made": 2.5}
    return json.dumps(changed).encode() + b"\n" + rest


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[:-500],
    "one byte of the memory": lambda data: data[:-200] + b"x" + data[-199:],
    "header": _header,
    "digest": lambda data: data[:-2] + b"x\n",
    "longer": lambda data: data + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_is_reported_removed_and_not_used(
    starts: KeptStarts, programs: list[Program], damage: str
) -> None:
    starts.store(start_of(programs))
    path = kept_file(starts)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert starts.find(0) is None
    assert starts.notes == [f"the kept start {path} is damaged: removed"]
    assert not path.exists()


@pytest.mark.parametrize("kind", ["empty", "not json", "folder", "fifo", "link to nothing"])
def test_what_is_no_kept_start_is_passed_over(
    starts: KeptStarts, programs: list[Program], kind: str
) -> None:
    starts.store(start_of(programs))
    real = kept_file(starts)
    other = real.with_name(f"{real.name.partition('-')[0]}-0123456789abcdef.start")
    match kind:
        case "empty" | "not json":
            other.write_text("" if kind == "empty" else "[[[[")
        case "folder":
            other.mkdir()
        case "fifo":
            os.mkfifo(other)
        case _:
            other.symlink_to("nowhere")
    found = starts.find(0)
    assert found is not None
    assert found.path == real


def test_file_under_the_name_of_another_is_not_used(
    starts: KeptStarts, booting: Booting, programs: list[Program]
) -> None:
    starts.store(start_of(programs))
    path = kept_file(starts)
    other = KeptStarts(replace(booting, words=("a",)), programs, starts.folder)
    path.rename(path.with_name(path.name.replace(starts._machine, other._machine)))
    assert other.find(0) is None
    assert len(other.notes) == 1


def test_longest_unused_starts_are_removed(
    booting: Booting, programs: list[Program], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 5000)
    made = []
    for number in range(3):
        some = [replace(program, elf=bytes([number])) for program in programs]
        starts = KeptStarts(booting, some, tmp_path / "starts")
        starts.store(start_of(some))
        made.append(starts)
        for path in starts.folder.glob("*.start"):
            if path.stat().st_mtime > 1e9:
                os.utime(path, (number, number))
    assert made[0].find(0) is not None, "now it is the last used"
    more = [replace(program, elf=b"more") for program in programs]
    last = KeptStarts(booting, more, tmp_path / "starts")
    monkeypatch.setattr(module, "MOST_BYTES", 2 * kept_size(made[0]) + 100)
    last.store(start_of(more))
    assert [starts.find(0) is not None for starts in (*made, last)] == [True, False, False, True]


def kept_size(starts: KeptStarts) -> int:
    return max(path.stat().st_size for path in starts.folder.glob("*.start"))


def test_folder_that_cannot_be_written_is_an_error(
    starts: KeptStarts, programs: list[Program]
) -> None:
    starts.folder.write_text("a file")
    assert starts.find(0) is None
    with pytest.raises(MachineError, match="starts"):
        starts.store(start_of(programs))


def test_store_that_is_interrupted_leaves_nothing(
    starts: KeptStarts, programs: list[Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            starts.store(start_of(programs))
    assert list(starts.folder.iterdir()) == []
    assert starts.find(0) is None


def test_several_runs_may_store_find_and_remove_at_once(
    booting: Booting, programs: list[Program], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 4000)

    def one(number: int) -> list[str]:
        some = [replace(program, elf=bytes([number % 3])) for program in programs]
        starts = KeptStarts(booting, some, tmp_path / "starts")
        for _ in range(30):
            found = starts.find(0)
            assert found is None or replace(found, path=Path()) == start_of(some)
            starts.store(start_of(some))
        return starts.notes

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, range(6))) == [[]] * 6
    assert sum(path.stat().st_size for path in (tmp_path / "starts").iterdir()) <= 4000
