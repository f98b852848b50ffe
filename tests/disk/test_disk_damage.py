"""No damage to one of our files gives a traceback or another verdict."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from damage import damaged, make_irregular
from run_builders import case, failed, kernel
from zxhil.bisect.record import Observation, Settings
from zxhil.bisect.session import BisectSession
from zxhil.bisect.session import read as read_session
from zxhil.bisect.step import _read as read_baseline
from zxhil.bisect.when import facts_of
from zxhil.cli.kept import options_of, target_of, to_journal
from zxhil.disk.files import checked, open_inside
from zxhil.errors import UserError
from zxhil.known.file import parse as parse_known
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.regular_file import read_own, read_past
from zxhil.report.html import html_report
from zxhil.report.markdown import markdown_report
from zxhil.report.runs import label_runs
from zxhil.report.saved import load_run, report_json
from zxhil.report.table import report_of
from zxhil.report.terminal import terminal_report
from zxhil.run import durations
from zxhil.run.gather import Gathered, Key, ListedCase, journal_json
from zxhil.run.journal import Journal, is_whole
from zxhil.run.record import BootRecord, Rerun, RunReport
from zxhil.run.replay import check
from zxhil.target.file import load as load_targets
from zxhil.target.model import Target

#: For each kind of file; ``ZXHIL_DAMAGES`` asks for more.
COUNT = int(os.environ.get("ZXHIL_DAMAGES", "300"))
SEED = int(os.environ.get("ZXHIL_SEED", "20181229"))


def _boot(serial: str = "x64-channel_write.log") -> BootRecord:
    return BootRecord(
        "x64",
        "channel_write",
        serial,
        ("qemu", "-m"),
        (0, 1, 2),
        "finished",
        "ended",
        "",
        0.3,
        1.5,
        durations={"plain": 0.01},
        nonce="0123abcd",
    )


def _cases() -> list[CaseResult]:
    return [
        case(),
        failed(),
        case("channel_write/gone", CaseEndKind.CRASHED, detail="it crashed", evidence="KERN: x"),
    ]


def _report() -> RunReport:
    return RunReport(
        "0.1.0", (kernel(),), (_boot(),), tuple(_cases()), (Rerun("x64", "channel_write/bad", "x"),)
    )


def _write_journal(folder: Path) -> None:
    got = Gathered([ListedCase("x64", n, each.info) for n, each in enumerate(_cases())])
    with Journal(folder) as journal:
        kept = to_journal({"tests": "*", "jobs": 2, "words": ("a",)}, Target(name="lab"))
        journal.write_all({"whole": {"whole": True}}, {"options": kept})
        cases = [[e.arch, e.number, e.info.id, [*e.info.claims], e.info.source] for e in got.listed]
        run = {"zxhil": "0.1.0", "rounds": 1, "identity": {"zxhil": "0.1.0"}, "cases": cases}
        journal.write("run", run)
        data = report_json(_report())
        journal.write("kernel", data["kernels"][0])
        journal.write("boot", {**data["boots"][0], "end": "log"})
        for each in _cases():
            line = journal_json(Key("x64", each.id, 1), each, "")
            journal.write("case", {"calls": [], **line})
        journal.write("rerun", data["reruns"][0])
        journal.write("boot", data["boots"][0])
        journal.write("end", {"cases": 3})


def _try(data: bytes, path: Path, read: Callable[[Path], Any]) -> Any:
    """What is read of a damaged file; None if it is refused."""
    path.write_bytes(data)
    try:
        return read(path)
    except UserError as error:
        assert str(error.place)
        return None


def test_a_damaged_report_is_refused_or_is_what_it_was(tmp_path: Path) -> None:
    whole = json.dumps(report_json(_report(), whole=True)).encode()
    path = tmp_path / "run.json"
    path.write_bytes(whole)
    right = load_run(path)

    def everything(path: Path) -> Any:
        saved = load_run(path)
        runs = label_runs([(path, saved.report, saved.known)])
        shown = report_of(runs, None)
        return saved, terminal_report(saved.report), markdown_report(shown), html_report(shown, {})

    # Without the digest only what the schema allows may change a verdict, and nothing falls over.
    old = {k: v for k, v in json.loads(whole).items() if k != "digest"}
    for data in damaged(json.dumps(old).encode(), COUNT, SEED):
        _try(data, path, everything)
    for data in damaged(whole, COUNT, SEED):
        read = _try(data, path, everything)
        assert read is None or read[0] == right


def test_a_damaged_journal_is_refused_or_was_cut_off(tmp_path: Path) -> None:
    _write_journal(tmp_path)
    path = tmp_path / "run.jsonl"
    whole = path.read_bytes()
    right = check(tmp_path)
    assert not right.interrupted

    def everything(path: Path) -> RunReport:
        target_of(options_of(path.parent))
        is_whole(path.parent)
        durations.load(path.parent)
        return check(path.parent)

    for data in damaged(whole, 2 * COUNT, SEED):
        report = _try(data, path, everything)
        assert report is None or report == right or report.interrupted
        shown = {each.id: each for each in right.cases}
        assert report is None or all(shown[each.id] == each for each in report.cases)


def test_a_damaged_journal_of_before_checksums_gives_no_traceback(tmp_path: Path) -> None:
    _write_journal(tmp_path)
    path = tmp_path / "run.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    bare = [json.dumps({k: v for k, v in line.items() if k != "crc"}) + "\n" for line in lines]

    def everything(path: Path) -> str:
        target_of(options_of(path.parent))
        durations.load(path.parent)
        return terminal_report(check(path.parent))

    for data in damaged("".join(bare).encode(), 2 * COUNT, SEED):
        _try(data, path, everything)


def _write_session(path: Path) -> None:
    from zxhil.bisect.outcome import ProbeOutcome
    from zxhil.bisect.search import Purpose, Stop, StopKind

    facts = facts_of(report_json(_report()))
    settings = Settings("/", ("a",), "b", images="/i", when="page channel_write changes")
    session = BisectSession(path)
    session.begin(settings, {"old": ["a"], "new": "b", "candidates": 2}, "0.1.0")
    purpose = next(iter(Purpose))
    old = Observation("a", "a", purpose, ProbeOutcome.GOOD, suspects=2, facts=facts)
    session.record(old, None)
    session.record(Observation("b", "b", purpose, ProbeOutcome.BAD, facts=dict(facts)), facts)
    session.stop(Stop(StopKind.FOUND, ("b",)), 0.5)
    session.close()


def test_a_damaged_session_of_a_bisection_gives_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "zxhil-bisect.jsonl"
    _write_session(path)
    for data in damaged(path.read_bytes(), 2 * COUNT, SEED):
        _try(data, path, read_session)


def test_a_damaged_baseline_gives_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    whole = json.dumps(facts_of(report_json(_report()))).encode()
    for data in damaged(whole, COUNT, SEED):
        _try(data, path, read_baseline)


def test_damaged_durations_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    durations.remember([_boot()], durations.NOTHING_MEASURED)
    path = tmp_path / "zxhil" / "durations.json"
    for data in damaged(path.read_bytes(), COUNT, SEED):
        path.write_bytes(data)
        kept = durations.recall()
        assert all(
            0 <= each < float("inf") for each in [*kept.boots.values(), *kept.cases.values()]
        )
        durations.remember([_boot()], kept)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 50_000,
        "a = " + '{"a" = ' * 5000,
        "a = " + "9" * 5000,
        ".".join(["a"] * 1000) + " = 1",
        "a = nan",
        "a = 1979-05-27",
        "a = '''" + "x" * 100,
        "\ufeffa = 1",
    ],
)
def test_strange_toml_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "zxhil.toml"
    for before in ("", "[target.lab]\n", "[[divergence]]\n"):
        with pytest.raises(UserError, match=r"zxhil\.toml"):
            path.write_text(before + text)
            load_targets(path)
        with pytest.raises(UserError, match=r"known\.toml"):
            parse_known(before + text, Path("known.toml"))


@pytest.mark.parametrize("kind", ["device", "fifo", "link", "up", "folder"])
def test_a_journal_names_files_of_its_folder_alone(tmp_path: Path, kind: str) -> None:
    folder, outside = tmp_path / "logs", tmp_path / "outside.log"
    folder.mkdir()
    outside.write_bytes(b"secret")
    name = "x64-channel_write.log"
    match kind:
        case "device":
            (folder / name).symlink_to("/dev/zero")
        case "fifo":
            os.mkfifo(folder / name)
        case "link":
            (folder / name).symlink_to(outside)
        case "up":
            name = "../outside.log"
        case _:
            (folder / name).mkdir()
    with Journal(folder) as journal:
        result = failed()
        listed = [["x64", 0, result.id, [*result.info.claims], result.info.source]]
        journal.write("run", {"zxhil": "0", "rounds": 1, "identity": {}, "cases": listed})
        boot = report_json(_report())["boots"][0]
        journal.write("boot", {**boot, "serial": name})
        journal.write("case", journal_json(Key("x64", result.id, 1), result, name))
        journal.write("end", {"cases": 1})
    with pytest.raises(UserError, match=r"run\.jsonl:2|x64-channel_write\.log"):
        check(folder)


def test_a_run_that_was_killed_before_it_began_does_not_keep_its_folder(tmp_path: Path) -> None:
    for lines in ([], [{"whole": {"whole": True}}], [{"whole": {"whole": True}}, {"options": {}}]):
        with Journal(tmp_path) as killed:
            for line in lines:
                killed.write_all(line)
        with open(tmp_path / "run.jsonl", "ab") as file:  # noqa: PTH123
            file.write(b'{"opti')
        with pytest.raises(UserError, match="stopped before it started"):
            check(tmp_path)
        with Journal(tmp_path) as journal:
            journal.write("whole", {"whole": False})
        assert not is_whole(tmp_path)
    with Journal(tmp_path) as journal:
        journal.write("run", {})
    with pytest.raises(UserError, match="another run"):
        Journal(tmp_path)
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("kind", ["fifo", "endless", "loop"])
@pytest.mark.parametrize("name", ["run.jsonl", "x64-channel_write.log"])
def test_a_log_that_is_not_regular_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    _write_journal(tmp_path)
    (tmp_path / name).unlink(missing_ok=True)
    make_irregular(tmp_path / name, kind)
    with pytest.raises(OSError):
        open_inside(tmp_path, name)
    if name == "run.jsonl":
        with pytest.raises(UserError):
            check(tmp_path)
        with pytest.raises(UserError):
            Journal(tmp_path)


def test_a_journal_of_endless_rounds_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.write_all({"whole": {"whole": True}}, {"options": {}})
        journal.write("run", {"zxhil": "0.1.0", "rounds": 10**18, "identity": {}, "cases": []})
    with pytest.raises(UserError, match="rounds: is 1000000000000000000, more than"):
        check(tmp_path)


@pytest.mark.parametrize("kind", ["fifo", "endless", "loop"])
def test_durations_that_are_not_regular_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "zxhil").mkdir()
    make_irregular(tmp_path / "zxhil" / "durations.json", kind)
    assert durations.recall() == durations.NOTHING_MEASURED


def test_what_is_not_json_is_refused_with_its_place() -> None:
    with pytest.raises(UserError, match=r"r\.json: is not a report: line 2, column 1 is not JSON"):
        checked(b'{"a":\n', lambda value: None, "r.json", "report", "give a report")


def test_reading_takes_the_memory_of_the_file_and_not_of_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "small"
    path.write_bytes(b"small")
    with path.open("rb") as file:
        assert read_past(file, 1 << 60) == b"small"
    assert read_own(path, 5) == b"small"
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_own(path, 4)
