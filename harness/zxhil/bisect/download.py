"""Verified downloads that resume where they were interrupted."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import CannotTell, ProbeFault
from zxhil.disk.files import parse_json

_TIMEOUT = 10.0
_TAG = re.compile(r"(?!W/)[ -~]{0,1000}")
_BYTES = re.compile(r"[0-9]{1,18}")
_RANGE = re.compile(r"bytes ([0-9]{1,18})-")
_CHUNK = 1 << 18
_GONE = (404, 410)
#: How often an interrupted download that made progress is resumed at once.
RESUMES = 20


@dataclass(frozen=True, slots=True)
class Download:
    """A file to fetch: `url` (http or https), and its SHA-256 in hex, "" if it is not known."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """Bytes of a file, and seconds that it may take: a server may send a byte now and then."""

    size: int = 16 << 30
    seconds: float = 4 * 3600.0


_LIMITS = DownloadLimits()


class _Line:
    """The connection of one try, which another thread may cut; it is cut when its time is over."""

    def __init__(self, deadline: float) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cut = False
        self._deadline = deadline
        self._timer = threading.Timer(max(0.0, deadline - time.monotonic()), self.cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()

    def hold(self, connected: socket.socket) -> None:
        """Use this connection from now on."""
        with self._lock:
            self._socket = connected
        if self._is_cut:
            self.cut()

    def cut(self) -> None:
        """Close the connection: a pending read fails with OSError, or sees its end."""
        with self._lock:
            self._is_cut = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def check(self, url: str) -> None:
        """Raise ProbeFault if the time is over."""
        if time.monotonic() >= self._deadline:
            raise ProbeFault(f"{url}: the download timed out")

    def connection(self, kind: type[http.client.HTTPConnection]) -> Any:
        """Connection factory for urllib that keeps the connection, so that it can be closed."""

        def make(host: str, **options: Any) -> http.client.HTTPConnection:
            made = kind(host, **options)
            connect = made.connect

            def held() -> None:
                connect()
                self.hold(made.sock)

            made.connect = held  # type: ignore[method-assign]
            return made

        return make


class _Http(urllib.request.HTTPHandler):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._line.connection(http.client.HTTPConnection), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._line.connection(http.client.HTTPSConnection), req)


def _opener(line: _Line) -> urllib.request.OpenerDirector:
    """Open http and https only, also after a redirection."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Http(line),
        _Https(line),
    ):
        opener.add_handler(handler)
    return opener


def fetch(wanted: Download, part: Path, cancel: Cancel, limits: DownloadLimits = _LIMITS) -> None:
    """Fetch into `part`, which may hold the beginning from an earlier try; then verify.

    Raises CannotTell if the server says that there is no such file, Cancelled at once if the work
    is cancelled, and ProbeFault for all else, a file that is larger or takes longer than `limits`
    too: what came so far stays for the next try, unless it turned out to be wrong.
    """
    deadline = time.monotonic() + limits.seconds
    for _ in range(RESUMES):
        before = _size(part)
        line = _Line(deadline)
        try:
            with cancel.ending(line.cut), line:
                _go_on(wanted.url, part, line, cancel, limits)
            line.check(wanted.url)
            break
        except urllib.error.HTTPError as error:
            with closing(error):
                if error.code in _GONE:
                    raise CannotTell(f"{wanted.url} is not there (HTTP {error.code})") from None
                raise ProbeFault(f"{wanted.url}: HTTP {error.code} {error.reason}") from None
        except (OSError, http.client.HTTPException, ValueError, OverflowError) as error:
            # urllib raises the last two for an address that a redirection leads to.
            cancel.check()
            line.check(wanted.url)
            if _size(part) <= before or isinstance(error, ValueError | OverflowError):
                raise ProbeFault(f"{wanted.url}: {error}") from None
    else:
        raise ProbeFault(f"{wanted.url} was cut off {RESUMES} times")
    _verify(wanted, part)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _go_on(url: str, part: Path, line: _Line, cancel: Cancel, limits: DownloadLimits) -> None:
    have = _size(part)
    request = urllib.request.Request(url)
    tag = _tag_of(part)
    if have:
        request.add_header("Range", f"bytes={have}-")
        if tag:
            # If the file has changed, the server sends the whole new one.
            request.add_header("If-Range", tag)
    try:
        response = _opener(line).open(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not have:
            raise
        # Nothing follows what was received: complete, unless the digest disagrees.
        error.close()
        return
    with closing(response):
        _receive(response, part, have, cancel, limits)


def _receive(response: Any, part: Path, have: int, cancel: Cancel, limits: DownloadLimits) -> None:
    goes_on = response.status == 206 and _starts_at(response) == have
    if response.status == 206 and not goes_on:
        part.unlink()
        raise ConnectionError("the server sent a different range than requested")
    length = _number(response.headers.get("Content-Length"))
    room = limits.size - (have if goes_on else 0)
    if length is not None and length > room:
        raise ProbeFault(f"{response.url} has more than {limits.size} bytes")
    part.with_name(part.name + ".tag").write_text(
        json.dumps(response.headers.get("ETag") or response.headers.get("Last-Modified") or "")
    )
    came = 0
    with part.open("ab" if goes_on else "wb") as file:
        # Read what has arrived: a slow server must not block until a buffer is full.
        while chunk := response.read1(_CHUNK):
            cancel.check()
            came += len(chunk)
            if came > room:
                raise ProbeFault(f"{response.url} has more than {limits.size} bytes")
            file.write(chunk)
    cancel.check()
    if length is not None and came < length:
        raise ConnectionError(f"cut off after {came} of {length} bytes")


def _starts_at(response: Any) -> int:
    """``Content-Range: bytes 100-199/200`` starts at 100; -1 for anything else."""
    found = _RANGE.match(str(response.headers.get("Content-Range", "")))
    return int(found[1]) if found else -1


def _number(text: str | None) -> int | None:
    """A header's number of bytes; None if it is missing or malformed."""
    return int(text) if text and _BYTES.fullmatch(text) else None


def _tag_of(part: Path) -> str:
    try:
        tag = parse_json(part.with_name(part.name + ".tag").read_bytes())
    except (OSError, ValueError):
        return ""
    # A weak tag must not be used with ranges (RFC 9110, 13.1.5).
    return tag if isinstance(tag, str) and _TAG.fullmatch(tag) else ""


def _verify(wanted: Download, part: Path) -> None:
    if wanted.sha256 and (found := sha256_of(part)) != wanted.sha256.lower():
        part.unlink()
        raise ProbeFault(f"{wanted.url}: SHA-256 is {found}, not {wanted.sha256}")


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
