"""The user's ssh_config settings for a host: how it is reached, its keys, and the user's.

paramiko reads the file but neither follows Include nor reports where an error is.
"""

from __future__ import annotations

import getpass
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.disk.files import read_limited
from zxhil.errors import UserError
from zxhil.push.ssh_connect import PORT, USER, Login

if TYPE_CHECKING:
    import paramiko

_MOST_BYTES = 1 << 20
_MOST_JUMPS = 8
_LINE = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+)(.+?)\s*$")
_JUMP = re.compile(r"(?:ssh://)?(?:([^@]*)@)?(\[[^\]]+\]|[^:\[\]]+)(?::(\d+))?/?")
#: The order in which ssh tries keys for a host without an IdentityFile, such as a jump host.
_USUAL_KEYS = ("id_rsa", "id_ecdsa", "id_ed25519")


def config_files() -> list[Path]:
    """The files that ssh reads, the user's first: the first value of a setting wins."""
    return [Path("~/.ssh/config").expanduser(), Path("/etc/ssh/ssh_config")]


def configured(login: Login) -> Login:
    """Fill in what was not given: from ssh_config, else zxhil's defaults.

    Raises UserError for a file that can't be read or understood.
    """
    return _configured(login, USER, 0)


def _configured(login: Login, user: str, jumps: int) -> Login:
    settings = _settings(login)
    proxy = _proxy(settings)
    files = [Path(name) for name in settings.get("identityfile", [])]
    keys = tuple(file for file in files if file.is_file())
    return replace(
        login,
        host=settings.get("hostname", login.host),
        port=_port(login.host, str(login.port or settings.get("port", PORT))),
        user=login.user or settings.get("user", user),
        keys=login.keys or keys,
        jumps=() if proxy else _jumps(login, settings.get("proxyjump", "none"), jumps),
        proxy=proxy,
        only_keys=settings.get("identitiesonly", "no").lower() in ("yes", "true"),
        alias=settings.get("hostkeyalias", ""),
    )


def _proxy(settings: paramiko.SSHConfigDict) -> str:
    """The command that connects; empty if a ProxyJump stands before it: the first of them wins."""
    first = next((key for key in settings if key in ("proxyjump", "proxycommand")), "")
    command = str(settings[first] or "") if first == "proxycommand" else ""
    return "" if command.lower() == "none" else command


def _jumps(login: Login, text: str, count: int) -> tuple[Login, ...]:
    """The jump hosts in the order of connection, each with its settings."""
    if text.lower() == "none":
        return ()
    found: list[Login] = []
    for part in text.split(","):
        parts = _JUMP.fullmatch(part.strip())
        if parts is None:
            raise UserError(
                f"ssh_config, host {login.host}", f"ProxyJump {text} is not understood",
                "write [USER@]HOST[:PORT], separated by commas",
            )  # fmt: skip
        count += 1
        if count > _MOST_JUMPS:
            raise UserError(
                f"ssh_config, host {login.host}", f"ProxyJump goes through more than {_MOST_JUMPS}",
                "does a host jump through itself?",
            )  # fmt: skip
        jump = Login(
            parts[2].strip("[]"), int(parts[3] or 0), parts[1] or "",
            known_hosts=login.known_hosts, seconds=login.seconds,
        )  # fmt: skip
        whole = _configured(jump, getpass.getuser(), count)
        if not whole.keys:
            places = (Path("~/.ssh").expanduser() / name for name in _USUAL_KEYS)
            whole = replace(whole, keys=tuple(path for path in places if path.is_file()))
        # ssh goes through a jump host's own jumps only for the first of the list.
        alone = replace(whole, jumps=())
        found += [replace(alone, proxy="")] if found else [*whole.jumps, alone]
    return tuple(found)


def _port(host: str, text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 1 << 16:
        raise UserError(f"SSH host {host}", f"port {text} is no port", "give 1 to 65535")
    return int(text)


def _settings(login: Login) -> paramiko.SSHConfigDict:
    """All settings of the files for a host; the library's errors name neither file nor fix."""
    host = login.host
    # What was given wins, also in the %p and %r of a command.
    lines = [f"Port {login.port}"] if login.port else []
    lines += [f"User {login.user}"] if login.user else []
    for file in config_files():
        # Settings before a file's first Host apply to all hosts.
        lines += ["Host *", *(_lines(file.resolve(), host, ()) if file.is_file() else ())]
    return _lookup("\n".join(lines), host)


def _lookup(text: str, host: str) -> paramiko.SSHConfigDict:
    import paramiko

    try:
        return paramiko.SSHConfig.from_text(text).lookup(host)
    except Exception as error:
        # ConfigParseError, CouldNotCanonicalize, and whatever Match and tokens lead to.
        files = " or ".join(str(file) for file in config_files() if file.is_file())
        why = " ".join(str(error).split()) or type(error).__name__
        raise UserError(files, f"can't be used for {host}: {why}", "see ssh -G") from error


def _lines(file: Path, host: str, within: tuple[Path, ...]) -> Iterator[str]:
    """A file's lines, with included files expanded in place; `within` are the including files."""
    data = read_limited(file, _MOST_BYTES, "correct ssh_config")
    block = "Host *"
    for line in data.decode("utf-8", "replace").splitlines():
        found = _LINE.match(line)
        key = found[1].lower() if found else ""
        if key in ("host", "match"):
            block = line
        if found is None or key != "include":
            yield line
        elif _applies(block, host):
            for each in _included(found[2]):
                if each not in (*within, file):
                    yield "Host *"
                    yield from _lines(each, host, (*within, file))
            yield block


def _included(patterns: str) -> Iterator[Path]:
    for name in patterns.replace('"', "").split():
        place = config_files()[0].parent / Path(name).expanduser()
        try:
            found = sorted(Path(place.anchor).glob(str(place.relative_to(place.anchor))))
        except (ValueError, NotImplementedError, RuntimeError, OSError) as error:
            raise UserError(f"ssh_config, Include {name}", f"{error}", "correct it") from error
        yield from (each.resolve() for each in found if each.is_file())


def _applies(block: str, host: str) -> bool:
    """Does a Host or Match line apply to the host? Its includes count only then."""
    return "user" in _lookup(f"{block}\nUser x\n", host)
