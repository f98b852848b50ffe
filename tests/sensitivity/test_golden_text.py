"""The difference between two recordings of the golden logs, as text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from golden_logs import GoldenCase, golden
from golden_text import differences, text, texts
from zxhil.model.clause import Outcome
from zxhil.model.pages import load_or_none_yet

CASE = "channel_write/handle_transferred"


def recorded(name: str = "handle_transferred") -> GoldenCase:
    return next(case for case in golden("x64") if case.info.id == f"channel_write/{name}")


def changed(case: GoldenCase, place: int, outcome: Outcome) -> GoldenCase:
    return replace(case, outcomes=(*case.outcomes[:place], outcome, *case.outcomes[place + 1 :]))


def lines(old: GoldenCase, new: GoldenCase) -> list[str]:
    return differences(texts([old]), texts([new]))


def test_cases_that_differ_in_handles_and_koids_only_have_the_same_text():
    unmapped, kernel = recorded("empty_bytes_unmapped"), recorded("empty_bytes_kernel")
    assert unmapped.outcomes != kernel.outcomes
    assert text(unmapped) == text(kernel)


def test_no_text_of_any_case_holds_a_handle_value():
    for case in golden("x64"):
        values = {
            f"{value:#x}"
            for made, outcome in zip(case.made, case.outcomes, strict=True)
            for name in load_or_none_yet(made.name).handles_out
            if isinstance(value := outcome.outs.get(name), int) and value
        }
        assert not [line for line in text(case) for value in values if f"{value}" in line.split()]
        assert not [line for line in text(case) for value in values if f"={value}" in line]


def test_a_status_that_differs_is_one_pair_of_lines():
    old = recorded()
    place = next(i for i, made in enumerate(old.made) if made.name == "channel_write")
    shown = lines(old, changed(old, place, Outcome(-20, {})))
    assert shown[0] == f"x64 {CASE}:"
    assert [line[:3] for line in shown[1:]] == ["  -", "  +", ""]
    assert shown[1].endswith("= ZX_OK")
    assert "= ZX_ERR_BAD_STATE" in shown[2]


def test_an_output_that_differs_is_shown():
    old = recorded()
    place = next(i for i, o in enumerate(old.outcomes) if o.outs.get("actual_handles") == 1)
    outs = {**old.outcomes[place].outs, "actual_handles": 2}
    shown = lines(old, changed(old, place, Outcome(0, outs)))
    assert "actual_handles=1" in shown[1]
    assert "actual_handles=2" in shown[2]


def test_calls_added_and_removed_are_shown():
    more = recorded()
    fewer = replace(more, made=more.made[:-1], outcomes=more.outcomes[:-1])
    assert [line[:3] for line in lines(fewer, more)] == ["x64", "  +", ""]
    assert [line[:3] for line in lines(more, fewer)] == ["x64", "  -", ""]


def test_cases_added_and_removed_and_claims_are_shown():
    case = recorded()
    assert differences({}, texts([case])) == [f"x64 {CASE}:", "  the case is new", ""]
    assert differences(texts([case]), {}) == [f"x64 {CASE}:", "  the case is gone", ""]
    assert "claims event_create/created" in lines(case, case.claiming("event_create/created"))[2]


@pytest.mark.parametrize("count", [2, 4, 5])
def test_a_change_that_many_cases_share_is_shown_once(count):
    old = {f"x64 p/{i}": ["claims a/b", "zx_f() = ZX_OK"] for i in range(count)}
    new = {name: [*lines, "zx_g() = ZX_OK"] for name, lines in old.items()}
    shown = differences(old, new)
    assert shown[1:] == ["  +zx_g() = ZX_OK", ""]
    assert shown[0].startswith("x64 p/0, x64 p/1")
    assert shown[0].endswith("and 1 more:") == (count == 5)
