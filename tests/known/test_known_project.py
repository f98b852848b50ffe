"""The files of known divergences that come with the project."""

from __future__ import annotations

import fnmatch
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from skips import NO_IMAGE
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.known.file import KnownFile, parse
from zxhil.known.kernels import applies
from zxhil.known.layout import blocks
from zxhil.known.load import load
from zxhil.known.match import apply, exit_code
from zxhil.known.update import UNEXPLAINED
from zxhil.model.pages import load as load_page
from zxhil.names import is_glob
from zxhil.report.saved import load_run
from zxhil.run.plan import plan
from zxhil.run.record import KernelRecord

#: Nothing in a vDSO narrows the age of a kernel of 2019-07 further.
LATER = 20181229

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "known").glob("*.toml"))


@pytest.fixture(params=FILES, ids=lambda path: path.name)
def known(request: pytest.FixtureRequest) -> KnownFile:
    return load(request.param)


def test_known_files_are_found() -> None:
    assert [path.name for path in FILES] == [
        "zircon-2018-12.toml",
        "zircon-2019-07-write-etc.toml",
        "zircon-2019-07.toml",
    ]


def test_each_entry_names_a_kernel_and_is_explained(known: KnownFile) -> None:
    for entry in known.entries:
        assert entry.kernel, entry.line
        assert UNEXPLAINED not in entry.reason, entry.line


@pytest.fixture(scope="session")
def cases() -> set[str]:
    """Every case of every program."""
    try:
        tasks = plan([Arch.X64])
    except UserError as error:
        pytest.skip(f"the guest tests can't be built: {error}")
    return {f"{task.program.name}/{case.name}" for task in tasks for case in task.program.cases}


def test_each_clause_and_case_is_there(known: KnownFile, cases: set[str]) -> None:
    for entry in known.entries:
        for clause in entry.clause:
            page = load_page(clause.partition("/")[0])
            assert clause in {each.id for each in page.clauses}, entry.line
        assert all(fnmatch.filter(cases, pattern) for pattern in entry.case), entry.line


def test_no_two_entries_say_the_same(known: KnownFile) -> None:
    said = [replace(e, line=0, last_line=0, reason="", case_lines=()) for e in known.entries]
    assert len(set(said)) == len(said)


def test_no_commit_is_in_two_files() -> None:
    kernels = [{name for entry in load(path).entries for name in entry.kernel} for path in FILES]
    commits = [{name for name in names if not is_glob(name)} for names in kernels]
    assert all(kernels)
    assert sum(map(len, commits)) == len(set().union(*commits))


def without(known: KnownFile, number: int) -> KnownFile:
    """The file with one entry deleted, as a person would."""
    block = [block for block in blocks(known.text) if block.name == "divergence"][number]
    return parse(known.text[: block.start] + known.text[block.end :], known.path)


def test_an_entry_can_be_deleted(known: KnownFile) -> None:
    for number, entry in enumerate(known.entries):
        left = [e.reason for e in known.entries if e is not entry]
        assert [e.reason for e in without(known, number).entries] == left


@pytest.mark.real
@pytest.mark.qemu
def test_the_file_explains_the_kernel_and_each_entry_is_needed(
    real: tuple[Arch, Path], tmp_path: Path
) -> None:
    arch, image = real
    command = [sys.executable, "-c", "from zxhil.cli import main; main()", "run", "-q"]
    command += ["--image", str(image), "--arch", arch.value]
    command += ["--log-dir", str(tmp_path / "logs"), "--json", str(tmp_path / "run.json")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode in (0, 1, 3), done.stderr
    saved = load_run(tmp_path / "run.json")
    (kernel,) = saved.report.kernels
    files = about(kernel)
    if not files:
        pytest.skip(f"{NO_IMAGE}: no file of the project is about {kernel.version}")
    applied = {file.path.name: apply(file, saved.report, whole=True) for file in files}
    explaining = [file for file in files if not exit_code(saved.report, applied[file.path.name])]
    assert len(explaining) == 1, done.stdout
    (known,) = explaining
    for number in own(known, kernel):
        if known.entries[number].arch not in ((), (kernel.arch,)):
            continue
        fewer = apply(without(known, number), saved.report, whole=True)
        assert exit_code(saved.report, fewer) != 0, known.entries[number].line


def about(kernel: KernelRecord) -> list[KnownFile]:
    """The file that names the kernel's commit; of a later kernel, those that name any commit."""
    files = [known for known in map(load, FILES) if own(known, kernel)]
    naming = [
        known
        for known in files
        if any(applies(tuple(n for n in e.kernel if not is_glob(n)) or ("-",), kernel)
               for e in known.entries)
    ]  # fmt: skip
    return naming or (files if kernel.earliest >= LATER else [])


def own(known: KnownFile, kernel: KernelRecord) -> list[int]:
    """Which entries are about the kernel."""
    return [i for i, entry in enumerate(known.entries) if applies(entry.kernel, kernel)]
