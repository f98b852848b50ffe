"""An SSH server that breaks every rule ends in a clear error within its time."""

from __future__ import annotations

import logging
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import paramiko
import pytest
from push_sshd import keygen
from zxhil.errors import MachineError
from zxhil.push import ssh_put
from zxhil.push.ssh_connect import Login, connect
from zxhil.push.ssh_put import Remote

#: What the SFTP subsystem does: it gets its channel, and how a packet is sent on it.
Behavior = Callable[[paramiko.Channel], None]


def _packet(kind: int, body: bytes) -> bytes:
    return struct.pack(">IB", len(body) + 1, kind) + body


def _garbage(channel: paramiko.Channel) -> None:
    channel.sendall(random.Random(3).randbytes(4000))


def _huge_packet(channel: paramiko.Channel) -> None:
    channel.sendall(struct.pack(">IB", 0x00FFFFFF, 2) + bytes(1000))
    time.sleep(60)


def _drips(channel: paramiko.Channel) -> None:
    channel.sendall(_packet(2, struct.pack(">I", 3)))
    while True:
        # A name of a million files, a byte at a time.
        channel.sendall(b"\x00")
        time.sleep(0.05)


def _answers_what_nobody_asked(channel: paramiko.Channel) -> None:
    channel.sendall(_packet(2, struct.pack(">I", 3)))
    number = 0
    while True:
        number += 1
        channel.sendall(_packet(104, struct.pack(">II", 1_000_000 + number, 0xFFFFFFFF)))


def _wrong_types(channel: paramiko.Channel) -> None:
    channel.sendall(_packet(2, struct.pack(">I", 3)))
    for number in range(1, 100):
        channel.sendall(_packet(104, struct.pack(">II", number, 5) + b"\xff" * 40))


def _short_packets(channel: paramiko.Channel) -> None:
    channel.sendall(_packet(2, b""))


class Hostile(paramiko.ServerInterface):
    """Accepts any user. Commands do what `command` says, SFTP what `behavior` does."""

    def __init__(self, behavior: Behavior, command: Behavior) -> None:
        self._behavior = behavior
        self._command = command

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def _do(self, channel: paramiko.Channel, what: Behavior) -> bool:
        def work() -> None:
            with suppress(Exception):
                what(channel)
                channel.close()

        threading.Thread(target=work, daemon=True).start()
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        return self._do(channel, self._command)

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        return self._do(channel, self._behavior)


def _refuses(channel: paramiko.Channel) -> None:
    channel.send_exit_status(1)


def _prints_without_an_end(channel: paramiko.Channel) -> None:
    while True:
        channel.sendall(bytes(1 << 15))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., Login]]:
    listeners = []
    key = keygen(tmp_path / "key")

    def start(behavior: Behavior, command: Behavior = _refuses) -> Login:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                transport = paramiko.Transport(connection)
                transport.add_server_key(paramiko.Ed25519Key(filename=str(key)))
                transport.start_server(server=Hostile(behavior, command))

        threading.Thread(target=serve, daemon=True).start()
        port: int = listener.getsockname()[1]
        return Login("127.0.0.1", port, "anybody", key, any_host_key=True)

    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)
    yield start
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize(
    "behavior",
    [
        _garbage,
        _huge_packet,
        _drips,
        _answers_what_nobody_asked,
        _wrong_types,
        _short_packets,
    ],
    ids=lambda each: each.__name__.strip("_"),
)
def test_a_hostile_sftp_server_ends_in_a_clear_error(
    behavior: Behavior, server: Callable[..., Login], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_put, "_WHOLE_SECONDS", 2.0)
    client = connect(server(behavior))
    try:
        with pytest.raises(
            MachineError, match=r"can't be written on the target|took longer|failed"
        ):
            Remote(client).put(bytes(100_000), "/tmp/x")
    finally:
        client.close()


def test_a_command_that_prints_without_an_end_is_ended(server: Callable[..., Login]) -> None:
    client = connect(server(_garbage, _prints_without_an_end))
    try:
        with pytest.raises(MachineError, match="produced too much output"):
            Remote(client).run("true")
    finally:
        client.close()


@pytest.mark.parametrize(
    "says",
    [
        b"SSH-2.0-x\r\n" + random.Random(1).randbytes(5000),
        b"\xff" * 100_000,
        b"HTTP/1.1 400 no\r\n",
    ],
    ids=["garbage", "no text", "another protocol"],
)
def test_a_garbage_peer_prints_no_traceback(says: bytes, tmp_path: Path) -> None:
    key = keygen(tmp_path / "key")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(says)
                    connection.recv(1 << 16)

        threading.Thread(target=serve, daemon=True).start()
        done = subprocess.run(
            [
                *(
                    sys.executable,
                    "-c",
                    "from zxhil.cli import main; main()",
                    "run",
                    "--arch",
                    "x64",
                ),
                *("--ssh", f"x@127.0.0.1:{listener.getsockname()[1]}", "--ssh-key", str(key)),
                *("--ssh-accept-any-host-key", "--tests", "object_get_child", "-q"),
            ],
            cwd=tmp_path,
            env={**os.environ},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr + done.stdout
    assert "stopped early: x@127.0.0.1" in done.stdout
