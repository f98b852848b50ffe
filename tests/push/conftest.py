"""What the tests of the ways share: one recorded run on the stand-in, and an SSH server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.abi.arch import Arch
from harness.image.find import Image, load
from harness.machine.limits import Limits
from harness.push.way import Way
from harness.run.boot import Setup
from harness.run.journal import Journal
from harness.run.plan import Task, plan
from harness.run.record import RunReport
from harness.run.session import Session
from harness.standin import build

sys.path.insert(0, str(Path(__file__).parent))

from push_sshd import SSHD, Sshd

LIMITS = Limits(30.0, 10.0, 10.0)


class Bench(NamedTuple):
    """The stand-in, tasks for it, and how to run them."""

    image: Image
    tasks: list[Task]
    folder: Path

    def run(
        self, way: Way | None, name: str, limits: Limits = LIMITS, case: str = "*"
    ) -> RunReport:
        logs = self.folder / name
        logs.mkdir()
        tasks = self.tasks if case == "*" else plan([Arch.X64], case=case)
        setup = Setup(self.image, limits, logs, logs, way=way)
        try:
            with Journal(logs) as journal:
                return Session({Arch.X64: setup}, journal, 1).run(tasks)
        finally:
            if way is not None:
                way.close()


def verdicts(report: RunReport) -> list[tuple[object, ...]]:
    """What a run found out, without what differs from boot to boot (handles, koids, times)."""
    return [
        (case.id, case.end, [(d.kind, d.blamed, d.call) for d in case.divergences], case.reached)
        for case in report.cases
    ]


class Recorded(NamedTuple):
    folder: Path
    report: RunReport


@pytest.fixture(scope="session")
def standin_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    image = load(build(Arch.X64), Arch.X64)
    return Bench(image, plan([Arch.X64]), tmp_path_factory.mktemp("ways"))


@pytest.fixture(scope="session")
def recorded(standin_bench: Bench) -> Recorded:
    """All cases on the stand-in by BOOTFS: the verdicts that every other way must bring, too."""
    report = standin_bench.run(None, "bootfs")
    folder = standin_bench.folder / "recordings"
    folder.mkdir()
    for boot in report.boots:
        (folder / f"{boot.program}.serial").write_bytes(
            (standin_bench.folder / "bootfs" / boot.serial).read_bytes()
        )
    return Recorded(folder, report)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Callable[..., Sshd]]:
    """Give a function that starts a server of one's own; all are gone after the test."""
    if SSHD is None:
        pytest.skip("no OpenSSH server is installed (Debian: apt install openssh-server)")
    started: list[Sshd] = []

    def start(sftp: bool = True, path: str = "") -> Sshd:
        started.append(Sshd(tmp_path / f"sshd{len(started)}", sftp, path))
        return started[-1]

    yield start
    for server in started:
        server.close()
