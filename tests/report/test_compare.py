from __future__ import annotations

from dataclasses import replace

import pytest
from run_builders import call, case, divergence, failed, kernel, run
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind, CaseResult, JudgedCall
from zxhil.report.compare import RunChange, RunChangeKind, compare, grouped
from zxhil.report.compare_text import comparison_json, comparison_text
from zxhil.report.verdict import ClauseVerdict

BOTH = ("ZX_ERR_ACCESS_DENIED", "ZX_ERR_WRONG_TYPE")


def answered(status: str, arguments: str = "handle=<0x10 channel>") -> JudgedCall:
    return call(status=status, allowed=BOTH, arguments=arguments)


def test_two_runs_that_differ_in_numbers_only_are_the_same() -> None:
    old = run(case(calls=[answered("ZX_OK, out=0x1f", "handle=<0x10>")]), failed())
    new = run(case(calls=[answered("ZX_OK, out=0x2f", "handle=<0x20>")]), failed())
    found = compare(old, new)
    assert not found.changed
    assert "2 cases compared: no change" in comparison_text(found)


def test_another_status_inside_the_allowed_set_is_a_change() -> None:
    old = run(case(calls=[call(), answered(BOTH[0])]))
    new = run(case(calls=[call(), answered(BOTH[1])]))
    found = compare(old, new)
    assert found.changed
    (change,) = found.changes
    assert change.kind is RunChangeKind.STATUS
    assert (change.case, change.call, change.what) == (
        "channel_write/plain",
        1,
        "zx_channel_write",
    )
    assert (change.old, change.new) == BOTH


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (case("channel_write/bad"), failed()),
        (failed(), failed(clause="channel_write/wrong_type")),
        (failed(), failed(kind=VerdictKind.MISSING_ERROR)),
        (
            failed(clause="", kind=VerdictKind.UNDOCUMENTED_ERROR),
            failed(clause="", kind=VerdictKind.UNDOCUMENTED_ERROR, status="ZX_ERR_IO"),
        ),
    ],
)
def test_another_verdict_is_a_change(old: CaseResult, new: CaseResult) -> None:
    for one, other in ((old, new), (new, old)):
        found = compare(run(one), run(other))
        kinds = [change.kind for change in found.changes]
        assert RunChangeKind.VERDICT in kinds
        assert RunChangeKind.STATUS not in kinds


def test_a_wrong_effect_that_a_call_shows_is_a_change_of_its_verdict() -> None:
    shown = case(
        "channel_write/bad",
        CaseEndKind.FAILED,
        [
            replace(
                divergence("channel_write/discarded", VerdictKind.WRONG_EFFECT, 1), blamed_call=0
            )
        ],
        calls=[call(), call("object_get_info")],
    )
    fine = case("channel_write/bad", calls=[call(), call("object_get_info")])
    changes = compare(run(fine), run(shown)).changes
    assert [(c.kind, c.call) for c in changes] == [
        (RunChangeKind.END, -1),
        (RunChangeKind.VERDICT, 1),
    ]
    assert changes[1].new == "wrong effect (channel_write/discarded)"


@pytest.mark.parametrize("end", [end for end in CaseEndKind if end is not CaseEndKind.PASSED])
def test_another_end_is_a_change(end: CaseEndKind) -> None:
    found = compare(run(case()), run(case(end=end, detail="why")))
    assert [(c.kind, c.new) for c in found.changes] == [(RunChangeKind.END, f"{end.value} (why)")]


def test_a_case_that_makes_other_calls_is_reported_once() -> None:
    old = run(case(calls=[call("channel_create"), call("channel_write"), call()]))
    new = run(case(calls=[call("channel_create"), call("event_create"), call("x"), call()]))
    (change,) = compare(old, new).changes
    assert (change.kind, change.call) == (RunChangeKind.CALLS, 1)
    longer = run(case(calls=[call("channel_create"), call("channel_write"), call(), call()]))
    (change,) = compare(old, longer).changes
    assert (change.old, change.new) == ("no call", "zx_channel_write")


def closing_what_stayed(first: str, stays: bool) -> CaseResult:
    """Get info of two handles, and close those that are still open."""
    calls = [call("event_create", f"ZX_OK, out={first}1"), call("event_create")]
    for number in "12":
        handle = f"handle=<0x{number}{first[2:]} event koid {number}{first[2:]}>"
        calls.append(call("object_get_info", "ZX_OK" if stays else BAD, arguments=handle))
        calls += [call("handle_close", arguments=handle)] if stays else []
    return case(calls=[*calls, answered(BOTH[stays])])


BAD = "ZX_ERR_BAD_HANDLE"


