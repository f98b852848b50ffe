"""Opening an SSH connection: keys, host keys, and what each failure means."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from zxhil.counts import counted
from zxhil.errors import MachineError, UserError
from zxhil.plain import plain
from zxhil.push.known_hosts import HostKey, HostKeys, read_known_hosts
from zxhil.push.ssh_keys import OfferedKey, offered

if TYPE_CHECKING:
    import paramiko

USER = "fuchsia"
"""What Fuchsia's sshd expects (its third_party/openssh-portable, fuchsia/README)."""

PORT = 22
CONNECT_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Login:
    """Where to log in, and as which user.

    Port 0 and an empty user mean "not given": `zxhil.push.ssh_config.configured` fills them in.
    With a `key` only that is tried; else `keys` (ssh_config's) or, without any, those of
    `default_keys` that exist, then the agent's. The default for `known_hosts` is
    ``~/.ssh/known_hosts``. `any_host_key` accepts any host key, for emulators that make a new one
    at each boot. `jumps` are the jump hosts in the order of connection, `proxy` is the command that
    connects to the first of them. `only_keys` leaves out what else the agent has. Host keys are
    entered under `alias`, if there is one.
    """

    host: str
    port: int = 0
    user: str = ""
    key: Path | None = None
    known_hosts: Path | None = None
    any_host_key: bool = False
    seconds: float = CONNECT_SECONDS
    keys: tuple[Path, ...] = ()
    jumps: tuple[Login, ...] = ()
    proxy: str = ""
    only_keys: bool = False
    alias: str = ""

    @property
    def name(self) -> str:
        """The login as a user would write it."""
        port = f" port {self.port}" if self.port not in (0, PORT) else ""
        return f"{self.user or USER}@{self.host}{port}"

    @property
    def command(self) -> tuple[str, ...]:
        """The ssh command that logs in the same way."""
        options: list[str] = ["-p", str(self.port)] if self.port not in (0, PORT) else []
        for key in (self.key,) if self.key is not None else self.keys:
            options += ["-i", str(key)]
        if self.jumps:
            options += ["-J", ",".join(f"{j.user}@{j.host}:{j.port}" for j in self.jumps)]
        if self.proxy:
            options += ["-o", f"ProxyCommand={self.proxy}"]
        if self.only_keys:
            options += ["-o", "IdentitiesOnly=yes"]
        if self.alias:
            options += ["-o", f"HostKeyAlias={self.alias}"]
        if self.any_host_key:
            options += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        elif self.known_hosts is not None:
            options += ["-o", f"UserKnownHostsFile={self.known_hosts}"]
        return ("ssh", *options, f"{self.user or USER}@{self.host}")


def default_keys() -> list[Path]:
    """Where Fuchsia's tools keep the private key, whether or not it exists.

    ``~/.ssh/fuchsia_ed25519`` is what ffx makes; a checkout's ``.ssh/pkey`` is older.
    """
    places = [Path("~/.ssh/fuchsia_ed25519").expanduser()]
    if os.environ.get("FUCHSIA_DIR"):
        places.append(Path(os.environ["FUCHSIA_DIR"]) / ".ssh" / "pkey")
    return places


def connect(login: Login) -> paramiko.SSHClient:
    """Log in, through `jumps` if there are any; the caller closes the client.

    Raises UserError for what the user must fix (the host's name, the key, the host key),
    MachineError for a host that refuses, is unreachable, or stays silent; nothing else.
    """
    import paramiko

    class Client(paramiko.SSHClient):
        """Closes the connections to its jump hosts as well."""

        def close(self) -> None:
            super().close()
            for each in reversed(through):
                each.close()

    through: list[paramiko.SSHClient | ProxyConnection] = []
    client = Client()
    try:
        before: paramiko.SSHClient | ProxyConnection | None = None
        proxy = next((each.proxy for each in (*login.jumps, login)), "")
        if proxy:
            before = _proxied(proxy, login)
            through.append(before)
        for jump in login.jumps:
            over = paramiko.SSHClient()
            through.append(over)
            _log_in(over, jump, before)
            before = over
        _log_in(client, login, before)
    except BaseException:
        client.close()
        raise
    return client


