"""The live kernel over the other transports: a board's serial line, and a shell on it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from live_checks import DIALOGUE, talk
from live_desk import Place, Sitting
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.live.kernel import LiveKernel
from zxhil.live.line import GoneError
from zxhil.live.transports import boot_image, transport_to
from zxhil.model.judge import VerdictKind
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind
from zxhil.target.model import LimitKeys, SerialKeys, SshKeys, Target
from zxhil.trace.records import TraceReader

pytestmark = pytest.mark.qemu


def test_a_board_that_listens_already_and_goes_on_listening(
    desk: Place, arch: Arch, tmp_path: Path
) -> None:
    board = desk(arch)
    board.switch_on()
    keys = {"arch": arch.value, "serial": SerialKeys(board.url)}
    with Sitting(tmp_path / "first", **keys) as kernel:
        talk(kernel, DIALOGUE)
        assert {r.verdict for r in kernel.calls} == {VerdictKind.CONFORMS}
        said = len(kernel.calls)
    with Sitting(tmp_path / "second", **keys) as kernel:
        assert kernel.arch == arch.value
        assert kernel.object_get_info(kernel.process).status == 0
        assert "channel_write" in dir(kernel)
    assert board.boots == 1
    for name, calls in (("first", said), ("second", 1)):
        oracle, reader = Oracle("live"), TraceReader()
        log = (tmp_path / name / "live.serial").read_bytes()
        cases = oracle.feed(reader.feed(log) + reader.finish())
        assert {case.end for case in cases} == {CaseEndKind.PASSED}
        assert len(cases[-1].calls) == calls


def test_board_switched_on_by_its_owner(desk: Place, tmp_path: Path) -> None:
    board = desk(Arch.X64)
    reported: list[str] = []

    def owner(said: str) -> None:
        reported.append(said)
        # The guest that listens until then is not the one that is waited for.
        threading.Timer(0.7, board.switch_on).start()

    with Sitting(tmp_path / "logs", owner, arch="x64", serial=SerialKeys(board.url)) as kernel:
        assert [board.url in text and "power the board on" in text for text in reported] == [True]
        (event,) = kernel.event_create()
        kernel.reboot()
        assert len(reported) == board.boots == 2
        assert event not in kernel.handles
        assert kernel.event_create().status == 0
    assert board.boots == 2


def test_a_board_with_a_power_switch_is_given_the_guest(desk: Place, tmp_path: Path) -> None:
    from zxhil.standin import build

    board = desk(Arch.ARM64)
    serial = SerialKeys(board.url, power_cycle=board.power_command)
    with Sitting(tmp_path / "logs", image=build(Arch.ARM64), arch="arm64", serial=serial) as kernel:
        assert kernel.event_create().status == 0
        kernel.reboot()
        assert kernel.event_create().status == 0
    assert board.boots == 2
    assert (tmp_path / "logs" / "live.zbi").exists()


def test_a_boards_shell_starts_the_guest_and_gets_its_line_back(
    desk: Place, tmp_path: Path
) -> None:
    board = desk(Arch.X64, shell=True)
    keys = {"transport": "console", "arch": "x64", "serial": SerialKeys(board.url)}
    for number in (1, 2):
        with Sitting(tmp_path / "logs", **keys) as kernel:
            assert kernel.event_create().status == 0
        assert board.boots == number


def test_the_end_of_the_guests_process_is_reported(desk: Place, tmp_path: Path) -> None:
    board = desk(Arch.X64, shell=True)
    keys = {"transport": "console", "arch": "x64", "serial": SerialKeys(board.url)}
    with Sitting(tmp_path / "logs", **keys) as kernel:
        kernel.event_create()
        line = kernel._line
        assert line is not None
        line._send(line._next(), "Q")
        with pytest.raises(GoneError, match=r"the guest's process ended \(exit status 0\)"):
            kernel.event_create()


def test_a_shell_without_the_guest(desk: Place, tmp_path: Path) -> None:
    board = desk(Arch.X64, shell=True, bin="another")
    with pytest.raises(GoneError, match="does not find /boot/bin/zxhil-live: add it to the image"):
        Sitting(tmp_path / "logs", transport="console", arch="x64", serial=SerialKeys(board.url))


def test_a_line_with_no_shell(desk: Place, tmp_path: Path) -> None:
    board = desk(Arch.X64)
    target = Target(
        transport="console", arch="x64", serial=SerialKeys(board.url), limits=LimitKeys(boot=2)
    )
    transport = transport_to(target, tmp_path, tmp_path, print)
    with pytest.raises(GoneError, match="no shell answered on the console within 2 s"):
        LiveKernel(transport.connect, transport.seconds)


def test_targets_without_a_dialogue_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="bidirectional line"):
        transport_to(Target(ssh=SshKeys("host")), tmp_path, tmp_path, print)
    with pytest.raises(UserError, match="the stand-in has no shell"):
        transport_to(Target(transport="console"), tmp_path, tmp_path, print)
    board = Target(arch="x64", serial=SerialKeys("/dev/null"))
    with pytest.raises(UserError, match="no image to put the guest into"):
        boot_image(board, tmp_path)
