from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from guest_project import CHANNEL, CONFTEST, MORE, SOCKET, Project, known
from zxhil.guestfile import is_guest
from zxhil.pytest_plugin import _homes


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    made = Project(tmp_path)
    made.write(channel_write=CHANNEL, channel_write_more=MORE, socket_share=SOCKET)
    return made


def test_each_case_is_an_item_of_its_file(project: Project) -> None:
    ran = project.pytest("--collect-only", "-q")
    assert ran.code == 0
    assert "guests/channel_write.c::failed_one\n" in ran.text
    assert "guests/channel_write_more.c::passed_more\n" in ran.text
    assert "10 tests collected" in ran.text
    assert not ran.boots


def test_each_end_has_its_outcome_and_one_boot_runs_a_program(project: Project) -> None:
    ran = project.pytest()
    assert ran.code == 1
    assert ran.outcomes == {
        "passed_one": "passed",
        "failed_one": "failure",
        "skipped_one": "skipped",
        "vacuous_one": "failure",
        "passed_more": "passed",
        "passed_share": "passed",
        "panic_share": "error",
        "hung_share": "error",
        "crashed_share": "error",
        "lost_share": "error",
    }
    assert [boot[1] for boot in ran.boots] == ["channel_write", "socket_share"]
    assert ran.messages["skipped_one"] == "why skipped_one is so"
    for end, name in (
        ("kernel panic", "panic_share"),
        ("hung", "hung_share"),
        ("crashed", "crashed_share"),
        ("lost", "lost_share"),
        ("vacuous", "vacuous_one"),
    ):
        assert f"{end}: why {name} is so" in ran.messages[name]


def test_a_divergence_is_put_into_words_with_its_evidence(project: Project) -> None:
    ran = project.pytest("-k", "failed_one")
    assert "the page says (channel_write/peer_closed): it is so" in ran.text
    assert "seen this\n" in ran.text
    assert "Traceback" not in ran.text
    assert "items.py" not in ran.text
    assert "- QEMU command -" in ran.text
    assert "qemu-system-x86_64 -m 256" in ran.text
    serial = ran.text[ran.text.index("x64-channel_write.serial") :]
    assert "~00000Bbegin" in serial
    assert "~00002Eend" in serial
    assert "next" not in serial
    assert "kernel log" not in serial
    assert "zxhil: x64: Zircon git-50d" in ran.text
    assert "/guests/channel_write.c:3: " in project.pytest("-k", "failed_one", "--tb=line").text


def test_markers_and_keywords_select(project: Project) -> None:
    shares = ["crashed_share", "hung_share", "lost_share", "panic_share", "passed_share"]
    expected = {
        ("-m", "channel_write"): [
            *("failed_one", "passed_more", "passed_one", "skipped_one", "vacuous_one")
        ],
        ("-m", "channel_read"): ["failed_one"],
        ("-m", "channel_write/bad_handle_entry"): ["passed_more"],
        ("-m", "zx_page(name='socket_share') and not zx_clause(id='x')"): shares,
        ("-m", "zx_clause(id='channel_read/peer_closed')"): ["failed_one"],
        ("-k", "queue_full and hung"): ["hung_share"],
    }
    assert project.collect(*expected) == list(expected.values())


def test_nothing_is_booted_that_is_not_selected(project: Project) -> None:
    ran = project.pytest("-k", "passed_one or hung")
    assert [boot[2:] for boot in ran.boots] == [["passed_one"], ["hung_share"]]


def test_failed_first_and_the_end_at_the_first_failure(project: Project) -> None:
    assert project.pytest().code == 1
    again = project.pytest("--lf")
    assert set(again.outcomes) == {
        *("failed_one", "vacuous_one"),
        *("panic_share", "hung_share", "crashed_share", "lost_share"),
    }
    assert sorted(len(boot) - 2 for boot in again.boots) == [2, 4]
    first = project.pytest("-x")
    assert set(first.outcomes) == {"passed_one", "failed_one"}
    assert [boot[1] for boot in first.boots] == ["channel_write"]


