"""The address of a cluster's scheduler, checked before anything connects to it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from zxhil.disk.files import parse_json
from zxhil.errors import UserError

_SCHEMES = ("tcp", "tls")
_MOST_PORT = 65535
#: Of a name in DNS (RFC 1035, 2.3.4).
_MOST_LABEL = 63
#: What Dask writes has less than a hundredth of it.
_MOST_BYTES = 1 << 20
_REMEDY = "give tcp://HOST:PORT, tls://HOST:PORT, or a scheduler file"


def scheduler_at(given: str) -> str:
    """The address that is given as such, or that a scheduler file has, as SCHEME://HOST:PORT.

    Raises UserError for what is neither.
    """
    place, address = f"--cluster {given}", given
    try:
        is_file, exists = Path(given).is_file(), Path(given).exists()
    except (OSError, ValueError):
        is_file = exists = False
    if is_file:
        address = _from_file(Path(given))
    elif exists:
        raise UserError(place, "is no scheduler file: it is not a regular file", _REMEDY)
    if why := _why_none(_whole(address)):
        said = (
            f"has the address {address!r}: {why}"
            if is_file
            else f"is no file and no address: {why}"
        )
        raise UserError(place, said, _REMEDY)
    return _whole(address)


def _whole(address: str) -> str:
    return address if "://" in address else f"tcp://{address}"


def _from_file(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
        content = parse_json(data) if len(data) <= _MOST_BYTES else None
        why = "it has no address"
    except OSError as error:
        content, why = None, str(error.strerror)
    except UnicodeDecodeError:
        content, why = None, "it is not UTF-8"
    except (ValueError, RecursionError) as error:
        content, why = None, str(error)
    address = content.get("address") if isinstance(content, dict) else None
    if not isinstance(address, str):
        remedy = "give what Dask's --scheduler-file wrote"
        raise UserError(f"--cluster {file}", f"is not a scheduler file: {why}", remedy)
    return address


def _why_none(address: str) -> str:
    """Why it is no address; empty if it is one."""
    if not address.isprintable() or any(letter.isspace() for letter in address):
        return "it has spaces or control characters"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in _SCHEMES:
        return f"{parts.scheme}:// is none of {', '.join(f'{name}://' for name in _SCHEMES)}"
    if not parts.hostname:
        return "it has no host"
    if any(len(label) > _MOST_LABEL for label in parts.hostname.split(".")):
        return "no host has so long a name"
    if port is None:
        return "it has no port"
    if not 0 < port <= _MOST_PORT:
        return f"there is no port {port}"
    if parts.netloc.count("@") or address != f"{parts.scheme}://{parts.netloc}":
        return "there is more than a host and a port"
    return ""
