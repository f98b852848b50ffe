"""Known hosts, keys, and the agent, against a real OpenSSH server."""

from __future__ import annotations

import random
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from push_keys import add, failure, lock, public
from push_sshd import Sshd, keygen
from zxhil.errors import UserError
from zxhil.push import ssh_keys
from zxhil.push.known_hosts import read_known_hosts
from zxhil.push.ssh_connect import connect
from zxhil.push.ssh_put import Remote

Start = Callable[..., Sshd]


# Known hosts.


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


def test_any_known_key_type_is_requested(sshd: Start) -> None:
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


def test_public_key_selects_the_agents_key(sshd: Start, agent: Path) -> None:
    server = sshd()
    add(server.key)
    server.key.unlink()
    connect(replace(server.login, key=Path(f"{server.key}.pub"))).close()


def test_only_the_agent_is_enough(sshd: Start, agent: Path) -> None:
    server = sshd()
    add(server.key)
    connect(replace(server.login, key=None)).close()


@pytest.mark.parametrize("answer", [b"\0\0\0\1\5", b"x" * 64, b""])
def test_socket_that_is_not_an_agents_is_ignored(
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
