"""Explorations of one system: a board's serial line, its shell, and a host over SSH."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from zxhil.abi.arch import Arch
from zxhil.cli import cli
from zxhil.standin import build

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "live"), str(TESTS / "push")]

from live_desk import Desk  # noqa: E402 - the boards of other tests
from push_sshd import SSHD, Sshd  # noqa: E402

pytestmark = pytest.mark.qemu
PAGES = "channel_create,channel_write,channel_read,event_create,handle_close,object_get_info"


class Desks(list[Desk]):
    """Boards; `put` adds one."""

    def put(self, *arguments: Any, **how: Any) -> Desk:
        self.append(Desk(*arguments, **how))
        return self[-1]


@pytest.fixture
def desks() -> Iterator[Desks]:
    made = Desks()
    yield made
    for each in made:
        each.end()


def explore(report: Path, *arguments: str) -> tuple[Result, Any]:
    usual = ["explore", "-q", "--pages", PAGES, "--calls", "40", "--json", str(report)]
    done = CliRunner().invoke(cli, [*usual, "--limit", "case=20", "--limit", "boot=20", *arguments])
    return done, json.loads(report.read_text())


def test_board_that_listens_is_explored(tmp_path: Path, desks: Desks):
    board = desks.put(Arch.ARM64, tmp_path / "desk")
    board.switch_on()
    done, report = explore(tmp_path / "found.json", "--serial", board.url, "--arch", "arm64")
    assert done.exit_code == 0, done.output
    assert report["calls"] >= 40
    assert report["coverage"]
    assert board.boots == 1


def test_crash_of_a_board_is_found_and_reduced_with_its_power_switch(tmp_path: Path, desks: Desks):
    board = desks.put(Arch.X64, tmp_path / "desk")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "panics.zx").write_text(
        "# zxhil program 1\nr0 = channel_create(options=0)\n"
        "r1 = channel_write(handle=r0.out0, options=0, bytes=b'ab', num_bytes=0xffffffff)\n"
        "r2 = event_create(options=0)\n"
    )
    image = ["--image", str(build(Arch.X64)), "--word", "standin.fault=panic"]
    port = ["--serial", board.url, "--power-cycle", board.power_command, "--corpus", str(corpus)]
    done, report = explore(tmp_path / "found.json", *port, *image, "--fail-fast")
    assert done.exit_code == 3, done.output
    crash = next(each for each in report["findings"] if each["crash"])
    assert "panic" in crash["kind"]
    assert crash["reproduced"]
    assert len(crash["program"].splitlines()) == 2
    assert board.boots > 2


def test_shell_of_a_board_is_explored(tmp_path: Path, desks: Desks):
    board = desks.put(Arch.X64, tmp_path / "desk", shell=True)
    port = ["--transport", "console", "--serial", board.url, "--arch", "x64"]
    done, report = explore(tmp_path / "found.json", *port)
    assert done.exit_code == 0, done.output
    assert report["calls"] >= 40


@pytest.mark.skipif(SSHD is None, reason="no OpenSSH server is installed")
def test_host_is_explored_over_ssh(tmp_path: Path):
    server = Sshd(tmp_path / "sshd")
    guest = [sys.executable, str(TESTS / "push" / "push_guest.py"), "x64", str(build(Arch.X64))]
    environment = f"env PYTHONPATH={TESTS.parent / 'harness'}"
    try:
        done, report = explore(
            tmp_path / "found.json",
            *("--ssh", f"{server.login.user}@127.0.0.1:{server.port}", "--arch", "x64"),
            *("--ssh-key", str(server.key), "--ssh-known-hosts", str(server.known_hosts)),
            *("--ssh-run", f"{environment} {' '.join(guest)} {{path}}"),
        )
    finally:
        server.close()
    assert done.exit_code == 0, done.output
    assert report["calls"] >= 40


def test_two_processes_for_one_system_are_refused(tmp_path: Path):
    done = CliRunner().invoke(cli, ["explore", "--jobs", "2", "--serial", "/dev/null"])
    assert "--jobs 2: the target is one system" in str(done.exception)
