"""Journal, durations, room, stability: the parts of a run, each alone."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest
from zxhil.disk.lines import sealed_line
from zxhil.errors import MachineError, UserError
from zxhil.model.judge import VerdictKind
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence, JudgedCall
from zxhil.run import durations, journal, room
from zxhil.run.ending import FINISHED
from zxhil.run.gather import Gathered, Key, ListedCase
from zxhil.run.journal import Journal
from zxhil.run.record import BootRecord
from zxhil.run.resume import must_be_equal

INFO = CaseInfo("p", "a", (), "p.c:1")
PASSED = CaseResult(INFO, "x64", CaseEndKind.PASSED, (), (), (), ())


def boot(**changed: object) -> BootRecord:
    made = BootRecord("x64", "p", "x64-p.serial", (), (0,), FINISHED, "", "", 0.3, 1.0)
    return replace(made, **changed)  # type: ignore[arg-type]


# The journal.


def test_a_partial_last_line_is_ignored_and_removed_on_resume(tmp_path: Path) -> None:
    with Journal(tmp_path) as first:
        first.write("a", {"n": 1})
    file = tmp_path / journal.NAME
    file.write_bytes(file.read_bytes() + b'{"b": {"n"')
    assert list(journal.read(tmp_path)) == [("a", {"n": 1})]
    with Journal(tmp_path, go_on=True) as second:
        second.write("c", {"n": 3})
    assert list(journal.read(tmp_path)) == [("a", {"n": 1}), ("c", {"n": 3})]


def test_a_folder_has_one_journal(tmp_path: Path) -> None:
    with Journal(tmp_path):
        with pytest.raises(UserError, match="another run"):
            Journal(tmp_path)
        with pytest.raises(UserError, match="in use by another run"):
            Journal(tmp_path, go_on=True)
    Journal(tmp_path, go_on=True).close()


def test_a_partially_written_line_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    real, left = os.write, [5]

    def write(file: int, data: bytes) -> int:
        if not left:
            raise OSError(errno.EFBIG, "File too large")
        return real(file, data[: left.pop()])

    made = Journal(tmp_path)
    monkeypatch.setattr(journal.os, "write", write)
    with pytest.raises(MachineError, match=r"run\.jsonl: .* File too large"):
        made.write("a", {})
    monkeypatch.undo()
    made.write("b", {})
    assert (tmp_path / journal.NAME).read_bytes() == sealed_line({"b": {}}).line


def test_no_journal_s_line(tmp_path: Path) -> None:
    (tmp_path / journal.NAME).write_bytes(b"no\n{}\n")
    with pytest.raises(UserError, match=r"run\.jsonl:1"):
        list(journal.read(tmp_path))


# Durations.


def test_the_shortest_of_several_counts_and_the_rest_stays() -> None:
    before = durations.Durations({"arm64": 9.0}, {"x64/p/a": 5.0, "x64/p/b": 6.0})
    boots = [boot(durations={"a": 2.0}), boot(first_line=0.2, durations={"a": 3.0})]
    assert durations.measured(boots, before) == (
        {"arm64": 9.0, "x64": 0.2},
        {"x64/p/a": 2.0, "x64/p/b": 6.0},
    )


def test_durations_of_one_run_are_used_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert durations.recall() == durations.NOTHING_MEASURED
    durations.remember([boot(durations={"a": 2.0})], durations.NOTHING_MEASURED)
    assert durations.recall().cases == {"x64/p/a": 2.0}
    (tmp_path / "zxhil" / "durations.json").write_text("[")
    assert durations.recall() == durations.NOTHING_MEASURED


@pytest.mark.parametrize("text", ["", "{}", '{"boots": [{}]}', '{"boots": 1}'])
def test_durations_of_no_run(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UserError, match="not a report"):
        durations.load(tmp_path / "x.json")


# Room.


def host(folder: Path, monkeypatch: pytest.MonkeyPatch, mib: int, **group: str) -> None:
    (folder / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable:   {mib << 10} kB\n")
    for name, text in group.items():
        (folder / name.replace("_", ".")).write_text(text)
    monkeypatch.setattr(room, "_MEMINFO", folder / "meminfo")
    monkeypatch.setattr(room, "_CGROUP", folder)


def test_jobs_as_memory_has_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host(tmp_path, monkeypatch, 1000)
    assert room.jobs_with_room(16, 128) == 1000 // (128 + room.QEMU_MIB)
    assert room.jobs_with_room(2, 128) == 2


def test_no_room_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host(tmp_path, monkeypatch, 150)
    with pytest.raises(UserError, match="150 MiB free"):
        room.jobs_with_room(1, 128)


def test_the_control_group_s_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mib = 1 << 20
    group = {"memory_current": str(300 * mib), "memory_stat": f"anon 1\ninactive_file {50 * mib}\n"}
    host(tmp_path, monkeypatch, 9000, memory_max=str(500 * mib), **group)
    assert room.free_mib() == 250
    host(tmp_path, monkeypatch, 9000, memory_max="max", **group)
    assert room.free_mib() == 9000


def test_a_host_that_does_not_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_MEMINFO", tmp_path / "none")
    monkeypatch.setattr(room, "_CGROUP", tmp_path)
    assert room.jobs_with_room(7, 1 << 20) == 7


# Stability.


def gathered(*results: CaseResult) -> Gathered:
    got = Gathered([ListedCase("x64", 0, INFO)], len(results))
    got.cases = {Key("x64", "p/a", n): result for n, result in enumerate(results, 1)}
    return got


def failed(kind: VerdictKind = VerdictKind.WRONG_ERROR) -> CaseResult:
    return replace(
        PASSED, end=CaseEndKind.FAILED, divergences=(Divergence(0, kind, (), (), 0, "so"),)
    )


def call(status: str) -> JudgedCall:
    return JudgedCall("zx_x()", status, VerdictKind.CONFORMS, (), 0)


def test_the_worst_round_counts_and_a_case_that_differs_is_unstable() -> None:
    report = gathered(PASSED, failed(), PASSED).report("", "")
    assert [case.end for case in report.cases] == [CaseEndKind.FAILED]
    assert report.unstable[0].ends == ("passed", "failed", "passed")
    assert report.exit_code == 1


def test_other_divergences_each_time_are_unstable_too() -> None:
    report = gathered(failed(), failed(VerdictKind.MISSING_ERROR)).report("", "")
    assert [each.stable for each in report.stability] == [False]


def test_other_statuses_are_no_other_verdict() -> None:
    ok, full = replace(PASSED, calls=(call("ZX_OK"),)), replace(PASSED, calls=(call("ZX_ERR_X"),))
    (reported,) = gathered(ok, full).report("", "").stability
    assert (reported.stable, reported.varies) == (True, True)
    (reported,) = gathered(ok, replace(ok, calls=(call("ZX_OK, x=2"),))).report("", "").stability
    assert (reported.stable, reported.varies) == (True, False)


def test_an_unstable_case_fails_though_it_never_failed() -> None:
    skipped = replace(PASSED, end=CaseEndKind.SKIPPED)
    assert gathered(PASSED, skipped).report("", "").exit_code == 1
    assert gathered(PASSED, PASSED).report("", "").exit_code == 0


# Going on.


def test_changed_option_is_named() -> None:
    same = dict.fromkeys(
        (
            "zxhil",
            "judge",
            "kernels",
            "programs",
            "rounds",
            "words",
            "memory",
            "smp",
            "accel",
            "docs",
        ),
        "x",
    )
    must_be_equal(Path("d"), json.loads(json.dumps(same)), same)
    for name, said in (
        ("kernels", "another image"),
        ("programs", "different cases"),
        ("zxhil", "another zxhil"),
        ("judge", "different rules"),
    ):
        with pytest.raises(UserError, match=said):
            must_be_equal(Path("d"), same, {**same, name: "y"})
