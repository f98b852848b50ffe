"""The documentation site builds strictly: no link and no anchor of docs/ leads nowhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(site)],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def copy(folder: Path) -> Path:
    for name in ("mkdocs.yml", "README.md"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "docs", folder / "docs")
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "site_hook.py", folder / "scripts")
    return folder


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    done = build(ROOT, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    home = (tmp_path / "site" / "index.html").read_text()
    assert 'href="report/"' in home
    for page in (ROOT / "docs").glob("*.md"):
        assert (tmp_path / "site" / page.stem / "index.html").is_file(), page.name


def test_a_link_to_nowhere_fails_the_build(tmp_path: Path) -> None:
    root = copy(tmp_path)
    with (root / "docs" / "report.md").open("a") as page:
        page.write("\n[nowhere](no-such-page.md)\n")
    done = build(root, tmp_path / "site")
    assert done.returncode == 1
    assert "no-such-page.md" in done.stderr


def test_a_page_that_no_menu_has_fails_the_build(tmp_path: Path) -> None:
    root = copy(tmp_path)
    (root / "docs" / "lost.md").write_text("# Lost\n")
    assert build(root, tmp_path / "site").returncode == 1
