"""The console of a whole real system: the shell is Zircon's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from push_bench import verdicts

from harness.abi.arch import Arch
from harness.image import zbi
from harness.image.find import Image, load
from harness.machine.limits import EMULATION_FACTOR, Limits
from harness.oracle.results import CaseEndKind
from harness.push.bootfs import Booting
from harness.push.console import MEMORY_MIB, Console, Systems
from harness.push.way import Way
from harness.run.boot import Setup
from harness.run.journal import Journal
from harness.run.plan import plan
from harness.run.record import RunReport
from harness.run.session import Session


def whole_system(arch: Arch, path: Path) -> Image:
    image = load(path, arch, bootfs=True)
    items = zbi.read(image.zbi, image.name, check_crc=False)
    if not any(item.type == zbi.ItemType.STORAGE_BOOTFS for item in items):
        pytest.skip(f"{path} is a kernel alone: there is no shell in it")
    return image


@pytest.mark.qemu
@pytest.mark.real
def test_the_console_and_bootfs_agree(real: tuple[Arch, Path], tmp_path: Path) -> None:
    """All cases: the same verdicts, but for those that need what a shell's children don't get."""
    arch, path = real
    image = whole_system(arch, path)
    tasks = plan([arch])
    limits = Limits().scaled(EMULATION_FACTOR)

    def run(name: str, way: Way | None) -> RunReport:
        logs = tmp_path / name
        logs.mkdir(exist_ok=True)
        setup = Setup(image, limits, logs, logs, way=way)
        with Journal(logs) as journal:
            return Session({arch: setup}, journal, 1).run(tasks)

    first = run("bootfs", None)
    logs = tmp_path / "console"
    logs.mkdir()
    systems = Systems(
        Booting(image, logs, logs, memory_mib=MEMORY_MIB), [task.program for task in tasks]
    )
    way = Console(image.name, systems.start, logs)
    try:
        second = run("console", way)
    finally:
        way.close()
    skipped = {
        case.id
        for case in second.cases
        if case.end is CaseEndKind.SKIPPED and "the process was given no" in case.detail
    }
    assert not second.interrupted
    assert len(second.cases) == len(first.cases)
    assert len(skipped) < len(second.cases) / 20
    assert [v for v in verdicts(second) if v[0] not in skipped] == [
        v for v in verdicts(first) if v[0] not in skipped
    ]
    assert len(list(logs.glob("*-system.serial"))) == 1, "one boot served all programs"