def _proxied(command: str, login: Login) -> ProxyConnection:
    try:
        return ProxyConnection(command)
    except OSError as error:
        raise MachineError(f"{login.name}: ProxyCommand can't be run: {error.strerror}") from error


def _log_in(
    client: paramiko.SSHClient, login: Login, before: paramiko.SSHClient | ProxyConnection | None
) -> None:
    """Connect one client, through the proxy or jump host `before` it if there is one."""
    import paramiko

    port, user = login.port or PORT, login.user or USER
    files = [login.key] if login.key is not None else list(login.keys) or _existing(default_keys())
    given = login.key is not None
    keys, useless = offered(files, agent_too=not given and not login.only_keys, must_serve=given)
    if not keys:
        raise _no_key_taken(login, keys, useless)
    hosts = _hosts(login, port)

    class Check(paramiko.MissingHostKeyPolicy):
        """Receives every host key, since the client is given no known ones."""

        def missing_host_key(
            self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
        ) -> None:
            if not login.any_host_key:
                _check_host_key(login, hosts, HostKey(key.asbytes()))

    class Authenticate:
        """Offers each key in turn."""

        def authenticate(self, transport: paramiko.Transport) -> None:
            _authenticate(transport, login, user, keys, useless)

    def transport(sock: Any, **options: Any) -> paramiko.Transport:
        made = paramiko.Transport(sock, **options)
        security = made.get_security_options()
        security.key_types = _preferred(hosts, security.key_types)
        return made

    client.set_missing_host_key_policy(Check())
    try:
        sock: Any = None
        if isinstance(before, ProxyConnection):
            sock = before.socket
        elif before is not None:
            jump = before.get_transport()
            assert jump is not None
            here = ("127.0.0.1", 0)
            sock = jump.open_channel("direct-tcpip", (login.host, port), here, None, None,
                                     login.seconds)  # fmt: skip
        client.connect(
            login.host,
            port,
            user,
            sock=sock,
            look_for_keys=False,
            allow_agent=False,
            timeout=login.seconds,
            banner_timeout=login.seconds,
            auth_timeout=login.seconds,
            channel_timeout=login.seconds,
            transport_factory=transport,
            auth_strategy=Authenticate(),  # type: ignore[arg-type]
        )
        made = client.get_transport()
        assert made is not None
        made.set_keepalive(_KEEP_ALIVE_SECONDS)
    except (UserError, MachineError):
        raise
    except Exception as error:
        _explain(error, login)


def known_hosts_file(login: Login) -> Path:
    """The known_hosts file to use."""
    return login.known_hosts or Path("~/.ssh/known_hosts").expanduser()


def _existing(files: Sequence[Path]) -> list[Path]:
    return [file for file in files if file.is_file()]


def _hosts(login: Login, port: int) -> HostKeys:
    """The known keys of the host; a file that the user named must exist."""
    file = known_hosts_file(login)
    if login.any_host_key or (login.known_hosts is None and not file.exists()):
        return HostKeys()
    if login.alias:
        return read_known_hosts(file, login.alias, PORT, PORT)
    return read_known_hosts(file, login.host, port, PORT)


def _preferred(hosts: HostKeys, types: Sequence[str]) -> tuple[str, ...]:
    """Key types to request: those of the host's known keys before all others."""
    known = {key.type for key in hosts.known}
    return tuple(sorted(types, key=lambda name: _KEY_OF.get(name, name) not in known))


#: The key type of a signature algorithm, where the names differ.
_KEY_OF = {"rsa-sha2-256": "ssh-rsa", "rsa-sha2-512": "ssh-rsa"}


