"""The guest's side without a kernel: it runs as a Linux process, over a vDSO of the test's own."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from linux_guest import START, run
from zxhil.abi.arch import Arch
from zxhil.abi.calls import CALLS, AnsweredBy
from zxhil.guest import elf
from zxhil.guest.toolchain import find_toolchain
from zxhil.live import protocol
from zxhil.live.program import FOLDER, build_live, calls_source
from zxhil.shipped import GUEST_TESTS
from zxhil.trace.events import Answer, CallReturned, CaseEnd, Event, ProgramEnd, ProgramStart
from zxhil.trace.frame import Damage, Foreign
from zxhil.trace.records import TraceReader

HOST = Path(__file__).parent / "host"

Talk = Callable[[bytes], list[Event]]


def in_memory(data: bytes) -> bytes:
    loads = [s for s in elf.segments(data, "vdso") if s.type == elf.PT_LOAD]
    image = bytearray(max(s.vaddr + s.memsz for s in loads))
    for load in loads:
        image[load.vaddr : load.vaddr + load.filesz] = data[load.offset :][: load.filesz]
    return bytes(image)


FORMS = {"waits for all": [], "returns with some": ["-DREADS_SOME"], "a console": ["-DCONSOLE"]}


@pytest.fixture(params=list(FORMS), scope="module")
def talk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Talk:
    """Give the guest all of its input at once; return what it says."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        pytest.skip("the guest can be run only on the architecture that it is built for")
    if shutil.which("clang") is None or shutil.which("ld.lld") is None:
        pytest.skip("clang and ld.lld are not installed")
    folder = tmp_path_factory.mktemp("host")
    tools = find_toolchain("clang")
    build_live(Arch.X64, cache=folder / "cache")
    (runtime,) = [p.parent for p in (folder / "cache").glob("rt-*/vdso.o")]
    (generated,) = (folder / "cache").glob("live-*/live_calls.c")
    compiler = [*tools.compile_command(Arch.X64), "-O1", "-I", str(runtime)]
    compiler += ["-I", str(GUEST_TESTS / "include"), "-c"]
    vdso = [*compiler, *FORMS[request.param], "-fpic", "-fvisibility=default", str(HOST / "vdso.c")]
    run([*vdso, "-o", str(folder / "vdso.o")])
    link = [*tools.linker, "-shared", "--hash-style=gnu", str(folder / "vdso.o")]
    run([*link, "-o", str(folder / "vdso.so")])
    (folder / "vdso.image").write_bytes(in_memory((folder / "vdso.so").read_bytes()))
    (folder / "start.c").write_text(START.replace("VDSO", str(folder / "vdso.image")))
    sources = {"start": folder / "start.c", "calls": generated}
    sources |= {path.stem: path for path in FOLDER.glob("*.c")}
    for name, source in sources.items():
        run([*compiler, str(source), "-o", str(folder / f"{name}.o")])
    objects = [p for p in sorted(runtime.glob("*.o")) if p.name != "start.o"]
    files = [*(folder / f"{name}.o" for name in sources), *objects]
    script = ["-T", str(GUEST_TESTS / "rt" / "guest.ld"), "-o", str(folder / "guest")]
    run([*tools.link_command(), *script, *map(str, files)])

    def say(text: bytes) -> list[Event]:
        done = subprocess.run([folder / "guest"], input=text, capture_output=True, timeout=60)
        assert done.returncode == 0, done
        reader = TraceReader()
        return reader.feed(done.stdout) + reader.finish()

    return say


def answers(events: list[Event]) -> list[tuple[int | None, str, str]]:
    return [tuple(event) for event in events if isinstance(event, Answer)]  # type: ignore[misc]


def requests(*texts: str) -> bytes:
    return b"".join(protocol.encode(number, text) for number, text in enumerate(texts))


