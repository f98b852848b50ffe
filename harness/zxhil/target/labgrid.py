"""``--labgrid PLACE``: a board of a labgrid farm, acquired for as long as this process lives.

labgrid's own client does the work: a shell that outlives this process acquires the place, waits
until a pipe from here closes, however this process ends, and releases it. The place's resources
become keys of the target: its serial port, its power, its SSH service.
"""

from __future__ import annotations

import atexit
import os
import select
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from zxhil.counts import counted
from zxhil.disk.shape import SchemaMismatch, compiled
from zxhil.errors import MachineError, UserError
from zxhil.plain import plain
from zxhil.target.model import PORTS, Target

_CLIENT = "labgrid-client"
_HOLDS = b"zxhil: the place is acquired\n"
# The client must not fail because nobody reads what it prints: whoever started it may be gone.
_KEEPER = f"""
trap '' HUP INT TERM PIPE
said=$("$@" acquire 2>&1) || {{ printf '%s\\n' "$said"; exit 1; }}
echo '{_HOLDS.decode().strip()}'
cat >/dev/null
said=$("$@" release 2>&1) || {{ printf '%s\\n' "$said"; exit 1; }}
"""
_SECONDS = 60.0
_MOST_SAID = 1 << 20
#: Resources that ``labgrid-client power`` can switch.
_POWER = (
    "NetworkPowerPort", "PDUDaemonPort", "NetworkUSBPowerPort", "NetworkSiSPMPowerPort",
    "TasmotaPowerPort", "NetworkYKUSHPowerPort", "NetworkSysfsGPIO",
)  # fmt: skip
_HOST = {"type": "string", "pattern": r"^[A-Za-z0-9_.:%-]+$"}
_TCP_PORT = {"type": "integer", "minimum": 1, "maximum": PORTS}
_CHECKS = {
    "NetworkSerialPort": compiled(
        {
            "type": "object",
            "properties": {
                "host": _HOST,
                "port": _TCP_PORT,
                "protocol": {"enum": ["raw", "rfc2217"]},
                "speed": {"type": "integer", "minimum": 1},
            },
            "required": ["host", "port"],
        }
    ),
    "NetworkService": compiled(
        {
            "type": "object",
            "properties": {
                "address": _HOST,
                "port": _TCP_PORT,
                "username": {"type": "string", "pattern": r"^[^\s:@-][^\s:@]*$"},
            },
            "required": ["address", "username"],
        }
    ),
}


class LabgridResource(NamedTuple):
    """A resource of a place: labgrid's class of it, and its arguments."""

    kind: str
    arguments: dict[str, Any]


