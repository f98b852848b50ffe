"""`zxhil check` judges a log folder as the run did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from run_drive import Run, assert_check_agrees, limited
from zxhil.errors import UserError
from zxhil.oracle.results import CaseEndKind
from zxhil.run.plan import Task
from zxhil.run.replay import check
from zxhil.run.session import Session

pytestmark = pytest.mark.qemu

Zxhil = Callable[..., Run]
NewSession = Callable[..., Session]
Tasks = Callable[..., list[Task]]


@pytest.mark.parametrize(
    "fault", ["panic", "hang", "serial-lost", "serial-garbage", "reboot", "crash", "power-off"]
)
def test_check_says_the_same(fault: str, session: NewSession, tasks: Tasks, tmp_path: Path) -> None:
    """Byte for byte, whatever became of the machine."""
    made = session("logs", (f"standin.fault={fault}",), jobs=2)
    limited(made, case=3.0)
    report = made.run(tasks("*"))
    odd = [case for case in report.cases if case.end is not CaseEndKind.PASSED]
    assert odd or report.reruns
    assert_check_agrees(tmp_path / "logs", report)


def test_a_case_has_the_result_that_its_log_showed_first(
    session: NewSession, tasks: Tasks, tmp_path: Path
) -> None:
    report = session("logs").run(tasks("object_get_child"))
    (log,) = (tmp_path / "logs").glob("*.serial")
    log.write_bytes(log.read_bytes() + log.read_bytes()[:20_000])
    assert_check_agrees(tmp_path / "logs", report)


@pytest.mark.real
def test_check_says_the_same_of_a_real_kernel(
    real: tuple[object, Path], zxhil: Zxhil, tmp_path: Path
) -> None:
    arch, image = real
    said, again = tmp_path / "run.json", tmp_path / "check.json"
    run = zxhil("--image", str(image), "--arch", str(arch), "-q", "--json", str(said))
    assert run.wait() in (0, 1), run.said.read_text()
    judged = zxhil(str(run.folder), "-q", "--json", str(again), command="check")
    assert judged.wait() == run.process.returncode
    assert again.read_bytes() == said.read_bytes()


def test_a_log_that_was_removed_after_the_run(
    session: NewSession, tasks: Tasks, tmp_path: Path
) -> None:
    """A verdict without its evidence is none."""
    session("logs").run(tasks("object_get_child"))
    (log,) = (tmp_path / "logs").glob("*.serial")
    log.write_bytes(log.read_bytes()[:20_000])
    ends = {case.end for case in check(tmp_path / "logs").cases}
    assert ends == {CaseEndKind.PASSED, CaseEndKind.LOST}
    log.unlink()
    with pytest.raises(UserError, match="can't be read"):
        check(tmp_path / "logs")
