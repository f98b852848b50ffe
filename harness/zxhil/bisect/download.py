"""Downloads that go on where they were cut off, and are what they should be."""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import CannotTell, Fault

_TIMEOUT = 10.0
_CHUNK = 1 << 18
_GONE = (404, 410)
#: How often a download that was cut off, but had brought something, is taken up again at once.
RESUMES = 20


@dataclass(frozen=True, slots=True)
class Download:
    """A file to fetch: `url` (http or https), and its SHA-256 in hex, "" if it is not known."""

    url: str
    sha256: str


def fetch(wanted: Download, part: Path, cancel: Cancel) -> None:
    """Fetch into `part`, which may hold the beginning from an earlier try; then verify.

    Raises CannotTell if the server says that there is no such file, and Fault for all else:
    what came so far stays for the next try, unless it turned out to be wrong.
    """
    for _ in range(RESUMES):
        before = _size(part)
        try:
            _go_on(wanted.url, part, cancel)
            break
        except urllib.error.HTTPError as error:
            with closing(error):
                if error.code in _GONE:
                    raise CannotTell(f"{wanted.url} is not there (HTTP {error.code})") from None
                raise Fault(f"{wanted.url}: HTTP {error.code} {error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            if _size(part) <= before:
                raise Fault(f"{wanted.url}: {error}") from None
    else:
        raise Fault(f"{wanted.url} was cut off {RESUMES} times")
    _verify(wanted, part)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _go_on(url: str, part: Path, cancel: Cancel) -> None:
    have = _size(part)
    request = urllib.request.Request(url)
    tag = _tag_of(part)
    if have:
        request.add_header("Range", f"bytes={have}-")
        if tag:
            # Should the file have changed, the server sends all of the new one.
            request.add_header("If-Range", tag)
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != 416 or not have:
            raise
        # Nothing comes after what there is: complete, unless the check says otherwise.
        error.close()
        return
    with closing(response):
        _receive(response, part, have, cancel)


def _receive(response: Any, part: Path, have: int, cancel: Cancel) -> None:
    goes_on = response.status == 206 and _starts_at(response) == have
    if response.status == 206 and not goes_on:
        part.unlink()
        raise ConnectionError("the server sent another range than was asked for")
    length = response.headers.get("Content-Length")
    part.with_name(part.name + ".tag").write_text(
        json.dumps(response.headers.get("ETag") or response.headers.get("Last-Modified") or "")
    )
    came = 0
    with part.open("ab" if goes_on else "wb") as file:
        while chunk := response.read(_CHUNK):
            cancel.check()
            file.write(chunk)
            came += len(chunk)
    if length is not None and came < int(length):
        raise ConnectionError(f"cut off after {came} of {length} bytes")


def _starts_at(response: Any) -> int:
    """``Content-Range: bytes 100-199/200`` starts at 100; -1 for anything else."""
    words = str(response.headers.get("Content-Range", "")).replace("-", " ").split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else -1


def _tag_of(part: Path) -> str:
    try:
        tag = json.loads(part.with_name(part.name + ".tag").read_text())
    except (OSError, ValueError):
        return ""
    # A weak tag must not be used with ranges (RFC 9110, 13.1.5).
    return tag if isinstance(tag, str) and not tag.startswith("W/") else ""


def _verify(wanted: Download, part: Path) -> None:
    if wanted.sha256 and (found := sha256_of(part)) != wanted.sha256.lower():
        part.unlink()
        raise Fault(f"{wanted.url}: SHA-256 is {found}, not {wanted.sha256}")


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
