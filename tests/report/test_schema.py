from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from run_builders import case, failed, run
from zxhil.docs.held import NotHeld, PagesRecord, Quote
from zxhil.known.file import parse
from zxhil.known.match import NOTHING, apply
from zxhil.oracle.results import CaseEndKind
from zxhil.report.saved import report_json
from zxhil.run.environment import RunEnvironment
from zxhil.run.record import UNKNOWN_VERSION, NotRun, Rerun, RunReport, Stability
from zxhil.run.schema import run_schema

PUBLISHED = Path(__file__).parents[2] / "docs" / "run.schema.json"


def full() -> dict[str, Any]:
    """A run that has every field there is."""
    two = failed("channel_write/two")
    cases = [
        failed(),
        failed("channel_write/young", "channel_write/discarded_on_failure"),
        replace(
            two,
            divergences=tuple(
                replace(d, causes=(d.blamed,), quoted=(Quote("p.md:3", "it is so"),))
                for d in two.divergences
            ),
        ),
        replace(case(), calls=(replace(case().calls[0], thread=1, process=1, until=2),)),
        *(case(f"a/{end.name.lower()}", end, detail="d", evidence="e") for end in CaseEndKind),
    ]
    report = run(*cases, interrupted="disk full")
    report = RunReport(
        report.zxhil,
        (
            *(replace(kernel, boot_data=("kept",), digest="d") for kernel in report.kernels),
            replace(report.kernels[0], arch="arm64", version=UNKNOWN_VERSION),
        ),
        (
            *(replace(boot, tail=("last line",)) for boot in report.boots),
            replace(
                report.boots[0], arch="arm64", end="panic", evidence="BUILDID git-1", first_line=0.0
            ),
        ),
        report.cases,
        (Rerun("x64", "a/b", "damage"),),
        report.interrupted,
        (Stability("x64", "a/b", ("passed", "lost"), stable=False, varies=True),),
        PagesRecord("docs", ("a",), (NotHeld("b", "b.md:1", "no ERRORS section"),), ("c.md",)),
        damage=("a frame is missing",),
        noise=("two programs",),
        not_run=(NotRun("x64", 3, "no boot", fault=True),),
        environment=RunEnvironment("2018-01-01T00:00:00+00:00", 1.5, "host", "QEMU 1", "clang 1"),
    )
    known = parse(
        '[[divergence]]\ncase = "channel_write/bad"\nreason = "so"\nlink = "l"\n'
        '[[divergence]]\ncase = "channel_write/plain"\nreason = "so"\n'
        '[[divergence]]\ncase = "a/hung"\nkind = "hung"\nreason = "so"\n'
        '[[divergence]]\ncase = "a/b"\nkernel = ">1"\nreason = "so"\n',
        Path("known.toml"),
    )
    return written(report_json(report, apply(known, report, whole=False), whole=True))


def written(data: dict[str, Any]) -> dict[str, Any]:
    """As a reader gets it: lists for tuples."""
    read: dict[str, Any] = json.loads(json.dumps(data))
    return read


def closed(schema: Any) -> Any:
    """The schema with no room for what it does not name: readers must allow more, a test not."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(value) for key, value in schema.items()}
    if shut.get("type") == "object" and isinstance(shut.get("properties"), dict):
        shut["additionalProperties"] = False
    return shut


def test_the_published_schema_is_the_programs() -> None:
    assert json.loads(PUBLISHED.read_text()) == run_schema()


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(run_schema())


def test_a_run_keeps_the_schema_and_has_nothing_that_it_does_not_name() -> None:
    jsonschema.validate(full(), closed(run_schema()))
    jsonschema.validate(written(report_json(run(case()), NOTHING)), closed(run_schema()))


def test_every_field_of_the_schema_is_written() -> None:
    """No field is described that no run has."""
    data = json.dumps(full())
    for definition in [run_schema(), *run_schema()["$defs"].values()]:
        for name in definition.get("properties", {}):
            assert f'"{name}":' in data or name == "permitted", name


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "zxhil-run-2"),
        (("cases", 0, "end"), "fine"),
        (("cases", 0, "arch"), "x86"),
        (("cases", 0, "calls", 0, "verdict"), "maybe"),
        (("cases", 0, "calls", 0, "offset"), -1),
        (("cases", 0, "divergences", 0, "kind"), "conforms"),
        (("cases", 0, "claims", 0), "no clause"),
        (("boots", 0, "seconds"), "1"),
        (("kernels",), None),
        (("known", "stale", 0, "lines"), [1, 2, 3]),
    ],
)
def test_schema_violations_are_found(path: tuple[str | int, ...], value: object) -> None:
    data = copy.deepcopy(full())
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, run_schema())


def test_known_divergence_is_marked() -> None:
    data = full()
    assert data["cases"][0]["divergences"][0]["known"] == {
        "line": 1,
        "reason": "so",
        "link": "l",
    }
    (hung,) = [c for c in data["cases"] if c["end"] == "hung"]
    assert hung["known_end"]["reason"] == "so"
    assert data["known"]["stale"][0]["lines"] == [5, 7]
