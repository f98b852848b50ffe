"""Where and when a run was made."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from zxhil.run.environment import EnvironmentProbe, host_text, version_line


def program(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_first_line_of_a_version_is_kept(tmp_path: Path) -> None:
    qemu = program(tmp_path, "qemu", 'printf "QEMU 1.2 (\\033[2Jx)\\nmore\\n"')
    assert version_line(qemu) == "QEMU 1.2 (\\x1b[2Jx)"


@pytest.mark.parametrize("script", ["exit 3", "kill -9 $$", "printf ''"])
def test_program_without_output_has_no_version(script: str, tmp_path: Path) -> None:
    assert version_line(program(tmp_path, "qemu", script)) == ""


def test_missing_program_has_no_version() -> None:
    assert version_line("no-such-program-here") == ""


def test_probe_finds_programs_time_and_host(tmp_path: Path) -> None:
    qemus = [program(tmp_path, f"qemu{n}", "echo QEMU 1") for n in range(2)]
    compiler = program(tmp_path, "clang", "echo clang 9")
    found = EnvironmentProbe(qemus, compiler).begin().finish()
    assert (found.qemu, found.toolchain, found.host) == ("QEMU 1", "clang 9", host_text())
    assert datetime.fromisoformat(found.began).tzinfo == UTC
    assert found.seconds >= 0
