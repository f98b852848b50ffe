"""Opening an SSH connection: which keys, which host keys, and what each failure means."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from zxhil.errors import MachineError, UserError
from zxhil.plain import plain

if TYPE_CHECKING:
    import paramiko

USER = "fuchsia"
"""What Fuchsia's sshd expects (its third_party/openssh-portable, fuchsia/README)."""

PORT = 22
CONNECT_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Login:
    """Whom to log in to, and as whom.

    Without a `key` those of `default_keys` that exist are tried, then the agent's. Without
    `known_hosts`, ``~/.ssh/known_hosts`` counts. `any_host_key` is for emulators that make a new
    host key at each boot: whoever answers is believed.
    """

    host: str
    port: int = PORT
    user: str = USER
    key: Path | None = None
    known_hosts: Path | None = None
    any_host_key: bool = False
    seconds: float = CONNECT_SECONDS

    @property
    def name(self) -> str:
        """As a person would write it."""
        port = "" if self.port == PORT else f" port {self.port}"
        return f"{self.user}@{self.host}{port}"

    @property
    def command(self) -> tuple[str, ...]:
        """The ssh command that logs in the same way."""
        options: list[str] = ["-p", str(self.port)] if self.port != PORT else []
        if self.key is not None:
            options += ["-i", str(self.key)]
        if self.any_host_key:
            options += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        elif self.known_hosts is not None:
            options += ["-o", f"UserKnownHostsFile={self.known_hosts}"]
        return ("ssh", *options, f"{self.user}@{self.host}")


def default_keys() -> list[Path]:
    """Where Fuchsia's tools keep the private key, whether it exists or not.

    ``~/.ssh/fuchsia_ed25519`` is what ffx makes; a checkout's ``.ssh/pkey`` is older.
    """
    places = [Path("~/.ssh/fuchsia_ed25519").expanduser()]
    if os.environ.get("FUCHSIA_DIR"):
        places.append(Path(os.environ["FUCHSIA_DIR"]) / ".ssh" / "pkey")
    return places


def connect(login: Login) -> paramiko.SSHClient:
    """Log in; the caller closes the client.

    Raises UserError for what the person must put right (the host's name, the key, the host key),
    MachineError for a host that refuses, is not there, or stays silent.
    """
    import paramiko

    client = paramiko.SSHClient()
    _load_known(client, login)
    keys = _keys(login)
    if not keys and not paramiko.Agent().get_keys():
        raise _no_key_taken(login, keys)
    try:
        client.connect(
            login.host,
            login.port,
            login.user,
            key_filename=cast(Any, [str(key) for key in keys]),
            look_for_keys=False,
            allow_agent=login.key is None,
            timeout=login.seconds,
            banner_timeout=login.seconds,
            auth_timeout=login.seconds,
            channel_timeout=login.seconds,
        )
    except BaseException as error:
        client.close()
        if not isinstance(error, Exception) or isinstance(error, UserError):
            raise
        _explain(error, login, keys)
    transport = client.get_transport()
    assert transport is not None
    transport.set_keepalive(_KEEP_ALIVE_SECONDS)
    return client


def known_hosts_file(login: Login) -> Path:
    """The file whose host keys count."""
    return login.known_hosts or Path("~/.ssh/known_hosts").expanduser()


def fingerprint(key: paramiko.PKey) -> str:
    """A host key's fingerprint, as ``ssh-keygen -l`` prints it."""
    digest = base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode("ascii")
    return f"{key.get_name()} SHA256:{digest.rstrip('=')}"


def _load_known(client: paramiko.SSHClient, login: Login) -> None:
    import paramiko

    if login.any_host_key:
        # In memory only: nothing is trusted beyond this connection.
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        return
    file = known_hosts_file(login)

    class Refuse(paramiko.MissingHostKeyPolicy):
        def missing_host_key(
            self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
        ) -> None:
            raise UserError(
                login.name,
                f"its host key is unknown: {fingerprint(key)} is not in {file}",
                f"compare it with the target's own, then: ssh-keyscan -p {login.port} "
                f"{login.host} >> {file}; for a throw-away emulator --ssh-accept-any-host-key",
            )

    client.set_missing_host_key_policy(Refuse())
    if login.known_hosts is None and not file.exists():
        return
    try:
        client.load_system_host_keys(str(file))
        # A missing file is skipped in silence, and one that the user named must be there.
        file.read_bytes()
    except OSError as error:
        raise UserError(
            str(file), f"can't be read: {error.strerror}", "give the file of known hosts"
        ) from error


def _keys(login: Login) -> list[Path]:
    keys = [key for key in default_keys() if key.is_file()] if login.key is None else [login.key]
    for key in keys:
        _check_key(key)
    return keys


def _check_key(path: Path) -> None:
    import paramiko

    try:
        paramiko.PKey.from_path(path)
    except OSError as error:
        raise UserError(
            str(path), f"can't be read: {error.strerror}", "give a private key"
        ) from error
    except (paramiko.PasswordRequiredException, TypeError) as error:
        raise UserError(
            str(path),
            "is locked by a passphrase",
            "add it to an agent (ssh-add) and remove --ssh-key",
        ) from error
    except (paramiko.SSHException, ValueError, paramiko.pkey.UnknownKeyType) as error:
        raise UserError(
            str(path), "is not a readable private key", "give an OpenSSH private key"
        ) from error


def _explain(error: Exception, login: Login, keys: list[Path]) -> NoReturn:
    """Raise what the failure means to a person."""
    import paramiko

    match error:
        case paramiko.BadHostKeyException():
            raise UserError(
                login.name,
                f"its host key has changed: {fingerprint(error.key)} now, "
                f"{fingerprint(error.expected_key)} in {known_hosts_file(login)}",
                "if it was repaved, remove the old key: ssh-keygen -R "
                f"'[{login.host}]:{login.port}'; otherwise another host is answering",
            ) from error
        case paramiko.AuthenticationException():
            raise _no_key_taken(login, keys) from error
        case socket.gaierror():
            raise UserError(
                login.host,
                f"is not a known host: {error.args[-1]}",
                "give a host's name or address",
            ) from error
        case paramiko.ssh_exception.NoValidConnectionsError():
            causes = {str(getattr(each, "strerror", each)) for each in error.errors.values()}
            problem = f"{login.name}: no connection: {', '.join(sorted(causes))}"
            raise MachineError(problem) from error
        case TimeoutError():
            problem = f"{login.name}: no answer within {login.seconds:g} s"
            raise MachineError(problem) from error
        case _:
            # What the peer sent may be in it.
            said = plain(str(error)) or type(error).__name__
            raise MachineError(f"{login.name}: {said}") from error


def _no_key_taken(login: Login, keys: list[Path]) -> UserError:
    agent = "" if login.key else " and the agent's"
    tried = ", ".join(map(str, keys))
    if not keys:
        tried = f"none at {' or '.join(map(str, default_keys()))}"
    return UserError(
        login.name, f"accepts none of the keys: tried {tried}{agent}", "give its key: --ssh-key"
    )
