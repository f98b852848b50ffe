"""The guest runtime without a kernel: it runs as a Linux process, over a vDSO of the test's own.

Everything but the entry point is what runs on Zircon. The frames are read by a reader of the
test's own, from docs/trace.md.
"""

from __future__ import annotations

import platform
import re
import subprocess
import zlib
from pathlib import Path

import pytest
from linux_guest import START, run
from zxhil.abi.arch import Arch
from zxhil.abi.calls import CALLS
from zxhil.guest import elf
from zxhil.guest.build import build
from zxhil.guest.select import select, with_name, with_nonce
from zxhil.guest.toolchain import find_toolchain
from zxhil.shipped import GUEST_TESTS
from zxhil.trace.wire import seed_of

HOST = Path(__file__).parent / "host"
PRESENT = {
    "handle_close",
    "object_get_info",
    "channel_read",
    "channel_write",
    "channel_write_etc",
    "channel_call",
    "event_create",
    "object_wait_many",
    "port_queue",
    "port_wait",
    "socket_write",
    "futex_wake",
    "vmar_map",
    "vmar_protect",
    "vmar_unmap",
}

_TEXT = (HOST / "cases.c").read_text().replace("make_socket(", "zx_socket_create(")
#: The calls that the cases make, and so the program: nothing else is in its table.
MADE = [call.name for call in CALLS if f"zx_{call.name}(" in _TEXT]


def in_memory(data: bytes) -> bytes:
    """The image of a shared object, as the kernel would map it."""
    loads = [s for s in elf.segments(data, "vdso") if s.type == elf.PT_LOAD]
    image = bytearray(max(s.vaddr + s.memsz for s in loads))
    for load in loads:
        image[load.vaddr : load.vaddr + load.filesz] = data[load.offset :][: load.filesz]
    return bytes(image)


@pytest.fixture(scope="session")
def program(
    tmp_path_factory: pytest.TempPathFactory, guest_cache: Path, needs_clang: None
) -> bytes:
    return host_program(tmp_path_factory.mktemp("host"), guest_cache, HOST / "cases.c")


def host_program(
    folder: Path, guest_cache: Path, cases: Path, vdso: Path = HOST / "vdso.c"
) -> bytes:
    """The runtime with these cases as a Linux process, over this vDSO."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        pytest.skip("the runtime can be run only on the architecture that it is built for")
    tools = find_toolchain("clang")
    compiler = [*tools.compile_command(Arch.X64), "-O1", "-I", str(GUEST_TESTS / "include")]
    # The runtime is taken as the build leaves it.
    build(Arch.X64, HOST / "cases.c", tools, cache=guest_cache)
    runtime = next(p.parent for p in guest_cache.glob("rt-*/vdso.o") if _is_x64(p))
    compiler += ["-I", str(runtime)]
    shared = [*compiler, "-fpic", "-fvisibility=default", "-c", str(vdso)]
    run([*shared, "-o", str(folder / "vdso.o")])
    link = [*tools.linker, "-shared", "--hash-style=gnu", "-o", str(folder / "vdso.so")]
    run([*link, str(folder / "vdso.o")])
    (folder / "vdso.image").write_bytes(in_memory((folder / "vdso.so").read_bytes()))
    (folder / "start.c").write_text(START.replace("VDSO", str(folder / "vdso.image")))
    run([*compiler, "-c", str(folder / "start.c"), "-o", str(folder / "start.o")])
    run([*compiler, "-c", str(cases), "-o", str(folder / "cases.o")])
    objects = [p for p in sorted(runtime.glob("*.o")) if p.name != "start.o"]
    script = GUEST_TESTS / "rt" / "guest.ld"
    files = [folder / "start.o", folder / "cases.o", *objects]
    run(
        [*tools.link_command(), "-T", str(script), "-o", str(folder / "program")]
        + [str(path) for path in files]
    )
    return with_name((folder / "program").read_bytes(), "host")


def _is_x64(path: Path) -> bool:
    return path.read_bytes()[18] == elf.MACHINE_X64


def output_of(program: bytes, folder: Path) -> bytes:
    path = folder / "guest"
    path.write_bytes(program)
    path.chmod(0o755)
    done = subprocess.run([path], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done
    return done.stdout


def nonce_of(stream: bytes) -> int:
    """What the first frame, the program's `V`, says that checksums are seeded with."""
    body = re.match(rb"~000[0-9a-f]{2}V(4 .*)[0-9a-f]{8}\n", stream)
    assert body, stream[:80]
    return int(body[1].split(b" ")[4], 16)


