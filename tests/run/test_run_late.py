"""A fault after the first verdict: the run ends with exit code 3, and reports what it has."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.errors import EXIT_MACHINE, MachineError, UserError
from zxhil.image import find
from zxhil.oracle.results import CaseEndKind
from zxhil.regular_file import file_state
from zxhil.run import session as session_module
from zxhil.run.late import Unchanged
from zxhil.run.plan import Task
from zxhil.run.replay import check
from zxhil.run.session import Session

pytestmark = pytest.mark.qemu

NewSession = Callable[..., Session]
Tasks = Callable[..., list[Task]]

_PROGRAMS = "object_get_child,object_set_cookie"

_FAULTS = [
    (UserError("the image", "is gone", "give another"), "the image: is gone"),
    (MachineError("no room"), "no room"),
    (OSError(errno.EIO, "Input/output error", "/logs/file"), "/logs/file: Input/output error"),
    (KeyError("nobody knew"), "internal error: KeyError: 'nobody knew'"),
    (RuntimeError("can't start new thread"), "no more threads"),
]


@pytest.mark.parametrize(("error", "said"), _FAULTS, ids=lambda each: type(each).__name__)
def test_a_fault_after_the_first_verdict_loses_none(
    error: Exception,
    said: str,
    session: NewSession,
    tasks: Tasks,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, boots = session_module.run_boot, []

    def run_boot(*arguments: object) -> object:
        boots.append(None)
        if len(boots) > 1:
            raise error
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(session_module, "run_boot", run_boot)
    report = session("logs").run(tasks(_PROGRAMS))
    assert report.exit_code == EXIT_MACHINE
    assert said in report.interrupted
    assert report.cases
    assert all(case.end is CaseEndKind.PASSED for case in report.cases)
    assert check(tmp_path / "logs").cases == report.cases
    kept = list((tmp_path / "logs").glob("zxhil-error-*.txt"))
    assert bool(kept) == isinstance(error, KeyError)


def test_error_before_the_first_verdict_is_a_user_error(
    session: NewSession, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_boot(*_: object) -> object:
        raise UserError("the image", "is gone", "give another")

    monkeypatch.setattr(session_module, "run_boot", run_boot)
    with pytest.raises(UserError, match="is gone"):
        session("logs").run(tasks(_PROGRAMS))


def rewritten(kernel: Path) -> None:
    kernel.write_bytes(kernel.read_bytes())


def rewritten_with_its_times_restored(kernel: Path) -> None:
    before = kernel.stat()
    with kernel.open("r+b") as file:
        file.write(file.read(1))
    os.utime(kernel, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert kernel.stat().st_mtime_ns == before.st_mtime_ns


def with_own_kernel(made: Session, kernel: Path) -> Session:
    setup = made._setups[Arch.X64]
    assert setup.image is not None
    shutil.copy(setup.image.kernel, kernel)
    own = replace(setup.image, kernel=kernel, kernel_state=file_state(kernel))
    return Session({Arch.X64: replace(setup, image=own)}, made._journal, 1)


@pytest.mark.parametrize("change", [rewritten, rewritten_with_its_times_restored])
def test_an_image_that_changes_is_not_judged_as_the_one_before(
    change: Callable[[Path], None],
    session: NewSession,
    tasks: Tasks,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kernel = tmp_path / "own-shim.bin"
    made = with_own_kernel(session("logs"), kernel)
    real = session_module.run_boot

    def run_boot(*arguments: object) -> object:
        record = real(*arguments)  # type: ignore[arg-type]
        change(kernel)
        return record

    monkeypatch.setattr(session_module, "run_boot", run_boot)
    report = made.run(tasks(_PROGRAMS))
    assert "own-shim.bin: changed during the run" in report.interrupted
    assert {case.info.program for case in report.cases} < set(_PROGRAMS.split(","))


def test_kernel_that_changes_after_it_was_read_is_not_booted(
    session: NewSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the reading of the image and the start of the run, too."""
    setup = session("logs")._setups[Arch.X64]
    assert setup.image is not None
    kernel = tmp_path / "own-shim.bin"
    shutil.copy(setup.image.kernel, kernel)
    real = find.refuse_packed

    def refuse_packed(path: Path) -> None:
        real(path)
        rewritten_with_its_times_restored(path)

    monkeypatch.setattr(find, "refuse_packed", refuse_packed)
    (tmp_path / "kernel.zbi").write_bytes(setup.image.zbi)
    image = find.load(tmp_path / "kernel.zbi", shim_path=kernel)
    with pytest.raises(MachineError, match="changed during the run"):
        Unchanged([image]).check(kernel)
