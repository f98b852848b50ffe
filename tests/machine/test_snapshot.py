"""QMP and snapshots, on a QEMU that runs nothing."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.errors import MachineError
from zxhil.machine import snapshot
from zxhil.machine.boot import Boot
from zxhil.machine.machine import Machine
from zxhil.machine.params import params_for

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(
        shutil.which(params_for(Arch.ARM64).binary) is None, reason="QEMU is not installed"
    ),
]


@pytest.fixture
def boot(tmp_path: Path) -> Boot:
    """An arm64 machine that is stopped before its first instruction."""
    (tmp_path / "kernel").write_bytes(b"\0" * 4096)
    (tmp_path / "initrd").write_bytes(b"\0" * 4096)
    snapshot.write_empty_qcow2(tmp_path / "state, one.qcow2")
    options = snapshot.drive_options(tmp_path / "state, one.qcow2")
    return Boot(Arch.ARM64, tmp_path / "kernel", tmp_path / "initrd", 64, extra=("-S", *options))


def registers(machine: Machine) -> str:
    return machine.qmp().human("info registers")


def test_machine_is_saved_and_restored(boot: Boot, tmp_path: Path) -> None:
    with Machine(boot, tmp_path) as machine:
        qmp = machine.qmp()
        before = registers(machine)
        snapshot.save(qmp, "start")
        # Zeroes are no instructions: the processor runs into its exception vector and stays.
        qmp.execute("cont")
        qmp.execute("stop")
        for _ in range(1000):
            if registers(machine) != before:
                break
            qmp.execute("cont")
            time.sleep(0.01)
            qmp.execute("stop")
        assert registers(machine) != before
        snapshot.restore(qmp, "start")
        assert registers(machine) == before


def test_restoring_an_unsaved_state_fails(boot: Boot, tmp_path: Path) -> None:
    with Machine(boot, tmp_path) as machine, pytest.raises(MachineError, match="restore"):
        snapshot.restore(machine.qmp(), "other")


def test_a_command_that_qemu_does_not_know(boot: Boot, tmp_path: Path) -> None:
    with Machine(boot, tmp_path) as machine, pytest.raises(MachineError, match="refused"):
        machine.qmp().execute("no-such-command")


def test_a_qemu_that_goes_away(boot: Boot, tmp_path: Path) -> None:
    with Machine(boot, tmp_path) as machine:
        qmp = machine.qmp()
        machine.kill()
        with pytest.raises(MachineError, match="broke"):
            qmp.execute("query-status")


def test_closing_a_connection_whose_other_end_is_dead(boot: Boot, tmp_path: Path) -> None:
    with Machine(boot, tmp_path) as machine:
        machine.qmp()
        machine.kill()


def test_a_qemu_that_has_ended_before(boot: Boot, tmp_path: Path) -> None:
    with Machine(boot, tmp_path) as machine:
        machine.kill()
        with pytest.raises(MachineError, match="has ended"):
            machine.qmp()
