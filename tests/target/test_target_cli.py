"""The options of a target on the command line, ``zxhil target`` and ``zxhil doctor``."""

from __future__ import annotations

import grp
import os
import shutil
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import click
import pytest
from click.testing import CliRunner
from zxhil.abi.arch import Arch
from zxhil.cli.doctor import command as doctor
from zxhil.cli.target import _host, take, target_options
from zxhil.cli.target import command as target_command
from zxhil.errors import UserError
from zxhil.target import checks
from zxhil.target.make import images, setup
from zxhil.target.model import SerialKeys, SshKeys, Target
from zxhil.target.resources import CheckResult, CheckState

FILE = """\
[target.nuc]
image = "out"
memory = 300
known = "known.toml"
[target.nuc.serial]
port = "/dev/ttyUSB7"
speed = 9600
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "zxhil.toml").write_text(FILE)
    return tmp_path


def taken(*arguments: str) -> tuple[Target, dict[str, Any]]:
    """What a command with these arguments would work with."""
    got: list[tuple[Target, dict[str, Any]]] = []

    @click.command()
    @click.option("--image", type=click.Path(path_type=Path))
    @click.option("--memory", type=int)
    @click.option("--known", type=click.Path(path_type=Path))
    @target_options
    @click.pass_context
    def command(context: click.Context, /, **options: Any) -> None:
        target = take(context, options)
        got.append((target, options))

    command.main(list(arguments), standalone_mode=False)
    return got[0]


def test_a_target_fills_in_what_is_not_given(here: Path) -> None:
    target, options = taken("--target", "nuc", "--memory", "99")
    assert options == {"image": here / "out", "memory": 99, "known": here / "known.toml"}
    assert target.serial == SerialKeys("/dev/ttyUSB7", 9600)
    assert target.transport_kind == "uart"


def test_option_overrides_the_targets_key(here: Path) -> None:
    target, _ = taken("--target", "nuc", "--speed", "115200", "--transport", "console")
    assert target.serial.speed == 115200
    assert target.serial.port == "/dev/ttyUSB7"
    assert target.transport_kind == "console"


def test_options_make_a_separate_target(here: Path) -> None:
    target, _ = taken(
        "--ssh",
        "me@[::1]:8022",
        "--ssh-accept-any-host-key",
        "--limit",
        "boot=7",
        "--limit",
        "case=1",
    )
    assert target.ssh == SshKeys("::1", 8022, "me", accept_any_host_key=True)
    assert (target.limits.boot, target.limits.case) == (7, 1)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("h", {"host": "h"}),
        ("u@h", {"host": "h", "user": "u"}),
        ("h:22", {"host": "h", "port": 22}),
        ("::1", {"host": "::1"}),
        ("[::1]", {"host": "::1"}),
        ("u@[fe80::1%en0]:8022", {"host": "fe80::1%en0", "user": "u", "port": 8022}),
    ],
)
def test_a_host_is_split_into_user_name_and_port(text: str, parts: dict[str, Any]) -> None:
    assert _host(text) == parts


@pytest.mark.parametrize("text", ["h:x", "u@", ":22"])
def test_invalid_host_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="is not"):
        _host(text)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("socket://", "has no valid host"),
        ("socket://:5000", "has no valid host"),
        ("socket://a b:5000", "has no valid host"),
        ("socket://host", "has no TCP port"),
        ("rfc2217://host:0", "has no TCP port"),
        ("socket://host:x", "is no URL of a port"),
        ("rfc2217://host:65536", "is no URL of a port"),
        ("socket://[::1:5", "is no URL of a port"),
    ],
)
def test_invalid_url_of_a_serial_port_is_refused(here: Path, url: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem) as error:
        taken("--serial", url)
    assert error.value.place == f"--serial {url}"


@pytest.mark.parametrize(
    "url", ["/dev/ttyUSB0", "socket://h:1", "rfc2217://[::1]:65535?logging=debug", "loop://"]
)
def test_url_of_a_serial_port_is_taken(here: Path, url: str) -> None:
    assert taken("--serial", url)[0].serial.port == url


@pytest.mark.parametrize("text", ["boot", "boot=x", "boot=0", "boot=-1", "boot=inf", "nap=3"])
def test_invalid_limit_in_a_target_is_refused(here: Path, text: str) -> None:
    with pytest.raises(UserError, match="--limit"):
        taken("--limit", text)


def test_targets_are_listed_and_shown(here: Path) -> None:
    said = CliRunner().invoke(target_command, []).output
    assert "nuc  uart  /dev/ttyUSB7" in said
    said = CliRunner().invoke(target_command, ["nuc"]).output
    assert "serial.port = /dev/ttyUSB7" in said
    assert "memory = 300" in said
    assert "ssh." not in said, "and nothing of what it has not"


# From a target to a transport.


def test_each_transport_is_made_of_its_keys(tmp_path: Path) -> None:
    from zxhil.push.console import Console
    from zxhil.push.ssh import Ssh
    from zxhil.push.uart import Uart

    board = Target(arch="x64", serial=SerialKeys("/dev/x"))
    host = Target(arch="arm64", ssh=SshKeys("h", trace_from="serial"), serial=SerialKeys("/dev/x"))
    shell = Target(arch="x64", transport="console", serial=SerialKeys("/dev/x"))
    kinds = {}
    for target in (board, host, shell):
        (arch,) = images(target)
        made = setup(target, None, [], tmp_path, tmp_path)
        kinds[type(made.transport)] = (arch, made.limits.boot)
    assert kinds == {
        Uart: (Arch.X64, 600.0),
        Ssh: (Arch.ARM64, 60.0),
        Console: (Arch.X64, 60.0),
    }


def test_a_board_without_image_must_state_its_architecture() -> None:
    with pytest.raises(UserError, match="architecture"):
        images(Target(serial=SerialKeys("/dev/x")))


def test_a_console_needs_a_whole_system() -> None:
    with pytest.raises(UserError, match="the stand-in has no shell"):
        images(Target(transport="console"))


# The doctor.


def by_name(findings: Any) -> dict[str, CheckResult]:
    return {finding.what: finding for finding in findings}


def test_a_healthy_host_has_no_findings_that_stop_a_run() -> None:
    if shutil.which("qemu-system-x86_64") is None or shutil.which("clang") is None:
        pytest.skip("QEMU or clang is not installed")
    assert not [f for f in checks.host() if f.state is CheckState.BAD]


def test_missing_programs_are_named_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("ZXHIL_TOOLCHAIN", "clang")
    found = by_name(checks.host())
    for what in ("QEMU for x64", "QEMU for arm64", "C toolchain"):
        assert found[what].state is CheckState.BAD
        assert "install" in found[what].remedy


def test_an_old_qemu_is_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "qemu-system-x86_64"
    program.write_text("#!/bin/sh\necho QEMU emulator version 4.2.1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    finding = by_name(checks.host())["QEMU for x64"]
    assert finding.state is CheckState.BAD
    assert "4.2 is too old" in finding.seen


def test_a_cache_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    finding = by_name(checks.host())["cache folder"]
    assert finding.state is CheckState.BAD
    assert "XDG_CACHE_HOME" in finding.remedy


def test_a_scratch_folder_without_a_process_is_left_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not the host's own, where other runs may have left what they like.
    monkeypatch.setattr(checks, "_scratch_places", lambda: [tmp_path])
    for name in ("zxhil-0123456789ab", "zxhil-abcdefabcdef", "zxhil-notours"):
        (tmp_path / name).mkdir()
    holder = subprocess.Popen(["sleep", "60"], cwd=tmp_path / "zxhil-abcdefabcdef")
    try:
        finding = by_name(checks.host())["scratch folders"]
    finally:
        holder.kill()
        holder.wait()
    assert finding.state is CheckState.NOTE
    assert "zxhil-0123456789ab" in finding.seen
    assert "zxhil-abcdefabcdef" not in finding.seen
    assert "zxhil-notours" not in finding.seen


def test_a_lock_that_is_held_names_its_holder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "zxhil").mkdir()
    lock = tmp_path / "zxhil" / "images.lock"
    with FileLock(lock):
        finding = by_name(checks.host())["locks"]
    assert finding.state is CheckState.NOTE
    assert f"process {os.getpid()}" in finding.seen
    assert by_name(checks.host())["locks"].state is CheckState.GOOD


def test_a_target_that_does_not_answer_is_reported(here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    arguments = ["--serial", f"socket://127.0.0.1:{port}", "--color", "never"]
    result = CliRunner().invoke(doctor, arguments)
    assert result.exit_code == 1
    assert "BAD   serial line" in result.output
    assert "fix: check that it is powered on" in result.output


def test_a_target_that_answers_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"
        (finding,) = checks.target(Target(serial=SerialKeys(url)))
    assert finding.state is CheckState.GOOD


class Answering:
    """A TCP serial line with something on it: `shell`, or nothing that answers."""

    def __init__(self, shell: bool) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        self._shell = shell
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                self._talk(self._server.accept()[0])

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb", buffering=0) as line:
            typed = b""
            while data := line.read(64):
                line.write(data.replace(b"\r", b"\r\n") if self._shell else b"")
                typed += data
                if self._shell and typed.endswith(b"\r"):
                    line.write(typed.strip().removeprefix(b"echo ").replace(b"'", b"") + b"\r\n$ ")
                    typed = b""

    def close(self) -> None:
        self._server.close()


@pytest.mark.parametrize("shell", [True, False], ids=["a shell", "nobody"])
def test_a_shell_on_a_line_is_asked(shell: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_SHELL_SECONDS", 10.0 if shell else 0.5)
    board = Answering(shell)
    try:
        target = Target(transport="console", serial=SerialKeys(board.url), image=Path("none"))
        finding = by_name(checks.target(target))["shell"]
    finally:
        board.close()
    assert finding.state is (CheckState.GOOD if shell else CheckState.BAD)
    assert ("no shell responds" in finding.seen) is not shell


def test_a_host_that_refuses_is_reported(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    keys = SshKeys("127.0.0.1", port, key=key, accept_any_host_key=True)
    finding = by_name(checks.target(Target(ssh=keys)))["ssh"]
    assert finding.state is CheckState.BAD
    assert "Connection refused" in finding.seen
    assert finding.remedy


def test_a_file_that_a_target_names_and_is_not_there(tmp_path: Path) -> None:
    target = Target(image=tmp_path / "out", known=tmp_path / "known.toml")
    found = by_name(checks.target(target))
    assert {found[what].state for what in ("image", "known divergences")} == {CheckState.BAD}


@pytest.mark.parametrize(
    ("allowed", "works", "state", "seen"),
    [
        (False, False, CheckState.NOTE, "no permission"),
        (True, False, CheckState.NOTE, "does not work"),
        (True, True, CheckState.GOOD, "works for x64"),
    ],
)
def test_kvm_is_tried_where_it_may_be_used(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    allowed: bool,
    works: bool,
    state: CheckState,
    seen: str,
) -> None:
    (tmp_path / "kvm").touch()
    monkeypatch.setattr("os.access", lambda *_: allowed)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("zxhil.machine.kvm.kvm_works", lambda arch: works)
    finding = checks._kvm(tmp_path / "kvm")
    assert finding.state is state
    assert seen in finding.seen
    assert ("usermod -aG" in finding.remedy) is not allowed
    assert checks._kvm(tmp_path / "none").state is CheckState.NOTE


def test_group_without_a_name_is_given_by_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container, the host's group of /dev/kvm has none."""
    (tmp_path / "kvm").touch()
    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")

    def unknown(number: int) -> NoReturn:
        raise KeyError(number)

    monkeypatch.setattr("grp.getgrgid", unknown)
    remedy = checks._kvm(tmp_path / "kvm").remedy
    assert f"--group-add {tmp_path.stat().st_gid}" in remedy


@pytest.mark.parametrize("allowed", [True, False])
def test_who_may_open_a_usb_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    for name in ("ttyUSB0", "ttyACM1", "ttyS0"):
        (tmp_path / name).touch()
    monkeypatch.setattr("os.access", lambda *_: allowed)
    found = list(checks._serial_devices(tmp_path))
    assert len(found) == 2, "no board is on the host's own port"
    group = grp.getgrgid(tmp_path.stat().st_gid).gr_name
    for finding in found:
        assert finding.state is (CheckState.GOOD if allowed else CheckState.NOTE)
        assert (f"usermod -aG {group}" in finding.remedy) is not allowed