def frames(stream: bytes) -> list[tuple[int, str, str]]:
    """Sequence number, kind and body of each frame; nothing else may be in the stream."""
    found = []
    nonce = nonce_of(stream)
    for number, line in enumerate(stream.splitlines(keepends=True)):
        match = re.fullmatch(rb"~([0-9a-f]{3})([0-9a-f]{2})([A-Z+])(.*)([0-9a-f]{8})\n", line)
        assert match, line
        assert len(line) <= 232
        assert b"~" not in match[4]
        assert int(match[2], 16) == len(match[4])
        assert int(match[5], 16) == zlib.crc32(line[1:-9], seed_of(nonce, number))
        found.append((int(match[1], 16), match[3].decode(), match[4].decode()))
    return found


def records(stream: bytes) -> list[str]:
    found, parts = [], ""
    for _, kind, body in frames(stream):
        parts += body
        if kind != "+":
            # The vDSO of the test has no clock, and the cases no thread but the first.
            bare = parts.removeprefix("0") if kind in "CR" else parts
            assert kind not in "CR" or bare != parts
            found.append(f"{kind} {bare}")
            parts = ""
    assert not parts
    return found


@pytest.fixture(scope="session")
def stream(program: bytes, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return output_of(program, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def said(stream: bytes) -> list[str]:
    return records(stream)


def case(said: list[str], name: str) -> list[str]:
    """The records of one case, without its first and last."""
    start = next(i for i, r in enumerate(said) if r.startswith("B ") and r.endswith(" " + name))
    end = next(i for i in range(start, len(said)) if said[i][0] in "ES")
    return said[start + 1 : end]


def carried(data: bytes) -> str:
    if len(data) <= 64:
        return "=" + data.hex()
    return f"={data[:32].hex()}*{zlib.crc32(data):x}"


def slot(name: str) -> str:
    return f"{MADE.index(name):x}"


def test_sequence_numbers_count_frames(stream: bytes) -> None:
    numbers = [number for number, _, _ in frames(stream)]
    assert numbers == list(range(len(numbers)))


def test_a_long_record_is_cut_into_full_frames(stream: bytes) -> None:
    found = frames(stream)
    # The first frame keeps room for the thread and the time.
    assert {len(body) for _, kind, body in found if kind == "+"} <= {204, 205, 216}


def test_program_identifies_itself(said: list[str]) -> None:
    assert said[:2] == ["V 4 x64 host 15 1", "K fake ?1"]
    names = [name if name in PRESENT else f"-{name}" for name in MADE]
    assert said[2] == "D " + " ".join(names)
    assert said[3].startswith("G ")
    assert said[4:6] == ["H 4 40 5 d003 428 0", "H 30001 10 5 d003 3f8 0"]
    assert said[6] == "B 0 integers"


def test_integers(said: list[str]) -> None:
    close, create = slot("handle_close"), slot("event_create")
    assert case(said, "integers") == [f"C {create} 12 w", "R 0 f2", f"C {close} 4d", "R -11"]
    assert "E 0 2" in said


def test_pointers_to_bytes(said: list[str]) -> None:
    calls = [r.split()[4:6] for r in case(said, "pointers_to_bytes")[::2]]
    assert calls == [
        ["r" + carried(b"abc"), "3"],
        ["n", "3"],
        ["x", "3"],
        ["x", "3"],
        ["w" + carried(bytes(4)), "4"],
        ["x", "5"],
        ["r" + carried(bytes(4)), "4"],
        ["x", "5"],
        ["x", "0"],
        ["r=", "0"],
        ["x", "2"],
        ["x", "ffffffff"],
        ["w" + carried(bytes(range(64))), "40"],
        ["w" + carried(bytes(range(65))), "41"],
    ]


def test_pointers_to_handles(said: list[str]) -> None:
    calls = [r.split()[6:] for r in case(said, "pointers_to_handles")[::2]]
    values = [f"{0xF0000000 + i:x}" for i in range(70)]
    assert calls == [
        ["w", "0"],
        ["w" + ".".join(values[:2]), "2"],
        ["w" + ".".join(values[:66]), "42"],
        ["w" + ".".join([*values[:66], "+"]), "43"],
        ["W" + ".".join(values[:2]), "2"],
        ["X", "1"],
    ]


def test_dispositions_before_and_after(said: list[str]) -> None:
    write = slot("channel_write_etc")
    assert case(said, "dispositions") == [
        f"C {write} 1 0 n 0 w1,abc,5,80000000,0.0,def,0,2,7 2",
        "R -10 0.ffffffff",
        f"C {write} 1 0 n 0 w 0",
        "R -10 .",
        f"C {write} 1 0 n 0 n 0",
        "R -10 -",
    ]


def test_outputs_are_limited_by_actual_and_capacity(said: list[str]) -> None:
    read = slot("channel_read")
    assert case(said, "outputs") == [
        f"C {read} 1 0 w w 8 2 w w",
        f"R 0 {carried(b'abc')} 1234 3 1",
        f"C {read} 1 0 w w 2 0 w w",
        "R 0 - - 3 1",
        f"C {read} 1 1 w w 8 2 w w",
        f"R 0 {carried(b'abc')} . 3 0",
        f"C {read} 1 0 w p 8 2 w w",
        f"R 0 {carried(b'abc')} 1234 3 1",
    ]


def test_records(said: list[str]) -> None:
    info = slot("object_get_info")
    basic = (1000 + 0x33).to_bytes(8, "little") + 0x50000D003.to_bytes(8, "little") + bytes(16)
    koids = (0xABC).to_bytes(8, "little") + (0xDEF).to_bytes(8, "little")
    assert case(said, "records") == [
        f"C {info} 33 2 w 20 n n",
        f"R 0 {basic.hex()} - -",
        f"C {info} 1 8 w 20 w w",
        f"R 0 {koids.hex()} 2 2",
        f"C {info} 1 8 w 20 n n",
        "R 0 - - -",
        f"C {info} 1 77 w 20 w w",
        f"R 0 - {'a6' * 8} {'a6' * 8}",
        f"C {info} 1 2 w 8 n x",
        "R -15 - - -",
        *structs(),
    ]


def structs() -> list[str]:
    many, queue = slot("object_wait_many"), slot("port_queue")
    wait, call = slot("port_wait"), slot("channel_call")
    union = b"".join(each.to_bytes(8, "little") for each in range(2, 6)).hex()
    pending = ".".join(f"{0x10 + each:x}" for each in range(66))
    return [
        f"C {many} w1,1,0.2,4,5 2 0",
        "R 0 10.11",
        f"C {many} w 0 1",
        "R -21 .",
        f"C {many} w{'.'.join(['0,0,0'] * 66)}.+ 43 0",
        f"R 0 {pending}",
        f"C {queue} 1 w7,1,fffffffd,0102{'00' * 30}",
        "R 0",
        f"C {wait} 1 0 w",
        f"R 0 7,1,fffffffd,{union}",
        f"C {wait} 1 1 w",
        "R -21 -",
        f"C {call} 1 0 0 wr{carried(b'abc')},w7.9,w,w,3,2,4,2 w w",
        f"R 0 {carried(b'a')},33 1 1",
        f"C {call} 1 0 0 n w w",
        "R -10 -,- a6a6a6a6 a6a6a6a6",
    ]


def test_a_claim_of_an_absent_call_skips_the_case_before_it_begins(said: list[str]) -> None:
    assert "S 6 claims_an_absent_call socket_create" in said
    assert "B 6 claims_an_absent_call" not in said


def test_an_absent_call_ends_the_case_where_it_is_made(said: list[str]) -> None:
    assert case(said, "makes_an_absent_call") == []
    assert "S 7 makes_an_absent_call socket_create" in said
    assert not any(r.startswith("E 7 ") for r in said)


def test_an_absent_handle_ends_the_case_where_it_is_wanted(said: list[str]) -> None:
    assert case(said, "wants_an_absent_handle") == [f"C {slot('handle_close')} 10", "R 0"]
    assert "S 8 wants_an_absent_handle @job" in said


def test_the_next_case_runs_after_a_skipped_one(said: list[str]) -> None:
    assert said[-7:] == [f"C {slot('handle_close')} 40", "R 0", "E e 1", *["Z c"] * 4]


@pytest.mark.parametrize("chosen", [[], [0], [3, 9], [6]])
def test_only_selected_cases_run(program: bytes, chosen: list[int], tmp_path: Path) -> None:
    said = records(output_of(select(program, chosen), tmp_path))
    assert said[0] == "V 4 x64 host 15 1"
    begun = [int(r.split()[1], 16) for r in said if r[0] in "BS"]
    assert begun == chosen
    assert said[-1] == f"Z {len([i for i in chosen if i != 6]):x}"


def test_frames_are_seeded_with_the_nonce_that_the_file_was_given(
    program: bytes, tmp_path: Path
) -> None:
    stream = output_of(with_nonce(select(program, [0]), 0x7FFFFFFE), tmp_path)
    assert records(stream)[0] == "V 4 x64 host 15 7ffffffe"
    assert not any(zlib.crc32(line[1:-9]) == int(line[-9:], 16) for line in stream.splitlines(True))


def test_output_that_is_not_written_is_seen_and_keeps_its_content_for_the_case(
    said: list[str],
) -> None:
    _, returned, close, _ = case(said, "unwritten")
    assert returned == "R 0 a6a6a6a6"
    assert close.split()[-1] == "1234567"


def test_memory_behind_an_output_is_unchanged_where_a_case_says_that_there_is_more_room(
    said: list[str],
) -> None:
    _, returned, kept, _, bytes_2_and_3, _ = case(said, "more_room_than_there_is")
    assert returned == f"R 0 {carried(b'abc')} . 3 0"
    assert kept.split()[-1] == f"{64:x}"
    assert bytes_2_and_3.split()[-1] == f"{ord('c'):x}07"


def test_outputs_that_overlap_are_not_recorded(said: list[str]) -> None:
    inside, apart, twice, below = [r for r in case(said, "overlapping_outputs") if r[0] == "R"]
    assert inside == "R 0 - - - 1"
    assert apart == f"R 0 {carried(b'abc')} - 3 1"
    assert twice == "R 0 - - - -"
    assert below == "R 0 -"


def test_what_a_call_reads_is_left_as_it_is(said: list[str]) -> None:
    returned = [r.split()[1] for r in case(said, "outputs_that_are_inputs") if r[0] == "R"]
    assert returned == [str(1 + 2 + 3 + 4 + 5 + 6 + 4 * 1), "42"]


def test_memory_that_was_mapped_protected_and_unmapped_is_known(said: list[str]) -> None:
    create = f"C {slot('event_create')} "
    letters = [r.split()[-1] for r in case(said, "mappings") if r.startswith(create)]
    mapped, protected, unmapped = ["w", "w", "x"], ["w", "r"], ["x", "r"]
    behind_its_vmo, of_another_process = ["w", "x"], ["x"]
    assert letters == [*mapped, *protected, *unmapped, *behind_its_vmo, *of_another_process]
