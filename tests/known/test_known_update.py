from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from run_builders import case, failed, run
from zxhil.known.file import parse
from zxhil.known.match import apply, exit_code
from zxhil.known.update import Updated, update
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind
from zxhil.run.record import RunReport

PATH = Path("known.toml")


def updated(text: str | None, report: RunReport, whole: bool = True) -> Updated:
    return update(None if text is None else parse(text, PATH), PATH, report, whole)


def check_settled(text: str, report: RunReport) -> None:
    """What was written explains the run, and a second update changes nothing."""
    assert exit_code(report, apply(parse(text, PATH), report, True)) == 0
    again = updated(text, report)
    assert again.text == text
    assert not again.added
    assert not again.deleted


def test_a_new_file_lists_what_diverges_and_nothing_else() -> None:
    report = run(case(), failed(), failed("channel_write/worse"), case(end=CaseEndKind.SKIPPED))
    text = updated(None, report).text
    assert text.startswith("# Known divergences")
    (entry,) = parse(text, PATH).entries
    assert entry.clause == ("channel_write/peer_closed",)
    assert entry.case == ("channel_write/bad", "channel_write/worse")
    assert entry.arch == ("x64",)
    assert entry.kernel == (report.kernels[0].version,)
    assert entry.kind == ("wrong error",)
    assert entry.reason == "not explained yet: seen this; the page says: it is so"
    check_settled(text, report)


def test_each_clause_that_was_broken_with_others_gets_an_entry() -> None:
    (one,) = failed().divergences
    clauses = (
        "channel_write/peer_closed",
        "channel_write/wrong_type",
        "channel_write/access_denied_write",
    )
    several = replace(one, blamed=clauses, sentences=("a", "b", "c"), causes=(clauses,))
    report = run(replace(failed(), divergences=(several,)))
    text = updated(None, report).text
    assert [e.clause for e in parse(text, PATH).entries] == [(clause,) for clause in clauses]
    check_settled(text, report)
    first, _, rest = text.partition('\n\n[[divergence]]\nclause = "channel_write/wrong_type')
    assert rest
    check_settled(updated(first, report).text, report)


def test_architectures_that_say_the_same_share_an_entry() -> None:
    both = run(failed(arch="x64"), failed(arch="arm64"))
    assert [e.arch for e in parse(updated(None, both).text, PATH).entries] == [()]
    one = run(failed(arch="x64"), case("channel_write/bad", arch="arm64"))
    text = updated(None, one).text
    assert [e.arch for e in parse(text, PATH).entries] == [("x64",)]
    check_settled(text, one)
    other = run(failed(arch="x64"), failed("channel_write/worse", arch="arm64"))
    text = updated(None, other).text
    assert [e.arch for e in parse(text, PATH).entries] == [("x64",), ("arm64",)]
    check_settled(text, other)


def test_an_undocumented_error_and_a_panic_are_listed() -> None:
    report = run(
        failed("channel_write/u", "", VerdictKind.UNDOCUMENTED_ERROR),
        case("channel_write/p", CaseEndKind.PANIC, detail='a "panic"\\ \x1b'),
    )
    text = updated(None, report).text
    first, second = parse(text, PATH).entries
    assert (first.page, first.status) == (("channel_write",), ("ZX_ERR_BAD_STATE",))
    assert (second.case, second.kind) == (("channel_write/p",), ("kernel panic",))
    assert 'a "panic"\\ \\x1b' in second.reason
    check_settled(text, report)


def test_vacuous_and_lost_cases_are_not_the_kernels() -> None:
    report = run(case("a/v", CaseEndKind.VACUOUS), case("a/l", CaseEndKind.LOST))
    assert not updated(None, report).added


OLD = """\
# about this file

# about the first
[[divergence]]
clause = "channel_write/peer_closed"  # here
case = [
    "channel_write/plain",  # goes
    # stays
    "channel_write/bad",  # stays, too
]
kind = "wrong error"
reason = "explained"  # by me

# about the second
[[divergence]]
case = ["channel_write/other", "channel_write/third"]
reason = "the second"
# the end
"""