def test_calls_that_one_side_alone_makes_do_not_shift_the_others() -> None:
    old, new = (closing_what_stayed(*side) for side in (("0x1a", True), ("0x3f", False)))
    assert len(old.calls) == len(new.calls) + 2
    changes = compare(run(old), run(new)).changes
    reported = [(c.kind, c.call, c.new_call, c.what, c.old, c.new) for c in changes]
    lookup = (RunChangeKind.STATUS, "zx_object_get_info", "ZX_OK", BAD)
    answer = (RunChangeKind.STATUS, "zx_channel_write", BOTH[1], BOTH[0])
    assert reported == [
        (lookup[0], 2, 2, *lookup[1:]),
        (lookup[0], 4, 3, *lookup[1:]),
        (answer[0], 6, 4, *answer[1:]),
        (RunChangeKind.CALLS, 3, -1, "", "zx_handle_close", "no call"),
        (RunChangeKind.CALLS, 5, -1, "", "zx_handle_close", "no call"),
    ]
    text = comparison_text(compare(run(old), run(new)))
    assert text.count("zx_handle_close → no call") == 1
    assert "5 other" not in text
    assert text.splitlines()[-1].endswith("(3 distinct changes)")


def test_cases_of_one_run_only_are_changes() -> None:
    found = compare(run(case(), case("a/gone")), run(case(), case("a/new")))
    assert [(c.kind, c.case) for c in found.changes] == [
        (RunChangeKind.GONE, "a/gone"),
        (RunChangeKind.NEW, "a/new"),
    ]


def test_architectures_are_matched_by_name_where_they_can_be() -> None:
    both = run(case(arch="x64"), failed(arch="x64"), case(arch="arm64"))
    assert not compare(both, both).changed
    one = run(case(arch="arm64"))
    found = compare(both, one)
    assert found.unmatched == ("x64 exists only in the old run",)
    assert found.changed
    assert not found.changes
    assert compare(one, both).unmatched == ("x64 exists only in the new run",)


def test_empty_run_matches_nothing() -> None:
    assert compare(run(), run(case())).unmatched == ("x64 exists only in the new run",)
    assert not compare(run(), run()).changed


def test_a_case_that_ended_early_is_reported_once() -> None:
    old = run(case(calls=[call(), call()]))
    new = run(case(end=CaseEndKind.HUNG, calls=[call()]))
    assert [change.kind for change in compare(old, new).changes] == [RunChangeKind.END]


def test_single_architectures_are_matched_by_case() -> None:
    old, new = run(case(arch="x64")), run(case(arch="arm64"))
    assert not compare(old, new).changed
    found = compare(old, run(case(arch="arm64", calls=[call(status="ZX_ERR_NO_MEMORY")])))
    assert [change.arches for change in found.changes] == [("x64", "arm64")]


def test_clauses_stand_side_by_side() -> None:
    found = compare(run(case()), run(failed("channel_write/plain")))
    rows = {row.clause: (row.old, row.new) for row in found.clauses}
    assert rows["channel_write/peer_closed"] == (ClauseVerdict.CONFORMS, ClauseVerdict.DIVERGES)
    assert rows["channel_write/wrong_type"] == (
        ClauseVerdict.NOT_REACHED,
        ClauseVerdict.NOT_REACHED,
    )
    text = comparison_text(found)
    assert "channel_write/peer_closed" in text
    assert "channel_write/wrong_type" not in text
    assert "channel_write/wrong_type" in comparison_text(found, verbose=True)


def test_the_text_names_the_kernels_and_groups_equal_changes() -> None:
    standin = kernel(version="zxhil-standin-1")
    names = [f"channel_write/c{number}" for number in range(9)]
    old = run(*(case(name, calls=[answered(BOTH[0])]) for name in names), kernels=[standin])
    new = run(*(case(name, calls=[answered(BOTH[1])]) for name in names))
    text = comparison_text(compare(old, new))
    assert "old: x64: stand-in kernel, not Zircon" in text
    assert "new: x64: Zircon git-50d" in text
    assert text.count("zx_channel_write ZX_ERR_ACCESS_DENIED → ZX_ERR_WRONG_TYPE") == 1
    assert "… 9 in all" in text
    assert "channel_write/c8 (call 0)" in comparison_text(compare(old, new), verbose=True)
    assert "9 cases compared: 9 other status, allowed too" in text
    ended = compare(
        run(*old.cases, case("channel_write/x")), run(*new.cases, failed("channel_write/x"))
    )
    last = comparison_text(ended).splitlines()[-1]
    kinds = "1 different end; 1 other verdict; 9 other status, allowed too"
    assert last == f"10 cases compared: {kinds} (3 distinct changes)"


def test_unexplained_verdict_is_a_change() -> None:
    odd = call(verdict=VerdictKind.WRONG_EFFECT)
    (change,) = compare(run(case()), run(case(calls=[odd]))).changes
    assert (change.kind, change.old, change.new) == (
        RunChangeKind.VERDICT,
        "conforms",
        "wrong effect",
    )


def test_why_a_case_passed_is_not_reported() -> None:
    old, new = run(case(detail="by luck")), run(case(end=CaseEndKind.HUNG, detail="5 s"))
    (change,) = compare(old, new).changes
    assert (change.old, change.new) == ("passed", "hung (5 s)")


