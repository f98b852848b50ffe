"""In CI no test is skipped but for a reason that the project cannot do anything about."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from skips import ALLOWED, NO_IMAGE

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parent
CONFTEST = "from skips import pytest_make_collect_report, pytest_runtest_makereport\n"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """An empty project under the rule."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS), prepend=":")
    pytester.makeconftest(CONFTEST)
    return pytester


def ends(project: pytest.Pytester, *options: str) -> dict[str, int]:
    """How many tests of the project ended in which way."""
    run = project.runpytest_subprocess if options else project.runpytest_inprocess
    return run("-p", "no:zxhil", *options).parseoutcomes()


def skipping(*reasons: str) -> str:
    tests = [f"def test_{n}():\n    pytest.skip({reason!r})\n" for n, reason in enumerate(reasons)]
    return "import pytest\n" + "".join(tests)


@pytest.mark.parametrize("ci", ["true", "1"])
def test_skip_in_ci_for_a_missing_tool_fails(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)
    project.makepyfile(skipping("sshd is not installed", "needs nothing", f"no: {NO_IMAGE}"))
    assert ends(project) == {"failed": 3}


def test_skip_in_ci_for_an_allowed_reason_is_a_skip(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    project.makepyfile(skipping(*ALLOWED, f"{NO_IMAGE}: ZXHIL_IMAGE_X64 is not set"))
    assert ends(project) == {"skipped": len(ALLOWED) + 1}


@pytest.mark.parametrize("ci", ["", "false"])
def test_skip_elsewhere_is_a_skip(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    monkeypatch.setenv("CI", ci)
    project.makepyfile(skipping("sshd is not installed"))
    assert ends(project) == {"skipped": 1}


def test_skip_in_ci_by_mark_by_fixture_and_in_a_worker_fails(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    project.makepyfile(
        """
        import pytest

        @pytest.fixture
        def tool():
            pytest.skip("no tool")

        def test_fixture(tool):
            pass

        @pytest.mark.skipif(True, reason="no tool")
        def test_mark():
            pass

        @pytest.mark.xfail
        def test_expected_to_fail():
            raise ValueError
        """
    )
    assert ends(project, "-n", "2") == {"errors": 2, "xfailed": 1}


def test_module_that_skips_itself_in_ci_fails(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    project.makepyfile("import pytest\npytest.importorskip('no_such_module')\n")
    assert ends(project) == {"errors": 1}


SETUP = TESTS.parent / "scripts" / "setup"


def test_setup_with_nothing_to_do_prints_nothing() -> None:
    """Where everything is installed already, a second run changes nothing and is silent."""
    stamp = SETUP.parents[1] / ".venv" / "zxhil-setup"
    if not stamp.exists():
        subprocess.run(["sh", "-n", str(SETUP)], check=True)
        return
    before = stamp.read_bytes(), stamp.stat().st_mtime_ns
    for arguments in ([], ["test"], []):
        done = subprocess.run([SETUP, *arguments], capture_output=True, text=True, check=True)
        assert done.stdout + done.stderr == ""
    assert (stamp.read_bytes(), stamp.stat().st_mtime_ns) == before
