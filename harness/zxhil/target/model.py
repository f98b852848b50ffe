"""A target: an image, a transport, and their settings. Each field is a key of the target file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from zxhil.machine.limits import Limits

TRANSPORTS = ("bootfs", "console", "ssh", "uart")

#: The largest number of a TCP port.
PORTS = 0xFFFF


@dataclass(frozen=True, slots=True)
class SerialKeys:
    """``[target.NAME.serial]``: `port`, its `speed` in bits a second and `flow` control.

    `power_cycle` is a command for ``/bin/sh`` that switches the board off and on.
    """

    port: str = ""
    speed: int = 115200
    flow: str = "none"
    power_cycle: str = ""


@dataclass(frozen=True, slots=True)
class SshKeys:
    """``[target.NAME.ssh]``. `trace_from` is "stdout", "serial", or a command on the target.

    Port 0 and an empty user mean those of ssh_config, or else 22 and "fuchsia".
    """

    host: str = ""
    port: int = 0
    user: str = ""
    key: Path | None = None
    known_hosts: Path | None = None
    accept_any_host_key: bool = False
    folder: str = "/tmp"
    run: str = "{path}"
    trace_from: str = "stdout"
    reconnect: float = 60.0


@dataclass(frozen=True, slots=True)
class LimitKeys:
    """``[target.NAME.limits]``, in real seconds; 0 means zxhil's default."""

    boot: float = 0.0
    case: float = 0.0
    silence: float = 0.0

    def over(self, limits: Limits) -> Limits:
        """These limits if given, or else the others."""
        return Limits(
            self.boot or limits.boot, self.case or limits.case, self.silence or limits.silence
        )


@dataclass(frozen=True, slots=True)
class Target:
    """``[target.NAME]``. Paths are absolute, or relative to the file's folder when it is read.

    `transport` is one of TRANSPORTS; empty to derive it from the tables that are present.
    `labgrid` is a place of a labgrid farm, which fills in the keys of `serial` and `ssh`.
    """

    name: str = ""
    transport: str = ""
    image: Path | None = None
    shim: Path | None = None
    arch: str = ""
    memory: int = 0
    smp: int = 0
    age: str = ""
    repo: Path | None = None
    accel: str = ""
    words: tuple[str, ...] = ()
    qemu_args: tuple[str, ...] = ()
    known: Path | None = None
    docs: Path | None = None
    labgrid: str = ""
    limits: LimitKeys = field(default_factory=LimitKeys)
    serial: SerialKeys = field(default_factory=SerialKeys)
    ssh: SshKeys = field(default_factory=SshKeys)

    @property
    def transport_kind(self) -> str:
        """The transport, as given or derived: SSH for a host, UART for a serial port."""
        if self.transport:
            return self.transport
        on_line = self.serial.port or self.labgrid
        return "ssh" if self.ssh.host else "uart" if on_line else "bootfs"