class LabgridPlace:
    """A place, from acquiring it to `release`, which also happens when this process ends.

    Raises UserError if it cannot be had (no such place, somebody else's), and MachineError if the
    coordinator does not answer. The coordinator is labgrid's default: ``LG_COORDINATOR``.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.command = (_find_client(), "-p", name)
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "sh", *self.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
        )
        atexit.register(self.release)
        said = self._until_held()
        if not said.endswith(_HOLDS):
            self._keeper.wait()
            raise _refused(name, plain(said).strip())

    def resources(self) -> list[LabgridResource]:
        """What the place has. Raises MachineError if the client fails."""
        try:
            done = subprocess.run(
                [*self.command, "env"], capture_output=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise MachineError(f"{_CLIENT} env did not end within {_SECONDS:g} s") from None
        if done.returncode:
            raise MachineError(f"{_CLIENT} env failed", plain(done.stderr).strip())
        return resources_in(done.stdout)

    def release(self) -> None:
        """Release the place; a second call does nothing."""
        atexit.unregister(self.release)
        if self._keeper.returncode is not None:
            return
        try:
            # This closes the pipe.
            said, _ = self._keeper.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            said = b"no answer"
        if self._keeper.returncode:
            sys.stderr.write(f"zxhil: labgrid place {self.name}: not released: {plain(said)}\n")

    def _until_held(self) -> bytes:
        assert self._keeper.stdout is not None
        descriptor, said, end = self._keeper.stdout.fileno(), b"", time.monotonic() + _SECONDS
        while not said.endswith(_HOLDS) and len(said) < _MOST_SAID:
            if not select.select([descriptor], [], [], max(0.0, end - time.monotonic()))[0]:
                # If it is acquired after all, it is released at once.
                raise MachineError(f"labgrid place {self.name}: no answer for {_SECONDS:g} s")
            chunk = os.read(descriptor, 1 << 16)
            if not chunk:
                break
            said += chunk
        return said


def leased(target: Target) -> Target:
    """The target with the keys of its labgrid place, which is acquired; others are unchanged.

    Raises UserError and MachineError as `LabgridPlace` does, and UserError for a place without
    anything that zxhil can use.
    """
    if not target.labgrid:
        return target
    place = LabgridPlace(target.labgrid)
    return with_resources(target, place.resources(), place.command)


def with_resources(
    target: Target, resources: Sequence[LabgridResource], client: Sequence[str]
) -> Target:
    """The target with what a place has. Raises UserError if the place lacks what it needs."""
    serial = _only(target, resources, "NetworkSerialPort")
    service = _only(target, resources, "NetworkService")
    if serial is not None:
        command = target.serial.power_cycle
        switch = shlex.join([*client, "power", "cycle"])
        if any(each.kind in _POWER for each in resources) and not command.endswith(switch):
            command = f"{{ {command}\n}} && {switch}" if command else switch
        raw = serial.get("protocol") == "raw"
        speed = serial.get("speed", target.serial.speed)
        where = f"{_bracketed(serial['host'])}:{serial['port']}"
        # As labgrid's own driver: ser2net does not confirm all control lines.
        url = f"socket://{where}" if raw else f"rfc2217://{where}?ign_set_control"
        keys = replace(target.serial, port=url, speed=speed, power_cycle=command)
        target = replace(target, serial=keys)
    wants_ssh = target.transport == "ssh" or (not target.transport and serial is None)
    if service is not None and wants_ssh:
        ssh = replace(target.ssh, host=service["address"], port=service.get("port", 0))
        target = replace(target, transport="ssh", ssh=replace(ssh, user=service["username"]))
    if not (target.ssh.host if wants_ssh else target.serial.port):
        what = "NetworkService" if wants_ssh and target.transport else "serial port or SSH service"
        raise UserError(
            f"labgrid place {target.labgrid}",
            f"has no {what}; it has {', '.join(each.kind for each in resources) or 'nothing'}",
            "add one with labgrid-client add-match",
        )
    return target


def resources_in(text: bytes) -> list[LabgridResource]:
    """The resources in what ``labgrid-client env`` prints. Raises MachineError for other text."""
    try:
        import yaml
    except ImportError as error:
        raise UserError(
            "--labgrid", f"needs PyYAML ({error})", "pip install 'zircon-hil[labgrid]'"
        ) from error
    try:
        (target,) = yaml.safe_load(text[:_MOST_SAID])["targets"].values()
        found = [LabgridResource(*item) for each in target["resources"] for item in each.items()]
        for kind, arguments in found:
            if kind in _CHECKS:
                _CHECKS[kind](arguments)
    except SchemaMismatch as error:
        raise MachineError(f"a {kind} of labgrid's is not usable: {error}") from error
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise MachineError(f"{_CLIENT} env printed no place: {error}") from error
    return found


def _only(target: Target, resources: Sequence[LabgridResource], kind: str) -> dict[str, Any] | None:
    found = [each.arguments for each in resources if each.kind == kind]
    if len(found) > 1:
        raise UserError(
            f"labgrid place {target.labgrid}",
            f"has {counted(len(found), kind)}",
            "make a place that matches one",
        )
    return found[0] if found else None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _find_client() -> str:
    """labgrid's client: on PATH, or beside this Python. Raises UserError if there is none."""
    beside = Path(sys.executable).with_name(_CLIENT)
    found = shutil.which(_CLIENT) or (str(beside) if beside.exists() else "")
    if not found:
        raise UserError(
            "--labgrid", f"{_CLIENT} is not installed", "pip install 'zircon-hil[labgrid]'"
        )
    return found


def _refused(name: str, said: str) -> UserError | MachineError:
    problem = said.splitlines()[-1].removeprefix(f"{_CLIENT}: Error: ") if said else "no answer"
    if "connect" in problem.lower():
        return MachineError(f"labgrid place {name}: {problem}", said)
    return UserError(f"labgrid place {name}", problem, "see labgrid-client places and who")
