"""The commands that make reports of a run that is there already: no machine, no compiler."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from run_builders import case, failed, run
from zxhil.report.saved import report_json
from zxhil.run.record import RunReport
from zxhil.run.schema import run_schema
from zxhil.shipped import GUEST_TESTS

Zxhil = Callable[..., tuple[int, str, str]]

KNOWN = '[[divergence]]\ncase = "channel_write/bad"\nreason = "so"\n'


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A log folder that is judged as a run of a good and a bad case, with every case requested."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "run.jsonl").write_text('{"whole":{"whole":true}}\n')
    monkeypatch.setattr("zxhil.run.replay.check", lambda *_: run(case(), failed()))
    return folder


def save(path: Path, report: RunReport, whole: bool = True) -> str:
    path.write_text(json.dumps(report_json(report, whole=whole)))
    return str(path)


def test_check_writes_every_format_and_fails_on_a_divergence(
    zxhil: Zxhil, replayed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(GUEST_TESTS.parent))
    code, out, _ = zxhil(
        *("check", str(replayed), "--json", "r.json", "--junit", "r.xml", "--ktap", "r.ktap"),
        *("--html", "r.html", "--markdown", "r.md", "--github", "--color", "never"),
    )
    assert code == 1
    assert "1 divergence" in out
    assert "\n::error file=guest_tests/channel_write.c,line=7" in out
    jsonschema.validate(json.loads((tmp_path / "r.json").read_text()), run_schema())
    assert (tmp_path / "r.xml").read_text().startswith("<?xml")
    assert (tmp_path / "r.ktap").read_text().startswith("KTAP version 1\n")
    assert (tmp_path / "r.html").read_text().startswith("<!DOCTYPE html>")
    markdown = (tmp_path / "r.md").read_text()
    assert markdown.startswith("### Conformance report\n")
    assert "**1 divergence**" in markdown


def test_a_known_divergence_does_not_fail(zxhil: Zxhil, replayed: Path, tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(KNOWN)
    code, out, _ = zxhil("check", str(replayed), "--known", "known.toml", "--json", "r.json")
    assert code == 0
    assert "so (known.toml:1)" in out
    data = json.loads((tmp_path / "r.json").read_text())
    assert data["known"]["file"] == "known.toml"
    assert data["whole"] is True


def test_stale_entry_fails_the_run(zxhil: Zxhil, replayed: Path, tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(KNOWN + KNOWN.replace("/bad", "/plain"))
    code, out, _ = zxhil("check", str(replayed), "--known", "known.toml")
    assert code == 1
    assert "known.toml:4: channel_write/plain is listed as known" in out
    assert "delete lines 4 to 6" in out


def test_only_a_whole_run_finds_a_clause_listed_stale(
    zxhil: Zxhil, replayed: Path, tmp_path: Path
) -> None:
    vain = KNOWN + '[[divergence]]\nclause = "*/peer_closed"\nkind = "hung"\ncase="*"\nreason="x"\n'
    (tmp_path / "known.toml").write_text(vain)
    assert zxhil("check", str(replayed), "--known", "known.toml")[0] == 1
    (replayed / "run.jsonl").write_text('{"whole":{"whole":false}}\n')
    assert zxhil("check", str(replayed), "--known", "known.toml")[0] == 0


def test_a_bad_known_file_is_refused_before_anything_runs(
    zxhil: Zxhil, replayed: Path, tmp_path: Path
) -> None:
    (tmp_path / "known.toml").write_text("x = 1")
    for words in (("check", str(replayed)), ("run", "--image", "no/such/image")):
        code, out, err = zxhil(*words, "--known", "known.toml")
        assert (code, out) == (2, "")
        assert "known.toml: has a key 'x'" in err


def test_a_report_that_cannot_be_written_is_refused_before_judging(
    zxhil: Zxhil, replayed: Path
) -> None:
    code, out, err = zxhil("check", str(replayed), "--ktap", "no/such/folder/r.ktap")
    assert (code, out) == (2, "")
    assert "Invalid value for '--ktap': no/such/folder/r.ktap" in err


@pytest.mark.parametrize(
    ("choice", "coloured"), [("always", True), ("never", False), ("auto", False)]
)
def test_colour(zxhil: Zxhil, replayed: Path, choice: str, coloured: bool) -> None:
    _, out, _ = zxhil("check", str(replayed), "--color", choice)
    assert ("\x1b[" in out) is coloured


def test_no_color_holds_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from zxhil.cli.base import use_color

    class Terminal:
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert use_color("auto", stream)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not use_color("auto", stream)
    assert use_color("always", stream)


def test_known_update_writes_a_file_that_explains_the_run(zxhil: Zxhil, tmp_path: Path) -> None:
    saved = save(tmp_path / "r.json", run(case(), failed()))
    code, out, _ = zxhil("known", "update", "known.toml", saved)
    assert code == 0
    assert out == "added: wrong error: channel_write/peer_closed on x64, 1 case\n"
    text = (tmp_path / "known.toml").read_text()
    assert 'case = ["channel_write/bad"]' in text
    assert zxhil("known", "update", "known.toml", saved)[1] == "nothing to change\n"
    save(tmp_path / "r.json", run(case(), case("channel_write/bad")))
    code, out, _ = zxhil("known", "update", "known.toml", saved)
    assert out.startswith("deleted: channel_write/peer_closed is listed as known")
    assert "[[divergence]]" not in (tmp_path / "known.toml").read_text()


def test_known_update_keeps_the_link_the_line_ends_and_the_mark(
    zxhil: Zxhil, tmp_path: Path
) -> None:
    saved = save(tmp_path / "r.json", run(case(), failed()))
    target, link = tmp_path / "target.toml", tmp_path / "known.toml"
    target.write_bytes(b"\xef\xbb\xbf# ours\r\n# and theirs\r\n")
    link.symlink_to("target.toml")
    code, _, err = zxhil("known", "update", "known.toml", saved)
    assert code == 0, err
    assert link.is_symlink()
    data = target.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf# ours\r\n# and theirs\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") > 5
    assert zxhil("known", "update", "known.toml", saved)[1] == "nothing to change\n"


def test_compare_reports_by_its_exit_code(zxhil: Zxhil, tmp_path: Path) -> None:
    old = save(tmp_path / "old.json", run(case()))
    same = save(tmp_path / "same.json", run(case()))
    new = save(tmp_path / "new.json", run(failed("channel_write/plain")))
    assert zxhil("compare", old, same)[0] == 0
    code, out, _ = zxhil("compare", old, new)
    assert code == 1
    assert "conforms → ZX_ERR_BAD_STATE: wrong error (channel_write/peer_closed)" in out
    assert "channel_write/wrong_type" not in out
    assert "channel_write/wrong_type" in zxhil("compare", old, new, "-v")[1]
    code, out, _ = zxhil("compare", old, new, "--json")
    assert code == 1
    assert json.loads(out)["schema"] == "zxhil-compare-2"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "can't be read"),
        ("{", "is not a report of a run"),
        ("[]", "is not a report of a run"),
        ("{}", "has no 'schema'"),
        ('{"schema": "zxhil-run-0"}', "'zxhil-run-0'"),
        ('{"schema": "zxhil-run-1", "zxhil": "1"}', "has no 'kernels'"),
        ('{"schema": "zxhil-run-1", "zxhil": "1", "kernels": [1]}', "is not a report of a run"),
    ],
)
def test_compare_refuses_a_file_that_is_not_a_report(
    zxhil: Zxhil, tmp_path: Path, content: str | None, problem: str
) -> None:
    good = save(tmp_path / "good.json", run(case()))
    bad = tmp_path / "bad.json"
    if content is not None:
        bad.write_text(content)
    for words in ((good, str(bad)), (str(bad), good)):
        code, out, err = zxhil("compare", *words)
        assert (code, out) == (2, "")
        assert "bad.json" in err
        assert problem in err


def test_a_log_folder_will_do_in_the_place_of_json(
    zxhil: Zxhil, replayed: Path, tmp_path: Path
) -> None:
    other = save(tmp_path / "r.json", run(case(), failed()))
    assert zxhil("compare", str(replayed), other)[0] == 0
