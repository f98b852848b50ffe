"""What the HTML and Markdown reports are made from."""

from __future__ import annotations

from pathlib import Path

from html_reader import PAGE, Reader, labelled, shown
from run_builders import case, failed, kernel, run
from zxhil.docs.parse import parse_tree
from zxhil.known.match import NOTHING
from zxhil.model.judge import VerdictKind
from zxhil.report.html import html_report
from zxhil.report.markdown import markdown_report
from zxhil.report.runs import label_runs
from zxhil.report.table import EFFECTS, UNLISTED, PageTable, Report, unplaced
from zxhil.report.verdict import ClauseVerdict, together


def line_marks(table: PageTable, clause: str) -> list[ClauseVerdict]:
    return [cell.verdict for line in table.lines if line.clause == clause for cell in line.cells]


def sheet_of(found: Report, name: str) -> PageTable:
    return next(table for table in found.tables if table.name == name)


def test_runs_side_by_side() -> None:
    found = shown(run(case()), run(failed(arch="arm64")))
    assert [each.label for each in found.runs] == ["x64 git-50d20f11", "arm64 git-50d20f11"]
    table = sheet_of(found, "channel_write")
    assert line_marks(table, "channel_write/peer_closed") == [
        ClauseVerdict.CONFORMS,
        ClauseVerdict.DIVERGES,
    ]
    assert line_marks(table, "channel_write/bad_handle_entry") == [ClauseVerdict.NOT_REACHED] * 2
    assert line_marks(table, "channel_write/no_memory") == [ClauseVerdict.EXEMPT] * 2
    assert table.verdicts("ZX_ERR_PEER_CLOSED") == (ClauseVerdict.CONFORMS, ClauseVerdict.DIVERGES)
    ran_out = case(reached=["channel_write/no_memory"])
    table = sheet_of(shown(run(ran_out)), "channel_write")
    assert line_marks(table, "channel_write/no_memory") == [ClauseVerdict.CONFORMS]


def test_runs_of_one_kernel_are_marked() -> None:
    labels = [each.label for each in labelled(run(case()), run(case()))]
    assert labels == ["x64 git-50d20f11 run0", "x64 git-50d20f11 run1"]
    same = label_runs(
        [(Path("a/r.json"), run(case()), NOTHING), (Path("b/r.json"), run(case()), NOTHING)]
    )
    assert len({each.label for each in same}) == 2
    (alone,) = labelled(run(case(), kernels=[]))
    assert alone.label == "x64 unknown"
    (stand_in,) = labelled(run(case(), kernels=[kernel(version="zxhil-standin-1")]))
    assert stand_in.label == "x64 stand-in"


def test_marks_combined() -> None:
    assert together([ClauseVerdict.CONFORMS, ClauseVerdict.EXEMPT]) is ClauseVerdict.CONFORMS
    assert together([ClauseVerdict.CONFORMS, ClauseVerdict.NOT_REACHED]) is ClauseVerdict.PARTLY
    assert (
        together([ClauseVerdict.CONFORMS, ClauseVerdict.DIVERGES, ClauseVerdict.NOT_REACHED])
        is ClauseVerdict.DIVERGES
    )
    assert (
        together([ClauseVerdict.EXEMPT, ClauseVerdict.NOT_MODELLED]) is ClauseVerdict.NOT_MODELLED
    )
    for attribute in ("value", "label", "short", "sign", "css"):
        shown_as = [getattr(each, attribute) for each in ClauseVerdict]
        assert len(set(shown_as)) == len(ClauseVerdict), attribute


def test_divergence_blamed_on_the_error_list_has_a_column() -> None:
    bad = failed(clause="channel_write/documented_errors", kind=VerdictKind.UNDOCUMENTED_ERROR)
    found = shown(run(bad))
    assert found.columns[:2] == (UNLISTED, EFFECTS)
    assert sheet_of(found, "channel_write").verdicts(UNLISTED) == (ClauseVerdict.DIVERGES,)
    assert unplaced(found) == []


def test_divergence_without_a_row_is_shown() -> None:
    found = shown(run(failed(clause="channel_write/of_tomorrow")))
    assert len(unplaced(found)) == 1
    assert "of_tomorrow" in Reader(html_report(found)).text
    assert "on no clause" in html_report(found)
    assert "Blamed on no clause" in markdown_report(found)


def test_users_pages(tmp_path: Path) -> None:
    (tmp_path / "channel_write.md").write_text(PAGE)
    (tmp_path / "widget_turn.md").write_text(PAGE.replace("channel_write", "widget_turn"))
    found = shown(run(case()), tree=parse_tree(tmp_path))
    table = sheet_of(found, "channel_write")
    lines = {line.clause: line for line in table.lines if line.clause}
    place = f"{tmp_path}/channel_write.md:11"
    assert lines["channel_write/bad_handle_handle"].said == (
        (place, "handle is not a valid handle"),
    )
    assert lines["channel_write/peer_closed"].note == "not on this page"
    moon = next(line for line in table.lines if line.sentence == "The moon is full")
    assert (moon.column, moon.cells[0].verdict) == ("ZX_ERR_BAD_STATE", ClauseVerdict.NOT_MODELLED)
    assert {c.verdict for ln in sheet_of(found, "widget_turn").lines for c in ln.cells} == {
        ClauseVerdict.NOT_MODELLED
    }