def test_memory_is_filled_and_reported_again(talk: Talk) -> None:
    data = bytes(range(256)) + bytes(1000)
    put = protocol.pack(list(protocol.put(0x10, data)))
    events = talk(requests(*put, protocol.peek(0x10, len(data)), "Q"))
    said = answers(events)
    assert said[0] == (None, "ready", "")
    assert said[1:-2] == [(number, "ok", "") for number in range(len(put))]
    assert said[-2] == (len(put), "data", data.hex())
    assert isinstance(events[-1], ProgramEnd)


def test_calls_are_made_once_and_reported_again(talk: Talk) -> None:
    close = protocol.encode(0, "X 0 4d")
    again = protocol.encode(1, "G 0")
    lost = protocol.encode(2, "G 7")
    events = talk(close + close + again + lost + protocol.encode(3, "Q"))
    assert [e.status for e in events if isinstance(e, CallReturned)] == [-11, -11]
    assert answers(events) == [
        (None, "ready", ""),
        (0, "made", ""),
        (2, "lost", ""),
        (3, "ok", ""),
    ]


def test_an_absent_call_does_not_end_the_dialogue(talk: Talk) -> None:
    event_create = [call.name for call in CALLS].index("event_create")
    events = talk(requests(f"X {event_create:x} 0 w0", "X 0 1", "Q"))
    assert (0, "absent", "") in answers(events)
    assert [e.status for e in events if isinstance(e, CallReturned)] == [0]


@pytest.mark.parametrize(
    "text", ["W 20000 AAAA", "F 1ffff 2 0", "P 1ffff 2", "P 0 20001", "X ff 0", "?"]
)
def test_guest_refuses_unknown_requests(talk: Talk, text: str) -> None:
    assert answers(talk(requests(text, "Q")))[1:] == [(0, "wrong", ""), (1, "ok", "")]


def test_damaged_lines(talk: Talk) -> None:
    good = protocol.encode(0, "P 0 1")
    lines = [
        good[:-3] + b"\n",
        good.replace(b"P", b"p"),
        b"~" * 20 + b"\n",
        b"~" + b"x" * 999 + b"\n",
    ]
    events = talk(b"".join(lines) + b"~00" + good + protocol.encode(1, "Q"))
    said = answers(events)
    assert said.count((None, "bad", "")) == 3
    assert said[-2:] == [(0, "data", "00"), (1, "ok", "")]


def test_the_end_of_input_is_reported(talk: Talk) -> None:
    ends = {"zx_debug_read returned -40", "fuchsia.io.File/Read returned -24"}
    for text in (b"", requests("")):
        number, what, why = answers(talk(text))[-1]
        assert (number, what) == (None, "deaf")
        assert why in ends


def test_who_comes_later_gets_all_that_came_first(talk: Talk) -> None:
    first = protocol.encode(7, "X 0 4d") + protocol.encode(8, "E")
    later = protocol.encode(1, "H") + protocol.encode(7, "X 0 4d") + protocol.encode(2, "Q")
    events = [e for e in talk(first + later) if not isinstance(e, Foreign)]
    kinds = [type(e) for e in events]
    again = kinds.index(ProgramStart, 1)
    begin = kinds.index(Answer)
    assert [plain(e) for e in events[again:][:begin]] == [plain(e) for e in events[:begin]]
    assert [e.status for e in events if isinstance(e, CallReturned)] == [-11, -11], "7 is new here"
    ends = [tuple(e)[:2] for e in events if isinstance(e, CaseEnd)]
    assert ends == [(0, 1), (0, 1)], "each has an end, with its own calls"
    assert kinds.count(ProgramEnd) == 2
    assert not any(isinstance(e, Damage) for e in events)


def plain(event: Event) -> tuple[object, ...]:
    """Leave out where it stood."""
    where = getattr(event, "offset", None)
    return tuple(value for value in event if value is not where)


def test_every_call_of_the_vdso_is_generated_under_its_number() -> None:
    text = calls_source()
    for number, call in enumerate(CALLS):
        can_be_made = call.answered_by is not AnsweredBy.INTERNAL
        assert (f"case {number}: zx_{call.name}(" in text) == can_be_made
