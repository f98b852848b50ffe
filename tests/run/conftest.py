"""The stand-in, a clean run of it, and a folder for the temporary files of a disturbed one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from run_drive import Run, assert_nothing_is_left, short_folder
from run_setup import setup_for
from some_programs import MIXED
from zxhil.abi.arch import Arch
from zxhil.machine.params import params_for
from zxhil.run.journal import Journal
from zxhil.run.plan import Task, plan
from zxhil.run.record import RunReport
from zxhil.run.session import Session


@pytest.fixture(autouse=True)
def _qemu(request: pytest.FixtureRequest) -> None:
    wanted = request.node.get_closest_marker("qemu") is not None
    if wanted and any(shutil.which(params_for(arch).binary) is None for arch in Arch):
        pytest.skip("QEMU is not installed")


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this test's machines keep their sockets; empty again at the end, and no QEMU left."""
    with short_folder() as folder:
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        yield folder
        assert_nothing_is_left(folder)


@pytest.fixture
def zxhil(tmp_path: Path, scratch: Path) -> Iterator[Callable[..., Run]]:
    """Start `zxhil run` with a log folder of the test's."""
    runs: list[Run] = []

    def start(*args: str, folder: str = "logs", command: str = "run") -> Run:
        logs = tmp_path / folder
        begins = command == "run" and "--resume" not in args
        own = ["--log-dir", str(logs)] if begins else []
        own += ["--tests", MIXED] if begins and "--tests" not in args else []
        said = tmp_path / f"said-{len(runs)}"
        runs.append(Run(logs, said, scratch, [command, *own, *args]))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


@pytest.fixture(scope="session")
def tasks() -> Callable[[str, str], list[Task]]:
    """Programs for x64, and which cases of them, by globs; "*" is those of `MIXED`."""

    def chosen(tests: str, case: str = "*") -> list[Task]:
        return plan([Arch.X64], MIXED if tests == "*" else tests, case)

    return chosen


@pytest.fixture
def session(tmp_path: Path, scratch: Path) -> Callable[..., Session]:
    """Make a session on the x64 stand-in that writes to a folder of the test's."""

    def make(folder: str, words: tuple[str, ...] = (), jobs: int = 1, **options: object) -> Session:
        logs = tmp_path / folder
        setup = setup_for(logs, tmp_path / "zbis", words=words)
        return Session({Arch.X64: setup}, Journal(logs), jobs, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def clean(
    tasks: Callable[[str, str], list[Task]], tmp_path_factory: pytest.TempPathFactory
) -> RunReport:
    """An undisturbed run of every program on x64."""
    logs = tmp_path_factory.mktemp("clean") / "logs"
    setup = setup_for(logs, logs.with_name("zbis"))
    return Session({Arch.X64: setup}, Journal(logs), 1).run(tasks("*", "*"))
