"""Known hosts, keys, agent and ssh_config, against a real OpenSSH server."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from getpass import getuser
from pathlib import Path
from typing import Any

import pytest
from push_sshd import Sshd, keygen
from zxhil.errors import MachineError, UserError, ZxhilError
from zxhil.push import ssh_keys
from zxhil.push.known_hosts import read_known_hosts
from zxhil.push.ssh import Ssh, SshTarget, _OverSsh
from zxhil.push.ssh_config import configured
from zxhil.push.ssh_connect import Login, connect
from zxhil.push.ssh_put import Remote

Start = Callable[..., Sshd]


def failure(login: Login) -> MachineError | UserError:
    with pytest.raises((MachineError, UserError)) as caught:
        connect(login).close()
    assert isinstance(caught.value, MachineError | UserError)
    return caught.value


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


# Known hosts.


def public(key: Path) -> str:
    """Type and key, without the comment."""
    return " ".join(Path(f"{key}.pub").read_text().split()[:2])


def test_lines_that_are_no_host_keys_are_skipped(sshd: Start) -> None:
    server = sshd()
    good = server.known_hosts.read_bytes()
    junk = [
        b"# comment in latin-1: \xe4\xf6\xfc",
        f"[127.0.0.1]:{server.port} ssh-ed25519 not base64!".encode(),
        f"[127.0.0.1]:{server.port} ssh-ed25519 AAAA".encode(),
        f"[127.0.0.1]:{server.port} new-type-of-key@example.com AAAAB3NzaC1yc2E=".encode(),
        f"@cert-authority * {public(server.host_key)}".encode(),
        b"@unknown-marker * ssh-ed25519 AAAA",
        b"one\xff",
        b"host \xff\xfe ssh-ed25519",
        b"",
    ]
    server.known_hosts.write_bytes(b"\n".join(junk) + b"\n" + good.rstrip() + b" J\xf6rg\n")
    connect(server.login).close()


def test_revoked_key_is_refused_although_it_is_known(sshd: Start) -> None:
    server = sshd()
    known = server.known_hosts.read_text()
    server.known_hosts.write_text(f"{known}@revoked * {public(server.host_key)}\n")
    error = failure(server.login)
    assert isinstance(error, UserError)
    assert "its host key is revoked: ssh-ed25519 SHA256:" in error.problem
    assert f"{server.known_hosts}:2" in error.problem
    other = keygen(server.folder / "other")
    server.known_hosts.write_text(f"@revoked * {public(other)}\n{known}")
    connect(server.login).close()


@pytest.mark.parametrize(
    ("names", "known"),
    [
        ("[127.0.0.*]:{port}", True),
        ("[127.?.0.1]:{port}", True),
        ("other,[127.0.0.1]:{port}", True),
        ("[*]:{port},![127.0.0.1]:{port}", False),
        ("[127.0.0.1]:1", False),
        ("127.0.0.1", True),
        ("127.0.0.[1]", False),
    ],
)
def test_patterns_of_hosts_match_as_in_ssh(sshd: Start, names: str, known: bool) -> None:
    server = sshd()
    line = f"{names.format(port=server.port)} {public(server.host_key)}\n"
    server.known_hosts.write_text(line)
    if known:
        connect(server.login).close()
    else:
        assert "host key is unknown" in str(failure(server.login))
    command = ["ssh-keygen", "-F", f"[127.0.0.1]:{server.port}", "-f", str(server.known_hosts)]
    if names != "127.0.0.1":
        # ssh itself also tries the name without the port.
        assert (subprocess.run(command, capture_output=True).returncode == 0) is known


def test_hashed_names_match(sshd: Start) -> None:
    server = sshd()
    command = ["ssh-keygen", "-q", "-H", "-f", str(server.known_hosts)]
    subprocess.run(command, check=True, capture_output=True)
    assert server.known_hosts.read_text().startswith("|1|")
    connect(server.login).close()


def with_host_keys(server: Sshd, *kinds: str) -> dict[str, Path]:
    """Give the server keys of these kinds beside its own."""
    made = {}
    for kind in kinds:
        made[kind] = server.folder / kind
        command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(made[kind])]
        subprocess.run(command, check=True)
        with (server.folder / "config").open("a") as file:
            file.write(f"HostKey {made[kind]}\n")
    return made


def test_any_type_of_key_that_is_known_is_asked_for(sshd: Start) -> None:
    """The first known type is one that the server does not have; the second it has."""
    server = sshd()
    rsa = with_host_keys(server, "rsa")["rsa"]
    elsewhere = server.folder / "elsewhere"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(elsewhere)], check=True)
    name = f"[127.0.0.1]:{server.port}"
    server.known_hosts.write_text(f"{name} {public(elsewhere)}\n{name} {public(rsa)}\n")
    connect(server.login).close()


def test_key_of_another_type_is_unknown_and_not_changed(sshd: Start) -> None:
    server = sshd()
    elsewhere = server.folder / "elsewhere"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(elsewhere)], check=True)
    server.know(elsewhere)
    error = failure(server.login)
    assert "host key is unknown" in error.problem
    assert "its ecdsa-sha2-nistp256 key only" in error.problem


def test_each_of_several_keys_of_a_type_is_accepted(sshd: Start) -> None:
    server = sshd()
    good = server.known_hosts.read_text()
    other = keygen(server.folder / "other")
    server.known_hosts.write_text(f"[127.0.0.1]:{server.port} {public(other)}\n{good}")
    connect(server.login).close()


@pytest.mark.parametrize("seed", range(20))
def test_damaged_known_hosts_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    key = keygen(tmp_path / "key")
    line = f"|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=,*x {public(key)} c\n"
    data = bytearray((line * 3 + "@revoked *,!a " + public(key) + "\n").encode())
    for _ in range(rng.randrange(1, 20)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    (tmp_path / "hosts").write_bytes(data)
    read_known_hosts(tmp_path / "hosts", "host", 22, 22)


# Keys.


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


def add(key: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key)], check=True, stdin=subprocess.DEVNULL)


def lock(key: Path) -> None:
    command = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "word", "-f", str(key)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("beside", [True, False], ids=["with .pub", "alone"])
def test_locked_key_that_the_agent_has_logs_in(sshd: Start, agent: Path, beside: bool) -> None:
    server = sshd()
    add(server.key)
    add(keygen(server.folder / "another"))
    lock(server.key)
    if not beside:
        Path(f"{server.key}.pub").unlink()
    connect(server.login).close()


def test_locked_key_that_the_agent_lacks_is_named(sshd: Start, agent: Path) -> None:
    server = sshd()
    add(keygen(server.folder / "another"))
    lock(server.key)
    error = failure(server.login)
    assert isinstance(error, UserError)
    assert "locked by a passphrase" in error.problem
    assert error.remedy == f"run ssh-add {server.key}"


def test_public_key_stands_for_that_of_the_agent(sshd: Start, agent: Path) -> None:
    server = sshd()
    add(server.key)
    server.key.unlink()
    connect(replace(server.login, key=Path(f"{server.key}.pub"))).close()


def test_only_the_agent_is_enough(sshd: Start, agent: Path) -> None:
    server = sshd()
    add(server.key)
    connect(replace(server.login, key=None)).close()


@pytest.mark.parametrize("answer", [b"\0\0\0\1\5", b"x" * 64, b""])
def test_agent_that_is_none_is_left_aside(
    sshd: Start, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(ssh_keys, "_AGENT_SECONDS", 1.0)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "fake"))
    listener.listen()
    held = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                held.append(listener.accept()[0])
                held[-1].sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "fake"))
    connect(sshd().login).close()
    listener.close()


def test_key_that_does_not_suffice_is_named(sshd: Start) -> None:
    server = sshd()
    with (server.folder / "config").open("a") as file:
        file.write("KbdInteractiveAuthentication yes\n")
        file.write("AuthenticationMethods publickey,publickey\n")
    error = failure(server.login)
    assert isinstance(error, UserError)
    assert "requires also publickey" in error.problem


@pytest.mark.parametrize("seed", range(12))
def test_damaged_key_is_a_user_error(tmp_path: Path, home: Path, seed: int) -> None:
    rng = random.Random(seed)
    key = keygen(tmp_path / "key", rng.choice(["", "word"]))
    data = bytearray(key.read_bytes())
    for _ in range(rng.randrange(1, 6)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    key.write_bytes(data[: rng.randrange(len(data))])
    with suppress(UserError):
        ssh_keys.offered([key], agent_too=True, must_serve=True)


# A shell that prints.


@pytest.mark.parametrize("sftp", [True, False])
def test_login_shell_that_prints_does_not_break_the_transfer(
    sshd: Start, tmp_path: Path, sftp: bool
) -> None:
    server = sshd(sftp=sftp)
    with (server.folder / "config").open("a") as file:
        file.write('ForceCommand echo Welcome; echo 42; eval "$SSH_ORIGINAL_COMMAND"\n')
    client = connect(server.login)
    remote = Remote(client)
    assert b"42" in remote.run(":")[1], "the shell prints"
    data = bytes(range(256)) * 1000
    remote.put(data, str(tmp_path / "there"))
    assert (tmp_path / "there").read_bytes() == data
    assert remote._arrived(len(data), str(tmp_path / "there"))
    assert not remote._arrived(len(data) + 1, str(tmp_path / "there")), "the size is verified"
    client.close()


# ssh_config.


def test_host_of_ssh_config_is_used(sshd: Start, home: Path) -> None:
    server = sshd()
    (home / ".ssh" / "config").write_text(
        "Host board b2\n"
        "  HostName 127.0.0.1\n"
        f"  Port {server.port}\n  User {getuser()}\n  IdentityFile {server.key}\n"
        "Host *\n  User nobody\n  Port 9\n"
    )
    login = configured(Login("board", known_hosts=server.known_hosts))
    assert (login.host, login.port, login.user) == ("127.0.0.1", server.port, getuser())
    assert login.keys == (server.key,)
    connect(login).close()
    given = configured(Login("board", 7, "me", known_hosts=server.known_hosts))
    assert (given.port, given.user) == (7, "me")
    assert configured(Login("elsewhere")).user == "nobody"
    assert configured(Login("elsewhere")).host == "elsewhere"


def test_without_ssh_config_defaults_are_fuchsias(home: Path) -> None:
    login = configured(Login("192.168.1.5"))
    assert (login.host, login.port, login.user, login.jumps) == ("192.168.1.5", 22, "fuchsia", ())


def test_included_files_count_where_their_block_does(home: Path) -> None:
    ssh = home / ".ssh"
    (ssh / "config").write_text("Include conf.d/*\nHost a\n  Include only-a\nHost *\n  User last\n")
    (ssh / "conf.d").mkdir()
    (ssh / "conf.d" / "1").write_text("Host b\n  User of-b\n")
    (ssh / "only-a").write_text("User of-a\nInclude only-a\n")
    assert [configured(Login(host)).user for host in "abc"] == ["of-a", "of-b", "last"]


def test_jump_hosts_are_gone_through(sshd: Start, home: Path) -> None:
    first, second, target = sshd(), sshd(), sshd()
    known = home / ".ssh" / "known_hosts"
    known.write_text("".join(each.known_hosts.read_text() for each in (first, second, target)))
    hosts = {"first": first, "second": second, "board": target}
    text = "".join(
        f"Host {name}\n  HostName 127.0.0.1\n  Port {server.port}\n  IdentityFile {server.key}\n"
        for name, server in hosts.items()
    )
    config = home / ".ssh" / "config"
    config.write_text(f"{text}Host board\n  User {getuser()}\n  ProxyJump first,second\n")
    login = configured(Login("board"))
    assert [jump.port for jump in login.jumps] == [first.port, second.port]
    client = connect(login)
    assert Remote(client).run("echo there")[1] == b"there\n"
    assert [s.connections for s in (first, second, target)] == [1, 1, 1]
    client.close()
    known.write_text(first.known_hosts.read_text() + target.known_hosts.read_text())
    error = failure(login)
    assert f"port {second.port}: its host key is unknown" in str(error), "of the jump host"


FORWARD = """\
import os, select, socket, sys
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
open(sys.argv[2], "a").write(f"{os.getpid()}\\n")
while True:
    for one, to in ((0, peer.fileno()), (peer.fileno(), 1)):
        if select.select([one], [], [], 0.01)[0]:
            data = os.read(one, 65536)
            if not data:
                sys.exit()
            os.write(to, data)
