"""A trace in the guest's memory, written by a guest of Python beside what it sends over serial."""

from __future__ import annotations

import mmap
import os
import random
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from zxhil.abi.runtime import PAGE_HEAD, TRACE_PAGE, TRACE_PAGES, layout
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine
from zxhil.machine.pages import ROOM, TracePages, is_possible, new_mark, patch_of
from zxhil.machine.ram import SharedRam

pytestmark = pytest.mark.skipif(not is_possible(), reason="the host can't share memory")

MIB = 16
MARK = bytes(range(1, 17))
HEAD = layout(PAGE_HEAD)
DATA = TRACE_PAGE - HEAD.size


class Guest:
    """What guest_tests/rt/pages.c and wire.c do: pages anywhere, in any order."""

    def __init__(self, memory: int, mark: bytes = MARK, seed: int = 0) -> None:
        self.ram = mmap.mmap(memory, MIB << 20)
        self.places = random.Random(seed).sample(range(MIB << 20 >> 12), TRACE_PAGES)
        for number, place in enumerate(self.places):
            self.put(place << 12, HEAD.pack(mark, number, 0, 0, 0))
        self.line = bytearray()
        self.written = 0
        self.send_position(0)

    def put(self, at: int, data: bytes) -> None:
        self.ram[at : at + len(data)] = data

    def head(self) -> tuple[int, int, int]:
        at = self.places[0] << 12
        *_, attached, written, read = HEAD.unpack_from(self.ram, at)
        return attached, written, read

    def send_position(self, position: int) -> None:
        self.line += b"\x05%06x" % (position % (1 << 24))

    def publish(self, written: int) -> None:
        self.put((self.places[0] << 12) + 24, struct.pack("<Q", written))

    def frame(self, text: bytes, told: bool = False) -> None:
        """Write a frame, and before it can be read its position, if it is of such a kind."""
        for byte in text:
            page, at = divmod(self.written % ROOM, DATA)
            self.put((self.places[page] << 12) + HEAD.size + at, bytes([byte]))
            self.written += 1
        if told:
            self.send_position(self.written)
        self.publish(self.written)

    def take(self, size: int | None = None) -> bytes:
        data = bytes(self.line[:size])
        del self.line[: len(data)]
        return data


@pytest.fixture
def pages() -> Iterator[TracePages]:
    ram = SharedRam(MIB)
    yield TracePages(MARK, ram)
    ram.close()


def read(pages: TracePages, guest: Guest, size: int | None = None) -> bytes:
    """What `Machine` does: where it has not read all that came, it goes by the positions alone."""
    written, came = pages.written(), guest.take(size)
    return pages.merge(came, 0 if guest.line else written)


def test_pages_are_found_wherever_they_are(pages: TracePages) -> None:
    guest = Guest(pages._ram.fd)
    guest.frame(b"~V\n", told=True)
    assert pages.written() == 0
    assert read(pages, guest) == b"~V\n"
    assert pages.offsets == tuple(place << 12 for place in guest.places)
    assert guest.head() == (1, 3, 3)


def test_search_fills_no_hole_of_the_memory(pages: TracePages) -> None:
    guest = Guest(pages._ram.fd)
    before = os.fstat(pages._ram.fd).st_blocks
    read(pages, guest)
    assert pages.offsets
    assert os.fstat(pages._ram.fd).st_blocks == before


def test_file_of_the_program_does_not_have_the_mark() -> None:
    mark = new_mark()
    assert mark not in patch_of(mark)
    assert patch_of(patch_of(mark)) == mark


