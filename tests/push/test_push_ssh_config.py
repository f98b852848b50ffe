"""ssh_config against a real OpenSSH server."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from getpass import getuser
from pathlib import Path
from typing import Any

import pytest
from push_keys import add, failure, lock, public
from push_sshd import Sshd, keygen
from zxhil.errors import MachineError, UserError, ZxhilError
from zxhil.push.ssh import Ssh, SshTarget, _OverSsh
from zxhil.push.ssh_config import configured
from zxhil.push.ssh_connect import Login, connect
from zxhil.push.ssh_put import Remote

Start = Callable[..., Sshd]


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


def test_jump_hosts_are_used(sshd: Start, home: Path) -> None:
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
