"""The plugin with nothing faked: compiler, QEMU, and the stand-in kernel."""

from __future__ import annotations

from pathlib import Path

import pytest
from guest_project import Project

ROOT = Path(__file__).parents[2]

OWN = """
from zxhil.machine.limits import Limits, Watch
from zxhil.machine.listen import listen

def test_run(zx_machine, zx_image):
    report = zx_machine.run("socket_share", "handle_*")
    assert report.cases
    assert all(case.info.name.startswith("handle_") for case in report.cases)
    assert report.kernels[0].standin
    again = zx_machine.run("socket_share", "handle_zero")
    assert [case.id for case in again.cases] == ["socket_share/handle_zero"]

def test_boot(zx_machine):
    machine = zx_machine.boot({"bin/none": b"no program"}, "bin/none")
    said = b"".join(item for item in listen(machine, Watch(Limits())) if isinstance(item, bytes))
    assert b"stand-in" in said
"""


@pytest.mark.qemu
def test_guest_cases_run_on_the_stand_in(tmp_path: Path) -> None:
    ran = Project(tmp_path).pytest(
        "-k",
        "handle_zero and channel_write",
        "-p",
        "no:cacheprovider",
        where=str(ROOT / "guest_tests"),
    )
    assert set(ran.outcomes.values()) == {"passed"}, ran.text
    assert "handle_zero" in ran.outcomes
    assert "zxhil: x64: stand-in kernel, not Zircon" in ran.text


@pytest.mark.qemu
def test_the_fixtures_start_machines(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text(OWN)
    ran = Project(tmp_path).pytest(where="test_own.py")
    assert ran.outcomes == {"test_run": "passed", "test_boot": "passed"}, ran.text
