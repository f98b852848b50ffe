"""The corpus as a folder of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from zxhil.errors import UserError
from zxhil.explore.corpus import Corpus
from zxhil.explore.leftout import harmed
from zxhil.explore.program import parse

EVENT, PORT = parse("r0 = event_create(options=0)"), parse("r0 = port_create(options=0)")


def test_folder_holds_each_program_once(tmp_path):
    corpus = Corpus.load(tmp_path / "corpus")
    assert corpus.add(EVENT)
    assert corpus.add(PORT)
    assert not corpus.add(EVENT)
    again = Corpus.load(tmp_path / "corpus")
    assert {p.text for p in again.programs} == {EVENT.text, PORT.text}


def test_removed_programs_leave_the_folder(tmp_path):
    corpus = Corpus.load(tmp_path)
    corpus.add(EVENT)
    corpus.add(PORT)
    assert corpus.reduce_to([PORT]) == 1
    assert [p.text for p in Corpus.load(tmp_path).programs] == [PORT.text]


def test_file_that_is_no_program_is_named(tmp_path):
    (tmp_path / "a.zx").write_text("# zxhil program 1\nr0 = nothing()\n")
    with pytest.raises(UserError, match=r"a\.zx:2"):
        Corpus.load(tmp_path)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("port_wait(handle=job, deadline=ZX_TIME_INFINITE)", "without a deadline"),
        ("nanosleep(deadline=1000000001)", "without a deadline"),
        ("futex_wait(deadline=job)", "not a number"),
        ("interrupt_wait(handle=job)", "without a deadline"),
        ("system_powerctl(resource=resource)", "changes the machine"),
        ("process_exit(retcode=0)", "ends the program"),
    ],
)
def test_call_that_would_be_taken_for_a_fault_is_refused(tmp_path, call, why):
    """A kernel that waits as asked would be reported as hung."""
    (tmp_path / "a.zx").write_text(f"# zxhil program 2\nr0 = event_create()\nr1 = {call}\n")
    with pytest.raises(UserError, match=rf"a\.zx: r1: .*{why}"):
        Corpus.load(tmp_path)


@pytest.mark.parametrize(
    "call",
    [
        "nanosleep(deadline=0)",
        "port_wait(handle=job, deadline=-1)",
        "port_wait(handle=job, deadline=0xffffffffffffffff)",
        "timer_set(handle=job, deadline=ZX_TIME_INFINITE)",
        "object_wait_one(handle=job, signals=1)",
    ],
)
def test_call_that_returns_at_once_is_read(tmp_path, call):
    (tmp_path / "a.zx").write_text(f"# zxhil program 2\nr0 = {call}\n")
    assert len(Corpus.load(tmp_path).programs) == 1


@pytest.mark.parametrize(
    "lines",
    [
        "r0 = handle_close(handle=job)",
        "r0 = task_kill(handle=process)",
        "r0 = handle_duplicate(handle=process, rights=0x80000000)\nr1 = task_kill(handle=r0.out)",
        "r0 = channel_create()\nr1 = channel_write(handle=r0.out0, handles=[thread])",
        "r0 = channel_create()\nr1 = channel_write_etc(handle=0, handles=[(0, job, 0, 1, 0)])",
        "r0 = vmar_destroy(handle=vmar)",
    ],
)
def test_program_that_takes_what_every_program_is_given_is_refused(tmp_path, lines):
    (tmp_path / "a.zx").write_text(f"# zxhil program 2\n{lines}\n")
    with pytest.raises(UserError, match="from all programs after it"):
        Corpus.load(tmp_path)


def test_program_that_duplicates_what_it_is_given_and_closes_that_is_taken(tmp_path):
    lines = (
        "r0 = handle_duplicate(handle=job, rights=0x80000000)\nr1 = handle_close(handle=r0.out)\n"
    )
    (tmp_path / "a.zx").write_text(f"# zxhil program 2\n{lines}")
    assert len(Corpus.load(tmp_path).programs) == 1


def test_folder_whose_programs_have_other_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Programs of this kernel.\n")
    assert Corpus.load(tmp_path).programs == []
    (tmp_path / "program.txt").write_text("r0 = event_create(options=0)\n")
    with pytest.raises(UserError, match=r"its program program.txt is not read"):
        Corpus.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("r0 = vmo_get_size(handle=job)", None),
        ("r0 = handle_close(handle=job)", "job"),
        ("r0 = object_set_property(handle=process, property=3, value=b'')", "process"),
    ],
)
def test_only_calls_that_take_the_object_change_it(text: str, taken: str | None) -> None:
    found = harmed(parse(text))
    assert (found and found[1]) == taken
