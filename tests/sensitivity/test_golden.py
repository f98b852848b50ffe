"""The golden logs, judged: what the suite did on the stand-in kernel conforms, every case."""

from __future__ import annotations

import pytest
from golden_logs import ARCHS, endless, golden, left_out, skipped
from zxhil.abi.arch import Arch
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
