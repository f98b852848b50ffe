"""A fault is one finding, in every format: its cause, its lines, its command; others counted."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from run_builders import boot, case, run
from zxhil.known.file import parse
from zxhil.known.kernels import applies
from zxhil.known.match import NOTHING, apply
from zxhil.oracle.results import CaseEndKind
from zxhil.report.fault_text import fault_lines, report_faults
from zxhil.report.github import github_annotations
from zxhil.report.html import html_report
from zxhil.report.junit import junit_xml
from zxhil.report.ktap import ktap
from zxhil.report.markdown import markdown_report
from zxhil.report.runs import label_runs
from zxhil.report.saved import report_json
from zxhil.report.table import report_of
from zxhil.report.terminal import terminal_report
from zxhil.run.environment import RunEnvironment
from zxhil.run.fault import keep_initrd
from zxhil.run.record import (
    BootRecord,
    KernelRecord,
    NotRun,
    RunReport,
    run_from_json,
    run_json,
)

PANIC = """\
ZIRCON KERNEL PANIC
{{{module:0:kernel:elf:c0dfd28401b64bd1}}}
panic (caller 0x12 frame 0x34): ASSERT FAILED at (kernel/made_up.cpp:1): left == right
bt#00: 0xffffffff00106bbb made_up_function at kernel/made_up.cpp:1
bt#01: end"""
TITLE = "ASSERT FAILED at (kernel/made_up.cpp): left == right"
COMMAND = ("qemu", "-chardev", "pipe,id=serial", "-serial", "chardev:serial", "-mon", "chardev=qmp",
           "-initrd", "kept.zbi")  # fmt: skip
NOT_RUN = NotRun("x64", 942, f"2 boots failed alike before a program started: {TITLE}", fault=True)


