"""The files of known divergences that come with the project."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.abi.arch import Arch
from harness.guest.build import programs
from harness.known.file import KnownFile, is_glob, load
from harness.known.update import UNEXPLAINED
from harness.model.pages import load as load_page

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "known").glob("*.toml"))
# CASE(name, …), and a macro of a file's own that makes a case: its name is written out as well.
_NAME = re.compile(r"\b([a-z][a-z0-9_]*)\b")


@pytest.fixture(params=FILES, ids=lambda path: path.name)
def known(request: pytest.FixtureRequest) -> KnownFile:
    return load(request.param)


def test_there_are_some() -> None:
    assert [path.name for path in FILES] == ["zircon-2018-12.toml"]


def test_each_entry_names_a_kernel_and_is_explained(known: KnownFile) -> None:
    for entry in known.entries:
        assert entry.kernel, entry.line
        assert UNEXPLAINED not in entry.reason, entry.line


def test_each_clause_and_case_is_there(known: KnownFile) -> None:
    words = {
        program.name: {w for path in program.files for w in _NAME.findall(path.read_text())}
        for program in programs()
    }
    for entry in known.entries:
        for clause in entry.clause:
            page = load_page(clause.partition("/")[0])
            assert clause in {each.id for each in page.clauses}, entry.line
        for case in entry.case:
            assert not is_glob(case)
            program, _, name = case.partition("/")
            assert name in words[program] or _made_by_a_macro(name, words[program]), entry.line


def _made_by_a_macro(name: str, words: set[str]) -> bool:
    """Is the case's name put together of a prefix and a word, as macros do?"""
    return any(name.endswith(f"_{word}") for word in words)


@pytest.mark.real
@pytest.mark.qemu
def test_the_file_explains_the_kernel(real: tuple[Arch, Path], tmp_path: Path) -> None:
    arch, image = real
    file = ROOT / "known" / "zircon-2018-12.toml"
    command = [sys.executable, "-c", "from harness.cli import main; main()", "run", "-q"]
    command += ["--image", str(image), "--arch", arch.value, "--known", str(file)]
    command += ["--log-dir", str(tmp_path / "logs"), "--json", str(tmp_path / "run.json")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    data = json.loads((tmp_path / "run.json").read_text())
    if not data["kernels"][0]["version"].startswith("git-50d20f1"):
        pytest.skip("the image holds another kernel")
    assert done.returncode == 0, done.stdout
