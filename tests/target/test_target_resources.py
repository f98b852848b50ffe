"""The doctor tries what a run needs of its host, and says what would fail."""

from __future__ import annotations

import io
import resource
import subprocess
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from zxhil import shipped
from zxhil.target import checks, resources
from zxhil.target.model import SshKeys, Target
from zxhil.target.resources import CheckResult, CheckState


def test_a_healthy_host_has_every_resource() -> None:
    found = list(resources.resources())
    assert [each for each in found if each.state is CheckState.BAD] == []
    assert len({each.what for each in found}) == len(found)


@pytest.mark.parametrize(
    ("which", "soft", "state"),
    [
        (resource.RLIMIT_NOFILE, 10, CheckState.BAD),
        (resource.RLIMIT_NOFILE, 100, CheckState.NOTE),
        (resource.RLIMIT_NOFILE, 1024, CheckState.GOOD),
        (resource.RLIMIT_FSIZE, 1 << 20, CheckState.BAD),
        (resource.RLIMIT_FSIZE, resource.RLIM_INFINITY, CheckState.GOOD),
        (resource.RLIMIT_AS, 1 << 30, CheckState.BAD),
    ],
)
def test_a_low_limit_is_found(
    which: int, soft: int, state: CheckState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, soft))
    finding = resources.limit(which)
    assert finding.state is state
    assert ("ulimit" in finding.remedy) == (state is not CheckState.GOOD)


def test_a_temporary_folder_that_is_passed_over_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    monkeypatch.setattr("tempfile.tempdir", None)
    finding = resources.temporary_folder()
    assert finding.state is CheckState.NOTE
    assert f"TMPDIR={tmp_path / 'none'} can't be used" in finding.seen


@pytest.mark.parametrize("call", ["os.mkfifo", "socket.socket.bind"])
def test_a_temporary_folder_without_fifos_or_sockets_is_found(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(call, refuse)
    assert resources.temporary_folder().state is CheckState.BAD


def test_a_limit_of_processes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = threading.Thread.start
    # Other tests of this process may have left threads of theirs.
    there = threading.active_count()

    def start(thread: threading.Thread) -> None:
        if threading.active_count() > there + 3:
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    finding = resources.threads()
    assert finding.state is CheckState.BAD
    assert "ulimit -u" in finding.remedy
    assert threading.active_count() <= there + 3


def test_a_locale_that_is_not_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "xx_XX")
    finding = resources.language()
    assert finding.state is CheckState.NOTE
    assert "LC_ALL=xx_XX" in finding.seen


@pytest.mark.parametrize("name", ["GUEST_TESTS", "STANDIN", "KNOWN", "RUN_SCHEMA"])
def test_a_shipped_file_that_is_missing_is_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, name, tmp_path / "none")
    assert resources.shipped_files().state is CheckState.BAD


@pytest.mark.parametrize(
    "error", [OSError(24, "Too many open files"), RuntimeError("can't start new thread")]
)
def test_a_check_that_the_host_does_not_let_end_is_a_finding(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr("zxhil.machine.reaper._reaper", None)
    found: dict[str, CheckResult] = {each.what: each for each in checks.host()}
    assert found["QEMU for x64"].state is CheckState.BAD
    assert found["C toolchain"].state is CheckState.BAD


def test_a_toolchain_that_does_not_compile_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("clang", "echo broken >&2; exit 1"), ("ld.lld", "exit 0")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("ZXHIL_TOOLCHAIN", "clang")
    finding = checks._toolchain()
    assert finding.state is CheckState.BAD
    assert "broken" in finding.seen


def test_a_disk_that_is_nearly_full_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=5 << 20))
    cache = resources.folder("cache folder", tmp_path, "another")
    for finding, state in (
        (cache, CheckState.BAD),
        (resources.temporary_folder(), CheckState.BAD),
        (resources.current_folder(), CheckState.NOTE),
    ):
        assert finding.state is state
        assert "5 MiB free" in finding.seen
        assert "free some space" in finding.remedy


def test_a_current_folder_that_cannot_be_written_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    finding = resources.current_folder()
    assert finding.state is CheckState.NOTE
    assert "Read-only file system" in finding.seen


@pytest.mark.parametrize(
    ("free", "state"), [(None, CheckState.NOTE), (10, CheckState.BAD), (1 << 20, CheckState.GOOD)]
)
def test_memory_for_a_machine_is_required(
    free: int | None, state: CheckState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "free_mib", lambda: free)
    assert resources.memory().state is state


def test_an_encoding_that_cannot_show_every_name_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    finding = resources.language()
    assert finding.state is CheckState.NOTE
    assert "ascii" in finding.seen


def test_missing_packages_are_named_with_how_to_install_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "requires", lambda _: ["click>=8", "pyserial; extra == 'uart'"])
    assert checks._packages().state is CheckState.GOOD
    monkeypatch.setattr(checks, "_is_installed", lambda _: False)
    finding = checks._packages()
    assert finding.state is CheckState.BAD
    assert finding.seen == "missing: click"
    assert "pip install click" in finding.remedy


@pytest.mark.parametrize("status", [0, 7])
def test_a_host_whose_shell_runs_no_command_is_found(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = SimpleNamespace(close=lambda: None)
    remote = SimpleNamespace(run=lambda command: (status, b""))
    monkeypatch.setattr("zxhil.push.ssh_connect.connect", lambda login: client)
    monkeypatch.setattr("zxhil.push.ssh_put.Remote", lambda client: remote)
    (finding,) = checks.target(Target(ssh=SshKeys("host")))
    assert finding.state is (CheckState.BAD if status else CheckState.GOOD)
    assert ("status 7" in finding.seen) is bool(status)


@pytest.mark.parametrize("name", ["GUEST_TESTS", "KNOWN"])
def test_shipped_folder_without_its_files_is_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files that are read are there; of the others there is not one."""
    for inside in ("rt", "include"):
        (tmp_path / inside).symlink_to(shipped.GUEST_TESTS / inside)
    monkeypatch.setattr(shipped, name, tmp_path)
    finding = resources.shipped_files()
    assert finding.state is CheckState.BAD
    assert finding.seen.endswith("guest tests or known divergences are missing")
