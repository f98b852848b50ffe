"""The serial transport: stand-in machines behind a pty or TCP, slow, noisy, losing bytes."""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from push_bench import Bench, Recorded, verdicts
from push_board import Board as Desk
from push_board import Spoil, sound
from zxhil.errors import MachineError, UserError
from zxhil.machine.boot import Boot, command
from zxhil.machine.limits import Limits
from zxhil.oracle.results import CaseEndKind
from zxhil.push.booting import Booting
from zxhil.push.port import Port, SerialLine
from zxhil.push.power import PowerSwitch
from zxhil.push.transport import Job
from zxhil.push.uart import Board, Uart
from zxhil.run.record import RunReport
from zxhil.run.replay import check

Start = Callable[..., Desk]


@pytest.fixture
def desk(tmp_path: Path, standin_bench: Bench) -> Iterator[Start]:
    made: list[Desk] = []

    def start(kind: str = "pty", speed: int = 0, spoil: Spoil = sound) -> Desk:
        image = standin_bench.image
        boot = Boot(image.arch, image.kernel, Path("unset"))
        made.append(Desk(tmp_path / f"desk{len(made)}", boot, kind, speed, spoil))
        return made[-1]

    yield start
    for each in made:
        each.close()


def run(bench: Bench, folder: Path, board: Desk, case: str = "*", **limits: float) -> RunReport:
    transport = Uart(
        Board(
            Port(board.url), bench.folder / folder.name, folder,
            PowerSwitch(board.power_command), bench.image,
        )
    )  # fmt: skip
    return bench.run(transport, folder.name, Limits(**{"boot": 20.0, "case": 10.0, **limits}), case)


def expected(recorded: Recorded, program: str = "") -> list[tuple[object, ...]]:
    return [v for v in verdicts(recorded.report) if str(v[0]).startswith(program)]


@pytest.mark.qemu
@pytest.mark.parametrize("kind", ["pty", "tcp", "rfc2217", "own power"])
def test_the_verdicts_are_those_of_bootfs(
    desk: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path, kind: str
) -> None:
    board = desk(kind)
    report = run(standin_bench, tmp_path, board)
    assert verdicts(report) == expected(recorded)
    assert board.boots == len(report.boots)


@pytest.mark.qemu
@pytest.mark.parametrize("speed", [11_520, 92_160])
def test_a_slow_line_loses_nothing(
    desk: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path, speed: int
) -> None:
    """115200 and 921600 baud, ten bits a byte."""
    case = "object_get_child/no_enumerate_right*"
    report = run(standin_bench, tmp_path, desk("pty", speed), case)
    wanted = expected(recorded, "object_get_child/no_enumerate_right")
    assert wanted
    assert verdicts(report) == wanted
    assert not report.reruns


def noise(seed: int) -> Spoil:
    """Insert noise before every twentieth piece, where a line ends or in it."""
    dice = random.Random(seed)

    def spoil(data: bytes, before: int) -> bytes:
        if dice.random() > 0.05:
            return data
        return dice.randbytes(dice.randrange(1, 40)).replace(b"~", b"?") + b"\n" + data

    return spoil