_DURATION = re.compile(r"([0-9.]+)s (setup|call) +\S+::(\w+)")


def test_durations_are_those_of_the_boot_and_of_each_case(project: Project) -> None:
    """The first case's time can't be separated from the boot's: it is part of the setup."""
    ran = project.pytest("--durations=0", "-vv", "-k", "one")
    reported = {(name, when): float(n) for n, when, name in _DURATION.findall(ran.text)}
    assert reported["passed_one", "setup"] == 137
    assert reported["failed_one", "call"] == 7
    assert reported["vacuous_one", "call"] == 7
    assert reported.get(("passed_one", "call"), 0) == 0
    assert reported.get(("failed_one", "setup"), 0) == 0
    assert ran.seconds["failed_one"] == pytest.approx(7, abs=1)


def test_the_junit_file_has_a_case_for_each_and_the_sections(project: Project) -> None:
    project.pytest("-k", "one or hung")
    root = ET.parse(project.folder / "report.xml").getroot()
    (suite,) = root.iter("testsuite")
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "5", "failures": "2", "errors": "1", "skipped": "1"}
    (element,) = [e for e in root.iter("testcase") if e.get("name") == "failed_one"]
    assert element.get("classname") == "guests.channel_write.c"
    assert "the page says (channel_write/peer_closed)" in str(element.findtext("failure"))
    properties = {p.get("name"): p.get("value") for p in element.iter("property")}
    assert str(properties["zx_kernel"]).startswith("x64: Zircon git-50d")


def test_workers_share_out_programs_and_boot_each_once(project: Project) -> None:
    alone, ran = project.pytest(), project.pytest("-n", "2", "--zx-log-dir=kept")
    assert ran.outcomes == alone.outcomes
    assert ran.messages == alone.messages
    assert sorted(boot[1:] for boot in ran.boots) == sorted(boot[1:] for boot in alone.boots)
    assert {boot[0] for boot in ran.boots} == {"gw0", "gw1"}
    assert len(list(project.folder.glob("kept/gw[01]/*/run.jsonl"))) == 2
    assert "zxhil: x64: Zircon git-50d" in ran.text


def test_workers_boot_files_if_others_may_have_the_rest(project: Project) -> None:
    ran = project.pytest("-n", "2", "--dist", "load")
    assert len(ran.outcomes) == 10
    assert all("passed_more" not in boot or len(boot) == 3 for boot in ran.boots)


def test_known_divergences_are_expected_and_stale_entries_fail(
    project: Project,
) -> None:
    text = known(
        case=["channel_write/failed_one", "channel_write/passed_one"], reason="so", link="l"
    )
    text += known(case="socket_share/panic_share", kind="kernel panic", reason="it panics")
    (project.folder / "known.toml").write_text(text)
    ran = project.pytest("--zx-known=known.toml", "-k", "_one or panic")
    assert ran.outcomes["failed_one"] == "skipped"
    assert re.fullmatch(r"so \(\S*known\.toml:1, l\)", ran.messages["failed_one"])
    assert ran.outcomes["panic_share"] == "skipped"
    assert ran.outcomes["passed_one"] == "failure"
    assert 'delete "channel_write/passed_one" from line 2' in ran.messages["passed_one"]
    alone = project.pytest("--zx-known=known.toml", "-k", "failed_one or panic")
    assert alone.code == 0


def test_logs_are_kept_only_on_request(project: Project) -> None:
    project.pytest("--zx-log-dir=kept")
    kept = {path.parent.name for path in project.folder.glob("kept/*/run.jsonl")}
    assert kept == {"x64-channel_write", "x64-socket_share"}
    again = project.pytest("--zx-log-dir=kept")
    assert "contains the logs of another run" in again.messages["passed_one"]
    assert not again.boots


def test_no_log_is_left_behind(project: Project, tmp_path: Path) -> None:
    ran = project.pytest("-k", "failed_one")
    place = ran.text.split("serial, ")[1].split(" ")[0]
    assert not Path(place).exists()
    assert not Path(place).parents[2].exists()


