"""The SSH transport against a real OpenSSH server; recorded traces play the guest."""

from __future__ import annotations

import shlex
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from push_bench import Bench, Recorded, verdicts
from push_sshd import Sshd, keygen
from zxhil.errors import MachineError, UserError
from zxhil.machine.limits import Limits, Watch
from zxhil.oracle.results import CaseEndKind
from zxhil.push.ssh import Ssh, SshTarget
from zxhil.push.ssh_connect import Login, connect, default_keys
from zxhil.push.transport import Job

Start = Callable[..., Sshd]

_PLAYER = Path(__file__).parent / "push_player.py"
_ROOT = Path(__file__).parent.parent.parent


def player(recorded: Recorded, misbehaviour: str = "") -> str:
    python = shlex.join(["env", f"PYTHONPATH={_ROOT / 'harness'}", sys.executable, str(_PLAYER)])
    return f"{python} {recorded.folder} {{path}} {misbehaviour}"


def transport(server: Sshd, logs: Path, run: str, **rest: object) -> Ssh:
    files = server.folder / "pushed"
    files.mkdir(exist_ok=True)
    return Ssh(SshTarget(server.login, logs, str(files), run, **rest))  # type: ignore[arg-type]


def pushed(server: Sshd) -> list[Path]:
    return list((server.folder / "pushed").rglob("*"))


@pytest.mark.qemu
def test_the_verdicts_are_those_of_bootfs(
    sshd: Start, standin_bench: Bench, recorded: Recorded
) -> None:
    server = sshd()
    report = standin_bench.run(
        transport(server, standin_bench.folder / "ssh", player(recorded)), "ssh"
    )
    assert not report.interrupted
    assert verdicts(report) == verdicts(recorded.report)
    assert server.connections == 1, "one connection serves all programs"
    assert pushed(server) == [], "what was pushed is gone"


@pytest.mark.qemu
@pytest.mark.parametrize("tools", ["cat,wc", "wc", ""], ids=["cat", "printf", "printf, no wc"])
def test_a_bare_shell_is_enough(
    sshd: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path, tools: str
) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ["mkdir", "rm", "chmod", "env", *filter(None, tools.split(","))]:
        (folder / tool).symlink_to(str(shutil.which(tool)))
    server = sshd(sftp=False, path=str(folder))
    over = transport(server, tmp_path, player(recorded))
    case = "object_get_child/job_via_process"
    job = load_of(standin_bench, case)
    with over.push(job) as running:
        assert over._remote is not None
        assert over._remote.method == ("cat" if "cat" in tools else "printf")
        file = next(path for path in pushed(server) if path.is_file())
        assert file.read_bytes() == job.elf
        del running
    over.close()
    assert pushed(server) == []


def load_of(bench: Bench, case: str) -> Job:
    program, _, name = case.partition("/")
    task = next(task for task in bench.tasks if task.program.name == program)
    index = next(c.index for c in task.program.cases if c.name == name)
    return Job(task.program, (index,), program)


_SOME = "object_get_child/*"


def some_case(recorded: Recorded, number: int = 3) -> str:
    cases = [c for c in recorded.report.cases if c.info.program == "object_get_child"]
    return cases[number].info.name


@pytest.mark.qemu
@pytest.mark.parametrize(
    ("how", "reported"),
    [("crash", "exit status 139, as of signal SIGSEGV"), ("exit", "exit status 7")],
)
def test_how_a_program_ended_is_reported_and_the_rest_goes_on(
    sshd: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path, how: str, reported: str
) -> None:
    culprit = some_case(recorded)
    over = transport(sshd(), tmp_path, player(recorded, f"{how}:{culprit}"))
    report = standin_bench.run(over, tmp_path.name, case=_SOME)
    ends = {case.info.name: case for case in report.cases}
    assert ends[culprit].end is CaseEndKind.CRASHED
    assert reported in ends[culprit].detail
    del ends[culprit]
    others = {c.info.name: c.end for c in recorded.report.cases}
    assert all(case.end is others[name] for name, case in ends.items())


