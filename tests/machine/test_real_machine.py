"""Real kernels: the words that they really say, and the machines that they really run on."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from skips import NO_IMAGE
from zxhil.abi.arch import Arch
from zxhil.image.find import load
from zxhil.image.pack import boot_words, pack
from zxhil.machine import snapshot
from zxhil.machine.boot import Boot
from zxhil.machine.limits import Limit, Limits, Watch
from zxhil.machine.listen import End, EndKind, listen
from zxhil.machine.machine import Machine
from zxhil.machine.monitor import Event, EventKind

pytestmark = [pytest.mark.qemu, pytest.mark.real]
LIMITS = Limits(60, 60, 20)


@pytest.fixture(params=list(Arch))
def arch(request: pytest.FixtureRequest) -> Arch:
    chosen: Arch = request.param
    if not os.environ.get(f"ZXHIL_IMAGE_{chosen.upper()}"):
        pytest.skip(f"{NO_IMAGE}: ZXHIL_IMAGE_{chosen.upper()} is not set")
    return chosen


def prepare(
    arch: Arch, folder: Path, words: Sequence[str] = (), extra: tuple[str, ...] = ()
) -> Boot:
    image = load(Path(os.environ[f"ZXHIL_IMAGE_{arch.upper()}"]), arch)
    zbi = folder / "image.zbi"
    zbi.write_bytes(pack(image, {"bin/none": b""}, (*boot_words(image, "bin/other"), *words)))
    return Boot(arch, image.kernel, zbi, extra=extra)


def hear(boot: Boot, folder: Path, limits: Limits = LIMITS) -> tuple[bytes, list[Event], End]:
    with Machine(boot, folder) as machine:
        items = list(listen(machine, Watch(limits)))
    end = items[-1]
    assert isinstance(end, End)
    data = b"".join(item for item in items if isinstance(item, bytes))
    return data, [item for item in items if isinstance(item, Event)], end


def test_userboot_finds_no_program(arch: Arch, tmp_path: Path) -> None:
    data, events, end = hear(prepare(arch, tmp_path), tmp_path)
    assert data.count(b"welcome to Zircon") == 1
    if b"not found" in data:
        assert [event.kind for event in events] == [EventKind.USERBOOT], end
        assert "not found" in end.evidence
    else:
        # The kernel halts with these lines in its log's buffer, or (arm64) runs on from there
        # into its power-off call, which now and then never returns nor ends the machine.
        halted = [event.kind for event in events] == [EventKind.HALT]
        silent = end.passed is not None and end.passed.limit is Limit.SILENCE
        ran_on = end.kind is EndKind.POWERED_OFF or silent
        assert halted or (arch is Arch.ARM64 and ran_on), end


def test_a_real_panic_with_its_backtrace(arch: Arch, tmp_path: Path) -> None:
    if arch is not Arch.X64:
        pytest.skip(f"{NO_IMAGE}: one of x64, no word makes an arm64 kernel panic")
    # A clock that isn't there makes the x64 kernel panic early.
    boot = prepare(arch, tmp_path, ["kernel.wallclock=none-such"])
    _, events, end = hear(boot, tmp_path)
    if not events:
        pytest.skip(f"{NO_IMAGE}: one that refuses a kernel.wallclock")
    assert end.event is not None and end.event.kind is EventKind.PANIC
    assert "ZIRCON KERNEL PANIC" in end.evidence and "bt#00" in end.evidence
    assert end.evidence.count("ZIRCON KERNEL PANIC") == 1


def test_a_machine_that_is_stopped_is_silent(arch: Arch, tmp_path: Path) -> None:
    boot = prepare(arch, tmp_path, extra=("-S",))
    data, _, end = hear(boot, tmp_path, Limits(60, 60, 0.5))
    assert data == b"" and end.kind is EndKind.LIMIT
    assert end.passed is not None and end.passed.limit is Limit.SILENCE


def test_a_reset_is_seen_as_a_reboot(arch: Arch, tmp_path: Path) -> None:
    with Machine(prepare(arch, tmp_path), tmp_path) as machine:
        ends = []
        for item in listen(machine, Watch(LIMITS)):
            if isinstance(item, bytes) and b"welcome to Zircon" in item and not ends:
                machine.qmp().execute("system_reset")
            if isinstance(item, End):
                ends.append(item)
    assert ends[0].event is not None and ends[0].event.kind is EventKind.REBOOT


def test_guest_is_restored_to_its_saved_state(arch: Arch, tmp_path: Path) -> None:
    """What a kernel says after a restore is what it said after the save, numbers apart."""
    snapshot.write_empty_qcow2(tmp_path / "state.qcow2")
    boot = prepare(arch, tmp_path, extra=snapshot.drive_options(tmp_path / "state.qcow2"))
    with Machine(boot, tmp_path) as machine:
        qmp = machine.qmp()
        assert machine.read(time.monotonic() + 60)
        qmp.execute("stop")
        snapshot.save(qmp, "here")
        reported = []
        for _ in range(2):
            while machine.read(time.monotonic() + 0.2):
                pass
            qmp.execute("cont")
            said = b""
            while len(said) < 1000:
                said += machine.read(time.monotonic() + 60) or b""
            reported.append(re.sub(rb"[0-9a-f]+", b"#", said)[:500])
            qmp.execute("stop")
            snapshot.restore(qmp, "here")
    assert reported[0] == reported[1]
