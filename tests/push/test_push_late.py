"""A target that changes in the middle of a run: it is waited for, and no result is lost."""

from __future__ import annotations

import os
import threading
import time
import tty
from pathlib import Path

import pytest
from push_bench import Bench, Recorded, verdicts
from push_sshd import keygen
from test_push_ssh import _SOME, Start, player, some_case, transport, when
from zxhil.errors import EXIT_MACHINE
from zxhil.machine.limits import Limits
from zxhil.oracle.results import CaseEndKind
from zxhil.push import port
from zxhil.push.port import Port
from zxhil.push.uart import Board, Uart
from zxhil.run.record import RunReport

_PROGRAM = "channel_write"


class Adapter:
    """A USB adapter: its device says a part of a program's trace and vanishes, once or for good."""

    def __init__(self, path: Path, said: bytes, comes_back: bool) -> None:
        self.path = path
        self._said = said
        self._comes_back = comes_back
        self._plug_in()
        self.thread = threading.Thread(target=self._live, daemon=True)

    def _plug_in(self) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(slave))
        self._slave = slave

    def _say(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._master, data) :]
        # Pulling it throws away what was not read yet.
        time.sleep(0.5)

    def _pull(self) -> None:
        self.path.unlink()
        os.close(self._slave)
        os.close(self._master)

    def _live(self) -> None:
        self._say(self._said[: len(self._said) // 2])
        self._pull()
        if self._comes_back:
            time.sleep(0.5)
            self._plug_in()
            # Its owner starts the program again as soon as the port is open.
            time.sleep(1.0)
            self._say(self._said)


def run(bench: Bench, folder: Path, adapter: Adapter) -> RunReport:
    over = Uart(Board(Port(str(adapter.path)), bench.folder / folder.name, folder))
    over._opened()
    adapter.thread.start()
    report = bench.run(over, folder.name, Limits(20.0, 5.0, 1.0), case=f"{_PROGRAM}/*")
    adapter.thread.join()
    return report


def expected(recorded: Recorded) -> list[tuple[object, ...]]:
    return [v for v in verdicts(recorded.report) if str(v[0]).startswith(f"{_PROGRAM}/")]


@pytest.mark.qemu
def test_a_device_that_vanishes_loses_no_result(
    standin_bench: Bench, recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(port, "AWAY_SECONDS", 0.5)
    said = (recorded.folder / f"{_PROGRAM}.serial").read_bytes()
    report = run(standin_bench, tmp_path, Adapter(tmp_path / "ttyUSB0", said, False))
    assert "disappeared and did not return within 0.5 s" in report.interrupted
    assert report.exit_code == EXIT_MACHINE
    found = verdicts(report)
    assert found == expected(recorded)[: len(found)]
    assert len(found) > 10


@pytest.mark.qemu
def test_a_device_that_comes_back_is_waited_for(
    standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    said = (recorded.folder / f"{_PROGRAM}.serial").read_bytes()
    report = run(standin_bench, tmp_path, Adapter(tmp_path / "ttyUSB0", said, True))
    assert verdicts(report) == expected(recorded)
    assert report.boots[0].end == "line cut"
    assert not report.interrupted


@pytest.mark.qemu
def test_a_host_key_that_changes_loses_no_result(
    sshd: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    server, culprit = sshd(), some_case(recorded)
    over = transport(
        server, tmp_path, player(recorded, f"{tmp_path}/there:{culprit}"), reconnect=0.5
    )

    def change() -> None:
        for file in (server.host_key, Path(f"{server.host_key}.pub")):
            file.unlink()
        keygen(server.host_key)
        server.cut()

    thread = when(tmp_path / "there", change)
    report = standin_bench.run(over, tmp_path.name, case=_SOME)
    thread.join()
    assert "its host key has changed" in report.interrupted
    assert report.exit_code == EXIT_MACHINE
    assert any(case.end is CaseEndKind.PASSED for case in report.cases)