def test_comments_and_reasons_stay() -> None:
    report = run(
        case("channel_write/plain"),
        failed("channel_write/bad"),
        failed("channel_write/new"),
        failed("channel_write/other", "channel_write/x"),
        case("channel_write/third"),
    )
    result = updated(OLD, report)
    assert result.text == OLD.replace('    "channel_write/plain",  # goes\n', "").replace(
        "# stays, too\n", '# stays, too\n    "channel_write/new",\n'
    ).replace(', "channel_write/third"', "")
    assert len(result.deleted) == 2
    check_settled(result.text, report)


def test_an_entry_goes_with_its_own_comment_and_no_other() -> None:
    report = run(
        failed("channel_write/plain"),
        failed("channel_write/bad"),
        case("channel_write/other"),
        case("channel_write/third"),
    )
    result = updated(OLD, report)
    assert result.text == OLD[: OLD.index("# about the second")] + "# the end\n"
    first = run(
        case("channel_write/plain"),
        case("channel_write/bad"),
        failed("channel_write/other"),
        failed("channel_write/third"),
    )
    begin, end = OLD.index("# about the first"), OLD.index("# about the second")
    assert updated(OLD, first).text == OLD[:begin] + OLD[end:]


def test_entry_of_cases_that_did_not_run_is_kept() -> None:
    report = run(case("channel_write/elsewhere"))
    assert updated(OLD, report).text == OLD


def test_entry_that_holds_on_one_architecture_is_kept() -> None:
    text = '[[divergence]]\ncase = "channel_write/bad"\nreason = "so"\n'
    report = run(failed(arch="x64"), case("channel_write/bad", arch="arm64"))
    assert updated(text, report).text == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"channel_write/a"', '["channel_write/a", "channel_write/bad"]'),
        ('["channel_write/a"]', '["channel_write/a", "channel_write/bad"]'),
        ('["channel_write/a",]', '["channel_write/a", "channel_write/bad"]'),
        ('[\n  "channel_write/a"\n]', '[\n  "channel_write/a",\n  "channel_write/bad",\n]'),
        (
            '[\n  "channel_write/a" # x\n]',
            '[\n  "channel_write/a", # x\n  "channel_write/bad",\n]',
        ),
        (
            '[\n  "channel_write/a", # x\n  # y\n]',
            '[\n  "channel_write/a", # x\n  "channel_write/bad",\n  # y\n]',
        ),
    ],
)
def test_case_is_added_in_the_format_of_its_list(before: str, after: str) -> None:
    template = (
        '[[divergence]]\nclause = "channel_write/peer_closed"\ncase = {}\n'
        'kind = "wrong error"\nreason = "so"\n'
    )
    report = run(failed())
    text = updated(template.format(before), report).text
    assert text == template.format(after)
    check_settled(text, report)


@pytest.mark.parametrize(
    "line",
    ['kind = "missing error"', 'arch = "arm64"', 'kernel = "git-f"', 'status = "ZX_OK"'],
)
def test_an_entry_that_says_something_else_is_not_extended(line: str) -> None:
    text = (
        '[[divergence]]\nclause = "channel_write/peer_closed"\ncase = "channel_write/a"\n'
        f'{line}\nreason = "so"\n'
    )
    report = run(failed())
    result = updated(text, report).text
    assert result.startswith(text)
    assert len(parse(result, PATH).entries) == 2
    check_settled(result, report)


def test_entry_for_both_architectures_is_not_extended_from_one() -> None:
    text = (
        '[[divergence]]\nclause = "channel_write/peer_closed"\ncase = "channel_write/a"\n'
        'kind = "wrong error"\nreason = "so"\n'
    )
    report = run(
        failed("channel_write/a", arch="x64"),
        failed("channel_write/a", arch="arm64"),
        failed(arch="x64"),
        case("channel_write/bad", arch="arm64"),
    )
    result = updated(text, report).text
    assert [e.arch for e in parse(result, PATH).entries] == [(), ("x64",)]
    check_settled(result, report)