def test_user_error_in_the_plugin_is_one_message(project: Project) -> None:
    ran = project.pytest("--zx-image=nowhere")
    assert ran.code == 2
    assert "nowhere: does not exist" in ran.text
    assert "Traceback" not in ran.text
    project.write(broken='#error\nCASE(passed_x, "a/b") {}\n')
    ran = project.pytest()
    assert "broken.c: does not build" in ran.text
    assert "Traceback" not in ran.text


def test_a_run_that_stops_early_is_an_error_of_each_case_and_not_tried_again(
    project: Project,
) -> None:
    project.write(stopping='CASE(passed_a, "a/b") {}\nCASE(passed_stop, "a/b") {}\n')
    ran = project.pytest(where="guests/stopping.c")
    assert ran.outcomes == {"passed_a": "error", "passed_stop": "error"}
    assert all("disk full" in message for message in ran.messages.values())
    assert len(ran.boots) == 1


def test_kernel_that_does_not_boot_is_one_error_and_the_rest_is_short(project: Project) -> None:
    program = 'CASE(passed_{0}, "a/b") {{}}\nCASE(passed_no_boot_{0}, "a/b") {{}}\n'
    project.write(first=program.format("a"), second=program.format("b"))
    ran = project.pytest("guests/second.c", where="guests/first.c")
    assert set(ran.outcomes.values()) == {"error"} and len(ran.outcomes) == 4
    whole = [each for each in ran.messages.values() if "panic (caller 0x1): oh" in each]
    short = [each for each in ran.messages.values() if each not in whole]
    assert len(whole) == 1 and "kernel panic at boot on x64: oh" in whole[0]
    assert all("not run: " in each and "oh" in each for each in short)
    assert max(len(each.splitlines()) for each in short) == 1
    assert len(ran.boots) == 1


def test_an_interrupt_ends_pytest(project: Project) -> None:
    project.write(a_first='CASE(passed_a, "a/b") {}\nCASE(passed_ctrl_c, "a/b") {}\n')
    ran = project.pytest()
    assert ran.code == 2
    assert "KeyboardInterrupt" in ran.text
    assert [boot[1] for boot in ran.boots] == ["a_first"]


def test_a_folder_in_the_folder_makes_one_program(project: Project) -> None:
    inner = project.folder / "guests" / "extra"
    inner.mkdir()
    (inner / "one.c").write_text('CASE(passed_x, "a/b") {}\n')
    (inner / "two.c").write_text('CASE(passed_y, "a/b") {}\n')
    ran = project.pytest("-k", "passed_x or passed_y")
    assert [boot[1:] for boot in ran.boots] == [["extra", "passed_x", "passed_y"]]


def test_c_files_not_named_are_left_alone(project: Project) -> None:
    (project.folder / "test_own.py").write_text("def test_own():\n    pass\n")
    ran = project.pytest(where="")
    assert set(ran.outcomes) == {"test_own"}
    (project.folder / "guests" / "plain.c").write_text("int main(void) { return 0; }\n")
    assert "plain.c" not in project.pytest("--collect-only", "-q").text
    one = project.pytest("--collect-only", "-q", where="guests/socket_share.c")
    assert "5 tests collected" in one.text


COUNTING = """
from pathlib import Path
reads = []
read_bytes = Path.read_bytes
Path.read_bytes = lambda path: reads.append(path.suffix) or read_bytes(path)
def pytest_unconfigure():
    print(f"read {reads.count('.c')} files")
"""


def test_argument_that_is_too_long_for_a_path_is_no_folder_of_guest_cases(tmp_path: Path) -> None:
    arguments = ["x" * 300, "x/" * 3000, "x" * 300 + ".c"]
    config: Any = SimpleNamespace(
        args=arguments, stash=pytest.Stash(), invocation_params=SimpleNamespace(dir=tmp_path)
    )
    assert _homes(config) == frozenset()


