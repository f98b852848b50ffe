"""Why a test may be skipped, and the rule that in CI (CI=true) there is no other reason.

A test that never runs is not there. What a run needs is installed by scripts/setup; only what the
project cannot bring may be missing: a kernel, pages or the interface file of Zircon's.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

NO_IMAGE = "needs a real Zircon image"
NO_PAGES = "needs the pages of a real tree"
NO_INTERFACE = "needs the interface file of a real tree"
NO_NAMESPACES = "needs network namespaces"
ALLOWED = (NO_IMAGE, NO_PAGES, NO_INTERFACE, NO_NAMESPACES)


def in_ci() -> bool:
    """Does the environment say that this is a CI run?"""
    return os.environ.get("CI", "").lower() in ("true", "1")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    longrepr = report.longrepr
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).removeprefix("Skipped: ")


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Make a failure of a skip in CI, unless its reason is one of those that are allowed."""
    if not in_ci() or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = _reason(report)
    if reason in ALLOWED or reason.startswith(tuple(f"{each}: " for each in ALLOWED)):
        return
    report.outcome = "failed"
    report.longrepr = f"skipped in CI: {reason}\nonly these may be: {'; '.join(ALLOWED)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Check each test's report."""
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Check each module's report: a module may skip itself."""
    report = yield
    _refuse(report)
    return report
