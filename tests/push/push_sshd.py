"""A real OpenSSH server on loopback, with keys and configuration of its own in a folder.

We hold the listening socket (port 0: nothing else can take it) and start one ``sshd -i`` for each
connection, as inetd does. So a test can cut a connection, let its peer fall silent, and close up.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from contextlib import suppress
from getpass import getuser
from pathlib import Path

from zxhil.push.ssh_connect import Login

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
_SFTP = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server")


def keygen(path: Path, passphrase: str = "") -> Path:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


class Sshd:
    """The server; `sftp` says whether it has that subsystem, `path` is its sessions' PATH."""

    def __init__(self, folder: Path, sftp: bool = True, path: str = "") -> None:
        if os.geteuid() == 0:
            # The service makes it as it starts; without it, root's server refuses to.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        folder.mkdir()
        self.folder = folder
        self.key = keygen(folder / "user_key")
        self.host_key = keygen(folder / "host_key")
        shutil.copy(f"{self.key}.pub", folder / "authorized_keys")
        lines = [
            f"HostKey {self.host_key}",
            f"AuthorizedKeysFile {folder / 'authorized_keys'}",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "StrictModes no",
            "UsePAM no",
            "PermitRootLogin yes",
            "PrintMotd no",
            f"PidFile {folder / 'pid'}",
        ]
        if sftp:
            server = next(each for each in _SFTP if Path(each).exists())
            lines.append(f"Subsystem sftp {server}")
        if path:
            lines.append(f"SetEnv PATH={path}")
        (folder / "config").write_text("\n".join(lines) + "\n")
        self._servers: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._open = True
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.known_hosts = folder / "known_hosts"
        self.know(self.host_key)
        threading.Thread(target=self._serve, daemon=True).start()

    def know(self, host_key: Path) -> None:
        """Enter a key as the one that this host is known by."""
        public = Path(f"{host_key}.pub").read_text()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {public}")

    @property
    def login(self) -> Login:
        return Login("127.0.0.1", self.port, getuser(), self.key, self.known_hosts, seconds=10.0)

    def _serve(self) -> None:
        assert SSHD is not None
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, self._lock:
                self.connections += 1
                if not self._open:
                    continue
                self._servers.append(
                    subprocess.Popen(
                        [
                            SSHD,
                            "-i",
                            "-f",
                            str(self.folder / "config"),
                            "-E",
                            str(self.folder / "log"),
                        ],
                        stdin=connection,
                        stdout=connection,
                        stderr=subprocess.DEVNULL,
                        start_new_session=True,
                    )
                )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all that serves a connection; a cut is SIGKILL, silence SIGSTOP."""
        with self._lock:
            for server in self._servers:
                for pid in _with_children(server.pid):
                    with suppress(ProcessLookupError):
                        os.kill(pid, number)

    def cut(self) -> None:
        """End every connection as a kernel that goes down does: without a disconnect message."""
        self.signal(signal.SIGKILL)
        with self._lock:
            for server in self._servers:
                server.wait()
            self._servers.clear()

    def shut(self, shut: bool = True) -> None:
        """Accept connections and drop them at once, or serve them again."""
        with self._lock:
            self._open = not shut

    def close(self) -> None:
        """Refuse connections, and end those that there are."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.signal(signal.SIGCONT)
        with self._lock:
            for server in self._servers:
                # One that was hung up on ends by itself, and leaves its session time to.
                with suppress(subprocess.TimeoutExpired):
                    server.wait(2)
        self.cut()


def _with_children(pid: int) -> list[int]:
    """A process and its descendants: sshd serves a session by children of its own."""
    found = [pid]
    for parent in found:
        with suppress(OSError):
            tasks = Path(f"/proc/{parent}/task").iterdir()
            for task in tasks:
                found += [int(child) for child in (task / "children").read_text().split()]
    return found