def test_ordinary_c_files_are_read_once_each(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(COUNTING)
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    for count in (20, 40):
        for number in range(count):
            (tmp_path / f"m{number}.c").write_text("int main(void) { return 0; }\n")
        ran = Project(tmp_path).pytest(where=".")
        assert ran.outcomes == {"test_own": "passed"}
        read = int(ran.text.split("read ")[1].split(" ")[0])
        assert read <= count


def test_macro_of_another_project_is_not_a_guest_case(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    (tmp_path / "one.c").write_text(
        "#define CASE(n) case n: return n;\nint f(int a) {\n  switch (a) {\n"
        "  CASE(1)\n  }\n  return 0;\n}\n"
    )
    (tmp_path / "two.c").write_text('#include <zxtest/zxtest.h>\nCASE(name, "text")\n')
    ran = Project(tmp_path).pytest(where=".")
    assert (ran.code, ran.outcomes) == (0, {"test_own": "passed"})


def test_cases_made_by_a_macro_are_collected(project: Project) -> None:
    table = '#include "zxtest.h"\n#define PAIR(a, b) CASE(a##__##b, "channel_write/" #a) {}\n'
    project.write(pairs=table + 'PAIR(a, b)\n\nCASE(passed_extra, "a/b") {}\n')
    assert is_guest(project.folder / "guests" / "pairs.c")
    project.write(pairs=table + "PAIR(a, b)\n")
    assert is_guest(project.folder / "guests" / "pairs.c")


def test_folders_behind_symbolic_links_are_collected(project: Project, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere"
    (project.folder / "guests").rename(real)
    (project.folder / "guests").symlink_to(real)
    ran = project.pytest("-k", "passed_one or passed_share")
    assert ran.outcomes == {"passed_one": "passed", "passed_share": "passed"}
    one = project.pytest("--collect-only", "-q", where="guests/socket_share.c")
    assert "5 tests collected" in one.text


FORKED = """
def pytest_addoption(parser):
    parser.addoption("--forked", action="store_true", dest="forked")
"""


def test_forked_runs_are_refused_only_with_guest_tests(project: Project) -> None:
    (project.folder / "forked.py").write_text(FORKED)
    (project.folder / "test_own.py").write_text("def test_own():\n    pass\n")
    refused = project.pytest("-p", "forked", "--forked")
    assert refused.code == 4
    assert "guest tests can't run with --forked" in refused.text
    assert not refused.boots
    assert project.pytest("-p", "forked", "--forked", where="test_own.py").code == 0


def test_fixtures(project: Project) -> None:
    (project.folder / "test_own.py").write_text(
        "def test_image(zx_image):\n"
        "    assert zx_image.name == 'fake'\n"
        "def test_model(zx_model):\n"
        "    a, b = zx_model.channel_create()\n"
        "    assert zx_model.handle_close(a).status.name == 'ZX_OK'\n"
    )
    ran = project.pytest(where="test_own.py")
    assert ran.outcomes == {"test_image": "passed", "test_model": "passed"}


def test_the_plugin_costs_nothing_where_it_is_not_used() -> None:
    code = (
        "import sys, zxhil.pytest_plugin\n"
        "print(sorted(n for n in sys.modules if n.startswith('zxhil') or n == 'click'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "['zxhil',",
        "'zxhil.guestfile',",
        "'zxhil.pytest_plugin',",
        "'zxhil.pytest_plugin.shared']",
    ]


def test_symbols_are_those_that_are_named(project: Project) -> None:
    ran = project.pytest("--zx-symbols", "nowhere.elf", "-k", "passed_one")
    assert ran.outcomes == {"passed_one": "error"}
    assert "nowhere.elf: does not exist" in ran.messages["passed_one"]


@pytest.mark.parametrize(
    ("mark", "others"),
    [
        ("channel_write/wrong_type", 9),
        ("channel_write", 0),
        ("channel_write/wrong_type or channel_write/peer_closed", 6),
    ],
)
def test_cases_that_a_clause_leaves_out_are_counted(
    project: Project, mark: str, others: int
) -> None:
    ran = project.pytest("-m", mark)
    said = f"{others} other cases may reach it as well and did not run"
    assert (said in ran.text) is bool(others)
    assert ("did not run" in ran.text) is bool(others)
