"""The same cases over all four transports: every verdict and every status is the same.

On the stand-in, whole and with faults, so that divergences are compared too. It has no
shell and no sshd, so that these two are not its own: the console's shell is a script's, OpenSSH
runs on this host. Behind either a stand-in machine boots with the very file that was brought
there, and what is judged are that kernel's own serial bytes.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from push_bench import Reported, reported, staying
from push_board import Board as Desk
from push_console import Console as Shell
from push_console import Script
from push_sshd import Sshd
from some_programs import MIXED
from zxhil.abi.arch import Arch
from zxhil.image.find import Image, load
from zxhil.machine.boot import Boot
from zxhil.machine.limits import Limits
from zxhil.oracle.results import CaseEndKind
from zxhil.push.booting import Booting
from zxhil.push.console import Console
from zxhil.push.line import DuplexStream
from zxhil.push.port import Port, SerialLine
from zxhil.push.power import PowerSwitch
from zxhil.push.ssh import Ssh, SshTarget
from zxhil.push.transport import Transport
from zxhil.push.uart import Board, Uart
from zxhil.run.faults import lacking
from zxhil.run.journal import Journal
from zxhil.run.plan import Task, plan
from zxhil.run.record import RunReport
from zxhil.run.session import Session
from zxhil.run.setup import Setup
from zxhil.standin import build

_GUEST = Path(__file__).parent / "push_guest.py"
_ROOT = Path(__file__).parent.parent.parent


class Lab:
    """One stand-in, with its fault or none, reachable over four transports."""

    def __init__(self, arch: Arch, fault: str, case: str, folder: Path, stack: ExitStack) -> None:
        self.arch = arch
        self.folder = folder
        self.path = build(arch)
        self.image: Image = load(self.path, arch)
        self.words = (f"standin.fault={fault}",) if fault else ()
        self.tasks: list[Task] = staying(plan([arch], MIXED, case))
        self._stack = stack

    def run(self, name: str, make: Callable[[Path], Transport | None]) -> RunReport:
        logs = self.folder / name
        logs.mkdir()
        transport = make(logs)
        if transport is not None:
            self._stack.callback(transport.close)
        setup = Setup(
            self.image, Limits(30.0, 4.0, 4.0), logs, logs, words=self.words, transport=transport
        )
        with Journal(logs) as journal:
            return Session({self.arch: setup}, journal, 1).run(self.tasks)

    def bootfs(self, logs: Path) -> Transport | None:
        return None

    def console(self, logs: Path) -> Transport | None:
        folder = self.folder / "shell"
        folder.mkdir()
        booting = Booting(self.image, folder, folder, words=self.words)
        shell = self._stack.enter_context(closing(Shell(booting, self.tasks, Script())))

        def start() -> DuplexStream:
            line = SerialLine(Port(shell.url))
            shell.restart()
            return line

        return Console("a shell", start, logs, parallelism=1)

    def ssh(self, logs: Path) -> Transport | None:
        server = self._stack.enter_context(closing(Sshd(self.folder / "sshd")))
        files = self.folder / "pushed"
        files.mkdir()
        guest = [
            "env",
            f"PYTHONPATH={_ROOT / 'harness'}",
            sys.executable,
            str(_GUEST),
            self.arch,
            self.path,
        ]
        run = f"{shlex.join(map(str, guest))} {{path}} {shlex.join(self.words)}"
        return Ssh(SshTarget(server.login, logs, str(files), run))

    def uart(self, logs: Path) -> Transport | None:
        boot = Boot(self.arch, self.image.kernel, Path("unset"))
        board = self._stack.enter_context(closing(Desk(self.folder / "board", boot)))
        power = PowerSwitch(board.power_command)
        return Uart(Board(Port(board.url), logs, logs, power, self.image, self.words))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Callable[[Arch, str, str], Lab]]:
    with ExitStack() as stack:
        yield lambda arch, fault, case: Lab(arch, fault, case, tmp_path, stack)


@pytest.mark.qemu
@pytest.mark.parametrize(
    ("arch", "fault", "case", "end", "blamed"),
    [
        (Arch.X64, "", "*", None, ""),
        (Arch.ARM64, "", "*", None, ""),
        (Arch.X64, "cw-handle-invalid-status", "channel_write/*", "failed", "bad_handle_handle"),
        (Arch.ARM64, "cookie-read-any-scope", "*cookie/*", "failed", "access_denied_scope"),
        (Arch.X64, "crash", "*cookie/*", "crashed", ""),
        (Arch.ARM64, "panic", "channel_write/*", "kernel panic", ""),
    ],
    ids=["x64", "arm64", "wrong status", "wrong effect", "crash", "panic"],
)
def test_all_four_transports_agree(
    sshd: Callable[..., Sshd],
    lab: Callable[[Arch, str, str], Lab],
    arch: Arch,
    fault: str,
    case: str,
    end: str | None,
    blamed: str,
) -> None:
    del sshd  # it skips the test, visibly, where there is no server to be had
    one = lab(arch, fault, case)
    transports = {"bootfs": one.bootfs, "console": one.console, "ssh": one.ssh, "uart": one.uart}
    reports = {name: one.run(name, make) for name, make in transports.items()}
    found = {name: reported(report) for name, report in reports.items()}
    assert len(found["bootfs"]) == sum(len(task.selected) for task in one.tasks)
    for name, report in reports.items():
        assert not report.interrupted, name
        assert not report.reruns, name
        assert different(found["bootfs"], found[name]) == [], f"{name} differs from bootfs"
    able = [each for each in found["bootfs"] if not lacking(each)]
    odd = [each for each in able if each.end is not CaseEndKind.PASSED]
    assert {each.end.value for each in odd} == {end} - {None}, "and the fault is what was found"
    leading = {names[0] for each in odd for _, names, *_ in each.divergences}
    assert not blamed or blamed in {clause.partition("/")[2] for clause in leading}


def different(one: list[Reported], other: list[Reported]) -> list[tuple[Reported, Reported]]:
    return [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]


def test_another_verdict_or_status_would_show() -> None:
    case = Reported("p/c", CaseEndKind.PASSED, "", (), (), (("zx_handle_close", "ZX_OK"),))
    for other in (
        replace(case, end=CaseEndKind.FAILED),
        replace(case, statuses=(("zx_handle_close", "ZX_ERR_BAD_HANDLE"),)),
    ):
        assert different([case], [other])
