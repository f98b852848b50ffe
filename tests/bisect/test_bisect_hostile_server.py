"""A server that sends nonsense, too much, or a byte now and then."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from zxhil.bisect import images
from zxhil.bisect.download import Download, DownloadLimits, fetch
from zxhil.bisect.process import Cancel, Cancelled
from zxhil.bisect.provide import ProbeFault
from zxhil.errors import UserError


class Server:
    """Answers each connection with the given bytes, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.pause = 0.0
        self.sent = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/a.zbi"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            for piece in self.pieces:
                connection.sendall(piece)
                self.sent += 1
                time.sleep(self.pause)

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def _get(server: Server, part: Path, limits: DownloadLimits | None = None) -> None:
    wanted = Download(server.url, "")
    fetch(wanted, part, Cancel(), limits or DownloadLimits(1 << 20, 60))


@pytest.mark.parametrize("length", [b"abc", b"-5", b"\xb2", b"1" * 5000])
def test_invalid_content_length_is_ignored(server: Server, tmp_path: Path, length: bytes) -> None:
    server.pieces = [b"HTTP/1.0 200 OK\r\nContent-Length: " + length + b"\r\n\r\nimage"]
    _get(server, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == b"image"


@pytest.mark.parametrize(
    "reported",
    [b"bytes \xb2-3/9", b"bytes", b"bytes -", b"bytes 1-2-3", b"items 2-3/9", b"0" * 5000],
)
def test_invalid_content_range_is_a_fault(server: Server, tmp_path: Path, reported: bytes) -> None:
    (tmp_path / "part").write_bytes(b"im")
    server.pieces = [b"HTTP/1.0 206 Partial\r\nContent-Range: " + reported + b"\r\n\r\nage"]
    with pytest.raises(ProbeFault, match="different range"):
        _get(server, tmp_path / "part")


@pytest.mark.parametrize(
    "place",
    [
        b"http://[::1",
        b"http://127.0.0.1:99999999/a",
        b"http://127.0.0.1:70000/a",
        b"ftp://127.0.0.1/a",
        b"file:///etc/passwd",
        "http://127.0.0.1/ä".encode(),
        b"http://\xff/a",
        b"//",
        b"http://a b/",
    ],
)
def test_a_redirection_to_nowhere_is_a_fault(server: Server, tmp_path: Path, place: bytes) -> None:
    server.pieces = [b"HTTP/1.0 302 Found\r\nLocation: " + place + b"\r\n\r\n"]
    with pytest.raises(ProbeFault, match="http"):
        _get(server, tmp_path / "part")


@pytest.mark.parametrize("length", [b"", b"Content-Length: 99999999999\r\n"])
def test_a_file_over_the_limit_is_a_fault(server: Server, tmp_path: Path, length: bytes) -> None:
    server.pieces = [b"HTTP/1.0 200 OK\r\n" + length + b"\r\n", *[b"x" * 65536] * 40]
    with pytest.raises(ProbeFault, match="more than 1048576 bytes"):
        _get(server, tmp_path / "part")
    assert not (tmp_path / "part").exists() or (tmp_path / "part").stat().st_size <= 1 << 20


@pytest.mark.parametrize("where", ["head", "body"])
def test_slow_server_times_out(server: Server, tmp_path: Path, where: str) -> None:
    head = b"HTTP/1.0 200 OK\r\n"
    server.pieces = [head, *([b"a"] if where == "head" else [b"\r\n", *[b"x"] * 500])] * 1
    server.pieces += [b"b"] * 500
    server.pause = 0.05
    with pytest.raises(ProbeFault, match="timed out"):
        _get(server, tmp_path / "part", DownloadLimits(1 << 20, 0.5))


@pytest.mark.parametrize("where", ["head", "body"])
def test_slow_server_does_not_delay_a_cancelled_download(
    server: Server, tmp_path: Path, where: str
) -> None:
    head = [b"HTTP/1.0 200 OK\r\n"] if where == "head" else [b"HTTP/1.0 200 OK\r\n\r\n"]
    server.pieces, server.pause = [*head, *[b"x"] * 30], 1.0
    cancel = Cancel()
    threading.Timer(0.5, cancel.set).start()
    with pytest.raises(Cancelled):
        fetch(Download(server.url, ""), tmp_path / "part", cancel)
    assert server.sent < len(server.pieces), "the server was waited for"


@pytest.mark.parametrize(
    "url",
    ["http://[::1", "http://h:99999/a", "http://h/ä", "http://ä/a", "http://h/a b", "http://h:x/a"],
)
def test_invalid_url_is_refused_by_name(tmp_path: Path, url: str) -> None:
    path = tmp_path / "images.json"
    entries = [{"name": name, "url": url} for name in "ab"]
    path.write_text(json.dumps({"images": entries}))
    with pytest.raises(UserError, match=r"images\.json: image 1"):
        images.read_range(path)
