"""The keys that hosts are known by (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).

Lines without a usable host key (malformed, unknown types, comments in any encoding) are skipped,
as ssh does. Certificate authorities are not supported: they are skipped and counted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from zxhil.disk.files import read_limited

#: Limit of the file's size; a large site's has some hundred thousand lines.
_MOST_BYTES = 64 << 20
_REVOKED, _AUTHORITY = b"@revoked", b"@cert-authority"


@dataclass(frozen=True, slots=True)
class HostKey:
    """A key in wire format, and the line that holds it."""

    blob: bytes
    line: int = 0

    @property
    def type(self) -> str:
        """``ssh-ed25519``; "" if this is not a key."""
        size = int.from_bytes(self.blob[:4], "big")
        name = self.blob[4 : 4 + size]
        return name.decode("ascii") if name.isascii() and len(name) == size else ""

    @property
    def fingerprint(self) -> str:
        """As ``ssh-keygen -l`` prints it."""
        digest = base64.b64encode(hashlib.sha256(self.blob).digest()).decode("ascii")
        return f"{self.type} SHA256:{digest.rstrip('=')}"


@dataclass(frozen=True, slots=True)
class HostKeys:
    """A file's entries for one host: its keys, revoked ones, and whether one is an authority's."""

    known: tuple[HostKey, ...] = ()
    revoked: tuple[HostKey, ...] = ()
    authority: bool = False


def read_known_hosts(path: Path, host: str, port: int, default_port: int) -> HostKeys:
    """Read a file's entries for a host. Raises UserError for a file that can't be read.

    A host on another port than ssh's is entered as ``[host]:port``; as ssh does, the host's name
    alone counts as well if there is no such entry.
    """
    data = read_limited(path, _MOST_BYTES, "give the file of known hosts")
    lines = data.splitlines()
    if port == default_port:
        return _about(lines, host.lower())
    exact, by_name = _about(lines, f"[{host.lower()}]:{port}"), _about(lines, host.lower())
    return HostKeys(
        exact.known or by_name.known,
        exact.revoked + by_name.revoked,
        exact.authority or by_name.authority,
    )


def _about(lines: list[bytes], name: str) -> HostKeys:
    known: list[HostKey] = []
    revoked: list[HostKey] = []
    authority = False
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if not fields or fields[0].startswith(b"#"):
            continue
        marker = fields.pop(0) if fields[0].startswith(b"@") else b""
        if len(fields) < 3 or marker not in (b"", _REVOKED, _AUTHORITY):
            continue
        if not _matches(fields[0], name):
            continue
        key = _key(fields[1], fields[2], number)
        if key is None:
            continue
        if marker == _AUTHORITY:
            authority = True
        else:
            (revoked if marker else known).append(key)
    return HostKeys(tuple(known), tuple(revoked), authority)


def _key(kind: bytes, text: bytes, line: int) -> HostKey | None:
    try:
        key = HostKey(base64.b64decode(text, validate=True), line)
    except (binascii.Error, ValueError):
        return None
    return key if key.type and key.type.encode() == kind else None


def _matches(patterns: bytes, name: str) -> bool:
    """Does the name match the comma-separated patterns, or the hash? ``!pattern`` excludes it."""
    if patterns.startswith(b"|1|"):
        return _is_hash_of(patterns, name)
    found = False
    for pattern in patterns.decode("latin-1").lower().split(","):
        # A host with a port is in brackets; only * and ? are special.
        if fnmatchcase(name, pattern.removeprefix("!").replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _is_hash_of(entry: bytes, name: str) -> bool:
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in entry.split(b"|")[2:4])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, name.encode(), "sha1").digest(), digest)
