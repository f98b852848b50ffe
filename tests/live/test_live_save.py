"""A dialogue that was saved is a case: it compiles, runs, and has the same verdicts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from live_checks import Start, run_case_file, same_verdicts, talk
from live_random import Talker
from zxhil.abi.arch import Arch
from zxhil.live.save import call_lines
from zxhil.oracle.results import CaseEndKind
from zxhil.standin import build as build_standin

pytestmark = pytest.mark.qemu

ZXHIL = [sys.executable, "-c", "from zxhil.cli import main; main()"]


@pytest.mark.parametrize("seed", range(4))
def test_random_dialogue_has_the_same_verdicts_as_its_case(
    start: Start, arch: Arch, tmp_path: Path, seed: int
) -> None:
    kernel = start(arch)
    Talker(kernel, seed).talk(60)
    kernel.save(str(tmp_path / "said.c"), "said")
    (case,) = run_case_file(tmp_path / "said.c", arch, build_standin(arch), tmp_path)
    assert case.end is CaseEndKind.PASSED, case.detail
    same_verdicts(kernel, case)


def test_names_of_different_calls_are_never_the_same(start: Start, tmp_path: Path) -> None:
    kernel = start(Arch.X64)
    for _ in range(6):
        kernel.channel_create()
    for _ in range(10):
        kernel.event_create()
    talk(kernel, "out1_5 = k.event_create()\nout_15 = k.event_create()\nout15 = k.event_create()")
    kernel.save(str(tmp_path / "said.c"), "said")
    (case,) = run_case_file(tmp_path / "said.c", Arch.X64, build_standin(Arch.X64), tmp_path)
    assert len(case.calls) == len(kernel.calls) + 1, "and one look"


#: Memory at special places: what was in it before, two pointers of a kind, too much for its size.
PLACES = """\
a, b = k.channel_create(out0=misaligned, out1=misaligned)
k.channel_write(a, b"hi")
k.channel_read(b)
e = k.event_create()
k.channel_write_etc(a, b"", misaligned([duplicate(e)]), options=1)
k.channel_write_etc(a, b"", misaligned, num_handles=1)
k.channel_write_etc(a, b"", edge([duplicate(e)]), options=1)
k.channel_write_etc(a, b"", edge, num_handles=1)
k.channel_write(a, edge(b"much more than that"), num_bytes=3)
k.channel_read_etc(b, handles=edge, num_handles=65537)
"""


def test_special_memory_is_the_same_in_a_case(start: Start, tmp_path: Path) -> None:
    kernel = start(Arch.X64)
    talk(kernel, PLACES)
    kernel.save(str(tmp_path / "said.c"), "said")
    (case,) = run_case_file(tmp_path / "said.c", Arch.X64, build_standin(Arch.X64), tmp_path)
    same_verdicts(kernel, case)
    assert case.end is CaseEndKind.PASSED, case.detail


#: What is said, how the case ends, and whether it has something to claim of itself.
KINDS: dict[str, tuple[str, str, bool]] = {
    "an error": ("k.handle_close(0xdead)", "passed", True),
    "an effect": ("k.handle_close(k.event_create())", "passed", True),
    "nothing": ("k.event_create()", "passed", False),
    "nothing, of two": ("a, b = k.channel_create()", "passed", False),
    "an error, and no handle": ("k.object_wait_one(k.process, 8, 0)", "passed", True),
    "no handle": ("k.handle_close(k.vmar)", "passed", False),
    "a hang": (
        "e = k.event_create()\nk.object_wait_one(e, 8, ZX_TIME_INFINITE)", "hung", False,
    ),
    "an exit": ("k.handle_close(k.event_create())\nk.process_exit(0)", "passed", True),
    "a hang at once": ("k.object_wait_one(k.process, 8, ZX_TIME_INFINITE)", "hung", False),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_saved_case_runs_under_zxhil_run(tmp_path: Path, kind: str) -> None:
    said, end, claims = KINDS[kind]
    source = tmp_path / "case.c"
    talked = zxhil("shell", "--limit", "case=1", "--save", str(source), script=said)
    gone = end == "hung" or "exit" in kind
    assert talked.returncode == (3 if gone else 0), talked.stderr
    assert ("reached no clause" in talked.stderr) is not claims
    assert ("get_basic_info(" in source.read_text()) is not claims
    report = run(source, tmp_path)
    (case,) = report["cases"]
    assert case["end"] == end, case
    assert [call["verdict"] for call in case["calls"]] == ["conforms"] * len(case["calls"])


def test_each_boot_of_a_dialogue_is_a_case(tmp_path: Path) -> None:
    said = "a, b = k.channel_create()\nk.channel_write(a, b'hi')\nk.channel_read(b)\nk.reboot()\n"
    source = tmp_path / "case.c"
    talked = zxhil("shell", "--save", str(source), "--name", "mine", script=said * 2)
    assert talked.returncode == 0, talked.stderr
    cases = run(source, tmp_path)["cases"]
    assert [(case["case"], case["end"]) for case in cases] == [
        ("case/mine", "passed"),
        ("case/mine_2", "passed"),
    ]


def zxhil(*words: str, script: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ZXHIL, *words], input=script, capture_output=True, text=True, timeout=120, check=False
    )


def run(source: Path, folder: Path) -> dict[str, Any]:
    words = ["--arch", "x64", "--tests", str(source), "--limit", "case=1"]
    words += ["--log-dir", str(folder / "logs"), "--json", str(folder / "report.json")]
    done = zxhil("run", *words)
    assert done.returncode in (0, 3), done.stderr
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_call_without_arguments_is_a_statement() -> None:
    assert call_lines("system_get_num_cpus", ()) == ["zx_system_get_num_cpus();"]
    first, second = call_lines("fifo_write", ("a" * 40, "b" * 30, "c" * 40))
    assert first.endswith("b,") and second.strip() == "c" * 40 + ");"
