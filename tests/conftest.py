"""What all tests share: the real images, if the environment names any."""

from __future__ import annotations

import itertools
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from skips import NO_IMAGE, pytest_make_collect_report, pytest_runtest_makereport
from zxhil.abi.arch import Arch
from zxhil.push import kept

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]

_NUMBERS = itertools.count()

# A shell that starts the tests in the background lets them ignore an interrupt, and what they
# start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Reports of the tests are not part of the summary of the job that runs them.
os.environ.pop("GITHUB_STEP_SUMMARY", None)

# How long an example takes says how busy the host is.
settings.register_profile("any host", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any host")


@pytest.fixture(autouse=True)
def _no_kept_starts(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No test of this process resumes from what another kept."""
    base = tmp_path_factory.getbasetemp() / "starts"
    monkeypatch.setattr(kept, "starts_folder", lambda: base / f"{next(_NUMBERS)}")


def real_image(arch: Arch) -> Path:
    """The real image for `arch`; the test is skipped where none is named."""
    variable = f"ZXHIL_IMAGE_{arch.value.upper()}"
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"{NO_IMAGE}: {variable} names none")
    return Path(path)


@pytest.fixture(params=list(Arch), ids=str)
def real(request: pytest.FixtureRequest) -> tuple[Arch, Path]:
    """Each architecture with its real image."""
    arch: Arch = request.param
    return arch, real_image(arch)