def dead(number: int, **changes: object) -> BootRecord:
    made = replace(
        boot(),
        serial=f"x64-p.{number}.serial",
        command=COMMAND,
        end="panic",
        end_text="the kernel panicked",
        evidence=PANIC.replace("0x12", f"0x{number}2"),
        first_line=0.0,
        tail=("the last line before it",),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def no_boot() -> RunReport:
    """Two boots that failed alike, and no case."""
    return replace(run(), boots=(dead(1), dead(2)), not_run=(NOT_RUN,))


def panics(number: int) -> RunReport:
    """So many cases in which the kernel panicked alike, and one that passed."""
    boots = [dead(n, first_line=0.1, tail=()) for n in range(number)]
    cases = [
        case(f"p/c{n}", CaseEndKind.PANIC, detail=f"the kernel panicked; call {n}",
             evidence=boots[n].evidence)
        for n in range(number)
    ]  # fmt: skip
    return replace(run(case(), *cases), boots=tuple(replace(b, program="p") for b in boots))


def _html(report: RunReport) -> str:
    return html_report(report_of(label_runs([(Path("r.json"), report, NOTHING)])))


def _markdown(report: RunReport) -> str:
    return markdown_report(report_of(label_runs([(Path("r.json"), report, NOTHING)])))


def _junit(report: RunReport) -> str:
    root = ET.fromstring(junit_xml(report))
    return "\n".join(
        f"{e.get('name')} {child.get('message')} {child.text}"
        for e in root.iter("testcase")
        for child in e
    )


def _json(report: RunReport) -> str:
    return json.dumps({**report_json(report), "boots": [], "cases": []})


FORMATS: dict[str, Callable[[RunReport], str]] = {
    "terminal": terminal_report,
    "junit": _junit,
    "ktap": ktap,
    "github": lambda report: "\n".join(github_annotations(report)),
    "html": _html,
    "markdown": _markdown,
    "json": _json,
}


@pytest.fixture(params=FORMATS)
def shown(request: pytest.FixtureRequest) -> Callable[[RunReport], str]:
    name: str = request.param
    return FORMATS[name]


def test_kernel_that_does_not_boot_is_one_finding(shown: Callable[[RunReport], str]) -> None:
    text = shown(no_boot())
    assert text.count("panic (caller") == 1
    assert "left == right" in text and "942" in text
    assert "the last line before it" in text
    assert "made_up_function at kernel/made_up.cpp" in text
    assert "qemu -serial mon:stdio -initrd kept.zbi" in text.replace("%3A", ":").replace("%2C", ",")
    assert "{{{module" not in text


def test_equal_panics_are_one_finding(shown: Callable[[RunReport], str]) -> None:
    few, many = shown(panics(2)), shown(panics(9))
    assert many.count("panic (caller") == few.count("panic (caller") == 1
    assert "9 cases" in many


def test_report_does_not_grow_with_the_cases_that_were_not_run() -> None:
    def size(cases: int) -> int:
        report = replace(no_boot(), not_run=(replace(NOT_RUN, cases=cases),))
        return sum(len(make(report).splitlines()) for make in FORMATS.values())

    assert size(2000) == size(1000)


def test_silent_kernel_is_reported(shown: Callable[[RunReport], str]) -> None:
    text = "timed out after 15 s waiting for output: nothing came on the serial port"
    silent = dead(1, end="timed out", end_text=text, evidence="", tail=())
    why = f"2 boots failed alike before a program started: {text}"
    report = replace(run(), boots=(silent,), not_run=(replace(NOT_RUN, why=why),))
    said = shown(report).replace("%3A", ":")
    assert "nothing came on the serial port" in said
    assert "--word kernel.bypass-debuglog=true" in said


def test_terminal_says_once_that_a_kernel_is_silent() -> None:
    text = "timed out after 15 s waiting for output: nothing came on the serial port"
    silent = dead(1, end="timed out", end_text=text, evidence="", tail=())
    why = f"2 boots failed alike before a program started: {text}"
    report = replace(run(), boots=(silent,), not_run=(replace(NOT_RUN, why=why),))
    assert terminal_report(report).count("nothing came") == 1


def test_fault_without_serial_output_has_no_empty_paragraph() -> None:
    report = replace(no_boot(), boots=(dead(1, evidence="qemu: no such device", tail=()),))
    lines = [line for each in report_faults(report) for line in fault_lines(each)]
    assert not any(a == b == "" for a, b in pairwise(lines))
    assert not any("nothing came" in line for line in lines)


def test_faults_are_counted_as_they_are_listed() -> None:
    text = terminal_report(panics(9))
    assert "0 divergences, 1 machine or kernel fault in 9 cases" in text
    assert "1 machine or kernel fault;" in _html(panics(9))


def test_faults_come_before_what_was_judged() -> None:
    text = terminal_report(panics(1))
    assert text.index(TITLE) < text.index("zx_channel_write on x64")
    html = _html(panics(1))
    assert html.index(TITLE) < html.index("Pages and documented errors")


def test_different_faults_are_separate_findings() -> None:
    one, other = panics(1), panics(1)
    changed = replace(
        other.cases[1],
        info=replace(other.cases[1].info, name="other"),
        evidence=other.cases[1].evidence.replace("left ==", "up =="),
    )
    found = report_faults(replace(one, cases=(*one.cases, changed)))
    assert len(found) == 2


def test_boot_that_was_followed_by_a_good_one_is_no_fault() -> None:
    assert report_faults(replace(run(case()), boots=(dead(1),))) == []


def test_known_end_is_no_finding() -> None:
    report = panics(2)
    known = parse(
        '[[divergence]]\ncase = "p/c*"\nkind = "kernel panic"\nreason = "so"\n', Path("k.toml")
    )
    assert report_faults(report, apply(known, report, whole=False)) == []


def test_cases_not_run_without_a_finding_are_still_an_error() -> None:
    lone = replace(NOT_RUN, why="why ever")
    for make in (terminal_report, _junit, ktap, FORMATS["github"], _html, _markdown):
        assert "942 cases not run on x64: why ever" in make(replace(run(), not_run=(lone,)))


def test_what_the_user_wanted_is_no_error() -> None:
    report = replace(run(case()), not_run=(NotRun("x64", 3, "--fail-fast", fault=False),))
    assert "3 cases not run on x64: --fail-fast" in terminal_report(report)
    assert report.exit_code == 0 and not list(github_annotations(report))


def test_lines_of_a_resumed_boot_name_no_command_that_cannot_be_run() -> None:
    report = panics(1)
    boots = tuple(replace(b, went_on_from="x64-start.serial") for b in report.boots)
    (finding,) = report_faults(replace(report, boots=boots))
    text = "\n".join(fault_lines(finding))
    assert "mon:stdio" not in text and "--boots each" in text


def test_boot_image_is_kept_once_for_a_title(tmp_path: Path) -> None:
    zbi = tmp_path / "scratch.zbi"
    zbi.write_bytes(b"boot data")
    first = keep_initrd(dead(1, command=("qemu", "-initrd", str(zbi))), tmp_path, [])
    kept = Path(first.command[-1])
    assert kept != zbi and kept.read_bytes() == b"boot data"
    second = keep_initrd(dead(2, command=("qemu", "-initrd", str(zbi))), tmp_path, [first])
    assert second.command == first.command
    assert keep_initrd(dead(3, command=("ssh", "host")), tmp_path, []).command == ("ssh", "host")
    gone = dead(4, command=("qemu", "-initrd", str(tmp_path / "gone.zbi")))
    assert keep_initrd(gone, tmp_path, []) == gone


ENVIRONMENT = RunEnvironment(
    "2018-01-02T03:04:05+00:00",
    12.5,
    "build7 (Linux 5 x86_64, 4 CPUs)",
    "QEMU emulator 7",
    "clang 14",
)


@pytest.mark.parametrize("name", ["junit", "ktap", "html", "json"])
def test_report_says_when_and_where_it_was_made(name: str) -> None:
    report = replace(run(case()), environment=ENVIRONMENT)
    text = junit_xml(report).decode() if name == "junit" else FORMATS[name](report)
    for part in ("2018-01-02T03:04:05", "12.5", "build7", "QEMU emulator 7", "clang 14"):
        assert part in text
    assert report.zxhil in text


def test_junit_suite_has_time_and_host() -> None:
    suite = ET.fromstring(junit_xml(replace(run(case()), environment=ENVIRONMENT)))[0]
    assert (suite.get("timestamp"), suite.get("hostname")) == ("2018-01-02T03:04:05", "build7")


def test_environment_comes_back_from_json() -> None:
    report = replace(run(case()), environment=ENVIRONMENT)
    assert run_from_json(json.loads(json.dumps(run_json(report)))).environment == ENVIRONMENT


BUILD = "git-50d20f11275ecdd47faa393e3ff6465cee07a670"
UNNAMED = KernelRecord("x64", "out/kernel.zbi", "unknown", False, ())


def unnamed(*boots: BootRecord, kernel: KernelRecord = UNNAMED) -> RunReport:
    return replace(no_boot(), kernels=(kernel,), boots=boots)


def with_build(build: str, **changes: object) -> BootRecord:
    return dead(1, evidence=PANIC.replace("{{{module", f"BUILDID {build}\n{{{{{{module"), **changes)


@pytest.mark.parametrize("form", ["terminal", "html", "markdown"])
def test_version_of_a_dead_kernel_is_that_of_its_panic(form: str) -> None:
    text = FORMATS[form](unnamed(with_build(BUILD))).replace("\\", "")
    assert f"Zircon {BUILD} (from the text of its panic; no program started)" in text
    assert "unknown" not in text


def test_version_of_a_dead_kernel_is_that_of_its_boot_messages() -> None:
    banner = f"[00000.000] 00000.00000>  buildid:  {BUILD}"
    text = terminal_report(unnamed(dead(1, tail=("welcome to Zircon", banner))))
    assert f"Zircon {BUILD} (from its boot messages; no program started)" in text


@pytest.mark.parametrize(
    "report",
    [
        unnamed(with_build("git-1"), with_build("git-2")),
        unnamed(with_build("git-1", first_line=0.1)),
        unnamed(with_build("git-1", arch="arm64")),
        unnamed(with_build("git-1"), kernel=replace(UNNAMED, version="git-9")),
        unnamed(with_build("\x1b[2Jgit-1")),
        unnamed(dead(1, evidence="the BUILDID git-1 is not at the start of its line")),
    ],
    ids=["two", "started", "other arch", "told", "control characters", "inside a line"],
)
def test_printed_version_that_proves_nothing_is_not_shown(report: RunReport) -> None:
    line = terminal_report(report).partition("\n")[0]
    assert line == f"x64: Zircon {report.kernels[0].version}, image out/kernel.zbi"


def test_printed_version_is_for_display_only() -> None:
    report = unnamed(with_build(BUILD))
    data = report_json(report)
    assert data["kernels"][0]["printed_version"] == BUILD
    assert data["kernels"][0]["version"] == "unknown"
    assert run_from_json(data).kernels == report.kernels
    (labelled,) = label_runs([(Path("r.json"), report, NOTHING)])
    assert labelled.kernel == UNNAMED
    assert not applies((BUILD,), labelled.kernel)
