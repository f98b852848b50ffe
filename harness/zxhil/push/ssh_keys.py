"""Keys to log in with: from files, or from the agent, which also serves for a locked file."""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.disk.files import read_limited
from zxhil.errors import UserError

if TYPE_CHECKING:
    import paramiko

_MOST_BYTES = 1 << 20
_AGENT_SECONDS = 10.0
_OPENSSH = b"openssh-key-v1\0"


@dataclass(frozen=True, slots=True)
class OfferedKey:
    """A key to try, and its source as text."""

    key: paramiko.PKey
    place: str


def offered(
    files: Iterable[Path], agent_too: bool, must_serve: bool
) -> tuple[list[OfferedKey], list[str]]:
    """Load the keys of files, then the agent's if `agent_too`; also why some files gave none.

    A locked file selects the agent's copy of its key; so does a public key. Raises UserError
    for a file that gives no key if they `must_serve`.
    """
    in_agent = {key.asbytes(): key for key in agent_keys()}
    found: dict[bytes, OfferedKey] = {}
    useless = []
    for file in files:
        try:
            key = _of_file(file, in_agent)
        except UserError as error:
            if must_serve:
                raise
            useless.append(f"{error.place} {error.problem}")
            continue
        found[key.asbytes()] = OfferedKey(key, str(file))
    if agent_too:
        for blob, key in in_agent.items():
            found.setdefault(blob, OfferedKey(key, "the agent"))
    return list(found.values()), useless


def agent_keys() -> list[paramiko.PKey]:
    """The agent's keys; none if there is no agent, or what answers is not one."""
    import paramiko

    found: list[paramiko.PKey] = []

    def ask() -> None:
        # Anything may be listening on the agent's socket.
        with suppress(Exception):
            found.extend(paramiko.Agent().get_keys())

    # The library waits for an answer without a timeout.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_AGENT_SECONDS)
    return list(found)


def _of_file(path: Path, in_agent: dict[bytes, paramiko.PKey]) -> paramiko.PKey:
    import paramiko

    data = read_limited(path, _MOST_BYTES, "give a private key")
    try:
        return paramiko.PKey.from_path(path)
    except (paramiko.PasswordRequiredException, TypeError):
        blob = _public_blob(path, data)
        if blob in in_agent:
            return in_agent[blob]
        raise UserError(
            str(path),
            "is locked by a passphrase, and the agent does not have it",
            f"run ssh-add {path}",
        ) from None
    except Exception as error:
        # On a damaged key the library may raise nearly any exception.
        blob = _of_line(data)
        if blob in in_agent:
            return in_agent[blob]
        raise UserError(
            str(path), "is not a readable private key", "give an OpenSSH private key"
        ) from error


def _public_blob(path: Path, data: bytes) -> bytes:
    """A locked file's public key: unencrypted in OpenSSH's format, else in the file next to it."""
    body = b"".join(line for line in data.splitlines() if not line.startswith(b"-----"))
    with suppress(binascii.Error, ValueError):
        decoded = base64.b64decode(body, validate=True)
        if decoded.startswith(_OPENSSH):
            return _after_strings(decoded[len(_OPENSSH) :])
    beside = path.with_name(path.name + ".pub")
    return _of_line(beside.read_bytes()) if beside.is_file() else b""


def _after_strings(data: bytes) -> bytes:
    """The public key: after three strings (cipher, KDF, its options) and the number of keys."""
    for _ in range(3):
        data = data[4 + int.from_bytes(data[:4], "big") :]
    size = int.from_bytes(data[4:8], "big")
    return data[8 : 8 + size]


def _of_line(data: bytes) -> bytes:
    """The key in a public key file: ``ssh-ed25519 AAAA… comment``."""
    fields = data.split(maxsplit=2)
    with suppress(binascii.Error, ValueError):
        return base64.b64decode(fields[1], validate=True) if len(fields) > 1 else b""
    return b""
