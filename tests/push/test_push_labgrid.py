"""A board of a labgrid farm: a real coordinator, exporter, and client; the board is simulated."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from push_bench import Bench, Recorded, verdicts
from push_board import Board
from push_labgrid import PATIENCE, PLACE, LabgridFarm, must_be_installed
from zxhil.abi.arch import Arch
from zxhil.errors import MachineError, UserError
from zxhil.machine.boot import Boot
from zxhil.run.replay import check
from zxhil.standin import build
from zxhil.target.labgrid import LabgridResource, resources_in, with_resources
from zxhil.target.model import SerialKeys, Target


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory, standin_bench: Bench) -> Iterator[LabgridFarm]:
    must_be_installed()
    folder = tmp_path_factory.mktemp("labgrid")
    image = standin_bench.image
    board = Board(folder / "board", Boot(image.arch, image.kernel, Path("unset")))
    farm = LabgridFarm(folder / "farm", board)
    yield farm
    farm.close()
    board.close()


def start(farm: LabgridFarm, logs: Path, *words: str) -> subprocess.Popen[bytes]:
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from zxhil.cli import main; main()"
    )
    command = [
        *(sys.executable, "-c", code, "run", "-q", "--image", str(build(Arch.X64))),
        *("--labgrid", PLACE, "--log-dir", str(logs), "--json", f"{logs}.json"),
        *("--power-cycle", f'cp "$ZXHIL_ZBI" {farm.staged}', *words),
    ]
    with Path(f"{logs}.said").open("wb") as said:
        return subprocess.Popen(
            command, env=farm.environment, cwd=farm.folder, stdout=said, stderr=said
        )


@pytest.mark.qemu
def test_run_on_a_place_gives_the_verdicts_of_bootfs(
    farm: LabgridFarm, recorded: Recorded, tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    run = start(farm, logs, "--tests", "vmo_read,vmar_map")
    assert run.wait(PATIENCE) == 0, Path(f"{logs}.said").read_text()
    assert farm.owner == b""
    assert farm.switched == ["0", "1"] * 2
    data = json.loads(Path(f"{logs}.json").read_text())
    assert data["kernels"][0]["image"].endswith(f"on labgrid place {PLACE}")
    programs = ("vmo_read/", "vmar_map/")
    wanted = [v for v in verdicts(recorded.report) if str(v[0]).startswith(programs)]
    assert wanted
    assert sorted(verdicts(check(logs))) == sorted(wanted)


@pytest.mark.qemu
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_place_is_released_on_every_end(
    farm: LabgridFarm, tmp_path: Path, number: signal.Signals
) -> None:
    logs = tmp_path / "logs"
    run = start(farm, logs, "--tests", "vmo_read")
    end = time.monotonic() + PATIENCE
    while not farm.owner:
        assert time.monotonic() < end and run.poll() is None, Path(f"{logs}.said").read_text()
    run.send_signal(number)
    run.wait(PATIENCE)
    farm.until_released()


def test_place_of_somebody_else_is_left_alone(farm: LabgridFarm, tmp_path: Path) -> None:
    farm.client("acquire")
    try:
        logs = tmp_path / "logs"
        assert start(farm, logs, "--tests", "vmo_read").wait(PATIENCE) == 2
        assert "already acquired" in Path(f"{logs}.said").read_text()
        assert farm.owner
    finally:
        farm.client("release")


SERIAL = LabgridResource("NetworkSerialPort", {"host": "h", "port": 7, "speed": 9600})
POWER = LabgridResource("NetworkPowerPort", {"model": "rest"})
SERVICE = LabgridResource("NetworkService", {"address": "h", "username": "u", "port": 2222})
CLIENT = ("labgrid-client", "-p", "a b")
ON_PLACE = Target(labgrid="a b")


def test_serial_port_and_power_become_keys_of_the_target() -> None:
    target = with_resources(ON_PLACE, [SERIAL, POWER, SERVICE], CLIENT)
    cycle = "labgrid-client -p 'a b' power cycle"
    assert target.transport_kind == "uart"
    assert target.serial == SerialKeys("rfc2217://h:7?ign_set_control", 9600, power_cycle=cycle)
    assert with_resources(target, [SERIAL, POWER], CLIENT) == target
    own = replace(ON_PLACE, serial=SerialKeys(power_cycle="stage it # now"))
    both = with_resources(own, [SERIAL, POWER], CLIENT)
    assert both.serial.power_cycle == "{ stage it # now\n} && " + cycle
    raw = SERIAL._replace(arguments={"host": "::1", "port": 7, "protocol": "raw"})
    assert with_resources(ON_PLACE, [raw], CLIENT).serial == SerialKeys("socket://[::1]:7")


def test_ssh_service_is_used_where_asked_or_alone() -> None:
    for target, resources in (
        (ON_PLACE, [SERVICE]),
        (replace(ON_PLACE, transport="ssh"), [SERIAL, SERVICE]),
    ):
        ssh = with_resources(target, resources, CLIENT)
        assert ssh.transport_kind == "ssh"
        assert (ssh.ssh.host, ssh.ssh.port, ssh.ssh.user) == ("h", 2222, "u")


@pytest.mark.parametrize(
    ("transport", "resources", "why"),
    [
        ("", [POWER], "has no serial port or SSH service; it has NetworkPowerPort"),
        ("ssh", [SERIAL], "has no NetworkService"),
        ("", [SERIAL, SERIAL], "has 2 NetworkSerialPorts"),
    ],
)
def test_place_without_what_it_needs_is_refused(
    transport: str, resources: list[LabgridResource], why: str
) -> None:
    with pytest.raises(UserError, match=why):
        with_resources(replace(ON_PLACE, transport=transport), resources, CLIENT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "targets: {}",
        "targets: {a: {resources: 5}}",
        "targets: {a: {resources: [{NetworkSerialPort: {host: h}}]}}",
        "targets: {a: {resources: [{NetworkSerialPort: {host: 'h/x', port: 1}}]}}",
        "targets: {a: {resources: [{NetworkSerialPort: {host: h, port: 70000}}]}}",
        "targets: {a: {resources: [{NetworkService: {address: h, username: '-oProxy'}}]}}",
        "!!python/object/apply:os.system ['false']",
    ],
)
def test_other_text_than_of_a_place_is_refused(text: str) -> None:
    with pytest.raises(MachineError):
        resources_in(text.encode())
