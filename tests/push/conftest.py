"""What the transport tests share: one recorded run on the stand-in, and an SSH server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.image.find import load
from zxhil.run.plan import plan
from zxhil.standin import build

sys.path.insert(0, str(Path(__file__).parent))

from push_bench import Bench, Recorded, staying
from push_sshd import SSHD, Sshd
from some_programs import MIXED


@pytest.fixture(scope="session")
def standin_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    image = load(build(Arch.X64), Arch.X64)
    return Bench(image, staying(plan([Arch.X64], MIXED)), tmp_path_factory.mktemp("transports"))


@pytest.fixture(scope="session")
def recorded(standin_bench: Bench) -> Recorded:
    """Some programs on the stand-in by BOOTFS: the verdicts that every transport must give."""
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


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.delenv("FUCHSIA_DIR", raising=False)
    # What this host sets for everybody is not what is tested.
    files = [folder / ".ssh" / "config"]
    monkeypatch.setattr("zxhil.push.ssh_config.config_files", lambda: files)
    return folder


@pytest.fixture
def agent(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A real agent without keys; its socket."""
    path = tmp_path / "agent"
    process = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    process.stdout.readline()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(path))
    yield path
    process.terminate()
    process.communicate()
