"""``zxhil sweep`` as a user runs it, on stand-in kernels, and what it refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from standin_histories import standin_history
from zxhil.abi.arch import Arch
from zxhil.cli.sweep import command
from zxhil.errors import UserError
from zxhil.history.store import open_history

ZXHIL = (sys.executable, "-c", "from zxhil.cli import main; main()", "sweep")
CLAUSE = "object_get_child/bad_handle"


def wait_for(condition: Callable[[], object]) -> None:
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    env = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*ZXHIL, *arguments], cwd=folder, env=env, stdout=pipe, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.qemu
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_killed_sweep_goes_on_and_finds_the_change(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, number: signal.Signals
) -> None:
    builds = tmp_path_factory.getbasetemp() / "sweep-builds"
    of = ["", "child-handle-invalid-status", "does not build"]
    made, build = standin_history(tmp_path, builds, Arch.X64, of)
    hold = tmp_path / "hold"
    hold.touch()
    # The second build waits, so that the end comes in it.
    waits = f'[ "$ZXHIL_COMMIT" != {made.ids[1]} ] || while [ -e {hold} ]; do sleep 0.05; done'
    building = f"echo $$ > {tmp_path}/pid; echo $ZXHIL_COMMIT >> {tmp_path}/built; {waits}; {build}"
    revs = [word for commit in made.ids for word in ("--revs", commit)]
    given = ["--repo", "repo", "--arch", "x64", "--build", building, *revs]
    given += ["--history", "h.db", "--tests", "object_get_child"]
    first = start(tmp_path, *given)
    built = tmp_path / "built"
    wait_for(lambda: (built.exists() and len(built.read_text().split()) == 2) or first.poll())
    assert first.poll() is None
    waiting = int((tmp_path / "pid").read_text())
    first.send_signal(number)
    first.communicate(timeout=60)
    wait_for(lambda: not Path(f"/proc/{waiting}").exists())
    with open_history(tmp_path / "h.db") as history, history.reading():
        assert history.rows("SELECT name, outcome FROM attempt") == [(made.ids[0], "ran")]
    hold.unlink()
    second = start(tmp_path, *given)
    output, _ = second.communicate(timeout=200)
    assert second.returncode == 1, output
    assert built.read_text().split().count(made.ids[0]) == 1
    assert "not built: does not build" in output
    assert f"{CLAUSE}: conforms, now diverges" in output
    assert "commit: " in output
    assert "change 1" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "needs kernels"),
        (["--repo", "r"], "needs a build"),
        (["--repo", "r", "--build", "b", "--arch", "x64"], "needs a beginning"),
        (["--images", "i", "--since", "2018-01-01"], "applies to builds only"),
        (["--images", "i", "--bisect-changes"], "needs a build"),
        (["--repo", "r", "--build", "b", "--arch", "x64", "--revs", "a", "--every", "2w"],
         "conflicts with --revs"),
        (["--images", "i", "--limit", "boot=x"], "boot"),
        (["--images", "i", "--tests", "no_such_program"], "no_such_program"),
        (["--images", "i", "--known", "no-such.toml"], "no-such"),
    ],
)  # fmt: skip
def test_conflicting_options_are_refused_before_anything_is_built(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    file = tmp_path / "h.db"
    with pytest.raises(UserError) as caught:
        CliRunner().invoke(command, ["--history", str(file), *arguments], catch_exceptions=False)
    assert words in str(caught.value)
    assert not file.exists()
