"""The wheel in an empty environment, in another folder, without a clone: the README's commands.

The environment gets the wheel alone. What the wheel depends on comes from the environment of the
tests by a path file, which does not read that environment's own path files: an editable zxhil
there stays out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

Ran = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built from the files that git knows."""
    folder = tmp_path_factory.mktemp("built")
    script = (
        "import sys\nfrom hatchling.build import build_sdist, build_wheel\n"
        "build_wheel(sys.argv[1]); build_sdist(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], cwd=ROOT, check=True)
    return folder


class Installed:
    """The wheel's environment, and a folder to work in that is no clone."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.environment = folder / "venv"
        venv.create(self.environment, with_pip=False, symlinks=True)
        python = self.environment / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", str(python)]
        subprocess.run(
            [*pip, "install", "-q", "--no-deps", "--no-index", str(wheel)],
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            check=True,
        )
        packages = next((self.environment / "lib").glob("python*")) / "site-packages"
        (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def run(self, program: str, arguments: Sequence[str], *, text: str = "") -> Ran:
        dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return subprocess.run(
            [str(self.environment / "bin" / program), *arguments],
            cwd=self.folder,
            env=kept,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )

    def zxhil(self, *arguments: str, code: int = 0, text: str = "") -> str:
        done = self.run("zxhil", arguments, text=text)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    (wheel,) = built.glob("*.whl")
    return Installed(wheel, tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="session")
def ran(installed: Installed) -> Installed:
    """With a run of one program on the stand-in: its log folder `logs`, its report `run.json`."""
    one = ("run", "--arch", "x64", "--tests", "socket_share", "--log-dir", "logs")
    shown = installed.zxhil(*one, "--json", "run.json")
    assert "0 divergences" in shown
    return installed


def test_nothing_comes_from_the_clone(installed: Installed) -> None:
    script = (
        "import zxhil, zxhil.shipped as s\n"
        "print(zxhil.__file__)\nprint(s.GUEST_TESTS)\nprint(s.STANDIN)\nprint(s.KNOWN)"
    )
    places = installed.run("python", ["-c", script]).stdout.split()
    assert len(places) == 4
    assert all(place.startswith(str(installed.environment)) for place in places)


def test_the_wheel_has_what_the_clone_has(built: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "guest_tests", "images/standin", "known", "docs", "harness/zxhil"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in listed:
        inside = name.removeprefix("harness/")
        assert inside in names or f"zxhil/shipped_files/{name}" in names, name
    assert any(name.endswith("share/man/man1/zxhil-run.1") for name in names)
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert set(listed) <= packed


def test_run_on_both_architectures(installed: Installed) -> None:
    shown = installed.zxhil("run", "--tests", "object_get_child", "--log-dir", "both")
    assert "x64: stand-in kernel" in shown
    assert "arm64: stand-in kernel" in shown


def test_check_compare_and_report(ran: Installed) -> None:
    ran.zxhil("check", "logs", "--json", "again.json")
    assert "no change" in ran.zxhil("compare", "run.json", "again.json")
    ran.zxhil("report", "run.json", "--html", "report.html", "--markdown", "report.md")
    assert "socket_share" in (ran.folder / "report.html").read_text()


def test_known_by_the_name_of_a_shipped_file(ran: Installed) -> None:
    ran.zxhil("check", "logs", "--known", "zircon-2018-12", "--json", "known.json")
    named = json.loads((ran.folder / "known.json").read_text())["known"]
    assert "zircon-2018-12" in json.dumps(named)


def test_clauses_have_their_cases(installed: Installed) -> None:
    assert "claimed by socket_share/" in installed.zxhil("clauses", "socket_share")


def test_faults(installed: Installed) -> None:
    installed.zxhil("faults", "--fault", "accept-signal-missing", "--arch", "x64")


def test_shell(installed: Installed) -> None:
    lines = "a, b = k.channel_create()\nprint(k.channel_write(a, b'hi').status.name)\n"
    shown = installed.zxhil("shell", "--arch", "x64", "--exec", "-", text=lines)
    assert "ZX_OK" in shown


def test_doctor_and_image(installed: Installed) -> None:
    assert "Python packages" in installed.zxhil("doctor")
    assert "usage" in installed.zxhil("image", "--help").lower()


def test_docs_reads_a_page(installed: Installed) -> None:
    page = installed.folder / "event_create.md"
    page.write_text(
        "# zx_event_create\n\n## SYNOPSIS\n\n```\n#include <zircon/syscalls.h>\n\n"
        "zx_status_t zx_event_create(uint32_t options, zx_handle_t* out);\n```\n\n"
        "## ERRORS\n\n**ZX_ERR_INVALID_ARGS**  *out* is an invalid pointer.\n"
    )
    assert "ZX_ERR_INVALID_ARGS" in installed.zxhil("docs", "show", str(page))


def test_bisect_over_two_folders(ran: Installed) -> None:
    """No image is needed to see that the command is whole: the ends are refused by name."""
    done = ran.run("zxhil", ["bisect", "--images", "none", "--when", "boots"])
    assert done.returncode == 2
    assert "none" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_plugin_leaves_a_folder_named_harness_alone(installed: Installed) -> None:
    """A project with a package of that name could not start pytest once."""
    own = installed.folder / "project" / "harness"
    own.mkdir(parents=True)
    (own / "__init__.py").write_text("MINE = 1\n")
    (own.parent / "test_own.py").write_text(
        "import harness\n\n\ndef test_own() -> None:\n    assert harness.MINE == 1\n"
    )
    done = installed.run("python", ["-m", "pytest", "-q", "project"])
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_man_pages_are_where_man_looks(installed: Installed) -> None:
    pages = installed.environment / "share" / "man" / "man1"
    assert "Judge a saved LOG again" in (pages / "zxhil-check.1").read_text()
    for name, sentence in (
        ("zxhil-run", "Run the guest tests on a kernel and judge every call they make."),
        ("zxhil-docs-lint", "Report problems in PAGES, a page or a folder."),
    ):
        title = f"{name} - {sentence}"
        assert title in (pages / f"{name}.1").read_text().replace("\\-", "-")
