"""``zxhil cases``: which cases there are, and the C of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from zxhil.abi.arch import Arch
from zxhil.cli import cli
from zxhil.errors import UserError
from zxhil.model.pages import MODELLED, load
from zxhil.model.unclaimed import REASONS, why_unclaimed
from zxhil.oracle.cases import source_place
from zxhil.run.plan import plan


def cases(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["cases", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_every_case_is_listed_with_its_place():
    listed = [line.split() for line in cases().splitlines()]
    assert [name for name, _ in listed] == [c.id for t in plan([Arch.X64]) for c in t.chosen]
    places = dict(listed)
    assert places["baseline_vmo_create/out_null"].startswith("guest_tests/baseline.txt:")
    assert places["socket_share/handle_closed"].startswith("guest_tests/socket_share.c:")
    assert places["support/timer_options"].startswith("guest_tests/support/creators.c:")


def test_a_pattern_chooses():
    assert [line.split()[0] for line in cases("baseline_event_*/out_null").splitlines()] == [
        "baseline_event_create/out_null"
    ]


def test_show_prints_the_c():
    shown = cases("baseline_event_create/out_null", "--show")
    assert shown.startswith("/* baseline_event_create/out_null, guest_tests/baseline.txt:")
    assert shown.partition("\n")[2] == (
        'CASE(out_null, "event_create/invalid_args_out") {\n    zx_event_create(0, NULL);\n}\n\n'
    )
    assert "#line" not in shown


def test_json_has_claims_and_the_c_if_asked():
    (listed,) = json.loads(cases("baseline_event_create/out_null", "--json"))
    assert listed["claims"] == ["event_create/invalid_args_out"]
    assert "c" not in listed
    (shown,) = json.loads(cases("baseline_event_create/out_null", "--json", "--show"))
    assert shown["c"].startswith("CASE(out_null,")


def test_a_case_that_does_not_exist_is_refused():
    with pytest.raises(UserError, match="did you mean"):
        cases("baseline_vmo_create/out_nul")


def test_each_sentence_is_claimed_by_a_case_or_says_why_not():
    claimed = {claim for task in plan([Arch.X64]) for case in task.chosen for claim in case.claims}
    clauses = {clause.id: clause for name in MODELLED for clause in load(name).clauses}
    assert [id_ for id_, c in clauses.items() if id_ not in claimed and not why_unclaimed(c)] == []
    assert claimed & set(REASONS) == set()
    assert set(REASONS) <= set(clauses)


@pytest.mark.qemu
def test_case_of_a_file_of_ones_own_is_named_with_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    # The name is that of a program in guest_tests.
    (own / "vmo_read.c").write_text(
        '#include "zxtest.h"\nCASE(never, "event_create/invalid_args_options") { make_event(); }\n'
    )
    for given, place in (("own", "own/vmo_read.c"), (str(own), f"{own}/vmo_read.c")):
        (task,) = plan([Arch.X64], given)
        assert source_place(task.infos["never"]) == (place, "2")
    written = ("--html", "r.html", "--sarif", "r.sarif", "--log-dir", "logs")
    done = CliRunner().invoke(cli, ["run", "--arch", "x64", "--tests", "own", "--github", *written])
    assert done.exit_code == 1
    html, sarif = Path("r.html").read_text(), Path("r.sarif").read_text()
    for text in (html, sarif, done.output):
        assert "own/vmo_read.c" in text
        assert "guest_tests/" not in text