def test_different_architectures_are_matched_only_one_to_one() -> None:
    two = run(case(arch="x64"), case(arch="arm64"))
    found = compare(two, run(case(arch="other")))
    assert not found.pairs
    assert found.unmatched == (
        "x64 exists only in the old run",
        "arm64 exists only in the old run",
        "other exists only in the new run",
    )


@pytest.mark.parametrize("swapped", [False, True])
def test_clauses_of_pages_that_one_run_alone_has(swapped: bool) -> None:
    other = case("event_create/x", claims=("event_create/created",), reached=())
    runs = [run(case()), run(other)]
    found = compare(*(reversed(runs) if swapped else runs))
    assert {row.clause.partition("/")[0] for row in found.clauses} == {
        "channel_write",
        "event_create",
    }


def test_clauses_of_two_architectures_stand_side_by_side() -> None:
    found = compare(run(case(arch="x64")), run(failed("channel_write/plain", arch="arm64")))
    (row,) = [row for row in found.clauses if row.clause == "channel_write/peer_closed"]
    assert (row.old, row.new, row.arches) == (
        ClauseVerdict.CONFORMS,
        ClauseVerdict.DIVERGES,
        ("x64", "arm64"),
    )


def change(kind: RunChangeKind = RunChangeKind.STATUS, **other: object) -> RunChange:
    made = RunChange(kind, ("x64", "x64"), "a/b", 0, "zx_x", "one", "two")
    return replace(made, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [
        {"kind": RunChangeKind.VERDICT},
        {"arches": ("arm64", "arm64")},
        {"what": "zx_y"},
        {"old": "three"},
        {"new": "three"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_only_equal_changes_are_grouped(other: dict[str, object]) -> None:
    assert len(grouped([change(), change(case="a/c", call=3)])) == 1
    assert len(grouped([change(), change(**other)])) == 2  # type: ignore[arg-type]


def test_most_severe_comes_first() -> None:
    kinds = [
        members[0].kind
        for members in grouped([change(k) for k in reversed(RunChangeKind)]).values()
    ]
    assert kinds == list(RunChangeKind)


def test_the_text_of_several_architectures() -> None:
    old = run(case(arch="x64"), case(arch="arm64"))
    new = run(case(arch="x64"), failed("channel_write/plain", arch="arm64"))
    text = comparison_text(compare(old, new))
    assert [line[:10] for line in text.splitlines()[:4]] == [
        *("old: x64: ", "new: x64: ", "old: arm64", "new: arm64")
    ]
    (row,) = [line for line in text.splitlines() if line.startswith("channel_write/peer_closed")]
    assert row.endswith("  on arm64")
    assert "  on " not in comparison_text(compare(run(case()), run(failed("channel_write/plain"))))


def test_text_lists_what_only_one_run_has() -> None:
    both, one = run(case(), case(arch="arm64")), run(case())
    lines = comparison_text(compare(both, one)).splitlines()
    assert lines.count("arm64 exists only in the old run") == 1
    assert lines[-1] == "1 case compared: arm64 exists only in the old run"
    lines = comparison_text(compare(run(case(), case("a/b")), one)).splitlines()
    assert lines[-1] == "1 case compared: 1 only in the old run"


def test_worse_verdict_is_styled_as_bad() -> None:
    def style(text: str, what: str) -> str:
        return f"<{what}>{text}"

    found = compare(run(case()), run(failed("channel_write/plain")))
    lines = comparison_text(found, style, verbose=True).splitlines()
    assert any(line.startswith("<bad>channel_write/peer_closed") for line in lines)
    assert any(line.startswith("<dim>channel_write/wrong_type") for line in lines)
    assert lines[-1].startswith("<bad>1 case compared")
    found = compare(run(failed("channel_write/plain")), run(case()))
    lines = comparison_text(found, style).splitlines()
    assert any(line.startswith("<good>channel_write/peer_closed") for line in lines)
    found = compare(run(case()), run(case()))
    assert comparison_text(found, style).splitlines()[-1] == "<good>1 case compared: no change"
    none = compare(run(case()), run(case(reached=())))
    assert "<known>channel_write/peer_closed" in comparison_text(none, style)


def test_the_json_has_every_change() -> None:
    data = comparison_json(compare(run(case()), run(failed("channel_write/plain"))))
    assert data["schema"] == "zxhil-compare-2"
    assert [change["kind"] for change in data["changes"]] == ["different end", "other verdict"]
    row = {"clause": "channel_write/peer_closed", "old": "conforms", "new": "diverges"}
    assert any(row.items() <= each.items() for each in data["clauses"])
    assert data["unmatched"] == []
    alone = comparison_json(compare(run(case()), run(case(), case(arch="arm64"))))
    assert alone["unmatched"] == ["arm64 exists only in the new run"]