"""


def forwarder(home: Path) -> tuple[str, Path]:
    """A ProxyCommand to the port of its %p, and where it writes down its process."""
    (home / "forward.py").write_text(FORWARD)
    ran = home / "ran"
    return f"{sys.executable} {home}/forward.py %p {ran}", ran


def test_proxy_command_is_the_connection(sshd: Start, home: Path) -> None:
    server = sshd()
    command, ran = forwarder(home)
    (home / ".ssh" / "config").write_text(
        f"Host board\n  HostName no-such-host.invalid\n  HostKeyAlias lab-board\n"
        f"  User {getuser()}\n  IdentityFile {server.key}\n  ProxyCommand {command}\n"
        "  ProxyJump nowhere\n"
    )
    server.known_hosts.write_text(f"lab-board {public(server.host_key)}\n")
    login = configured(Login("board", server.port, known_hosts=server.known_hosts))
    client = connect(login)
    assert Remote(client).run("echo there")[1] == b"there\n"
    pid = int(ran.read_text())
    client.close()
    assert not Path(f"/proc/{pid}").exists(), "it ended, and was waited for"
    assert any(word == f"ProxyCommand={login.proxy}" for word in login.command)


@pytest.mark.parametrize(
    ("lines", "proxied", "jumps"),
    [
        ("ProxyCommand nc a b\n  ProxyJump first", True, 0),
        ("ProxyJump first\n  ProxyCommand nc a b", False, 1),
        ("ProxyJump none\n  ProxyCommand nc a b", False, 0),
        ("ProxyCommand none", False, 0),
    ],
)
def test_first_of_proxy_command_and_jump_counts(
    home: Path, lines: str, proxied: bool, jumps: int
) -> None:
    (home / ".ssh" / "config").write_text(f"Host board\n  {lines}\n")
    login = configured(Login("board"))
    assert (bool(login.proxy), len(login.jumps)) == (proxied, jumps)


@pytest.mark.parametrize("command", ["exit 3", "/no/such/program", "sleep 100"])
def test_proxy_command_that_does_not_connect_is_a_machine_error(
    sshd: Start, home: Path, command: str
) -> None:
    login = replace(sshd().login, proxy=command, seconds=1.0)
    assert isinstance(failure(login), MachineError)


def test_host_key_is_entered_under_its_alias_alone(sshd: Start) -> None:
    server = sshd()
    login = replace(server.login, alias="lab-board")
    error = failure(login)
    assert isinstance(error, UserError)
    assert f"is not in {server.known_hosts} under lab-board (HostKeyAlias)" in error.problem
    assert "-o HostKeyAlias=lab-board" in error.remedy
    server.known_hosts.write_text(f"lab-board {public(server.host_key)}\n")
    connect(login).close()
    server.known_hosts.write_text(f"lab-board {public(keygen(server.folder / 'other'))}\n")
    assert "ssh-keygen -R 'lab-board'" in failure(login).remedy  # type: ignore[union-attr]


@pytest.mark.parametrize("only", [True, False])
def test_identities_only_leaves_out_the_agents_other_keys(
    sshd: Start, home: Path, agent: Path, only: bool
) -> None:
    """The agent has the right key; the configuration names another one."""
    server = sshd()
    add(server.key)
    other = keygen(server.folder / "other")
    lines = f"Host *\n  IdentityFile {other}\n" + ("  IdentitiesOnly yes\n" if only else "")
    (home / ".ssh" / "config").write_text(lines)
    login = configured(replace(server.login, key=None))
    assert login.only_keys is only
    if only:
        assert f"accepts none of the keys: tried {other}" in str(failure(login))
        add(other)
        lock(other)
        (server.folder / "authorized_keys").write_text(Path(f"{other}.pub").read_text())
    connect(login).close()


def test_certificate_authority_is_refused_by_name(sshd: Start) -> None:
    server = sshd()
    server.known_hosts.write_text(f"@cert-authority * {public(server.host_key)}\n")
    assert "certificate authorities in it are not supported" in str(failure(server.login))


def test_jump_that_leads_to_itself_is_refused(home: Path) -> None:
    (home / ".ssh" / "config").write_text("Host *\n  ProxyJump loop\n")
    with pytest.raises(UserError, match="more than 8"):
        configured(Login("board"))


@pytest.mark.parametrize(
    "text",
    [
        "Port none\n",
        "nonsense\n",
        "Host a\n  ProxyJump a:b:c@d\n",
        "CanonicalizeHostname yes\n",
        'Match exec "\n',
        "Match\n",
        "Host \x00\n IdentityFile %Z\n",
        "IdentityFile ~nobody-of-this-name/x\nPort 99999999999999999999\n",
        "User %Q\nHostName %h%\n",
    ],
)
def test_wrong_ssh_config_is_a_user_error_or_none(home: Path, text: str) -> None:
    (home / ".ssh" / "config").write_text(text)
    with suppress(UserError):
        configured(Login("a"))


@pytest.mark.parametrize("seed", range(30))
def test_no_exception_of_the_library_escapes(home: Path, seed: int) -> None:
    rng = random.Random(seed)
    words = ["Host", "Match", "User", "Port", "ProxyJump", "Include", "IdentityFile", "HostName",
             "a", "*", "!a", "all", "final", "host", "exec", "canonical", '"', "=", "%h", "%%",
             "none", "~/x", "\n", "\n", "\xff", "[", "]:9", "@", ","]  # fmt: skip
    (home / ".ssh" / "config").write_text(" ".join(rng.choices(words, k=60)), encoding="latin-1")
    try:
        configured(Login("a"))
    except ZxhilError as error:
        assert isinstance(error, UserError)


class _BrokenTransport:
    """As paramiko's is after its thread has met what it did not expect."""

    def is_active(self) -> bool:
        return True

    def open_session(self, timeout: float) -> None:
        raise ValueError("unpacked \x1b too little")

    def close(self) -> None:
        pass


class _BrokenClient:
    def __init__(self) -> None:
        self.transport = _BrokenTransport()

    def get_transport(self) -> _BrokenTransport:
        return self.transport


def test_exception_of_the_librarys_thread_is_a_machine_error(tmp_path: Path) -> None:
    over = Ssh(SshTarget(Login("host"), tmp_path))
    client: Any = _BrokenClient()
    log: Any = None
    running = _OverSsh(over, client, "true", log, 0)
    with pytest.raises(MachineError, match=r"can't be started: unpacked \\x1b too little"):
        running._start("true")
    assert not running._is_there()
