"""A Dask cluster of processes: on loopback, or each worker on a host in a network namespace."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

#: Nothing here takes so long; a test that waits longer has found a hang.
PATIENCE = 240.0

#: A broken connection is noticed soon, also where nothing says that it is broken.
_ENVIRONMENT = {
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "12s",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "6s",
    "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False",
}


class Hosts:
    """A scheduler and workers; `scratch` has a folder for the temporary files of each worker."""

    def __init__(self, folder: Path, scratch: Path, names: Sequence[str], host: str) -> None:
        self.folder = folder
        self.scratch = scratch
        self.file = folder / "scheduler.json"
        self._prefix: dict[str, list[str]] = {}
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.names = names
        self._host = host
        self.cable: dict[str, str] = {}
        self._scheduler = self._start(
            "scheduler", "scheduler", "--host", host, "--port", "0", "--scheduler-file",
            str(self.file),
        )  # fmt: skip
        wait_until(self.file.exists, "scheduler")

    def start_worker(self, name: str, within: Sequence[str] = (), host: str = "") -> None:
        """Start a worker; `within` begins its command line."""
        self._prefix[name] = list(within)
        (self.scratch / name).mkdir(exist_ok=True)
        self.workers[name] = self._start(
            name, "worker", "--scheduler-file", str(self.file), "--nthreads", "1", "--no-nanny",
            "--name", name, "--host", host or self._host, "--local-directory", str(self.folder),
        )  # fmt: skip

    def _start(self, name: str, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", *options]
        temporary = self.scratch / name if what == "worker" else self.folder
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [*self._prefix.get(name, ()), *command],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **_ENVIRONMENT, "TMPDIR": str(temporary)},
                start_new_session=True,
            )

    def until_ready(self) -> None:
        """Wait until all workers are connected."""
        from distributed import Client

        with Client(scheduler_file=str(self.file), set_as_default=False, timeout=20) as client:
            wait_until(lambda: self._connected(client), "workers")

    def _connected(self, client: Any) -> bool:
        for name, process in self.workers.items():
            assert process.poll() is None, (self.folder / f"{name}.log").read_text()[-2000:]
        return len(client.nthreads()) >= len(self.workers)

    def kill(self, name: str) -> None:
        """Kill a worker without notice."""
        os.killpg(self.workers[name].pid, signal.SIGKILL)
        self.workers[name].wait()

    def at_work(self) -> int:
        """How many threads of workers do some work, also work that nobody waits for any more."""
        from distributed import Client

        def threads(dask_worker: Any) -> int:
            return len(dask_worker.active_threads)

        with Client(scheduler_file=str(self.file), set_as_default=False, timeout=20) as client:
            return sum(client.run(threads).values())

    def qemus(self) -> list[bytes]:
        """The command lines of the machines of all workers."""
        return qemus_of(self.scratch)

    def close(self) -> None:
        """End all processes."""
        for process in (*self.workers.values(), self._scheduler):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in (*self.workers.values(), self._scheduler):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def qemus_of(scratch: Path) -> list[bytes]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                line = (entry / "cmdline").read_bytes()
                if b"qemu-system" in line and os.fsencode(scratch) in line:
                    found.append(line)
    return found


def wait_until(here: object, what: str) -> None:
    assert callable(here)
    end = time.monotonic() + PATIENCE
    while not here():
        assert time.monotonic() < end, f"no {what} within {PATIENCE:g} s"
        time.sleep(0.02)


@contextmanager
def on_loopback(folder: Path, scratch: Path, names: Sequence[str]) -> Iterator[Hosts]:
    hosts = Hosts(folder, scratch, names, "127.0.0.1")
    try:
        for name in names:
            hosts.start_worker(name)
        hosts.until_ready()
        yield hosts
    finally:
        hosts.close()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def why_no_namespaces() -> str:
    """Why this host allows no network namespaces; empty if it does."""
    name = f"zxhil-{secrets.token_hex(3)}"
    try:
        _ip("netns", "add", name)
        _ip("netns", "del", name)
    except FileNotFoundError:
        return "ip is not installed"
    except subprocess.CalledProcessError as error:
        return str(error.stderr.decode(errors="replace")).strip()
    return ""


@contextmanager
def in_namespaces(folder: Path, scratch: Path, names: Sequence[str]) -> Iterator[Hosts]:
    """Each worker on a host of its own, with a cable to this one: `cut` pulls it out."""
    tag, net = secrets.token_hex(2), f"10.{100 + secrets.randbelow(100)}.{secrets.randbelow(250)}"
    with ExitStack() as stack:
        bridge = f"zx{tag}b"
        _ip("link", "add", bridge, "type", "bridge")
        stack.callback(_ip, "link", "del", bridge)
        _ip("addr", "add", f"{net}.1/24", "dev", bridge)
        _ip("link", "set", bridge, "up")
        hosts = Hosts(folder, scratch, names, f"{net}.1")
        stack.callback(hosts.close)
        for number, name in enumerate(names):
            space, outer, inner = f"zx{tag}-{name}", f"zx{tag}{number}", f"zx{tag}{number}i"
            _ip("netns", "add", space)
            stack.callback(_ip, "netns", "del", space)
            _ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", space)
            _ip("link", "set", outer, "master", bridge, "up")
            within = ("ip", "netns", "exec", space)
            for words in (
                ("link", "set", "lo", "up"),
                ("addr", "add", f"{net}.{number + 2}/24", "dev", inner),
                ("link", "set", inner, "up"),
            ):
                subprocess.run([*within, "ip", *words], check=True, capture_output=True)
            hosts.start_worker(name, within, f"{net}.{number + 2}")
        hosts.until_ready()
        hosts.cable = {name: f"zx{tag}{number}" for number, name in enumerate(names)}
        yield hosts


def cut(hosts: Hosts, name: str) -> None:
    """Pull out a host's cable: its connections are not closed, they are silent."""
    _ip("link", "set", hosts.cable[name], "down")
