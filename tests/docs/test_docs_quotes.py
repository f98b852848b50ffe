"""Each divergence quotes the user's own page, in every report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from docs_facts import HEAD
from run_builders import failed, run
from zxhil.abi.status import Status
from zxhil.cli import cli
from zxhil.docs.held import Quote
from zxhil.docs.parse import parse_tree
from zxhil.docs.quotes import Quotes
from zxhil.known.match import NOTHING
from zxhil.model.clause import Outcome
from zxhil.oracle.results import from_json, to_json, with_quotes
from zxhil.oracle.simulate import Simulation
from zxhil.report.github import github_annotations
from zxhil.report.html import html_report
from zxhil.report.junit import junit_xml
from zxhil.report.ktap import ktap
from zxhil.report.markdown import markdown_report
from zxhil.report.runs import label_runs
from zxhil.report.table import report_of
from zxhil.report.terminal import terminal_report
from zxhil.run.record import RunReport

WORDS = "The other side of the channel is closed, alas"
ERRORS = (
    f"**ZX_ERR_BAD_HANDLE**  *handle* is not a valid handle.\n\n**ZX_ERR_PEER_CLOSED**  {WORDS}.\n"
)
TEXT = f"{HEAD.replace('widget_turn', 'channel_write')}\n## ERRORS\n\n{ERRORS}"
LINE = TEXT[: TEXT.index("**ZX_ERR_PEER_CLOSED")].count("\n") + 1


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "channel_write.md"
    path.write_text(TEXT)
    return path


@pytest.fixture
def quotes(page: Path) -> Quotes:
    return Quotes(parse_tree(page))


def test_a_clause_is_quoted_with_its_line(page: Path, quotes: Quotes) -> None:
    (quote,) = quotes.of("channel_write/peer_closed")
    assert quote == Quote(f"{page}:{LINE}", WORDS)


@pytest.mark.parametrize("clause", ["channel_write/wrong_type", "channel_read/peer_closed", ""])
def test_sentence_without_a_page_is_not_quoted(quotes: Quotes, clause: str) -> None:
    assert quotes.of(clause) == ()


def test_a_removed_page_is_not_quoted(page: Path, quotes: Quotes) -> None:
    page.unlink()
    assert quotes.of("channel_write/peer_closed") == ()


def shown(report: RunReport) -> dict[str, str]:
    side_by_side = report_of(label_runs([(Path(), report, NOTHING)]))
    return {
        "terminal": terminal_report(report),
        "junit": junit_xml(report).decode(),
        "ktap": ktap(report),
        "github": "\n".join(github_annotations(report)),
        "html": html_report(side_by_side, {}),
        "markdown": markdown_report(side_by_side),
        "json": json.dumps([to_json(case) for case in report.cases]),
    }


@pytest.mark.parametrize(
    "form", ["terminal", "junit", "ktap", "github", "html", "markdown", "json"]
)
def test_every_report_has_the_quote(quotes: Quotes, form: str) -> None:
    assert WORDS in shown(run(with_quotes(failed(), quotes)))[form].replace("\\_", "_")
    assert WORDS not in shown(run(failed()))[form]


def test_the_quote_takes_the_place_of_the_projects_own_words(page: Path, quotes: Quotes) -> None:
    (divergence,) = with_quotes(failed(), quotes).divergences
    assert divergence.statement == ("seen this", f'{page}:{LINE}: "{WORDS}"')
    (bare,) = failed().divergences
    kind, text = bare.statement
    assert kind == "seen this"
    assert text.startswith(
        "the page says (channel_write/peer_closed): it is so [channel_write.md, "
    )


def test_quotes_are_kept_in_json(page: Path, quotes: Quotes) -> None:
    result = with_quotes(failed(), quotes)
    read = from_json(json.loads(json.dumps(to_json(result))))
    assert read.divergences == result.divergences
    assert read.divergences[0].quoted == (Quote(f"{page}:{LINE}", WORDS),)


def test_a_saved_run_is_shown_with_quotes_of_pages_given_later(page: Path) -> None:
    runs = label_runs([(Path(), run(failed()), NOTHING)])
    assert WORDS in markdown_report(report_of(runs, parse_tree(page)))


def test_check_quotes_the_pages_of_docs(tmp_path: Path, page: Path) -> None:
    simulation = Simulation("channel_write")
    with simulation.case("it") as k:
        a, b = k.channel_create()
        k.handle_close(b)
        k.observe(k.make("channel_write", handle=a, bytes=b"x"), Outcome(int(Status.ZX_OK), {}))
    log = tmp_path / "a.serial"
    log.write_bytes(simulation.finish())
    done = CliRunner().invoke(cli, ["check", str(log), "--docs", str(page)])
    assert done.exit_code == 1, done.output
    assert f'{page}:{LINE}: "{WORDS}"' in done.output
