"""The golden logs, judged: what the suite did on the stand-in kernel conforms, every case."""

from __future__ import annotations

import pytest
from golden_logs import ARCHS, endless, golden, left_out, skipped
from zxhil.abi.arch import Arch
from zxhil.model import judge
from zxhil.model.facts import values_read
from zxhil.model.given import handles_in
from zxhil.oracle.results import CaseEndKind
from zxhil.run.plan import plan


@pytest.mark.parametrize("arch", ARCHS)
def test_every_golden_case_passes(arch):
    results = [case.judged() for case in golden(arch)]
    wrong = {
        r.id: (r.end.value, r.detail, r.divergences)
        for r in results
        if r.end is not CaseEndKind.PASSED
    }
    assert len(results) > 800
    assert wrong == {}


def test_facts_that_a_page_does_not_ask_for_are_not_read(monkeypatch):
    """`asks_state` and `asks_cookies` of pages: what they leave out changes no answer."""
    left_out = []

    def settle(page, state, call, outcome):
        asked = {"objects": page.asks_state(call), "cookies": page.asks_cookies}
        given = handles_in(call)
        facts = set(state.open_facts(*given, objects=True, cookies=True))
        facts -= set(state.open_facts(*given, **asked))
        if facts:
            with values_read() as read:
                assert page.possible(state, call, outcome)
            assert facts.isdisjoint(read), page.name
            left_out.append(page.name)
        settled(page, state, call, outcome)

    settled = judge._settle
    monkeypatch.setattr(judge, "_settle", settle)
    for case in golden("x64")[::20]:
        case.judged()
    assert {"handle_close", "object_get_info"} <= set(left_out)


@pytest.mark.parametrize("arch", ARCHS)
def test_golden_logs_are_of_todays_suite(arch):
    """After a change of the guest tests: scripts/golden."""
    recorded = {case.info.id: case.info.claims for case in golden(arch)}
    today = {case.id: case.claims for task in plan([Arch(arch)]) for case in task.chosen}
    lacking = skipped(arch)
    assert lacking <= set(today)
    assert set(left_out(arch)) <= lacking
    missing = left_out(arch).keys() | endless(arch)
    assert recorded == {case: claims for case, claims in today.items() if case not in missing}
