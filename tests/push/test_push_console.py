"""The console transport: a shell played by a script, whose programs run on the stand-in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from push_bench import Bench, Recorded, verdicts
from push_console import Console as Desk
from push_console import Script
from zxhil.abi.arch import Arch
from zxhil.errors import MachineError, UserError
from zxhil.image import bootfs, zbi
from zxhil.image.find import load
from zxhil.image.pack import pack
from zxhil.image.zbi import unpacked
from zxhil.machine.boot import command
from zxhil.machine.limits import Limits, Watch
from zxhil.machine.listen import End, EndKind
from zxhil.oracle.results import CaseEndKind
from zxhil.push.booting import Booting
from zxhil.push.console import Console, Systems, binary_path, system_zbi
from zxhil.push.line import DuplexStream
from zxhil.push.port import Port, SerialLine
from zxhil.push.shell import Answers, Shell
from zxhil.push.transport import Job
from zxhil.run.record import RunReport
from zxhil.run.replay import check
from zxhil.standin import build

Start = Callable[[Script], Desk]
_SOME = "object_get_child/*"


@pytest.fixture
def desk(tmp_path: Path, standin_bench: Bench) -> Iterator[Start]:
    made: list[Desk] = []

    def start(script: Script) -> Desk:
        folder = tmp_path / "desk"
        folder.mkdir()
        booting = Booting(standin_bench.image, folder, folder)
        made.append(Desk(booting, standin_bench.tasks, script))
        return made[-1]

    yield start
    for each in made:
        each.close()


def run(
    bench: Bench,
    name: str,
    board: Desk,
    case: str = "*",
    limits: Limits | None = None,
    boots: bool = True,
) -> RunReport:
    def start() -> DuplexStream:
        line = SerialLine(Port(board.url))
        board.restart()
        return line

    transport = Console("a script", start, bench.folder / name, parallelism=1, boots=boots)
    return bench.run(transport, name, limits or Limits(20.0, 5.0, 5.0), case)


def expected(recorded: Recorded, without: str = "") -> list[tuple[object, ...]]:
    prefix = _SOME[:-1]
    return [
        v
        for v in verdicts(recorded.report)
        if str(v[0]).startswith(prefix) and v[0] != f"{prefix}{without}"
    ]


def a_case(recorded: Recorded, number: int = 3) -> str:
    cases = [c for c in recorded.report.cases if c.id.startswith(_SOME[:-1])]
    return cases[number].info.name


@pytest.mark.qemu
def test_the_verdicts_are_those_of_bootfs(
    desk: Start, standin_bench: Bench, recorded: Recorded
) -> None:
    board = desk(Script())
    report = run(standin_bench, "console", board)
    assert verdicts(report) == verdicts(recorded.report)
    assert board.starts == 1, "one system serves all programs"


@pytest.mark.qemu
def test_input_lost_during_boot_is_sent_again(
    desk: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    board = desk(Script(early=2))
    report = run(standin_bench, tmp_path.name, board, _SOME, boots=False)
    assert verdicts(report) == expected(recorded)
    assert sum("/boot/" in line for line in board.typed) == 1, "nothing is started twice"


@pytest.mark.qemu
def test_nothing_is_typed_into_a_system_that_is_not_up(
    desk: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    """A byte that QEMU's PL011 holds already makes arm64's kernel deaf (seen, 2018-12)."""
    report = run(standin_bench, tmp_path.name, desk(Script(wedge=True)), _SOME)
    assert verdicts(report) == expected(recorded)


@pytest.mark.qemu
def test_nothing_is_typed_faster_than_a_fifo_takes_it(
    desk: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    culprit = a_case(recorded)
    board = desk(Script(fifo=16, crash=culprit))
    report = run(standin_bench, tmp_path.name, board, _SOME)
    assert [v for v in verdicts(report) if v[0] != f"{_SOME[:-1]}{culprit}"] == expected(
        recorded, culprit
    )
    assert board.starts == 1
    assert max(map(len, board.typed)) > 16


@pytest.mark.qemu
def test_unresponsive_system_is_restarted(
    desk: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    """Once; a second unresponsive system is reported."""
    board = desk(Script(deaf=1))
    report = run(standin_bench, tmp_path.name, board, _SOME, Limits(3.0, 5.0, 5.0))
    assert verdicts(report) == expected(recorded)
    assert board.starts == 2


@pytest.mark.qemu
def test_system_without_a_prompt_is_still_probed(
    desk: Start,
    standin_bench: Bench,
    recorded: Recorded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Shell.await_prompt, "__defaults__", (0.7,))
    report = run(standin_bench, tmp_path.name, desk(Script(early=1)), _SOME)
    assert verdicts(report) == expected(recorded)


@pytest.mark.qemu
def test_a_kernel_that_panics_before_its_shell_comes(
    desk: Start, standin_bench: Bench, tmp_path: Path
) -> None:
    board = desk(Script(panic_early=True))
    report = run(standin_bench, tmp_path.name, board, "object_get_child/koid_zero")
    assert report.boots[0].end == "panic"
    assert "ZIRCON KERNEL PANIC" in report.boots[0].evidence


@pytest.mark.qemu
def test_a_torn_answer_is_requested_again(
    desk: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    report = run(standin_bench, tmp_path.name, desk(Script(torn=True)), _SOME)
    assert verdicts(report) == expected(recorded)


@pytest.mark.qemu
@pytest.mark.parametrize("torn", [False, True], ids=["told", "torn"])
def test_a_crash_ends_only_its_own_program(
    desk: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path, torn: bool
) -> None:
    culprit = a_case(recorded)
    board = desk(Script(crash=culprit, torn=torn))
    report = run(standin_bench, tmp_path.name, board, _SOME)
    commands = [line.partition(";")[0] for line in board.typed if "/boot/" in line]
    assert [" select=" in each for each in commands] == [False, True], "all, then the rest"
    (crashed,) = (c for c in report.cases if c.info.name == culprit)
    assert crashed.end is CaseEndKind.CRASHED
    assert "fatal exception" in crashed.evidence
    assert [v for v in verdicts(report) if v[0] != crashed.id] == expected(recorded, culprit)
    assert board.starts == 1, "the same system went on"
    if not torn:
        assert "exit status 228" in crashed.detail


@pytest.mark.qemu
@pytest.mark.parametrize(
    ("what", "end"), [("hang", CaseEndKind.HUNG), ("panic", CaseEndKind.PANIC)]
)
def test_after_a_hang_or_a_panic_the_system_is_restarted(
    desk: Start,
    standin_bench: Bench,
    recorded: Recorded,
    tmp_path: Path,
    what: str,
    end: CaseEndKind,
) -> None:
    culprit = a_case(recorded)
    board = desk(Script(**{what: culprit}))
    report = run(standin_bench, tmp_path.name, board, _SOME, Limits(20.0, 1.0, 20.0))
    (case,) = (c for c in report.cases if c.info.name == culprit)
    assert case.end is end
    assert [v for v in verdicts(report) if v[0] != case.id] == expected(recorded, culprit)
    assert board.starts == 2


@pytest.mark.qemu
@pytest.mark.parametrize("how", [{"deaf": 9}, {"echo_only": True}], ids=lambda how: next(iter(how)))
def test_a_console_without_a_shell_is_reported(
    desk: Start, standin_bench: Bench, tmp_path: Path, how: dict[str, Any]
) -> None:
    limits = Limits(2.5, 5.0, 5.0)
    board = desk(Script(**how))
    case = "object_get_child/koid_zero"
    report = run(standin_bench, tmp_path.name, board, case, limits, boots=False)
    assert [(part.cases, part.fault) for part in report.not_run] == [(1, True)]
    assert "no shell answered" in report.boots[0].end_text


@pytest.mark.qemu
def test_the_log_of_a_whole_system_is_judged_to_its_end(recorded: Recorded, tmp_path: Path) -> None:
    """One program after the other stands in it; the last one's end is none of the first's."""
    first, last = (recorded.folder / f"{n}.serial" for n in ("channel_write", "object_get_child"))
    whole = last.read_bytes()
    whole = whole[whole.index(b"~") :]
    began = whole.rindex(b"\n", 0, whole.rindex(b"E", 0, len(whole) - 200)) + 1
    (tmp_path / "system.serial").write_bytes(first.read_bytes() + whole[:began])
    judged = check(tmp_path / "system.serial")
    programs = [case.info.program for case in judged.cases]
    assert programs.index("object_get_child") == len(
        [c for c in recorded.report.cases if c.info.program == "channel_write"]
    )
    assert judged.cases[-1].end is CaseEndKind.LOST, "nothing shows a crash: the log just ends"


@pytest.mark.parametrize("step", [1, 3, 1000])
def test_an_answer_is_found_in_pieces_of_any_size(step: int) -> None:
    stream = b"echo zx'hil-ab12'=$?\r\nzxhil-ffff=3\r\n[1] log\r\nzxhil-ab12=-1028\r\n$ "
    answers = Answers("ab12")
    for start in range(0, len(stream), step):
        assert not answers.ended or start > stream.index(b"=-1028")
        answers.feed(stream[start : start + step])
    assert answers.ended
    assert answers.status == -1028


def test_echo_of_a_command_is_not_its_answer() -> None:
    answers = Answers("ab12")
    answers.feed(b"$ /boot/bin/x; echo zx'hil-ab12'=$?\r\n")
    assert not answers.ended


def test_a_choice_of_cases_as_an_argument(standin_bench: Bench) -> None:
    program = standin_bench.tasks[0].program
    assert Job(program, (0, 3, 9), "x", 0xAB).argument == "select=0902 nonce=ab"
    assert Job(program, (), "x", 0xAB).argument == "select=00 nonce=ab"
    every = tuple(range(len(program.cases)))
    assert Job(program, every, "x", 0xAB).argument == "nonce=ab"


def test_the_users_own_files_stay(standin_bench: Bench, tmp_path: Path) -> None:
    image = standin_bench.image
    own = {"bin/sh": b"their shell", "lib/libc.so": b"their library"}
    (tmp_path / "zircon.zbi").write_bytes(pack(image, own, ["their.word=1"]))
    whole = load(tmp_path / "zircon.zbi", image.arch, shim_path=image.kernel, bootfs=True)
    program = standin_bench.tasks[0].program
    data = system_zbi(Booting(whole, tmp_path, tmp_path, words=("ours=2",)), [program])
    items = zbi.read(data, "test")
    (item,) = (each for each in items if each.type == zbi.ItemType.STORAGE_BOOTFS)
    files = bootfs.read(unpacked(item, "test"), "test")
    assert files == {**own, binary_path(program.name): program.elf}
    words = b" ".join(each.payload for each in items if each.type == zbi.ItemType.CMDLINE)
    assert b"their.word=1" in words
    assert b"ours=2" in words
    assert b"userboot" not in words


def test_a_kernel_alone_has_no_shell(standin_bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="it has no shell"):
        system_zbi(Booting(standin_bench.image, tmp_path, tmp_path), [])


@pytest.mark.parametrize(("arch", "options"), [(Arch.X64, ()), (Arch.ARM64, ("highmem=off",))])
def test_a_whole_system_gets_the_devices_of_its_drivers(
    tmp_path: Path, arch: Arch, options: tuple[str, ...]
) -> None:
    image = load(build(arch), arch)
    (tmp_path / "zircon.zbi").write_bytes(pack(image, {"bin/sh": b"theirs"}, []))
    whole = load(tmp_path / "zircon.zbi", arch, shim_path=image.kernel, bootfs=True)
    boot = Systems(Booting(whole, tmp_path, tmp_path, qemu=("-s",)), []).boot()
    argv = command(boot, None)
    machines = [argv[n + 1] for n, word in enumerate(argv) if word == "-machine"]
    assert machines[1:] == list(options)
    assert "-s" in argv


def test_many_threads_share_the_systems_that_there_are(
    tmp_path: Path, standin_bench: Bench
) -> None:
    """A lane belongs to one thread while it pushes."""
    program = standin_bench.tasks[0].program
    made: list[FakeLine] = []

    def start() -> DuplexStream:
        made.append(FakeLine())
        return made[-1]

    transport = Console("x", start, tmp_path, parallelism=2)
    inside: list[int] = []
    most: list[int] = []

    def push(number: int) -> None:
        load = Job(program, (), f"p{number}")
        with transport.push(load):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.05)
            inside.remove(number)

    threads = [threading.Thread(target=push, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 2, "in parallel, and only as many as fit in memory"
    assert len(made) <= 2
    transport.close()
    assert all(line.closed for line in made)


def test_a_line_that_cannot_be_typed_on_is_a_cut_line(tmp_path: Path, standin_bench: Bench) -> None:
    """That is the end of one boot, and not of the run."""
    transport = Console("x", FakeLine, tmp_path, boots=False)
    with transport.push(Job(standin_bench.tasks[0].program, (), "p")) as running:
        (end,) = running.listen(Watch(Limits(5.0, 5.0, 5.0)))
    assert isinstance(end, End)
    assert (end.kind, end.text) == (EndKind.CUT, "the plug is out")


class FakeLine:
    command = ("fake",)

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def read(self, deadline: float) -> bytes | None:
        return None

    def write(self, data: bytes) -> None:
        raise MachineError("the plug is out")

    def ended(self) -> End:
        raise AssertionError

    def interrupt(self) -> None:
        raise AssertionError
