"""A labgrid farm on loopback: coordinator, exporter with ser2net, and one simulated board.

labgrid has an environment of its own, as its pytest plugin and its fork of pyserial would get in
the way of ours.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from push_board import Board

BIN = Path(sys.executable).parents[1].with_name(".venv-labgrid") / "bin"
PLACE = "desk"
#: Nothing here takes so long; a test that waits longer has found a hang.
PATIENCE = 240.0


def must_be_installed() -> None:
    if not (BIN / "labgrid-client").exists() or shutil.which("ser2net", path=_PATH) is None:
        pytest.skip("labgrid or ser2net is not installed (scripts/setup test)")


_PATH = os.pathsep.join([str(BIN), os.environ["PATH"], "/usr/sbin"])


class LabgridFarm:
    """A farm with a place for a board on a pty; its power port is an HTTP server of ours."""

    def __init__(self, folder: Path, board: Board) -> None:
        folder.mkdir()
        self.folder = folder
        self.staged = folder / "staged.zbi"
        self.switched: list[str] = []
        self._power = _power_port(self, board)
        self.environment = {
            **os.environ,
            "PATH": _PATH,
            "LG_COORDINATOR": f"127.0.0.1:{_free_port()}",
            "no_proxy": "127.0.0.1",
        }
        (folder / "exporter.yaml").write_text(
            f"""
desk:
  RawSerialPort:
    port: {board.url}
    speed: 115200
  NetworkPowerPort:
    model: rest
    host: "http://127.0.0.1:{self._power.server_port}/{{index}}"
    index: 1
"""
        )
        where = self.environment["LG_COORDINATOR"]
        self._processes = [self._start("coordinator", "-l", where)]
        self._until("places")
        self._processes.append(
            self._start("exporter", "-c", where, "--name", "ex", "--hostname", "127.0.0.1",
                        str(folder / "exporter.yaml"))
        )  # fmt: skip
        self.client("create")
        self.client("add-match", "ex/desk/*/*")
        self._until("show", b"RawSerialPort")

    def _start(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{what}.log").open("wb") as log:
            return subprocess.Popen(
                [str(BIN / f"labgrid-{what}"), *words],
                cwd=self.folder, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip

    def client(self, *words: str, check: bool = True) -> bytes:
        command = [str(BIN / "labgrid-client"), "-p", PLACE, *words]
        return subprocess.run(
            command, env=self.environment, check=check, stdout=subprocess.PIPE, stderr=-2
        ).stdout

    def _until(self, word: str, shown: bytes = b"") -> None:
        end = time.monotonic() + PATIENCE
        while shown not in (said := self.client(word, check=False)) or b"Error" in said:
            assert time.monotonic() < end, said
            time.sleep(0.1)

    @property
    def owner(self) -> bytes:
        """Who has acquired the place; empty if nobody has."""
        return self.client("who").split(b"\n", 1)[1].strip()

    def until_released(self) -> None:
        end = time.monotonic() + PATIENCE
        while self.owner:
            assert time.monotonic() < end, self.owner
            time.sleep(0.1)

    def close(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait(20)
        self._power.shutdown()


def _power_port(farm: LabgridFarm, board: Board) -> ThreadingHTTPServer:
    """What labgrid's driver `rest` speaks to: PUT 0 or 1. On means the staged boot image."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            value = self.rfile.read(int(self.headers["Content-Length"])).decode()
            farm.switched.append(value)
            if value == "1":
                command = board.power_command
                switch = {**os.environ, "ZXHIL_ZBI": str(farm.staged)}
                subprocess.run(["sh", "-c", command], env=switch, check=True)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
