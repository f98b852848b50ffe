from __future__ import annotations

import re
from pathlib import Path

from run_builders import case, divergence, failed, run
from zxhil.known.file import parse
from zxhil.known.match import NOTHING, apply
from zxhil.oracle.results import CaseEndKind
from zxhil.report.github import SourceFiles, github_annotations
from zxhil.run.record import RunReport
from zxhil.shipped import GUEST_TESTS

# A workflow command, as GitHub's runner takes it apart.
_COMMAND = re.compile(r"::(error|notice) ([^:]*)::(.*)")


def lines(report: RunReport, known: str = "") -> list[tuple[str, dict[str, str], str]]:
    found = apply(parse(known, Path("known.toml")), report, whole=True)
    commands = []
    for line in github_annotations(report, found, SourceFiles(GUEST_TESTS.parent)):
        match = _COMMAND.fullmatch(line)
        assert match, line
        settings = dict(part.split("=", 1) for part in match[2].split(","))
        commands.append((match[1], settings, match[3]))
    return commands


def test_a_divergence_is_put_at_the_line_of_its_case() -> None:
    ((level, settings, text),) = lines(run(case(), failed()))
    assert level == "error"
    assert settings["file"] == "guest_tests/channel_write.c"
    assert settings["line"] == "7"
    assert settings["title"] == "wrong error%3A channel_write/peer_closed on x64"
    said = "the page says (channel_write/peer_closed): it is so"
    assert text == f"seen this%0A{said} [channel_write.md, 2018-07-24 to 2018-10-24]"


def test_a_program_of_a_folder_is_found_there() -> None:
    inside = case("support/x", CaseEndKind.HUNG)
    info = type(inside.info)("support", "x", (), "sockets.c:3")
    moved = type(inside)(info, "x64", inside.end, (), (), (), ())
    ((_, settings, _),) = lines(run(moved))
    assert (settings["file"], settings["line"]) == ("guest_tests/support/sockets.c", "3")


def test_divergences_of_one_clause_share_an_annotation() -> None:
    found = lines(run(failed("channel_write/a"), failed("channel_write/b"), failed("a/c", "a/d")))
    assert len(found) == 2
    assert found[0][2].endswith("%0Aand in 1 more: channel_write/b")


def test_nothing_can_end_a_command_or_begin_another() -> None:
    nasty = "100%\r\n::error::no\x1b[2J, a:b"
    ((_, settings, text),) = lines(run(case("a/b", CaseEndKind.CRASHED, detail=nasty)))
    said = "100%25%0D%0A::error::no\ufffd[2J, a:b"
    assert text == f"{said}%0Ain 1 case: a/b%0Afirst in a/b: {said}%0Aguest_tests/a.c:7"
    assert (
        settings["title"] == "crashed on x64%3A 100%25%0D%0A%3A%3Aerror%3A%3Ano\ufffd[2J%2C a%3Ab"
    )


def test_the_known_is_a_notice_and_the_stale_an_error_at_its_line() -> None:
    known = '[[divergence]]\ncase = ["channel_write/bad",\n"channel_write/plain"]\nreason = "so"\n'
    found = lines(run(case(), failed()), known)
    assert [level for level, _, _ in found] == ["notice", "error"]
    assert "known: so (known.toml:1)" in found[0][2]
    assert (found[1][1]["file"], found[1][1]["line"]) == ("known.toml", "3")


def test_of_a_clause_that_is_partly_known_the_rest_is_shown() -> None:
    known = '[[divergence]]\ncase = "channel_write/a"\nreason = "so"\n'
    ((level, _, text),) = lines(run(failed("channel_write/a"), failed("channel_write/b")), known)
    assert level == "error"
    assert "more" not in text


def test_most_severe_comes_first() -> None:
    report = run(
        case("a/v", CaseEndKind.VACUOUS),
        failed(),
        case("a/p", CaseEndKind.PANIC),
        interrupted="disk full",
    )
    titles = [settings["title"].split("%3A")[0] for _, settings, _ in lines(report)]
    assert titles == ["zxhil", "kernel panic on x64", "wrong error", "vacuous"]


def test_clean_run_prints_nothing() -> None:
    assert lines(run(case(), case("a/s", CaseEndKind.SKIPPED))) == []


def test_an_entry_stale_is_marked_from_its_first_line_to_its_last() -> None:
    known = '# why\n[[divergence]]\ncase = "channel_write/plain"\nreason = "so"\n'
    ((_, settings, _),) = lines(run(case()), known)
    assert (settings["line"], settings["endLine"]) == ("2", "4")


def test_a_known_end_is_a_notice() -> None:
    known = '[[divergence]]\ncase = "a/p"\nkind = "kernel panic"\nreason = "so"\n'
    ((level, _, text),) = lines(run(case("a/p", CaseEndKind.PANIC, detail="oh")), known)
    assert (level, text) == ("notice", "oh%0Aknown: so (known.toml:1)%0Aguest_tests/a.c:7")


def test_no_annotation_is_without_a_text() -> None:
    ((_, _, text),) = lines(run(case("a/p", CaseEndKind.PANIC)))
    assert text.startswith("kernel panic%0Ain 1 case: a/p")


def test_a_case_that_shows_it_twice_is_one_case() -> None:
    twice = [divergence(), divergence(text="again")]
    ((_, _, text),) = lines(run(case("a/b", CaseEndKind.FAILED, twice)))
    assert "more" not in text


def places(sources: SourceFiles, report: RunReport) -> list[tuple[str | None, str]]:
    found = [_COMMAND.fullmatch(line) for line in github_annotations(report, NOTHING, sources)]
    settings = [dict(p.split("=") for p in m[2].split(",")) for m in found if m]
    return [(each.get("file"), each.get("line", "")) for each in settings]


def test_file_is_named_from_the_top_of_the_users_repository(tmp_path: Path) -> None:
    """Of a case of the user's own, which may lie anywhere in it."""
    own = tmp_path / "src" / "checks" / "channel_write.c"
    own.parent.mkdir(parents=True)
    own.write_text("")
    sources = SourceFiles(tmp_path, {"channel_write": [own]})
    ((file, line),) = places(sources, run(failed()))
    assert (file, bool(line)) == ("src/checks/channel_write.c", True)


def test_guest_tests_in_a_submodule_are_named_with_its_path() -> None:
    parent = GUEST_TESTS.parent
    ((file, _),) = places(SourceFiles(parent.parent), run(failed()))
    assert file == f"{parent.name}/guest_tests/channel_write.c"


def test_file_outside_of_the_repository_is_named_in_the_text_alone(tmp_path: Path) -> None:
    (line,) = github_annotations(run(failed()), NOTHING, SourceFiles(tmp_path))
    assert "file=" not in line and "guest_tests/channel_write.c:" in line


def test_file_that_is_not_there_is_not_named(tmp_path: Path) -> None:
    gone = SourceFiles(tmp_path, {"channel_write": [tmp_path / "channel_write.c"]})
    assert places(gone, run(failed())) == [(None, "")]
