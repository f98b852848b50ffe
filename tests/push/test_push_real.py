"""The console of a whole real system: the shell is Zircon's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from push_bench import reported
from skips import NO_IMAGE
from zxhil.abi.arch import Arch
from zxhil.image import zbi
from zxhil.image.find import Image, load
from zxhil.machine.limits import EMULATION_FACTOR, Limits
from zxhil.oracle.results import CaseEndKind
from zxhil.push.booting import Booting
from zxhil.push.console import MEMORY_MIB, Console, Systems
from zxhil.push.transport import Transport
from zxhil.run.journal import Journal
from zxhil.run.plan import plan
from zxhil.run.record import RunReport
from zxhil.run.session import Session
from zxhil.run.setup import Setup


def whole_system(arch: Arch, path: Path) -> Image:
    image = load(path, arch, bootfs=True)
    items = zbi.read(image.zbi, image.name, check_crc=False)
    if not any(item.type == zbi.ItemType.STORAGE_BOOTFS for item in items):
        pytest.skip(f"{NO_IMAGE}: {path} is a kernel alone, with no shell")
    return image


@pytest.mark.qemu
@pytest.mark.real
def test_the_console_and_bootfs_agree(
    real: tuple[Arch, Path], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Every case: the same verdict, clauses and statuses, but where the shell gives less.

    A shell's child has no root resource, and the cases that need it say so. What differs, and
    why, is printed (``pytest -rP``) and stands in the JUnit file.
    """
    arch, path = real
    image = whole_system(arch, path)
    tasks = plan([arch])
    limits = Limits().scaled(EMULATION_FACTOR)

    def run(name: str, transport: Transport | None) -> RunReport:
        logs = tmp_path / name
        logs.mkdir(exist_ok=True)
        setup = Setup(image, limits, logs, logs, transport=transport)
        with Journal(logs) as journal:
            return Session({arch: setup}, journal, 1).run(tasks)

    first = run("bootfs", None)
    logs = tmp_path / "console"
    logs.mkdir()
    systems = Systems(Booting(image, logs, logs, memory_mib=MEMORY_MIB), [t.program for t in tasks])
    transport = Console(image.name, systems.start, logs)
    try:
        second = run("console", transport)
    finally:
        transport.close()
    assert not first.interrupted
    assert not second.interrupted
    assert len(list(logs.glob("*-system.serial"))) == 1, "one boot served all programs"
    pairs = list(zip(reported(first), reported(second), strict=True))
    differing = [(one, other) for one, other in pairs if one != other]
    same = Counter(one.end.value for one, other in pairs if one == other)
    record_property("same over both transports", f"{arch}: {dict(same)}")
    print(f"{arch}: the same over both transports: {same.total()} of {len(pairs)}, {dict(same)}")
    for one, other in differing:
        line = f"{one.id}: {one.end} by bootfs, {other.end} over the console: {other.detail}"
        record_property("differs", line)
        print(f"  {line}")
    assert {(other.end, other.detail) for _, other in differing} <= {
        (CaseEndKind.SKIPPED, "the process was not given a resource handle")
    }
    assert 0 < len(differing) < len(pairs) / 20
    assert same[CaseEndKind.PASSED] > len(pairs) / 2
    assert same[CaseEndKind.FAILED], "a divergence of this kernel's, the same over both transports"


CRASHING = """\
#include "zxtest.h"
#define CLAIM "handle_close/bad_handle"
static void close_twice(void) {
    zx_handle_t event = ZX_HANDLE_INVALID;
    zx_event_create(0, &event);
    zx_handle_close(event);
    zx_handle_close(event);
}
CASE(before, CLAIM) { close_twice(); }
CASE(crashes, CLAIM) { close_twice(); *(volatile int*)8 = 1; }
CASE(after, CLAIM) { close_twice(); }
"""


@pytest.mark.qemu
@pytest.mark.real
def test_a_crash_ends_only_its_own_process(real: tuple[Arch, Path], tmp_path: Path) -> None:
    arch, path = real
    image = whole_system(arch, path)
    (tmp_path / "crashing.c").write_text(CRASHING)
    tasks = plan([arch], str(tmp_path / "crashing.c"))
    logs = tmp_path / "logs"
    logs.mkdir()
    systems = Systems(Booting(image, logs, logs, memory_mib=MEMORY_MIB), [t.program for t in tasks])
    transport = Console(image.name, systems.start, logs)
    try:
        setup = Setup(image, Limits().scaled(EMULATION_FACTOR), logs, logs, transport=transport)
        with Journal(logs) as journal:
            report = Session({arch: setup}, journal, 1).run(tasks)
    finally:
        transport.close()
    assert [case.end.value for case in report.cases] == ["passed", "crashed", "passed"]
    assert "fatal page fault" in report.cases[1].evidence
    assert "exit status" in report.cases[1].detail
    assert len(list(logs.glob("*-system.serial"))) == 1, "the same system went on"