@pytest.mark.qemu
def test_noise_between_the_bytes_is_taken_out(
    desk: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    """A foreign piece in a frame is removed by means of the CRC, as a kernel's log line is."""
    report = run(standin_bench, tmp_path, desk("pty", 400_000, noise(7)), "object_get_child/*")
    assert verdicts(report) == expected(recorded, "object_get_child/")


def hole(at: int, size: int) -> Spoil:
    """Lose bytes, once."""

    def spoil(data: bytes, before: int) -> bytes:
        start, end = max(0, at - before), max(0, at + size - before)
        return data[:start] + data[end:]

    return spoil


@pytest.mark.qemu
@pytest.mark.parametrize("size", [1, 3000])
def test_lost_bytes_are_noticed_and_the_cases_run_again(
    desk: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path, size: int
) -> None:
    report = run(standin_bench, tmp_path, desk("pty", 0, hole(20_000, size)), "object_get_child/*")
    assert report.reruns, "the loss was noticed"
    assert verdicts(report) == expected(recorded, "object_get_child/")


@pytest.mark.qemu
def test_board_without_output_is_not_a_hung_case(
    standin_bench: Bench, tmp_path: Path, desk: Start
) -> None:
    board = desk("pty")
    transport = Uart(Board(Port(board.url), tmp_path, tmp_path, PowerSwitch("true")))
    report = standin_bench.run(
        transport, tmp_path.name, Limits(1.0, 5.0, 0.2), "object_get_child/job_via_process"
    )
    silent = "timed out after 1 s waiting for boot: nothing came on the serial port"
    assert [boot.end_text for boot in report.boots] == [silent] * 2
    assert [(part.cases, part.fault) for part in report.not_run] == [(1, True)]


# QEMU's own serial port, of a machine that someone else powers.


@pytest.fixture
def powered(tmp_path: Path) -> Iterator[Callable[[Boot, str], tuple[str, Callable[[], None]]]]:
    """Start a QEMU of the test's own that waits, and give the port's URL and a switch."""
    started: list[subprocess.Popen[bytes]] = []

    def start(boot: Boot, chardev: str) -> tuple[str, Callable[[], None]]:
        monitor = tmp_path / "qmp"
        argv = [
            *command(boot, None), "-S", "-no-shutdown",
            "-chardev", f"{chardev},id=uart",
            "-qmp", f"unix:{monitor},server=on,wait=off",
        ]  # fmt: skip
        argv[argv.index("-serial") + 1] = "chardev:uart"
        # A board does not vanish when its kernel switches off, and with a pty what was not read
        # yet would vanish, too.
        where = argv.index("-device")
        del argv[where : where + 2]
        started.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
        while not monitor.exists():
            assert started[-1].poll() is None
        qmp = socket.socket(socket.AF_UNIX)
        qmp.connect(str(monitor))
        lines = qmp.makefile("rw")

        def ask(execute: str) -> list[dict[str, str]]:
            lines.write(json.dumps({"execute": execute}) + "\n")
            lines.flush()
            while True:
                answer = json.loads(lines.readline())
                if "return" in answer:
                    found: list[dict[str, str]] = answer["return"]
                    return found

        ask("qmp_capabilities")
        where = next(each["filename"] for each in ask("query-chardev") if each["label"] == "uart")
        url = where.removeprefix("pty:")
        if not url.startswith("/"):
            url = "socket://" + where.split("tcp:")[1].split(",")[0]
        return url, lambda: ask("cont") and None

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.qemu
@pytest.mark.parametrize("chardev", ["pty", "socket,host=127.0.0.1,port=0,server=on,wait=off"])
def test_machine_powered_by_someone_else(
    standin_bench: Bench,
    recorded: Recorded,
    tmp_path: Path,
    powered: Callable[[Boot, str], tuple[str, Callable[[], None]]],
    chardev: str,
) -> None:
    bench = standin_bench
    task = next(t for t in bench.tasks if t.program.name == "object_get_child")
    boot = Booting(bench.image, tmp_path, tmp_path).prepare(
        Job(task.program, task.selected, "board")
    )
    url, switch_on = powered(boot, chardev)

    transport = Uart(Board(Port(url), bench.folder / tmp_path.name, tmp_path))
    transport._opened()
    switch_on()
    report = bench.run(transport, tmp_path.name, case="object_get_child/*")
    assert verdicts(report) == expected(recorded, "object_get_child/")


class Played:
    """A board powered by someone else: only its bytes and pauses."""

    def __init__(self, said: list[bytes], pause: float) -> None:
        self._said = said
        self._pause = pause
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.url = os.ttyname(self._slave)
        self._thread = threading.Thread(target=self._speak, daemon=True)

    def _speak(self) -> None:
        for said in self._said:
            while said:
                said = said[os.write(self._master, said) :]
            time.sleep(self._pause)

    def speak(self) -> None:
        """Begin, once the line is open: what came before would be thrown away."""
        self._thread.start()

    def close(self) -> None:
        self._thread.join(10)
        os.close(self._slave)
        os.close(self._master)


@pytest.fixture
def played() -> Iterator[Callable[..., Played]]:
    made: list[Played] = []

    def play(*said: bytes, pause: float = 0.0) -> Played:
        made.append(Played(list(said), pause))
        return made[-1]

    yield play
    for each in made:
        each.close()


def attach(
    bench: Bench, folder: Path, board: Played, program: str, boot: float = 20.0
) -> RunReport:
    transport = Uart(Board(Port(board.url), bench.folder / folder.name, folder))
    transport._opened()
    board.speak()
    return bench.run(transport, folder.name, Limits(boot, 5.0, 1.0), case=f"{program}/*")


PANIC = b"\r\nZIRCON KERNEL PANIC\r\nUPTIME: 5000ms\r\n! "


@pytest.mark.qemu
@pytest.mark.parametrize("pause", [0.0, 1.5], ids=["at once", "with pauses"])
@pytest.mark.parametrize("other", ["object_get_child", "channel_write", "channel_write_etc"])
def test_attaching_in_the_middle_of_a_stream(
    standin_bench: Bench,
    recorded: Recorded,
    tmp_path: Path,
    played: Callable[..., Played],
    other: str,
    pause: float,
) -> None:
    """The rest of a program, a panic, another program, noise, and then what is waited for."""
    wanted, before = "channel_write", (recorded.folder / f"{other}.serial").read_bytes()
    if other == wanted:
        before = before[: len(before) // 2]
    whole = (recorded.folder / f"{wanted}.serial").read_bytes()
    end = b"" if other == wanted else before
    board = played(before[len(before) // 2 :] + PANIC, end + b"\xff\x00~~~\r\n", whole, pause=pause)
    report = attach(standin_bench, tmp_path, board, wanted)
    assert verdicts(report) == expected(recorded, f"{wanted}/")
    assert not report.reruns
    assert len(report.boots) == 1
    assert check(standin_bench.folder / tmp_path.name) == report, "and so it is judged again"


REBOOT = b"\r\n[00000.000] 00000.00000> welcome to Zircon\r\n"


@pytest.mark.qemu
@pytest.mark.parametrize(
    ("last", "end"), [(PANIC, "panic"), (REBOOT, "reboot")], ids=["panic", "reboot"]
)
@pytest.mark.parametrize("begun", [False, True], ids=["before", "in the middle"])
def test_the_kernel_of_another_users_board_fails(
    standin_bench: Bench,
    recorded: Recorded,
    tmp_path: Path,
    played: Callable[..., Played],
    last: bytes,
    end: str,
    begun: bool,
) -> None:
    other = (recorded.folder / "channel_write.serial").read_bytes()
    whole = (recorded.folder / "object_get_child.serial").read_bytes()
    calls = [found.end() for found in re.finditer(rb"~.{5}C[^\n]*\n", whole)]
    half = whole[: calls[len(calls) // 2]] if begun else b""
    board = played(other + half + last)
    report = attach(standin_bench, tmp_path, board, "object_get_child", boot=2.0)
    ends = [case.end for case in report.cases]
    assert report.boots[0].end == end
    assert ends.count(CaseEndKind.PANIC) == begun, "one of our cases, and none of another program's"
    assert any(part.cases and part.fault for part in report.not_run), "what it never came to"


# The port and the switch by themselves.


def test_a_port_that_is_not_there_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="can't be opened"):
        SerialLine(Port(str(tmp_path / "ttyUSB0")))


def test_a_port_of_an_unknown_kind_is_a_user_error() -> None:
    with pytest.raises(UserError, match="is no serial port"):
        SerialLine(Port("carrier-pigeon://roof"))


def test_a_refused_connection_is_the_machines_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(MachineError, match="can't be opened"):
        SerialLine(Port(f"socket://127.0.0.1:{port}"))


def test_a_failing_power_command_says_why() -> None:
    with pytest.raises(MachineError, match="exit code 3: echo no relay >&2; exit 3") as caught:
        PowerSwitch("echo no relay >&2; exit 3").cycle({})
    assert caught.value.evidence == "no relay"


def test_a_power_command_that_does_not_end_is_ended() -> None:
    with pytest.raises(MachineError, match="did not end"):
        PowerSwitch("sleep 1000", 0.2).cycle({})


def test_background_processes_of_a_power_command_are_not_awaited(tmp_path: Path) -> None:
    PowerSwitch(f"sleep 60 & echo $! > {tmp_path}/pid").cycle({})
    subprocess.run(["kill", (tmp_path / "pid").read_text().strip()], check=True)


def test_a_power_command_is_reported_of_the_image(tmp_path: Path) -> None:
    PowerSwitch(f'echo "$ZXHIL_ZBI" > {tmp_path}/told').cycle({"ZXHIL_ZBI": "/a/zbi"})
    assert (tmp_path / "told").read_text() == "/a/zbi\n"
