"""The second run on a kernel resumes from the start that the first one kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from zxhil.abi.arch import Arch
from zxhil.machine.params import params_for
from zxhil.push import kept

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(
        shutil.which(params_for(Arch.X64).binary) is None, reason="QEMU is not installed"
    ),
    pytest.mark.skipif(not kept._HOST.exists(), reason="the host does not say since when it is up"),
]

Call = Callable[..., tuple[int, str, str]]
PROGRAMS = "object_get_child,socket_share,clocks"


@pytest.fixture
def run(
    zxhil: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    """Run, check that the logs give the same report, and return that."""
    monkeypatch.setattr(kept, "starts_folder", lambda: tmp_path / "starts")

    def call(name: str, *words: str, tests: str = PROGRAMS) -> dict[str, Any]:
        given = ("--arch", "x64", "--jobs", "1", "--tests", tests, "--json", f"{name}.json")
        code, _, errors = zxhil("run", "-q", "--log-dir", name, *given, *words)
        assert code == 0, errors
        assert "booted in full" not in errors
        assert zxhil("check", "-q", "--json", "again.json", name)[0] == 0
        assert Path("again.json").read_bytes() == Path(f"{name}.json").read_bytes()
        report: dict[str, Any] = json.loads(Path(f"{name}.json").read_bytes())
        return report

    return call


def judged(report: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(case["case"], case["end"], len(case["calls"])) for case in report["cases"]]


def notes(report: dict[str, Any]) -> list[str]:
    (kernel,) = report["kernels"]
    return [note for note in kernel.get("boot_data", ()) if "kept" in note]


def test_second_run_resumes_and_says_so(run: Callable[..., dict[str, Any]]) -> None:
    first, second = run("first"), run("second")
    (path,) = Path("starts").iterdir()
    assert not notes(first)
    (note,) = notes(second)
    assert path.stem in note
    assert judged(first) == judged(second)
    boot = Path("first", "x64-start.serial").read_bytes()
    assert Path("second", "x64-start.serial").read_bytes() == boot
    assert all(boot["went_on_from"] == "x64-start.serial" for boot in second["boots"])
    # One program alone, which otherwise boots.
    assert notes(run("one", tests="clocks"))
    assert not notes(run("once", "--boots", "once"))
    assert not notes(run("each", "--boots", "each"))


def test_damaged_kept_start_boots_with_a_note(
    run: Callable[..., dict[str, Any]], zxhil: Call
) -> None:
    run("first")
    (path,) = Path("starts").iterdir()
    path.write_bytes(path.read_bytes()[:-1000])
    code, _, errors = zxhil(
        *("run", "-q", "--arch", "x64", "--jobs", "1", "--tests", PROGRAMS, "--log-dir", "second")
    )
    assert code == 0
    assert f"the kept start {path.resolve()} is damaged: removed" in errors
    assert path.exists(), "the run has kept its own"