@pytest.mark.qemu
def test_a_program_that_hangs_is_hung_and_not_lost(
    sshd: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    culprit = some_case(recorded)
    over = transport(sshd(), tmp_path, player(recorded, f"hang:{culprit}"))
    limits = Limits(20.0, 1.0, 20.0)
    report = standin_bench.run(over, tmp_path.name, limits, case=f"object_get_child/{culprit}")
    assert [case.end for case in report.cases] == [CaseEndKind.HUNG]


def when(file: Path, action: Callable[[], None]) -> threading.Thread:
    """Do something as soon as a file is there."""

    def wait() -> None:
        while not file.exists():
            time.sleep(0.02)
        action()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.qemu
def test_a_connection_cut_in_the_middle_is_made_again(
    sshd: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    server, culprit = sshd(), some_case(recorded)
    over = transport(server, tmp_path, player(recorded, f"{tmp_path}/there:{culprit}"))
    thread = when(tmp_path / "there", server.cut)
    report = standin_bench.run(over, tmp_path.name, case=_SOME)
    thread.join()
    expected = [v for v in verdicts(recorded.report) if str(v[0]).startswith(_SOME[:-1])]
    assert verdicts(report) == expected
    assert report.boots[0].end == "line cut"
    assert [rerun.case for rerun in report.reruns] == [f"object_get_child/{culprit}"]
    assert server.connections == 2
    assert pushed(server) == [], "and what the first connection left is gone"


@pytest.mark.qemu
def test_silent_peer_is_not_a_hung_program(
    sshd: Start,
    standin_bench: Bench,
    recorded: Recorded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("zxhil.push.ssh._PROBE_SECONDS", 0.5)
    server, culprit = sshd(), some_case(recorded)
    run = player(recorded, f"{tmp_path}/there:{culprit}")
    over = transport(server, tmp_path, run, reconnect=0.0)

    def silence() -> None:
        server.signal(signal.SIGSTOP)
        server.shut()

    thread = when(tmp_path / "there", silence)
    report = standin_bench.run(over, tmp_path.name, Limits(20.0, 1.0, 20.0), case=_SOME)
    thread.join()
    assert "stopped responding" in report.boots[0].end_text
    assert not any(case.end is CaseEndKind.HUNG for case in report.cases)
    assert report.interrupted, "the target is not there any more: the run says so"


@pytest.mark.qemu
def test_output_arrives_while_the_program_runs(
    sshd: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    culprit = some_case(recorded)
    over = transport(sshd(), tmp_path, player(recorded, f"hang:{culprit}"))
    task = next(t for t in standin_bench.tasks if t.program.name == "object_get_child")
    came = b""
    with over.push(Job(task.program, task.selected, "live")) as running:
        for item in running.listen(Watch(Limits(30.0, 30.0, 30.0))):
            assert isinstance(item, bytes), "it does not end before it is left"
            came += item
            if culprit.encode() in came:
                break
    over.close()
    assert came.count(b"\n") > 20


@pytest.mark.qemu
def test_a_target_that_reboots_is_waited_for(
    sshd: Start, standin_bench: Bench, recorded: Recorded, tmp_path: Path
) -> None:
    server, culprit = sshd(), some_case(recorded)
    over = transport(server, tmp_path, player(recorded, f"{tmp_path}/there:{culprit}"))

    def reboot() -> None:
        server.shut()
        server.cut()
        time.sleep(2)
        server.shut(False)

    thread = when(tmp_path / "there", reboot)
    report = standin_bench.run(over, tmp_path.name, case=_SOME)
    thread.join()
    assert verdicts(report) == [
        v for v in verdicts(recorded.report) if str(v[0]).startswith(_SOME[:-1])
    ]
    assert server.connections > 2, "it was asked until it was there again"


@pytest.mark.qemu
def test_reason_for_a_failed_start_is_shown(
    sshd: Start, standin_bench: Bench, tmp_path: Path
) -> None:
    over = transport(sshd(), tmp_path, "echo wrong kind of file; : {path}")
    report = standin_bench.run(over, tmp_path.name, case="object_get_child/koid_zero")
    assert [(part.cases, part.fault) for part in report.not_run] == [(1, True)]
    assert "wrong kind of file" in report.boots[0].evidence


# Connecting.


def failure(login: Login) -> MachineError | UserError:
    with pytest.raises((MachineError, UserError)) as caught:
        connect(login).close()
    assert isinstance(caught.value, MachineError | UserError)
    return caught.value


def test_a_known_host_and_a_good_key_log_in(sshd: Start) -> None:
    connect(sshd().login).close()


def test_unknown_host_is_refused(sshd: Start) -> None:
    server = sshd()
    server.known_hosts.write_text("")
    error = failure(server.login)
    assert isinstance(error, UserError)
    assert "host key is unknown: ssh-ed25519 SHA256:" in error.problem
    assert server.known_hosts.read_text() == "", "and nothing was entered"


def test_any_host_key_believes_it_and_enters_nothing(sshd: Start) -> None:
    server = sshd()
    server.know(keygen(server.folder / "other"))
    before = server.known_hosts.read_text()
    connect(replace(server.login, any_host_key=True)).close()
    assert server.known_hosts.read_text() == before


def test_a_changed_host_key_is_refused(sshd: Start) -> None:
    server = sshd()
    server.know(keygen(server.folder / "other"))
    error = failure(server.login)
    assert isinstance(error, UserError)
    assert "host key has changed" in error.problem
    assert error.problem.count("SHA256:") == 2


def test_a_wrong_key_is_named(sshd: Start) -> None:
    server = sshd()
    wrong = keygen(server.folder / "wrong")
    error = failure(replace(server.login, key=wrong))
    assert isinstance(error, UserError)
    assert "accepts none of the keys" in error.problem
    assert str(wrong) in error.problem


def test_a_key_behind_a_passphrase_is_named(sshd: Start) -> None:
    server = sshd()
    error = failure(replace(server.login, key=keygen(server.folder / "locked", "word")))
    assert isinstance(error, UserError)
    assert "passphrase" in error.problem


def test_invalid_key_file_is_named(sshd: Start, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no key\n")
    error = failure(replace(sshd().login, key=tmp_path / "text"))
    assert isinstance(error, UserError)
    assert "not a readable private key" in error.problem


def test_a_refused_connection_is_the_machines_fault(sshd: Start) -> None:
    server = sshd()
    server.close()
    error = failure(server.login)
    assert isinstance(error, MachineError)
    assert "Connection refused" in error.problem


def test_a_peer_that_hangs_up_is_the_machines_fault(sshd: Start) -> None:
    server = sshd()
    server.shut()
    assert isinstance(failure(server.login), MachineError)


def test_a_silent_peer_is_not_waited_for_forever(sshd: Start) -> None:
    server = sshd()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        login = replace(server.login, port=silent.getsockname()[1], seconds=0.5)
        error = failure(login)
    assert isinstance(error, MachineError)


def test_an_unknown_name_is_a_user_error(sshd: Start) -> None:
    error = failure(replace(sshd().login, host="no-such-host.invalid"))
    assert isinstance(error, UserError)
    assert "not a known host" in error.problem


def test_default_fuchsia_keys_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FUCHSIA_DIR", str(tmp_path / "fuchsia"))
    assert default_keys() == [
        tmp_path / ".ssh" / "fuchsia_ed25519",
        tmp_path / "fuchsia" / ".ssh" / "pkey",
    ]


def test_the_default_key_logs_in(
    sshd: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = sshd()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / ".ssh").mkdir()
    login = replace(server.login, key=None)
    assert "accepts none of the keys" in str(failure(login))
    server.key.rename(tmp_path / ".ssh" / "fuchsia_ed25519")
    connect(login).close()


class Relay:
    """A TCP relay in front of a server that counts what the client sends."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.sent = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        client = self._listener.accept()[0]
        server = socket.create_connection(("127.0.0.1", self._port))
        threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()
        self._pass(client, server, True)

    def _pass(self, source: socket.socket, sink: socket.socket, count: bool) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                self.sent += len(data) if count else 0
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._listener.close()


@pytest.mark.parametrize("every", [0, 1])
def test_a_silent_connection_is_kept_alive(
    sshd: Start, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    monkeypatch.setattr("zxhil.push.ssh_connect._KEEP_ALIVE_SECONDS", every)
    server = sshd()
    relay = Relay(server.port)
    client = connect(replace(server.login, port=relay.port, any_host_key=True))
    try:
        time.sleep(0.5)
        before = relay.sent
        end = time.monotonic() + (15 if every else 2)
        while relay.sent == before and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        client.close()
        relay.close()
    assert (relay.sent > before) is bool(every)