def _check_host_key(login: Login, hosts: HostKeys, key: HostKey) -> None:
    """Refuse a key that is revoked, unknown, or differs from the known one. Raises UserError."""
    file, port = known_hosts_file(login), login.port or PORT
    for revoked in hosts.revoked:
        if revoked.blob == key.blob:
            raise UserError(
                login.name,
                f"its host key is revoked: {key.fingerprint} ({file}:{revoked.line})",
                "another host may be answering; if not, give the host a new key",
            )
    if any(known.blob == key.blob for known in hosts.known):
        return
    if same_type := [known for known in hosts.known if known.type == key.type]:
        before = ", ".join(f"{known.fingerprint} in {file}:{known.line}" for known in same_type)
        name = login.alias or (f"[{login.host}]:{port}" if port != PORT else login.host)
        raise UserError(
            login.name,
            f"its host key has changed: {key.fingerprint} now, {before}",
            f"if it was repaved, remove the old key: ssh-keygen -R '{name}'; "
            "otherwise another host is answering",
        )
    others = sorted({known.type for known in hosts.known})
    also = f", which has its {' and '.join(others)} key only" if others else ""
    also += "; certificate authorities in it are not supported" if hosts.authority else ""
    under = f" under {login.alias} (HostKeyAlias)" if login.alias else ""
    add = f"ssh-keyscan -p {port} {login.host} >> {file}"
    if login.alias or login.proxy or login.jumps:
        add = f"add it with {' '.join(login.command)}"
    raise UserError(
        login.name,
        f"its host key is unknown: {key.fingerprint} is not in {file}{under}{also}",
        f"compare it with the target's own, then: {add}; "
        "for a throw-away emulator --ssh-accept-any-host-key",
    )


def _authenticate(
    transport: paramiko.Transport,
    login: Login,
    user: str,
    keys: Sequence[OfferedKey],
    useless: Sequence[str],
) -> None:
    """Offer the keys in order. Raises UserError if none is accepted, or one is not enough."""
    import paramiko

    for count, offer in enumerate(keys, 1):
        try:
            more = transport.auth_publickey(user, offer.key)
        except paramiko.AuthenticationException:
            if not transport.is_active():
                raise MachineError(
                    f"{login.name}: closed the connection after {counted(count, 'key')} of "
                    f"{len(keys)}: if it allows no more (MaxAuthTries), give the right --ssh-key"
                ) from None
            continue
        if more:
            raise UserError(
                login.name,
                f"accepts {offer.place}, but requires also {' and '.join(more)}",
                "let the key suffice (AuthenticationMethods of sshd_config)",
            )
        return
    raise _no_key_taken(login, keys, useless)


def _explain(error: Exception, login: Login) -> NoReturn:
    """Raise the error that explains the failure to the user."""
    import paramiko

    match error:
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
            # It may contain text from the peer.
            said = plain(str(error)) or type(error).__name__
            raise MachineError(f"{login.name}: {said}") from error


def _no_key_taken(login: Login, keys: Sequence[OfferedKey], useless: Sequence[str]) -> UserError:
    places = list(dict.fromkeys(offer.place for offer in keys))
    tried = "tried " + ", ".join(places) if places else "there are none"
    if login.key is None and not login.keys:
        missing = [str(path) for path in default_keys() if not path.is_file()]
        tried += f"; not there: {', '.join(missing)}" if missing else ""
    tried += "".join(f"; {why}" for why in useless)
    return UserError(login.name, f"accepts none of the keys: {tried}", "give its key: --ssh-key")


_PROXY_SECONDS = 2.0


class ProxyConnection:
    """Runs the command in a shell, as ssh does; `socket` is the connection to it.

    Raises OSError if there is no shell. The command's messages go to standard error.
    """

    def __init__(self, command: str) -> None:
        self.socket, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
            )
        except OSError:
            self.socket.close()
            raise
        finally:
            theirs.close()

    def close(self) -> None:
        """Close the connection, and end the command."""
        self.socket.close()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PROXY_SECONDS)
            return
        self._process.kill()
        self._process.wait()