@pytest.mark.parametrize("broken", ["missing", "twice", "number", "mark"])
def test_guest_is_not_attached_unless_each_page_is_there_once(
    pages: TracePages, broken: str
) -> None:
    guest = Guest(pages._ram.fd)
    free = next(n for n in range(MIB << 8) if n not in guest.places) << 12
    head = {
        "missing": (guest.places[7] << 12, bytes(HEAD.size)),
        "twice": (free, HEAD.pack(MARK, 7, 0, 0, 0)),
        "number": (guest.places[7] << 12, HEAD.pack(MARK, TRACE_PAGES, 0, 0, 0)),
        "mark": (guest.places[7] << 12, HEAD.pack(MARK[:15] + b"\0", 7, 0, 0, 0)),
    }
    guest.put(*head[broken])
    guest.frame(b"~in memory\n")
    guest.line += b"~on the line\n"
    assert read(pages, guest) == b"~on the line\n"
    assert not pages.offsets
    assert guest.head()[0] == 0


def test_guest_can_make_the_harness_search_only_a_few_times(
    pages: TracePages, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[int] = []
    monkeypatch.setattr(TracePages, "_attach", lambda self: searches.append(1))
    pages.merge(b"\x05000000" * 1000, 0)
    assert len(searches) == 8


def test_lines_of_the_kernel_stay_with_the_case_in_which_they_came(pages: TracePages) -> None:
    guest = Guest(pages._ram.fd)
    read(pages, guest)
    guest.frame(b"~B0\n", told=True)
    guest.frame(b"~C\n")
    guest.line += b"KERN: fatal page fault\r\n"
    guest.frame(b"~B1\n", told=True)
    guest.frame(b"~C\n")
    guest.line += b"later\r\n"
    got = read(pages, guest)
    assert got == b"~B0\nKERN: fatal page fault\r\n~C\n~B1\n~C\nlater\r\n"


def test_what_was_written_before_a_panic_comes_before_its_lines(pages: TracePages) -> None:
    guest = Guest(pages._ram.fd)
    guest.frame(b"~B0\n", told=True)
    read(pages, guest)
    guest.frame(b"~C last call\n")
    guest.line += b"ZIRCON KERNEL PANIC\r\n! "
    assert read(pages, guest) == b"~C last call\nZIRCON KERNEL PANIC\r\n! "


def test_frames_do_not_break_a_line_of_the_kernel(pages: TracePages) -> None:
    guest = Guest(pages._ram.fd)
    read(pages, guest)
    guest.line += b"KERN: fatal page"
    assert read(pages, guest) == b"KERN: fatal page"
    guest.frame(b"~B0\n", told=True)
    guest.frame(b"~C\n")
    assert read(pages, guest) == b""
    guest.line += b" fault\r\nmore\r\n"
    assert read(pages, guest) == b" fault\r\n~B0\n~C\nmore\r\n"


def test_frames_come_after_a_while_although_a_line_has_no_end(pages: TracePages) -> None:
    guest = Guest(pages._ram.fd)
    guest.line += b"$ "
    read(pages, guest)
    guest.frame(b"~C\n")
    assert read(pages, guest) == b"~C\n"


def test_position_that_comes_in_pieces_is_one(pages: TracePages) -> None:
    guest = Guest(pages._ram.fd)
    guest.frame(b"~B0\n", told=True)
    got = b"".join(read(pages, guest, size=1) for _ in range(20))
    assert got == b"~B0\n"


@pytest.mark.parametrize(
    "text", [b"\x05", b"\x0500000", b"\x05xyz123", b"\x05\x05\x05", b"\x05FFFFFF"]
)
def test_text_that_is_no_position_stays(pages: TracePages, text: bytes) -> None:
    guest = Guest(pages._ram.fd)
    got = read(pages, guest)
    guest.line += text
    got += read(pages, guest) + pages.merge(b"", pages.written(), ended=True)
    assert got == text


def test_position_of_nothing_changes_nothing(pages: TracePages) -> None:
    guest = Guest(pages._ram.fd)
    guest.frame(b"~B0\n", told=True)
    for position in (ROOM, 1 << 23, (1 << 24) - 1, 400):
        guest.send_position(position)
    guest.line += b"text\n"
    assert read(pages, guest) == b"~B0\ntext\n"
    assert guest.head()[2] == 4


@pytest.mark.parametrize("written", [ROOM + 5, 1 << 63, (1 << 64) - 1, 0])
def test_impossible_position_in_memory_reads_nothing(pages: TracePages, written: int) -> None:
    guest = Guest(pages._ram.fd)
    guest.frame(b"~B0\n", told=True)
    read(pages, guest)
    guest.publish(written)
    guest.line += b"text\n"
    assert read(pages, guest) == b"text\n"


def test_trace_longer_than_the_pages_goes_round(pages: TracePages) -> None:
    guest = Guest(pages._ram.fd)
    read(pages, guest)
    sent, got = b"", b""
    for number in range(12):
        frame = b"~%d %s\n" % (number, bytes([65 + number]) * (ROOM // 5))
        guest.frame(frame, told=number % 2 == 0)
        sent += frame
        if number % 4 == 3:
            got += read(pages, guest)
            assert guest.head()[2] == guest.written
    assert got == sent


def test_restored_guest_begins_anew(pages: TracePages) -> None:
    guest = Guest(pages._ram.fd)
    read(pages, guest)
    guest.frame(b"~first\n", told=True)
    guest.line += b"in a line\x050"
    read(pages, guest)
    guest.written = 0
    guest.publish(0)
    guest.line.clear()
    pages.restart()
    guest.frame(b"~again\n", told=True)
    assert read(pages, guest) == b"~again\n"


@pytest.mark.parametrize("seed", range(40))
def test_order_is_kept_whenever_the_harness_reads(pages: TracePages, seed: int) -> None:
    """All frames and all lines in their order, and each line in its own case."""
    chance = random.Random(seed)
    guest = Guest(pages._ram.fd, seed=seed)
    read(pages, guest)
    frames, text, got, case, owner = b"", b"", b"", -1, {}
    for number in range(200):
        match chance.choice("BCCTR"):
            case "B":
                case += 1
                frames += b"~B%d\n" % case
                guest.frame(b"~B%d\n" % case, told=True)
            case "C":
                frames += b"~C%d\n" % number
                guest.frame(b"~C%d\n" % number)
            case "T":
                line = b"line %d\r\n" % number
                text += line
                guest.line += line
                owner[number] = case
            case "R":
                got += read(pages, guest, chance.choice([None, 1, 5, 60]))
    while guest.line:
        got += read(pages, guest, 7)
    got += pages.merge(b"", pages.written(), ended=True)
    lines = got.splitlines(keepends=True)
    assert b"".join(line for line in lines if line.startswith(b"~")) == frames
    assert b"".join(line for line in lines if not line.startswith(b"~")) == text
    seen = -1
    for line in lines:
        if line.startswith(b"~B"):
            seen = int(line[2:])
        elif line.startswith(b"line "):
            assert owner[int(line[5:])] == seen


@pytest.mark.parametrize("seed", range(20))
def test_guest_that_writes_anything_gets_no_more_than_it_has_room_for(
    pages: TracePages, seed: int
) -> None:
    chance = random.Random(seed)
    guest = Guest(pages._ram.fd, seed=seed)
    read(pages, guest)
    first = guest.places[0] << 12
    for _ in range(100):
        word = chance.choice([0, 1, ROOM, ROOM + 1, (1 << 64) - 1, chance.getrandbits(64)])
        guest.put(first + chance.choice([16, 20, 24, 32]), struct.pack("<Q", word))
        guest.line += chance.choice(
            [b"\x05%06x" % chance.getrandbits(24), chance.randbytes(9), b"text\n", b""]
        )
        size = chance.choice([None, 1, 8])
        waiting = len(guest.line)
        got = read(pages, guest, size)
        # Up to eight bytes of an unfinished position come later.
        assert len(got) <= ROOM + waiting + 8
        assert bytes(guest.ram[first : first + 16]) == MARK


_QEMU = """
import mmap, re
memory = sys.argv[sys.argv.index("-object") + 1]
mib, fd = map(int, re.search("size=([0-9]+)M,.*/fd/([0-9]+),share=on$", memory).groups())
assert sys.argv[sys.argv.index("-object") + 2 : ][:2] == ["-machine", "memory-backend=zxhil-memory"]
ram = mmap.mmap(os.open(f"/proc/self/fd/{fd}", os.O_RDWR), mib << 20)
serial = connect("serial")
"""


def test_what_a_dead_qemu_left_in_memory_is_read_and_logged(
    fake_qemu: Callable[[str], Boot], tmp_path: Path
) -> None:
    # Its guest is one of Python as above: the pages lie where the harness is told.
    offsets = tuple(n << 12 for n in range(TRACE_PAGES))
    boot = fake_qemu(
        _QEMU
        + f"""
for n in range({TRACE_PAGES}):
    ram[n << 12 : (n << 12) + 16] = bytes({list(MARK)})
ram[{HEAD.size} : {HEAD.size} + 6] = b"~last\\n"
ram[24 : 32] = (6).to_bytes(8, "little")
serial.sendall(b"ZIRCON KERNEL PANIC\\n")
os.kill(os.getpid(), 9)
"""
    )
    boot = Boot(boot.arch, boot.kernel, boot.initrd, MIB, mark=MARK)
    with Machine(boot, tmp_path, "m", offsets=offsets) as machine:
        data = b""
        while chunk := machine.read(time.monotonic() + 20):
            data += chunk
        assert machine.wait_exit() == -9
    assert sorted(data.splitlines()) == [b"ZIRCON KERNEL PANIC", b"~last"]
    assert (tmp_path / "m.serial").read_bytes() == data


def test_memory_is_read_although_the_line_is_silent(
    fake_qemu: Callable[[str], Boot], tmp_path: Path
) -> None:
    boot = fake_qemu(
        _QEMU
        + f"""
ram[{HEAD.size} : {HEAD.size} + 6] = b"~quiet"
ram[24 : 32] = (6).to_bytes(8, "little")
time.sleep(60)
"""
    )
    boot = Boot(boot.arch, boot.kernel, boot.initrd, MIB, mark=MARK)
    offsets = tuple(n << 12 for n in range(TRACE_PAGES))
    with Machine(boot, tmp_path, "m", offsets=offsets) as machine:
        assert machine.read(time.monotonic() + 20) == b"~quiet"
        assert machine.read(time.monotonic()) is None


def test_what_came_over_serial_before_a_frame_comes_first(
    fake_qemu: Callable[[str], Boot], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    boot = fake_qemu(_QEMU + "serial.sendall(b'up\\n'); time.sleep(60)")
    boot = Boot(boot.arch, boot.kernel, boot.initrd, MIB, mark=MARK)
    offsets = tuple(n << 12 for n in range(TRACE_PAGES))
    with Machine(boot, tmp_path, "m", offsets=offsets) as machine:
        assert machine.read(time.monotonic() + 20) == b"up\n"
        assert machine._pages is not None
        guest = Guest.__new__(Guest)
        guest.ram, guest.places, guest.written = mmap.mmap(machine._pages._ram.fd, 0), [0], 0
        step = machine._step

        def waits_too_long(deadline: float) -> tuple[bytes | None, bool]:
            """The guest writes when the wait is over, and the harness has not looked again."""
            monkeypatch.setattr(machine, "_step", step)
            (path,) = (w for w in machine.command if w.startswith("pipe,"))
            with Path(path.partition("path=")[2] + ".out").open("wb") as line:
                line.write(b"\x05000000~another process\n\x05000000")
            guest.frame(b"~later\n")
            return None, False

        monkeypatch.setattr(machine, "_step", waits_too_long)
        got = b""
        while got.count(b"\n") < 2:
            got += machine.read(time.monotonic() + 20) or b""
    assert got == b"~another process\n~later\n"
