"""The corpus as a folder of files."""

from __future__ import annotations

import pytest
from zxhil.errors import UserError
from zxhil.explore.corpus import Corpus
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
